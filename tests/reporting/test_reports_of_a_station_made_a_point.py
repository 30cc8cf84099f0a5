"""What a station had to report before it became a point of another stays owed, sent and added up."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from facilities.heirs import units_on
from facilities.services import Decision, Step, succeed, withdraw_succession
from portal.accounts.models import User
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.models import ExpectedReport, PlaceStanding, Report
from reporting.senders import owed_by, owed_by_all, senders_of
from reporting.services.expecting import expect_reports
from reporting.services.summing import sum_up
from reporting.standings import keep_standings
from tests.conftest import SINCE
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

TODAY = date(2026, 11, 5)
NOW = moment(5, 11)
PAPER = Decision("12/QĐ-UBND", date(2026, 10, 20), "Ủy ban nhân dân tỉnh")


def made_a_point(old: Organisation, new: Organisation, on: date = date(2026, 11, 2)) -> Any:
    step = Step(old, new, "downgrade_to_point", on, decision=PAPER)
    row = succeed(actor=None, step=step, today=TODAY)
    old.refresh_from_db()
    assert old.kind == "point"
    return row


@pytest.fixture
def sent(
    definitions: None,
    see: Callable[..., Any],
    station: Organisation,
    other_station: Organisation,
) -> Report:
    see(person(date(1990, 1, 1)), station, moment(12), "J06.9")
    report = services.begin_report(
        actor=None, definition=form("BC02"), organisation=station, period=OCTOBER, at=LATER
    )
    return services.submit_report(actor=None, report=report, at=LATER)


def test_what_it_sent_stays_in_the_sum_of_the_month_before(
    sent: Report, station: Organisation, other_station: Organisation, department: Organisation
) -> None:
    def summed() -> Any:
        return sum_up(organisation=department, definition=form("BC02"), period=OCTOBER)

    before = summed()
    assert before.figures[str(station.pk)]["kham"] == 1
    made_a_point(station, other_station)
    after = summed()
    assert after.figures == before.figures
    assert (after.kinds, after.sources) == (before.kinds, before.sources)
    assert [one.organisation.pk for one in after.missing] == [
        one.organisation.pk for one in before.missing
    ]


def test_what_it_has_not_sent_stays_owed_and_can_be_sent(
    definitions: None, head: User, station: Organisation, other_station: Organisation
) -> None:
    def owed() -> set[tuple[str, date]]:
        return {(one.definition.code, one.period.last) for one in owed_by(station, TODAY)}

    before = owed()
    assert ("BC02", OCTOBER.last) in before
    made_a_point(station, other_station)
    assert owed() == before
    by_all = owed_by_all(form("BC02"), OCTOBER, senders_of(OCTOBER))
    assert station in [one.organisation for one in by_all]
    report = services.begin_report(
        actor=head, definition=form("BC02"), organisation=station, period=OCTOBER, at=NOW
    )
    assert services.submit_report(actor=head, report=report, at=NOW).status == "submitted"


def test_what_became_of_it_is_counted_on_the_tables_of_places_and_expected(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    keep_standings(at=NOW)
    due = PlaceStanding.objects.get(place=station).reports_due
    assert due == len(owed_by(station, TODAY)) > 0
    made_a_point(station, other_station)
    keep_standings(at=NOW)
    assert PlaceStanding.objects.get(place=station).reports_due == due
    with connection.cursor() as cursor:
        expect_reports(cursor, TODAY)
    rows = ExpectedReport.objects.filter(organisation=station)
    assert rows.filter(code="BC02", last_day=OCTOBER.last).exists()


def test_nothing_is_owed_of_the_months_that_end_as_a_point(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    made_a_point(station, other_station, on=date(2026, 10, 15))
    by_all = owed_by_all(form("BC02"), OCTOBER, senders_of(OCTOBER))
    assert station not in [one.organisation for one in by_all]
    assert OCTOBER.last not in {one.period.last for one in owed_by(station, TODAY)}


def test_a_step_that_is_withdrawn_leaves_nothing_behind(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    before = {(one.definition.code, one.period) for one in owed_by(station, TODAY)}
    step = made_a_point(station, other_station)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=NOW)
    station.refresh_from_db()
    assert {(one.definition.code, one.period) for one in owed_by(station, TODAY)} == before


def test_its_figures_of_the_months_before_are_its_own_though_a_centre_stood_above_it(
    department: Organisation, other_station: Organisation
) -> None:
    centre = places.create_organisation(
        name="Trung tâm Y tế khu vực", kind="centre", parent=department, valid_from=SINCE
    )
    station = places.create_organisation(
        name="Trạm Y tế xã Dưới Trung Tâm", kind="station", parent=centre, valid_from=SINCE
    )
    made_a_point(station, other_station)
    assert units_on(OCTOBER.last)[station.pk] == station.pk
    assert units_on(TODAY)[station.pk] == other_station.pk
