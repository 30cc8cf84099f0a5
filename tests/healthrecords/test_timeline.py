"""One timeline of what was typed and what came by file, with filters that count what they show."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from healthrecords.models import CareRelation, Citizen, Diagnosis, Medication, Visit, VitalSigns
from healthrecords.services import DiagnosisEntry
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, record_url, text_of

DAY = timedelta(days=1)


def from_file(citizen: Citizen, facility: Organisation, *codes: str, **said: Any) -> Visit:
    """A visit as a hospital's file brings it."""
    medicines = said.pop("medicines", ())
    visit = Visit.objects.create(
        citizen=citizen,
        facility=facility,
        origin="file",
        status="finished",
        episode_key=f"MA{Visit.objects.count()}",
        **{"started_at": AT, "reason": "Khám chuyên khoa", **said},
    )
    for position, code in enumerate(codes, 1):
        Diagnosis.objects.create(
            visit=visit,
            rank="main" if position == 1 else "other",
            position=position,
            code=code,
            title=f"Bệnh {code}",
        )
    for position, name in enumerate(medicines, 1):
        Medication.objects.create(visit=visit, name=name, position=position, days=14)
    return visit


def facets_of(answer: Any) -> dict[str, dict[str, int]]:
    page = answer.context["page"]
    return {
        str(facet.label): {str(c.label): c.number for c in facet.choices}
        for facet in (page.kinds, *page.facets)
    }


def titles_of(answer: Any) -> list[str]:
    return [str(entry.title) for entry in answer.context["page"].entries]


def test_typed_and_from_file_stand_in_one_order_and_files_are_marked(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    """QĐ 31/QĐ-BYT (2026), Article 2.3: each episode of care (read second-hand)."""
    record(citizen, started_at=AT - DAY, reason="Khám hôm trước")
    from_file(citizen, hospital, "E11.9", reason="Khám bệnh viện")
    record(citizen, started_at=AT + DAY, reason="Khám hôm sau")
    answer = logged_in(clerk).get(record_url(citizen))
    assert titles_of(answer) == ["Khám hôm sau", "Khám bệnh viện", "Khám hôm trước"]
    marked = [e.title for e in answer.context["page"].entries if e.row.from_file]
    assert marked == ["Khám bệnh viện"]
    assert "Từ tệp" in text_of(answer)


def test_every_filter_counts_what_it_shows(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    record(citizen)
    record(citizen, started_at=AT - 400 * DAY)
    from_file(citizen, hospital, "E11.9")
    client = logged_in(clerk)
    facets = facets_of(client.get(record_url(citizen)))
    assert facets["Năm"] == {"Tất cả": 3, "2026": 2, "2025": 1}
    assert facets["Nguồn"] == {"Tất cả": 3, "Từ tệp": 1, "Nhập tay": 2}
    page = client.get(record_url(citizen)).context["page"]
    for facet in (page.kinds, *page.facets):
        for choice in facet.choices:
            shown = client.get(record_url(citizen) + choice.url).context["page"]
            assert len(shown.entries) == choice.number == shown.total, (facet.label, choice)


def test_a_filter_counts_under_the_others(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    record(citizen)
    record(citizen, started_at=AT - 400 * DAY)
    from_file(citizen, hospital, "E11.9")
    facets = facets_of(logged_in(clerk).get(record_url(citizen), {"year": "2026"}))
    assert facets["Nguồn"] == {"Tất cả": 2, "Từ tệp": 1, "Nhập tay": 1}
    assert facets["Năm"]["2025"] == 1  # its own choice is left aside


@pytest.mark.parametrize(
    "query",
    [
        {"year": "20x6"},
        {"year": "²⁰²⁶"},
        {"place": "khong-phai-khoa"},
        {"kind": "nothing"},
        {"origin": "air", "signed": "maybe"},
        {"before": "hom-qua"},
        {"before": "nan_01900000-0000-7000-8000-000000000000"},
        {"before": "99999999999999999999_01900000-0000-7000-8000-000000000000"},
    ],
)
def test_what_an_address_cannot_mean_is_not_asked_for(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], query: dict[str, str]
) -> None:
    record(citizen)
    answer = logged_in(clerk).get(record_url(citizen), query)
    assert answer.status_code == 200
    assert len(answer.context["page"].entries) == 1


def test_show_more_goes_on_by_key_and_keeps_the_filter(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    for number in range(45):
        from_file(citizen, hospital, started_at=AT - number * DAY, reason=f"Lần {number}")
    record(citizen, started_at=AT - 5 * DAY, reason="Nhập tay")
    client = logged_in(clerk)
    url, seen = f"{record_url(citizen)}?origin=file", []
    for _page in range(4):
        answer = client.get(url)
        seen += titles_of(answer)
        older = answer.context["page"].older
        if not older:
            break
        assert f"origin=file&amp;before={older}" in answer.content.decode()
        url = f"{record_url(citizen)}?origin=file&before={older}"
    assert seen == [f"Lần {number}" for number in range(45)]


def test_a_file_that_says_otherwise_is_marked_on_both_sides(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    typed = record(citizen, "E11.9")
    sent = from_file(citizen, hospital, "E11.4", started_at=AT + 3 * DAY)
    answer = logged_in(clerk).get(record_url(citizen))
    found = {e.row.pk: [str(d.says) for d in e.differences] for e in answer.context["page"].entries}
    assert found[typed.pk] == ["Bệnh viện Đa khoa tỉnh Điện Biên (từ tệp) ghi E11.4."]
    assert found[sent.pk] == ["Trạm Y tế xã Mường Chà (gõ tay) ghi E11.9."]


def test_the_same_visit_recorded_twice_differs_by_its_medicines(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    record(citizen, "I10")
    from_file(
        citizen,
        station,
        "I10",
        started_at=AT + timedelta(hours=1),
        medicines=["AMLODIPIN 5 MG", "Losartan 50 mg"],
    )
    answer = logged_in(clerk).get(record_url(citizen))
    said = {str(d.says) for e in answer.context["page"].entries for d in e.differences}
    assert said == {"Trạm Y tế xã Mường Chà (từ tệp) ghi Losartan 50 mg."}


@pytest.mark.parametrize(
    ("measured", "ended", "says"),
    [
        ({"systolic": 168, "diastolic": 95}, {}, "huyết áp 168/95"),
        ({"systolic": 148, "diastolic": 90, "weight": "61.2"}, {}, "cân nặng 61,2 kg"),
        ({"weight": "58.50"}, {"outcome": "3"}, "kết quả điều trị khác"),
        ({}, {"discharge": "2"}, "cách ra viện khác"),
        ({"systolic": 148, "diastolic": 90, "weight": "58.50"}, {"outcome": "2"}, ""),
    ],
)
def test_the_same_visit_recorded_twice_differs_by_what_was_measured_and_how_it_ended(
    measured: dict[str, Any],
    ended: dict[str, str],
    says: str,
    clerk: User,
    citizen: Citizen,
    record: Callable[..., Visit],
    station: Organisation,
) -> None:
    record(citizen, "I10", medicines=())
    sent = from_file(citizen, station, "I10", **ended)
    if measured:
        VitalSigns.objects.create(visit=sent, **measured)
    answer = logged_in(clerk).get(record_url(citizen))
    said = {str(d.says) for e in answer.context["page"].entries for d in e.differences}
    if says:
        assert f"Trạm Y tế xã Mường Chà (từ tệp) ghi {says}." in said
    else:
        assert said == set()


def test_other_illnesses_and_other_months_are_no_disagreement(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    record(citizen, "E11.9")
    from_file(citizen, hospital, "J06.9", started_at=AT + DAY)
    from_file(citizen, hospital, "E11.4", started_at=AT + 60 * DAY)
    from_file(citizen, hospital, "E11.9", "E11.4", started_at=AT + 2 * DAY)
    page = logged_in(clerk).get(record_url(citizen)).context["page"]
    assert [d for e in page.entries for d in e.differences] == []


@pytest.mark.parametrize("status", ["withdrawn", "cancelled"])
def test_a_visit_that_was_not_held_disagrees_with_nobody(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation, status: str
) -> None:
    record(citizen, "E11.9")
    sent = from_file(citizen, hospital, "E11.4", started_at=AT + DAY)
    Visit.objects.filter(pk=sent.pk).update(status=status)
    page = logged_in(clerk).get(record_url(citizen)).context["page"]
    assert [d for e in page.entries for d in e.differences if e.row.pk != sent.pk] == []


def test_both_entries_are_shown_side_by_side_and_the_page_says_what_differs(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
) -> None:
    typed = record(citizen, "E11.9")
    sent = from_file(citizen, hospital, "E11.4", started_at=AT + DAY)
    url = reverse("admin:healthrecords_visit_compare", args=[typed.pk, sent.pk])
    answer = logged_in(clerk).get(url)
    differing = {str(pair.label) for pair in answer.context["pairs"] if pair.state == "differs"}
    assert {"Chẩn đoán", "Lý do đến khám"} <= differing
    assert "E11.9" in text_of(answer)
    assert "E11.4" in text_of(answer)


def test_visits_of_two_people_are_never_compared(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    other = Citizen.objects.create(
        name="Lò Văn Páo", birth_date=date(1970, 1, 1), sex="male", home_station=station
    )
    url = reverse("admin:healthrecords_visit_compare", args=[record(citizen).pk, record(other).pk])
    assert logged_in(clerk).get(url).status_code == 404


@pytest.mark.parametrize("many", [1, 60])
def test_the_page_costs_the_same_with_everything_on_it(
    clerk: User,
    citizen: Citizen,
    record: Callable[..., Visit],
    hospital: Organisation,
    many: int,
) -> None:
    record(citizen, "E11.9")
    for number in range(many):
        from_file(citizen, hospital, "E11.4", started_at=AT - number * DAY, medicines=["Metformin"])
    client = logged_in(clerk)
    client.get(record_url(citizen))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(record_url(citizen)).status_code == 200
    queries = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
    assert len(queries) <= 12, "\n".join(queries)


class TestProtectedRows:
    """Law 71/2020/QH14, article 30: rows of a class are not even counted without the right."""

    @pytest.fixture
    def hidden(
        self, citizen: Citizen, record: Callable[..., Visit], hospital: Organisation
    ) -> Visit:
        record(citizen)
        from_file(citizen, hospital, "I10", started_at=AT + DAY)
        hidden = record(
            citizen,
            started_at=AT - 400 * DAY,
            reason="Lĩnh ARV định kỳ",
            coverage="9",
            diagnoses=[DiagnosisEntry("B20", "Bệnh HIV")],
        )
        assert VitalSigns.objects.filter(visit=hidden).update(weight=41) == 1
        return hidden

    def test_no_filter_counts_them(self, clerk: User, hidden: Visit, citizen: Citizen) -> None:
        facets = facets_of(logged_in(clerk).get(record_url(citizen)))
        assert facets["Loại"] == {"Tất cả": 2, "Lượt khám": 2}
        assert "Năm" not in facets  # the hidden visit's year would be the only other one
        assert hidden.started_at.year == 2025

    def test_no_figure_diagnosis_or_medicine_tells_of_them(
        self, clerk: User, clinician: User, hidden: Visit, citizen: Citizen
    ) -> None:
        plain = logged_in(clerk).get(record_url(citizen))
        assert "B20" not in plain.content.decode()
        whole = logged_in(clinician).get(record_url(citizen))
        assert "B20" in whole.content.decode()
        assert len(whole.context["facts"]["vitals"]) == len(plain.context["facts"]["vitals"]) + 1

    def test_a_protected_part_of_an_ordinary_visit_is_left_out_too(
        self, clerk: User, citizen: Citizen, hospital: Organisation
    ) -> None:
        visit = from_file(citizen, hospital, "I10", "F20.0", medicines=["Olanzapin 10 mg"])
        Diagnosis.objects.filter(visit=visit, code="F20.0").update(sensitivity="mental")
        Medication.objects.filter(visit=visit).update(sensitivity="mental")
        body = logged_in(clerk).get(record_url(citizen)).content.decode()
        assert "I10" in body
        assert "F20" not in body
        assert "Olanzapin" not in body

    def test_a_protected_visit_is_no_side_of_a_comparison(
        self, clerk: User, clinician: User, hidden: Visit, citizen: Citizen
    ) -> None:
        shown = Visit.objects.filter(citizen=citizen, sensitivity="").first()
        assert shown is not None
        url = reverse("admin:healthrecords_visit_compare", args=[shown.pk, hidden.pk])
        assert logged_in(clerk).get(url).status_code == 404
        assert logged_in(clinician).get(url).status_code == 200


def test_a_stranger_compares_nothing(
    stranger: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    one, other = record(citizen), record(citizen, started_at=AT - DAY)
    url = reverse("admin:healthrecords_visit_compare", args=[one.pk, other.pk])
    answer = logged_in(stranger).get(url)
    assert answer.status_code == 403
    assert citizen.name not in answer.content.decode()


def test_the_summary_is_a_print_in_the_read_log(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """Law 15/2023/QH15, Article 69 (read second-hand).4.

    The person has a summary on written request.
    """
    from portal.audit.models import AccessLog

    record(citizen)
    url = reverse("admin:healthrecords_citizen_summary", args=[citizen.pk])
    answer = logged_in(clerk).get(url)
    assert "Tóm tắt hồ sơ tính đến" in text_of(answer)
    assert "Tăng huyết áp" in text_of(answer) or "I10" in text_of(answer)
    last = AccessLog.objects.order_by("-at").first()
    assert last is not None
    assert (last.action, last.people) == ("printed", [citizen.pk])


def test_a_station_of_care_opens_what_a_neighbour_wrote(
    neighbour: User, citizen: Citizen, record: Callable[..., Visit], other_station: Organisation
) -> None:
    record(citizen, reason="Khám ở Mường Chà")
    CareRelation.objects.create(
        citizen=citizen, organisation=other_station, ground="referral", since=AT.date()
    )
    assert titles_of(logged_in(neighbour).get(record_url(citizen))) == ["Khám ở Mường Chà"]
