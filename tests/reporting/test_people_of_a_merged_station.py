"""What is counted by the home of people is counted at who continues for their station."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from facilities.models import FacilitySuccession
from facilities.services import Step, succeed
from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.codelists.loader import load_lists
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.computing import compute
from reporting.models import Outbreak, QualityIssue
from reporting.periods import ZONE
from reporting.quality.loading import load_rules
from reporting.services.cases import settle_cases
from reporting.services.measuring import measure
from reporting.watching import signals
from tests.conftest import SINCE
from tests.reporting.conftest import OCTOBER, form, moment, person, told

pytestmark = pytest.mark.usefixtures("definitions")


def merge(
    old: Organisation,
    new: Organisation,
    on: date = date(2026, 10, 1),
    today: date = date(2026, 10, 15),
) -> None:
    succeed(actor=None, step=Step(old, new, "merge", on), today=today)


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


FORMS = ("BC10", "BC11")


def figures(place: Organisation, code: str) -> dict[str, Any]:
    return told(compute(form(code), OCTOBER, [place])[place.pk])


@pytest.fixture
def october(see: Callable[..., Any], station: Organisation) -> Citizen:
    """Somebody of the station is treated in October, somebody dies."""
    person(date(1950, 1, 1), home_station=station, died_on=date(2026, 10, 12))
    ill = person(date(1960, 1, 1), home_station=station)
    see(ill, station, moment(5), "I10")
    return ill


@pytest.mark.parametrize("code", FORMS)
def test_the_months_before_the_merge_count_them_where_they_lived(
    october: Citizen, station: Organisation, other_station: Organisation, code: str
) -> None:
    """What was sent stays as it was counted, and no sum of the province holds them twice."""
    before, nothing = figures(station, code), figures(other_station, code)
    assert before
    assert not nothing
    merge(station, other_station, on=date(2026, 11, 1), today=date(2026, 11, 5))
    october.refresh_from_db()
    assert october.home_station == other_station
    assert (figures(station, code), figures(other_station, code)) == (before, nothing)


def test_through_several_steps_it_is_the_place_of_the_first(
    october: Citizen, station: Organisation, other_station: Organisation, department: Organisation
) -> None:
    third = places.create_organisation(
        name="Trạm Y tế xã Thứ Ba", kind="station", parent=department, valid_from=SINCE
    )
    before = figures(station, "BC10")
    merge(station, other_station, on=date(2026, 11, 1), today=date(2026, 11, 5))
    merge(other_station, third, on=date(2026, 11, 8), today=date(2026, 11, 9))
    assert figures(station, "BC10") == before
    assert not figures(other_station, "BC10")
    assert not figures(third, "BC10")


def test_whoever_moved_elsewhere_since_counts_there_and_a_step_of_the_month_counts_at_the_heir(
    october: Citizen, station: Organisation, other_station: Organisation, hospital: Organisation
) -> None:
    before = figures(station, "BC10")
    merge(station, other_station, on=date(2026, 10, 31), today=date(2026, 11, 5))
    assert figures(other_station, "BC10") == before
    FacilitySuccession.objects.update(on=date(2026, 11, 1))
    assert figures(station, "BC10") == before
    Citizen.objects.filter(pk=october.pk).update(home_station=hospital)
    assert not figures(station, "BC10")


def test_a_cell_of_such_a_month_opens_them(
    october: Citizen, station: Organisation, other_station: Organisation, head: User, client: Client
) -> None:
    merge(station, other_station, on=date(2026, 11, 1), today=date(2026, 11, 5))
    report = services.begin_report(
        actor=head, definition=form("BC10"), organisation=station, period=OCTOBER,
        at=datetime(2026, 11, 6, 9, tzinfo=ZONE),
    )  # fmt: skip
    [(row, cells)] = told(report.figures).items()
    column = next(key for key, value in cells.items() if value == 1)
    client.force_login(head)
    opened = client.get(f"/bao-cao/{report.pk}/?o={row}~{column}").context["behind"]
    assert (opened.value, opened.total) == ("1", 1)
