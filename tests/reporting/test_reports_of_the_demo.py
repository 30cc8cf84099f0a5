"""The demo's station has one report approved, one returned, one open; a second loading adds nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from config.demo.reports import settle_reports
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting.models import CaseNotification, Report
from reporting.periods import Period
from tests.reporting.conftest import LATER, person


def test_the_demo_shows_each_state_of_a_report(
    see: Callable[..., Any], station: Organisation, head: User, statistician: User
) -> None:
    month = Period.last_closed("month", date(2026, 11, 3))
    see(person(date(1990, 1, 1)), station, month.begin + timedelta(hours=9), "B08.4")
    places: Any = SimpleNamespace(station=station)
    users = {Role.STATION_HEAD: head, Role.STATISTICIAN: statistician}
    for _n in range(2):
        settle_reports(places, users, at=LATER)
    states = dict(Report.objects.values_list("code", "status"))
    assert states == {"BC02": "approved", "BC01": "returned", "BC11": "draft"}
    assert CaseNotification.objects.count() == 1
