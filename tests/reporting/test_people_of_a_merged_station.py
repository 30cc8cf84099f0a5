"""What is counted by the home of people is counted at who continues for their station."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from facilities.services import Step, succeed
from portal.codelists.loader import load_lists
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.models import Outbreak, QualityIssue
from reporting.quality.loading import load_rules
from reporting.services.cases import settle_cases
from reporting.services.measuring import measure
from reporting.watching import signals
from tests.reporting.conftest import OCTOBER, form, moment, person

pytestmark = pytest.mark.usefixtures("definitions")


def merge(old: Organisation, new: Organisation) -> None:
    step = Step(old, new, "merge", date(2026, 10, 1))
    succeed(actor=None, step=step, today=date(2026, 10, 15))


def test_their_cases_are_watched_there(
    see: Callable[..., Any],
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
) -> None:
    visits = [
        see(person(date(2020, 1, n), home_station=station), hospital, moment(n), "B05.9")
        for n in (1, 2, 3)
    ]
    settle_cases([visit.pk for visit in visits])
    merge(station, other_station)
    found = signals([other_station], date(2026, 10, 20))
    assert [(s.station, s.disease, s.cases) for s in found] == [(other_station, "H18", 3)]


def test_their_issues_go_there_with_the_next_measuring(
    station: Organisation, other_station: Organisation
) -> None:
    load_lists()
    load_rules()
    somebody = person(date(2020, 1, 1), home_station=station)
    type(somebody).objects.filter(pk=somebody.pk).update(ethnic_group="")
    measure(at=moment(12))
    issues = QualityIssue.objects.open().filter(object_id=somebody.pk, rule__code="F01")
    assert [issue.facility for issue in issues] == [station]
    merge(station, other_station)
    measure(at=moment(16))
    assert [issue.facility for issue in issues.all()] == [other_station]


def test_an_outbreak_of_the_old_station_stands_in_the_report_of_the_new_one(
    station: Organisation, other_station: Organisation
) -> None:
    Outbreak.objects.create(
        station=station, disease="D10", name="Ổ dịch Huổi Xuân", place="Huổi Xuân",
        first_onset_on=date(2026, 10, 1), determined_at=moment(7),
    )  # fmt: skip
    merge(station, other_station)
    found = compute(form("BC03"), OCTOBER, [other_station])[other_station.pk]
    assert found["D10"]["o_dich"] == 1
