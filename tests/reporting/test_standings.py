"""What is counted of all places at once is what each place works out for itself, row by row."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.dues import supplies_due
from facilities.models import Equipment, Facility, OperatingLicense, OperatingLicenseEvent
from facilities.services import enter_equipment
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.days import count_anew
from reporting.models import CaseNotification, PlaceStanding, QualityScore, Report
from reporting.pages.due import due_lines
from reporting.periods import ZONE
from reporting.standings import keep_standings
from tests.conftest import SINCE
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

ON = date(2026, 11, 3)


def standing(place: Organisation, at: datetime = LATER) -> PlaceStanding:
    keep_standings(at=at)
    return PlaceStanding.objects.get(place=place)


def by_hand(place: Organisation, on: date = ON) -> dict[str, int]:
    """Work a place's reports out as its own page does."""
    owed = [line.owed for line in due_lines(place, on)]
    status = [one.report.status if one.report else "" for one in owed]
    return {
        "reports_due": sum(not one.is_done for one in owed),
        "reports_late": sum(one.is_late(on) for one in owed),
        "reports_returned": status.count("returned"),
        "reports_waiting": status.count("submitted"),
    }


def counted(place: Organisation, at: datetime = LATER) -> dict[str, int]:
    row = standing(place, at)
    return {name: getattr(row, name) for name in by_hand(place)}


def test_reports_are_counted_as_their_sender_sees_them(
    see: Callable[..., Any],
    station: Organisation,
    hospital: Organisation,
    head: User,
    statistician: User,
) -> None:
    see(person(date(1990, 1, 1)), station, moment(5), "J06.9")
    before = counted(station)
    assert before == by_hand(station)
    assert before["reports_late"] > 3
    for code in ("BC02", "BC01"):
        said: dict[str, Any] = {"definition": form(code), "period": OCTOBER, "at": LATER}
        draft = services.begin_report(actor=head, organisation=station, **said)
        report = services.submit_report(actor=head, report=draft, at=LATER)
    assert counted(station) == by_hand(station)
    assert counted(station)["reports_waiting"] == 2
    services.return_report(actor=statistician, report=report, reason="Kiểm lại", at=LATER)
    after = counted(station)
    assert after == by_hand(station)
    assert (after["reports_returned"], after["reports_waiting"]) == (1, 1)
    assert counted(hospital) == by_hand(hospital)


def test_a_centre_for_disease_control_owes_by_its_own_class(
    definitions: None, hospital: Organisation
) -> None:
    before = counted(hospital)
    Facility.objects.create(organisation=hospital, form="CDC")
    assert counted(hospital) == by_hand(hospital) != before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["BC01", "BC02", "BC11"]), st.sampled_from(["begin", "send", "return"])
    ),
    max_size=6,
)


@given(steps=STEPS, days=st.integers(0, 40))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.django_db
def test_reports_agree_after_any_steps_on_any_day(
    definitions: None,
    station: Organisation,
    head: User,
    statistician: User,
    steps: list[tuple[str, str]],
    days: int,
) -> None:
    from django.db import transaction

    with transaction.atomic():
        for code, step in steps:
            _take(code, step, station, head, statistician)
        at = LATER + timedelta(days=days)
        assert counted(station, at) == by_hand(station, at.date())
        transaction.set_rollback(True)


def _take(code: str, step: str, place: Organisation, head: User, approver: User) -> None:
    rows = Report.objects.filter(organisation=place, code=code).order_by("-number")
    row = rows.first()
    if step == "begin" and row is None:
        said: dict[str, Any] = {"definition": form(code), "period": OCTOBER, "at": LATER}
        services.begin_report(actor=head, organisation=place, **said)
    elif step == "send" and row is not None and row.status == "draft":
        services.submit_report(actor=head, report=row, at=LATER)
    elif step == "return" and row is not None and row.status == "submitted":
        services.return_report(actor=approver, report=row, reason="Kiểm lại", at=LATER)


def device(place: Organisation, code: str, due: date) -> None:
    made = enter_equipment(
        equipment=Equipment(facility=place, asset_code=code, name="Nồi hấp"), on=SINCE
    )
    made.inspections.create(done_on=SINCE, result="pass", done_by="x", next_due_on=due)


def test_devices_are_counted_as_their_place_sees_them(station: Organisation) -> None:
    for number, days in enumerate((-3, 0, 60, 61)):
        device(station, f"TB-{number}", ON + timedelta(days=days))
    row = standing(station)
    dues = [due for due in supplies_due(station, ON) if due.where == "equipment"]
    assert (row.equipment_due, row.equipment_late) == (len(dues), 1) == (3, 1)


def test_a_licence_that_ends_is_due_and_a_revoked_one_is_not(
    station: Organisation, hospital: Organisation
) -> None:
    for place, days in ((station, 30), (hospital, -1)):
        OperatingLicense.objects.create(
            facility=place,
            number_raw=f"{days} /SYT-GPHĐ",
            issued_on=SINCE,
            valid_until=ON + timedelta(days=days),
        )
    assert (standing(station).licenses_due, standing(station).licenses_late) == (1, 0)
    assert (standing(hospital).licenses_due, standing(hospital).licenses_late) == (1, 1)
    license = OperatingLicense.objects.get(facility=hospital)
    OperatingLicenseEvent.objects.create(
        license=license, kind="revoked", valid_from=ON, decision_no="1/QĐ", decided_on=ON
    )
    assert standing(hospital).licenses_due == 0


def test_cases_of_a_protected_class_are_counted_apart(
    see: Callable[..., Any], station: Organisation
) -> None:
    for number, sensitivity in enumerate(("", "hiv")):
        visit = see(person(date(1990, 1, 1)), station, moment(5 + number), "B05.9")
        CaseNotification.objects.create(
            visit=visit,
            disease="H18",
            code="B05.9",
            noticed_at=moment(5),
            due_at=LATER + timedelta(hours=-1 if sensitivity else 1),
            sensitivity=sensitivity,
        )
    row = standing(station)
    assert (row.cases_waiting, row.cases_waiting_protected) == (2, 1)
    assert (row.cases_late, row.cases_late_protected) == (1, 1)


def test_the_score_stands_beside_the_one_of_a_week_before(station: Organisation) -> None:
    for days, value in ((0, 80), (6, 75), (7, 70), (30, 60)):
        QualityScore.objects.create(
            unit="facility",
            organisation=station,
            day=ON - timedelta(days=days),
            value=value,
            evaluated=1,
        )
    row = standing(station)
    assert (row.quality, row.quality_before, row.change) == (80, 70, Decimal(10))


def test_the_last_visit_and_the_last_whole_week_are_those_of_the_place(
    see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    see(person(date(1990, 1, 1)), station, moment(30), "J06.9")
    see(person(date(1990, 1, 1)), station, datetime(2026, 11, 2, 9, tzinfo=ZONE), "J06.9")
    count_anew(date(2025, 10, 1), ON)
    row = standing(station)
    assert (row.week_visits, row.year_before_visits) == (1, 0)
    assert row.last_visit_on == date(2026, 11, 2)
    assert standing(other_station).last_visit_on is None


def test_a_place_that_ended_has_no_standing(station: Organisation) -> None:
    assert standing(station)
    Organisation.objects.filter(pk=station.pk).update(valid_until=ON - timedelta(days=1))
    keep_standings(at=LATER)
    assert not PlaceStanding.objects.filter(place=station).exists()


def test_a_place_whose_last_day_is_to_come_still_stands(
    definitions: None, station: Organisation
) -> None:
    before = counted(station)
    Organisation.objects.filter(pk=station.pk).update(valid_until=ON)
    assert counted(station) == before
    assert before["reports_due"] > 0


def test_counting_costs_the_same_for_many_places(
    definitions: None, station: Organisation, department: Organisation
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            keep_standings(at=LATER)
        return len(captured)

    keep_standings(at=LATER)
    few = queries()
    for number in range(8):
        Organisation.objects.create(
            name=f"Trạm {number}",
            kind="station",
            parent=department,
            path=f"{department.path}{number:012x}.",
            valid_from=SINCE,
        )
    assert queries() == few
    assert PlaceStanding.objects.count() == 11
