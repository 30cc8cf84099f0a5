"""A report that was not sent stays owed as long as its form is accepted, however long ago it was due."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.models import ExpectedReport, ReportDefinition
from reporting.pages.access import definition_named, period_named
from reporting.periods import ZONE, Period
from reporting.quality.naming import NAMES
from reporting.senders import Owed, owed_by
from reporting.services.expecting import expect_reports
from tests.reporting.conftest import form
from tests.reporting.test_standings import by_hand, counted

AUGUST = Period.holding("month", date(2026, 8, 10))
DECEMBER = date(2026, 12, 15)
THEN = datetime(2026, 12, 15, 9, tzinfo=ZONE)


@pytest.fixture
def expected(definitions: None, station: Organisation) -> ExpectedReport:
    """What was owed of August, written down in September."""
    with connection.cursor() as cursor:
        expect_reports(cursor, date(2026, 9, 10))
    return ExpectedReport.objects.get(
        organisation=station, code="BC02", first_day=AUGUST.first, last_day=AUGUST.last
    )


def of_august(place: Organisation, on: date = DECEMBER) -> list[Owed]:
    owed = owed_by(place, on)
    return [one for one in owed if one.definition.code == "BC02" and one.period == AUGUST]


def test_a_report_of_august_is_owed_and_late_in_december_until_it_is_sent(
    expected: ExpectedReport, station: Organisation, head: User
) -> None:
    [owed] = of_august(station)
    assert (owed.is_late(DECEMBER), owed.due_on, owed.report) == (True, expected.due_on, None)
    before = counted(station, THEN)
    assert before == by_hand(station, DECEMBER)
    said: dict[str, Any] = {"definition": form("BC02", AUGUST.last), "period": AUGUST, "at": THEN}
    draft = services.begin_report(actor=head, organisation=station, **said)
    assert [one.report for one in of_august(station)] == [draft]
    assert counted(station, THEN) == by_hand(station, DECEMBER) == before
    services.submit_report(actor=head, report=draft, at=THEN)
    assert of_august(station) == []
    after = counted(station, THEN)
    assert after == by_hand(station, DECEMBER)
    for name in ("reports_due", "reports_late"):
        assert after[name] == before[name] - 1


def test_a_report_of_august_that_was_returned_is_mended_in_december(
    expected: ExpectedReport, station: Organisation, head: User, statistician: User
) -> None:
    said: dict[str, Any] = {"definition": form("BC02", AUGUST.last), "period": AUGUST, "at": THEN}
    draft = services.begin_report(actor=head, organisation=station, **said)
    sent = services.submit_report(actor=head, report=draft, at=THEN)
    services.return_report(actor=statistician, report=sent, reason="Kiểm lại", at=THEN)
    [owed] = of_august(station)
    assert (owed.report, owed.is_late(DECEMBER)) == (sent, False)
    assert counted(station, THEN) == by_hand(station, DECEMBER)
    assert counted(station, THEN)["reports_returned"] == 1


def test_nobody_owes_what_is_not_accepted_any_more(
    expected: ExpectedReport, station: Organisation
) -> None:
    definition = form("BC02", AUGUST.last)
    last = DECEMBER - timedelta(days=1)
    ReportDefinition.objects.filter(pk=definition.pk).update(valid_until=last, accepted_until=last)
    assert of_august(station) == []
    assert of_august(station, last) != []
    assert counted(station, THEN) == by_hand(station, DECEMBER)


def test_what_is_missing_leads_to_the_line_where_it_is_begun(
    expected: ExpectedReport, station: Organisation, head: User
) -> None:
    address = NAMES["reporting.expectedreport"]([expected.pk])[expected.pk].address
    page, _hash, anchor = address.partition("#")
    assert (page, anchor) == (reverse("reporting:due"), "BC02-month-2026-08-01")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(head)
    shown = client.get(page).content.decode()
    assert f'id="{anchor}"' in shown
    assert 'name="ky" value="month-2026-08-01"' in shown
    period = period_named("month-2026-08-01")
    assert definition_named("BC02", period) == form("BC02", AUGUST.last)


def test_what_is_owed_costs_the_same_after_many_months(
    expected: ExpectedReport, station: Organisation, see: Callable[..., Any]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            owed_by(station, DECEMBER)
        return len(captured)

    few = queries()
    with connection.cursor() as cursor:
        for month in (3, 5, 7):
            expect_reports(cursor, date(2026, month, 10))
    assert queries() == few
