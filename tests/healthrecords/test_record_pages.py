"""The clerk's whole job by plain pages: scan, register, visit, timeline, correction, slip."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import CareAccess, Citizen, TwinCase, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Area
from tests.healthrecords.pages import fields_of, logged_in, text_of

CARD = (
    "011162004137|012345678|Quàng Thị Hặc|12031962|Nữ|"
    "Bản Nà Pheo 2, Xã Mường Chà, Tỉnh Điện Biên|05072021"
)


def scan(client: Any, text: str) -> Any:
    return client.get(reverse("admin:finder"), {"q": text})


def register_by_card(client: Any, **typed: str) -> Any:
    page = client.get(scan(client, CARD).url)
    said = {**fields_of(page, "citizen_form"), "ethnic_group": "thai", **typed}
    return client.post(page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], said)


def visit_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_visit_new", args=[citizen.pk])


def send_visit(client: Any, citizen: Citizen, **typed: str) -> Any:
    url = visit_url(citizen)
    said = {
        **fields_of(client.get(url), "visit_form"),
        "reason": "Sốt, ho",
        "pulse": "88",
        "blood_pressure": "128/82",
        "temperature": "38,2",
        "d-0-text": "viem mui hong cap",
        "m-0-name": "paracetamol 500 mg",
        "m-0-morning": "1",
        "m-0-evening": "1",
        "m-0-days": "5",
        "_save": "",
        **typed,
    }
    said.pop("_later", None)
    return client.post(url, said)


def record_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_change", args=[citizen.pk])


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def test_a_card_of_nobody_known_opens_the_form_filled_from_it(
    clerk: User, communes: list[Area]
) -> None:
    client = logged_in(clerk)
    answer = scan(client, CARD)
    assert answer.status_code == 302
    page = client.get(answer.url)
    said = fields_of(page, "citizen_form")
    assert (said["name"], said["birth"], said["sex"]) == ("Quàng Thị Hặc", "12/03/1962", "female")
    assert (said["personal_number"], said["old_card"]) == ("011162004137", "012345678")
    assert (said["commune"], said["address"]) == (
        "Xã Mường Chà, Tỉnh Điện Biên",
        "Bản Nà Pheo 2",
    )


def test_the_whole_job_leaves_a_citizen_a_visit_and_a_trace(clerk: User) -> None:
    client = logged_in(clerk)
    answer = register_by_card(client)
    citizen = Citizen.objects.get()
    assert answer.url == f"{visit_url(citizen)}?by=chip_card"
    assert (citizen.ethnic_group, citizen.origin) == ("03", "card")
    assert fields_of(client.get(answer.url), "visit_form")["identified_by"] == "chip_card"
    saved = send_visit(client, citizen)
    assert saved.url == record_url(citizen)
    text = text_of(client.get(saved.url))
    assert "Viêm mũi họng cấp" in text
    assert "Paracetamol 500 mg" in text
    visit = Visit.objects.get()
    assert visit.medication_rows.get().quantity == 10
    slip = client.get(reverse("admin:healthrecords_visit_slip", args=[visit.pk]))
    assert slip.content.startswith(b"%PDF")
    done = list(AccessLog.objects.filter(people=[citizen.pk]).values_list("action", "ground"))
    assert ("opened", "residence") in done
    assert ("printed", "residence") in done
    assert CareAccess.objects.filter(citizen=citizen).count() == 1


def test_a_card_of_somebody_known_opens_the_record(clerk: User, citizen: Citizen) -> None:
    assert scan(logged_in(clerk), CARD).url == f"{record_url(citizen)}?by=chip_card"


@pytest.mark.parametrize(
    "query",
    ["011162004137", "011 162 004 137", "hac quang 1962", "quang thi hac 12/03/1962", "thi hac"],
)
def test_numbers_and_names_find_people_of_the_station(
    clerk: User, citizen: Citizen, query: str
) -> None:
    answer = scan(logged_in(clerk), query)
    found = getattr(answer, "url", "") or text_of(answer)
    assert record_url(citizen) in found or "Quàng Thị Hặc" in found


def test_a_name_never_finds_people_cared_for_elsewhere(
    stranger: User, neighbour: User, citizen: Citizen
) -> None:
    for user in (stranger, neighbour):
        assert "Hặc" not in text_of(scan(logged_in(user), "quang thi hac"))


def test_an_exact_number_elsewhere_says_who_it_is_and_no_more(
    stranger: User, citizen: Citizen
) -> None:
    client = logged_in(stranger)
    page = client.get(scan(client, "011162004137").url)
    text = text_of(page)
    assert "Quàng Thị Hặc" in text
    assert "Nà Pheo" not in text
    assert "Mường Chà" not in text
    assert AccessLog.objects.filter(action="identified", people=[citizen.pk]).exists()
    assert not CareAccess.objects.filter(user=stranger).exists()


def test_an_address_alone_names_nobody_and_asks_for_a_reason(
    stranger: User, citizen: Citizen
) -> None:
    client = logged_in(stranger)
    page = client.get(record_url(citizen))
    assert page.status_code == 403
    assert "Hặc" not in page.content.decode()
    refused = client.post(
        reverse("admin:healthrecords_citizen_break", args=[citizen.pk]), {"reason": "xem"}
    )
    assert refused.status_code == 403
    assert not CareAccess.objects.filter(user=stranger).exists()
    opened = client.post(
        reverse("admin:healthrecords_citizen_break", args=[citizen.pk]),
        {"reason": "bất tỉnh, đưa đến cấp cứu"},
    )
    page = client.get(opened.url)
    assert page.status_code == 200
    assert "bất tỉnh, đưa đến cấp cứu" in text_of(page)
    assert AccessLog.objects.filter(
        action="opened", ground="glass", reason="bất tỉnh, đưa đến cấp cứu"
    ).exists()


def test_an_unknown_record_is_not_found(clerk: User) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"
    client = logged_in(clerk)
    for name in ("citizen_change", "visit_change", "visit_slip", "visit_correct"):
        url = reverse(f"admin:healthrecords_{name}", args=[unknown])
        assert client.get(url).status_code == 404


def test_a_station_that_treated_the_person_opens_the_record(
    neighbour: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from healthrecords import services
    from tests.healthrecords.conftest import AT

    services.break_glass(user=neighbour, citizen=citizen, reason="đang cấp cứu ở đây", at=AT)
    record(citizen, actor=neighbour)
    CareAccess.objects.all().delete()
    assert logged_in(neighbour).get(record_url(citizen)).status_code == 200
    assert CareAccess.objects.get().ground == "visit"


def test_a_likely_twin_is_asked_about_and_nothing_typed_is_lost(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_add")
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "quàng thị hạc",
        "birth": "1962",
        "sex": "female",
        "commune": "muong cha",
        "occupation": "",
        "address": "Nhà cuối bản",
    }
    asked = client.post(url, said)
    assert "Quàng Thị Hặc" in text_of(asked)
    assert fields_of(asked, "citizen_form")["address"] == "Nhà cuối bản"
    assert Citizen.objects.count() == 1
    client.post(url, {**fields_of(asked, "citizen_form"), "not_twin": str(citizen.pk)})
    assert Citizen.objects.count() == 2
    assert TwinCase.objects.get().answer == "different"


def test_the_same_form_sent_twice_says_so(clerk: User) -> None:
    client = logged_in(clerk)
    page = client.get(scan(client, CARD).url)
    said = fields_of(page, "citizen_form")
    url = reverse("admin:healthrecords_citizen_add")
    first, second = client.post(url, said), client.post(url, said)
    assert first.url == second.url
    assert Citizen.objects.count() == 1
    assert "trước đó" in text_of(client.get(second.url))
    citizen = Citizen.objects.get()
    said = {
        **fields_of(client.get(visit_url(citizen)), "visit_form"),
        "reason": "Ho",
        "d-0-text": "J00",
    }
    said.pop("_later", None)
    client.post(visit_url(citizen), said)
    again = client.post(visit_url(citizen), {**said, "reason": "Khác"})
    assert Visit.objects.get().reason == "Ho"
    assert "không đổi gì" in text_of(client.get(again.url))


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("pulse", "780", "Mạch 780 nằm ngoài khoảng có thể"),
        ("pulse", "tám mươi", "“tám mươi” không phải là số"),
        ("blood_pressure", "128", "Huyết áp “128” không đọc được"),
        ("blood_pressure", "80/120", "tâm thu 80 phải cao hơn tâm trương 120"),
        ("d-0-text", "xyzxyz qqq", "Không có bệnh nào khớp"),
        ("d-0-text", "viem", "khớp nhiều mã, chọn một"),
        ("d-0-text", "", "Chưa có bệnh chính"),
        ("d-0-text", "C61", "là bệnh của nam"),
        ("m-0-days", "900", "900 ngày là không thể"),
        ("m-0-morning", "hai", "“hai” không phải là liều"),
        ("m-0-name", "", "Chưa có tên thuốc"),
        ("next_visit_on", "hôm nào", "“hôm nào” không phải là ngày"),
        ("started_at", "99/99/2026", ""),
        ("reason", "", "Chưa có lý do đến khám"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(
    clerk: User, citizen: Citizen, field: str, typed: str, sentence: str
) -> None:
    client = logged_in(clerk)
    client.get(record_url(citizen))
    answer = send_visit(client, citizen, **{field: typed, "advice": "Uống nhiều nước"})
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    said = fields_of(answer, "visit_form")
    assert said["advice"] == "Uống nhiều nước"
    assert said[field] == typed
    assert not Visit.objects.exists()


def test_an_unlikely_value_gets_a_box_whose_tick_is_kept(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    asked = send_visit(client, citizen, pulse="150")
    assert "ít gặp" in text_of(asked)
    assert not Visit.objects.exists()
    send_visit(client, citizen, pulse="150", sure_pulse="on")
    assert Visit.objects.get().vitalsigns_rows.get().confirmed == ["pulse"]


def test_a_choice_among_several_diagnoses_is_taken(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    asked = send_visit(client, citizen, **{"d-0-text": "viem"})
    assert 'name="d-0-pick"' in asked.content.decode()
    send_visit(client, citizen, **{"d-0-text": "viem", "d-0-pick": "J18.9"})
    assert Visit.objects.get().diagnosis_rows.get().code == "J18.9"


def test_more_rows_without_scripts_keep_what_was_typed(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    more = send_visit(client, citizen, _more_medicines="", pulse="khong")
    said = fields_of(more, "visit_form")
    assert (said["m-TOTAL_FORMS"], said["m-0-name"], said["pulse"]) == (
        "4",
        "paracetamol 500 mg",
        "khong",
    )
    assert not Visit.objects.exists()


def test_as_last_time_takes_diagnoses_and_medicines_over(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    last = record(citizen, "I10", "E11.9")
    client = logged_in(clerk)
    page = client.get(visit_url(citizen), {"like": str(last.pk)})
    said = fields_of(page, "visit_form")
    assert (said["d-0-text"][:3], said["d-1-text"][:5]) == ("I10", "E11.9")
    assert (said["m-0-name"], said["m-0-morning"], said["m-0-days"]) == (
        "Amlodipin 5 mg",
        "1",
        "28",
    )
    assert said["pulse"] == ""


def test_a_visit_is_corrected_on_its_day_and_closed_afterwards(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen)
    visit = Visit.objects.get()
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    said = {**fields_of(client.get(url), "visit_form"), "d-0-text": "I10", "_save": ""}
    said.pop("_later", None)
    client.post(url, said)
    assert visit.diagnosis_rows.get().code == "I10"
    assert visit.medication_rows.get().evening == 1
    Visit.objects.update(entered_at=timezone.now() - timedelta(days=1))
    refused = client.post(url, {**said, "d-0-text": "J00"}, follow=True)
    assert "đã khóa" in text_of(refused)
    assert visit.diagnosis_rows.get().code == "I10"


def test_two_who_correct_one_visit_at_once_both_keep_what_they_typed(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    client, other = logged_in(clerk), logged_in(clinician)
    send_visit(client, citizen)
    visit = Visit.objects.get()
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    other.get(record_url(citizen))
    said, theirs = (fields_of(page.get(url), "visit_form") for page in (client, other))
    said.pop("_later", None)
    theirs.pop("_later", None)
    client.post(url, {**said, "reason": "Đau đầu", "pulse": "82", "d-0-text": "I10", "_save": ""})
    late = {**theirs, "reason": "Chóng mặt", "pulse": "84", "d-0-text": "J00", "_save": ""}
    refused = other.post(url, late)
    visit.refresh_from_db()
    assert refused.status_code == 409
    assert (visit.reason, visit.diagnosis_rows.get().code) == ("Đau đầu", "I10")
    shown, again = text_of(refused), fields_of(refused, "visit_form")
    for value in ("Đau đầu", "Chóng mặt", "82", "84"):
        assert f"“{value}”" in shown
    assert (again["reason"], again["pulse"], again["d-0-text"]) == ("Chóng mặt", "84", "J00")
    again.pop("_later", None)
    other.post(url, {**again, "_save": ""})
    visit.refresh_from_db()
    assert (visit.reason, visit.diagnosis_rows.get().code) == ("Chóng mặt", "J00")


def test_the_same_correction_sent_twice_is_no_conflict(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen)
    visit = Visit.objects.get()
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    said = {**fields_of(client.get(url), "visit_form"), "reason": "Đau đầu", "_save": ""}
    said.pop("_later", None)
    assert [client.post(url, said).status_code for _time in range(2)] == [302, 302]


def test_the_years_of_the_timeline_are_no_counted_numbers(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen)
    year = timezone.localdate(Visit.objects.get().started_at).year
    page = client.get(record_url(citizen)).content.decode()
    assert f'<li class="year"><b>{year}</b></li>' in page
    assert f"{year // 1000}.{year % 1000:03d}" not in page


def test_a_visit_put_off_waits_on_the_home_page(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    said = fields_of(client.get(visit_url(citizen)), "visit_form")
    client.post(visit_url(citizen), {**said, "reason": "Đau bụng", "_later": ""})
    assert Visit.objects.get().status == "in_progress"
    assert "Đau bụng" in text_of(client.get(reverse("admin:index")))
    assert "Khám tiếp" in text_of(client.get(record_url(citizen)))
    Visit.objects.update(started_at=timezone.now() - timedelta(days=3))
    assert "Khám cho xong: Quàng Thị Hặc" in text_of(client.get(reverse("admin:index")))


def test_mending_the_record_keeps_what_is_typed(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said = fields_of(client.get(url), "citizen_form")
    assert (said["ethnic_group"], said["commune"]) == ("Thái", "Xã Mường Chà, Tỉnh Điện Biên")
    wrong = client.post(url, {**said, "birth": "30/02/1962", "phone": "0912000417"})
    assert "30/02/1962" in text_of(wrong)
    assert fields_of(wrong, "citizen_form")["phone"] == "0912000417"
    client.post(url, {**said, "phone": "0912000417"})
    citizen.refresh_from_db()
    assert citizen.phone == "0912000417"


def test_the_printed_mark_opens_its_visit(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from healthrecords.papers import slip_mark

    visit = record(citizen)
    answer = scan(logged_in(clerk), slip_mark(visit))
    assert answer.url == reverse("admin:healthrecords_visit_change", args=[visit.pk])
    forged = slip_mark(visit)[:-1] + ("A" if slip_mark(visit)[-1] != "A" else "B")
    assert getattr(scan(logged_in(clerk), forged), "url", "") != answer.url


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("011162004137||Quangf Thij Hawcj|12031962|Nux|Banr Naf Pheo|05072021", "Bộ gõ"),
        ("01116200413", "11 chữ số"),
    ],
)
def test_what_cannot_be_read_is_explained(clerk: User, query: str, sentence: str) -> None:
    assert sentence in text_of(scan(logged_in(clerk), query))


def test_every_page_of_a_citizen_costs_the_same_with_one_visit_or_many(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from tests.healthrecords.conftest import AT

    record(citizen)
    client = logged_in(clerk)
    client.get(record_url(citizen))
    for number in range(1, 30):
        record(citizen, started_at=AT - timedelta(days=number))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(record_url(citizen))
    # The test's own transaction makes savepoints of what is a transaction otherwise.
    queries = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
    assert len(queries) <= 12, "\n".join(queries)
    assert page.content.decode().count('<div class="ev">') == 20
    older = page.context["page"].older
    second = client.get(record_url(citizen), {"before": older})
    assert second.content.decode().count('<div class="ev">') == 10
