"""A paper of an outage counts as the sending once the report is entered, and not before."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.urls import reverse
from lxml import html

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.models import ExpectedReport, Outage, Report
from reporting.periods import ZONE
from reporting.senders import Owed, owed_by_all
from reporting.services.measuring import measure
from tests.reporting.conftest import OCTOBER, form, moment
from tests.reporting.test_life_of_a_report import draft  # noqa: F401  (a fixture)
from tests.reporting.test_long_lists import client_of
from tests.reporting.test_quality_of_reports import found_now, rules  # noqa: F401  (fixtures)
from tests.reporting.test_standings import by_hand, counted

WEEKS_LATER = moment(25, 11)
DUE_DAY = date(2026, 11, 6)


@pytest.fixture
def outage(department: Organisation) -> Outage:
    """The whole province was cut off on the day on which the report was due."""
    return Outage.objects.create(
        organisation=department, began_at=moment(6, 11, hour=7), ended_at=moment(6, 11, hour=17),
        reason="Đứt cáp quang",
    )  # fmt: skip


@pytest.fixture
def on_paper(draft: Callable[..., Report], head: User, outage: Outage) -> Report:  # noqa: F811
    """The report of October, which went on paper on that day and was not entered yet."""
    return services.send_on_paper(
        actor=head, report=draft(), outage=outage, sent_on=DUE_DAY, at=WEEKS_LATER
    )


def owed_of(place: Organisation) -> Owed:
    return owed_by_all(form("BC02"), OCTOBER, [place])[0]


def found_of(place: Organisation) -> set[str]:
    """Return which rules find something at what the place owes of October."""
    measure(at=datetime(2026, 11, 28, 9, tzinfo=ZONE))
    owed = ExpectedReport.objects.get(organisation=place, code="BC02", first_day=OCTOBER.first)
    return {code for code, key, _name in found_now() if key == owed.pk}


def test_what_is_on_paper_and_not_entered_is_open_and_overdue(
    on_paper: Report, station: Organisation, statistician: User
) -> None:
    owed = owed_of(station)
    assert (owed.is_done, owed.sent_on, owed.is_late(WEEKS_LATER.date())) == (False, None, True)
    assert counted(station, WEEKS_LATER) == by_hand(station, WEEKS_LATER.date())
    url = reverse("reporting:senders", args=["BC02", OCTOBER.slug])
    for slug in ("chua-gui", "tre"):
        page = html.fromstring(client_of(statistician).get(f"{url}?loc={slug}").content.decode())
        [row] = [row for row in page.xpath("//tbody/tr") if station.name in row.text_content()]
        assert "đã gửi giấy, chờ nhập bù" in row.text_content()


def test_entering_the_paper_makes_it_a_sending_of_its_day(
    on_paper: Report, head: User, station: Organisation
) -> None:
    services.submit_report(actor=head, report=on_paper, at=WEEKS_LATER)
    owed = owed_of(station)
    assert (owed.is_done, owed.sent_on, owed.was_late) == (True, DUE_DAY, False)
    assert counted(station, WEEKS_LATER) == by_hand(station, WEEKS_LATER.date())


def test_quality_asks_for_a_paper_until_it_is_entered(
    rules: None,  # noqa: F811
    on_paper: Report,
    head: User,
    station: Organisation,
) -> None:
    assert found_of(station) == {"F04", "L02"}
    services.submit_report(actor=head, report=on_paper, at=WEEKS_LATER)
    assert found_of(station) == set()


def test_a_paper_of_the_correction_does_not_make_the_first_sending_earlier(
    rules: None,  # noqa: F811
    draft: Callable[..., Report],  # noqa: F811
    head: User,
    statistician: User,
    station: Organisation,
    outage: Outage,
) -> None:
    late: Any = services.submit_report(actor=head, report=draft(), at=moment(20, 11))
    services.return_report(actor=statistician, report=late, reason="Kiểm lại", at=WEEKS_LATER)
    fresh = services.correct_report(actor=head, report=late, reason="", at=WEEKS_LATER)
    services.send_on_paper(actor=head, report=fresh, outage=outage, sent_on=DUE_DAY, at=WEEKS_LATER)
    services.submit_report(actor=head, report=fresh, at=WEEKS_LATER)
    assert owed_of(station).was_late
    assert found_of(station) == {"L02"}
