"""The papers and notes of an envelope stand in the record: sent, sent again, undone."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthrecords.models import (
    Appointment,
    CareRelation,
    Citizen,
    Document,
    NumberSeries,
    Referral,
    Visit,
)
from healthrecords.papers.issued import births, issued
from healthrecords.services import documents
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.intake import services
from portal.intake.models import StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.intake.envelopes import NURSE, many, written
from tests.intake.papers_of_files import (
    ALL,
    BIRTH,
    DISCHARGE,
    SLIP,
    TRANSFER,
    bring,
    read_in,
    standing,
    stored,
    undo,
)
from tests.intake.sending import NOW, confirm, counts, envelope, errors, send

pytestmark = pytest.mark.usefixtures("lists", "registers")


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("doctor", "Bác sĩ", Role.HOSPITAL_DOCTOR, hospital)


def test_each_paper_of_an_envelope_is_a_paper_of_its_visit_with_its_fields(
    data_officer: User, hospital: Organisation
) -> None:
    batch = read_in(data_officer, hospital, ALL)
    assert errors(batch) == []
    confirm(batch, data_officer)
    papers, visit = standing(), Visit.objects.get()
    assert sorted(papers) == [
        "birth", "discharge", "pregnancy", "referral", "revisit", "sick_leave", "summary",
    ]  # fmt: skip
    for paper in papers.values():
        assert (paper.origin, paper.batch_id, paper.visit) == ("file", batch.pk, visit)
        assert (paper.number, paper.issued_by, paper.citizen) == (None, None, visit.citizen)
    assert {kind: paper.label for kind, paper in papers.items()} == {
        "discharge": "LT-77",
        "summary": "",
        "birth": "12",
        "pregnancy": "DT-2",
        "sick_leave": "NV-5",
        "referral": "CT-31",
        "revisit": "GH-8",
    }
    assert papers["discharge"].content == {
        "department": "K01",
        "diagnosis": "Tăng huyết áp vô căn",
        "treatment": "Amlodipin",
        "head_of_department": "Bác sĩ Hà",
        "rest_days": 3,
        "rest_from": "2026-11-05",
        "rest_until": "2026-11-07",
        "NGAY_VAO": "202611020805",
        "NGAY_RA": "202611041030",
        "MA_TTDV": NURSE,
        "MA_BS": NURSE,
    }
    assert papers["pregnancy"].content == {  # table 10: rest in pregnancy
        "employer": "Xưởng chè",
        "diagnosis": "Thai 9 tuần dọa sảy, dưỡng thai",
        "rest_days": 7,
        "rest_from": "2026-11-04",
        "rest_until": "2026-11-10",
        "doctor": "Bác sĩ Hà",
        "series": "S10",
        "MA_TTDV": NURSE,
        "MA_BS": NURSE,
    }
    assert papers["birth"].content["child_born_at"] == "2026-11-03T04:15+07:00"
    assert papers["birth"].content["children_alive"] == 0
    assert papers["discharge"].issued_at == visit.ended_at
    assert not NumberSeries.objects.exists()


def test_a_paper_by_file_is_never_printed_replaced_or_cancelled_as_one_of_ours(
    data_officer: User, hospital: Organisation, doctor: User
) -> None:
    bring(data_officer, hospital, ALL)
    visit = Visit.objects.get()
    assert (issued(visit, sees_sensitive=True), births(visit)) == ({}, [])
    with pytest.raises(ValidationError) as refused:
        documents.cancel(actor=doctor, document=standing()["birth"], reason="Nhầm người", at=NOW)
    assert refused.value.code == "paper_from_file"
    assert len(standing()) == len(ALL)


def test_one_paper_for_each_child_and_none_of_another_visits_line(
    data_officer: User, hospital: Organisation
) -> None:
    twin = {**BIRTH, "SO": "13", "HO_TEN_CON": "Lò Bé Em", "MA_LK": " e-0001"}
    stray = {**BIRTH, "SO": "14", "MA_LK": "E-9999"}
    bring(data_officer, hospital, {"XML9": [BIRTH, twin, stray]})
    assert sorted(Document.objects.values_list("sent_number", flat=True)) == ["12", "13"]


def test_the_same_file_sent_again_changes_nothing_and_a_changed_paper_keeps_its_key(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, ALL)
    before, keys = stored(), {kind: one.pk for kind, one in standing().items()}
    assert counts(read_in(data_officer, hospital, ALL, LY_DO_VV="Khám định kỳ ")) == {
        "unchanged": 1
    }
    again = read_in(
        data_officer, hospital, {**ALL, "XML7": [{**DISCHARGE, "PP_DIEUTRI": "Losartan"}]}
    )
    assert counts(again) == {"changed": 1}
    assert [name for name, _old, _new in StagedRow.objects.get(batch=again).changes] == ["XML7"]
    confirm(again, data_officer)
    papers = standing()
    assert {kind: one.pk for kind, one in papers.items()} == keys
    assert papers["discharge"].content["treatment"] == "Losartan"
    assert (papers["discharge"].batch_id, papers["birth"].batch_id != again.pk) == (again.pk, True)
    undo(again, data_officer)
    assert stored()["papers"] == before["papers"]
    assert stored()["referrals"] == before["referrals"]


def test_a_paper_that_is_not_sent_any_more_is_taken_back_until_that_file_is_undone(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, ALL)
    before = stored()
    again = bring(data_officer, hospital, {"XML7": [DISCHARGE]})
    assert list(standing()) == ["discharge"]
    care = CareRelation.objects.get(organisation=upper)
    assert care.until is not None
    assert care.until <= max(NOW.date(), care.since)
    undo(again, data_officer)
    assert stored()["papers"] == before["papers"]


def test_an_undone_file_takes_its_papers_back_and_the_person_who_came_with_it(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    batch = bring(data_officer, hospital, ALL)
    undo(batch, data_officer)
    assert standing() == {}
    assert Appointment.objects.filter(cancelled_at=None).count() == 0
    assert Citizen.objects.get().withdrawn_at is not None
    for care in CareRelation.objects.all():
        assert care.until is not None
        assert care.until <= max(NOW.date(), care.since)
    # The same file brings them again, under the keys they had.
    bring(data_officer, hospital, ALL)
    assert len(standing()) == Document.objects.count() == len(ALL)


def test_a_transfer_paper_is_a_referral_and_opens_the_way_where_it_goes(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, {"XML13": [TRANSFER]}, MA_LOAI_RV="2")
    sent = Referral.objects.select_related("document").get()
    assert (sent.to_facility, sent.to_name, sent.reason) == (upper, "Bệnh viện tỉnh", "1")
    assert (sent.facility, sent.sent_at) == (hospital, Visit.objects.get().ended_at)
    assert sent.valid_until == date(2026, 11, 18)  # ten working days
    care = CareRelation.objects.get(organisation=upper, ground="referral")
    assert (care.since, care.until) == (date(2026, 11, 4), date(2026, 11, 18))


def test_a_transfer_to_a_place_unknown_here_keeps_its_code_and_opens_nothing(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, {"XML13": [{**TRANSFER, "MA_CSKCB_DEN": "01929"}]})
    sent = Referral.objects.get()
    assert (sent.to_facility, sent.to_name) == (None, "01929")
    assert not CareRelation.objects.filter(ground="referral").exists()


def test_a_transfer_that_goes_elsewhere_closes_the_way_it_had_opened(
    data_officer: User, hospital: Organisation, upper: Organisation, other_station: Organisation
) -> None:
    bring(data_officer, hospital, {"XML13": [TRANSFER]})
    places.give_code(
        organisation=other_station, scheme="insurance", value="11088", valid_from=SINCE
    )
    again = bring(data_officer, hospital, {"XML13": [{**TRANSFER, "MA_CSKCB_DEN": "11088"}]})
    going = Referral.objects.get(document__cancelled_at=None)
    assert going.to_facility == other_station
    closed = CareRelation.objects.get(organisation=upper)
    assert closed.until is not None
    assert closed.until <= max(NOW.date(), closed.since)
    undo(again, data_officer)
    assert Referral.objects.get(document__cancelled_at=None).to_facility == upper
    closed.refresh_from_db()
    assert closed.until == date(2026, 11, 18)
    assert (
        not CareRelation.objects.holding(date(2026, 11, 18))
        .filter(organisation=other_station)
        .exists()
    )


def came_to(place: Organisation, at: datetime, **said: Any) -> Visit:
    """A visit of the person of the file, as a desk enters it."""
    visit = Visit.objects.create(
        citizen=Citizen.objects.get(), facility=place, started_at=at, status="finished", **said
    )
    visit.diagnosis_rows.create(visit=visit, rank="main", code="I10", title="Tăng huyết áp")
    return visit


def test_a_file_that_comes_after_the_person_arrived_finds_the_visit_there(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, {})
    left = Visit.objects.get().ended_at
    assert left is not None
    there = make_user("there", "Bác sĩ Tỉnh", Role.HOSPITAL_DOCTOR, upper)
    arrival = came_to(upper, left + timedelta(hours=2), entered_by=there)
    again = bring(data_officer, hospital, {"XML13": [TRANSFER]})
    sent = Referral.objects.get()
    assert (sent.arrived_visit, sent.arrived_by) == (arrival, there)
    assert CareRelation.objects.get(organisation=upper, ground="referral").until is None
    gone = bring(data_officer, hospital, {})
    sent.refresh_from_db()
    assert sent.arrived_visit is None
    undo(gone, data_officer)
    sent.refresh_from_db()
    assert (sent.arrived_visit, sent.arrived_by) == (arrival, there)
    assert CareRelation.objects.get(organisation=upper, ground="referral").until is None
    undo(again, data_officer)
    sent.refresh_from_db()
    assert sent.arrived_visit is None


def test_a_visit_of_before_keeps_no_appointment_and_one_that_is_here_already_does(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, {}, NGAY_TAI_KHAM="")
    began = Visit.objects.get().started_at
    came_to(hospital, began - timedelta(days=1))
    again = bring(data_officer, hospital, {}, NGAY_TAI_KHAM="20261106")
    assert Appointment.objects.get().kept_by is None
    undo(again, data_officer)
    back = came_to(hospital, began + timedelta(days=4))
    bring(data_officer, hospital, {}, NGAY_TAI_KHAM="20261106")
    assert Appointment.objects.get(cancelled_at=None).kept_by == back


def test_the_day_to_come_again_is_an_appointment_and_follows_what_is_sent_later(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, {"XML14": [SLIP]}, NGAY_TAI_KHAM="")
    first = Appointment.objects.get()
    assert (first.on, first.facility, first.reason) == (
        date(2026, 12, 1),
        hospital,
        "Khám định kỳ",
    )
    care = CareRelation.objects.get(organisation=hospital, ground="appointment")
    assert care.until == date(2026, 12, 31)
    again = bring(data_officer, hospital, {"XML14": [SLIP]}, NGAY_TAI_KHAM="20261215")
    assert Appointment.objects.get(cancelled_at=None).on == date(2026, 12, 15)
    care.refresh_from_db()
    assert care.until == date(2027, 1, 14)
    undo(again, data_officer)
    assert Appointment.objects.get(cancelled_at=None) == first
    care.refresh_from_db()
    assert care.until == date(2026, 12, 31)


def waited_for() -> list[tuple[date, str]]:
    rows = Appointment.objects.filter(cancelled_at=None).order_by("on")
    return list(rows.values_list("on", "sensitivity"))


TELLING_SLIP = {**SLIP, "CHAN_DOAN_RV": "Test nhanh HIV: dương tính."}


def test_a_slip_that_betrays_is_waited_for_by_those_alone_who_see_it(
    data_officer: User, hospital: Organisation, doctor: User
) -> None:
    bring(data_officer, hospital, {"XML14": [TELLING_SLIP]}, NGAY_TAI_KHAM="")
    visit = Visit.objects.get()
    assert visit.sensitivity == ""
    assert waited_for() == [(date(2026, 12, 1), "hiv")]
    slip = Document.objects.get()
    slip.pk, slip.origin, slip.sensitivity, slip.sent_number = uuid7(), "typed", "", ""
    slip.number, slip.issued_by, slip.client_key, slip.batch_id = 1, doctor, uuid7(), None
    slip.sent_digest = ""
    slip.content = {**slip.content, "on": "2026-12-08"}
    slip.save(force_insert=True)
    again = bring(
        data_officer, hospital, {"XML14": [TELLING_SLIP]}, NGAY_TAI_KHAM="", LY_DO_VV="Đau đầu"
    )
    assert waited_for() == [(date(2026, 12, 1), "hiv"), (date(2026, 12, 8), "")]
    undo(again, data_officer)
    assert waited_for() == [(date(2026, 12, 1), "hiv"), (date(2026, 12, 8), "")]


def test_a_day_that_the_visit_of_a_file_names_too_is_no_secret(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, {"XML14": [TELLING_SLIP]}, NGAY_TAI_KHAM="")
    again = bring(data_officer, hospital, {"XML14": [TELLING_SLIP]}, NGAY_TAI_KHAM="20261201")
    assert waited_for() == [(date(2026, 12, 1), "")]
    undo(again, data_officer)
    assert waited_for() == [(date(2026, 12, 1), "hiv")]


def test_many_records_cost_the_same_number_of_statements_as_few(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    def cost(count: int, seed: int) -> int:
        records = many(count, seed)
        for at, record in enumerate(records):
            key = f"S{seed}-{at:05}"
            for table, lines in {**record, **ALL}.items():
                record[table] = [{**line, "MA_LK": key} for line in lines]
        content = envelope(*map(written, records))
        batch = send(
            content, by=data_officer, organisation=hospital, kind="envelope", name=f"{seed}.xml"
        )
        services.confirm_batch(actor=data_officer, batch=batch, at=NOW)
        with CaptureQueriesContext(connection) as asked:
            services.write_batch(batch.pk, at=NOW)
        assert Document.objects.filter(batch_id=batch.pk).count() == len(ALL) * count
        tables = (
            "_document",
            "_referral",
            "_appointment",
            "_visitnote",
            "_carerelation",
            "_holiday",
        )
        return sum(any(name in asked_for["sql"] for name in tables) for asked_for in asked)

    few = cost(3, 11)
    assert cost(40, 12) <= few
