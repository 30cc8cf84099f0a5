"""A visit is entered, corrected and put off by plain pages, and nothing typed is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Allergy, Citizen, Visit
from portal.accounts.models import User
from tests.healthrecords.pages import (
    fields_of,
    logged_in,
    record_url,
    send_visit,
    text_of,
    visit_url,
)


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("pulse", "780", "Mạch 780 nằm ngoài khoảng có thể"),
        ("pulse", "tám mươi", "“tám mươi” không đọc được"),
        ("blood_pressure", "128", "Huyết áp “128” không đọc được"),
        ("blood_pressure", "80/120", "tâm thu 80 phải cao hơn tâm trương 120"),
        ("d-0-text", "xyzxyz qqq", "Không có bệnh nào khớp"),
        ("d-0-text", "viem", "khớp nhiều mã, chọn một"),
        ("d-0-text", "", "Chưa có bệnh chính"),
        ("d-0-text", "C61", "là bệnh của nam"),
        ("m-0-days", "900", "900 ngày là không thể"),
        ("m-0-morning", "hai", "“hai” không phải là liều"),
        ("m-0-morning", "NaN", "“NaN” không phải là liều"),
        ("m-0-quantity", "99999999999", "“99999999999” không phải là liều"),
        ("m-0-quantity", "9999999", "9.999.999 là quá nhiều"),
        ("m-0-name", "", "Chưa có tên thuốc"),
        ("next_visit_on", "²", "“²” không phải là ngày"),
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
    assert "đã đóng" in text_of(refused)
    assert visit.diagnosis_rows.get().code == "I10"


@pytest.mark.parametrize("rows", ["0", "", "-1", "x"])
def test_a_form_that_lost_its_rows_is_refused_in_words(
    clerk: User, citizen: Citizen, rows: str
) -> None:
    client = logged_in(clerk)
    answer = send_visit(client, citizen, **{"d-TOTAL_FORMS": rows})
    assert answer.status_code == 200
    assert "Chưa có bệnh chính" in text_of(answer)
    assert not Visit.objects.exists()


def test_a_correction_shows_the_time_before_it(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen)
    visit = Visit.objects.get()
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    assert "Chưa có lần khám nào" in text_of(client.get(url))
    record(citizen, started_at=visit.started_at - timedelta(days=20))
    page = client.get(url)
    day = timezone.localdate(visit.started_at) - timedelta(days=20)
    assert f"Lần trước, {day:%d/%m/%Y}" in text_of(page)
    assert "Chưa có lần khám nào" not in text_of(page)


def test_the_mark_of_what_was_read_is_no_edition_of_the_house(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen)
    page = client.get(reverse("admin:healthrecords_visit_correct", args=[Visit.objects.get().pk]))
    mark = fields_of(page, "visit_form")["version"]
    assert len(mark) == 32
    assert page.content.decode().count(mark) == 1


def test_what_finishing_a_visit_needs_is_starred(clerk: User, citizen: Citizen) -> None:
    page = logged_in(clerk).get(visit_url(citizen)).content.decode()
    for name in ("id_reason", "id_d-0-text"):
        label = page[: page.index("</label>", page.index(f'for="{name}"'))].rsplit("<label", 1)[1]
        assert 'class="required"' in label


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
    told = {**fields_of(client.get(url), "visit_form"), "allergy": "Penicillin", "_save": ""}
    told.pop("_later", None)
    assert [client.post(url, told).status_code for _time in range(2)] == [302, 302]
    assert Allergy.objects.filter(citizen=citizen).count() == 1


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
