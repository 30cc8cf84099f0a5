"""When figures mean an alarm or an outbreak, and how an outbreak is declared, told and ended."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting.models import CaseNotification, Outbreak
from reporting.outbreaks import Level, chains, judge, largest_chain, limits_of
from reporting.periods import ZONE
from reporting.services.cases import settle_cases
from reporting.services.epidemics import (
    DayFigures,
    declare,
    end_outbreak,
    open_outbreak,
    tell_day,
)
from reporting.watching import signals
from tests.reporting.conftest import moment, person

FIVE = [2, 4, 4, 4, 6]  # mean 4, deviation √2


def test_the_limit_is_the_mean_and_two_deviations_of_the_same_month() -> None:
    limits = limits_of(FIVE)
    assert limits is not None
    assert (limits.mean, round(limits.deviation, 3)) == (4, 1.414)
    assert (round(limits.alarm, 3), round(limits.outbreak, 3)) == (5.414, 6.828)


@pytest.mark.parametrize(
    ("cases", "level"), [(4, "quiet"), (5, "quiet"), (6, "alarm"), (7, "outbreak"), (0, "quiet")]
)
def test_an_endemic_disease_is_judged_by_its_years(cases: int, level: str) -> None:
    assert judge(cases, FIVE).level == level


def test_fewer_than_five_years_say_nothing() -> None:
    assert limits_of([1, 2, 3, 4]) is None
    assert judge(100, [1, 2, 3, 4]).level == Level.QUIET


@pytest.mark.parametrize(
    ("chain", "verdict"),
    [
        (2, ("quiet", "")),
        (3, ("alarm", "three_linked")),
        (4, ("alarm", "three_linked")),
        (5, ("outbreak", "five_linked")),
    ],
)
def test_linked_cases_speak_where_the_disease_is_not_known(
    chain: int, verdict: tuple[str, str]
) -> None:
    found = judge(chain, [0, 0, 0, 0, 0], largest_chain=chain)
    assert (found.level, found.rule) == verdict


def test_one_case_of_group_a_or_of_a_disease_never_seen_is_an_alarm() -> None:
    assert judge(1, [], group="A").rule == "group_a"
    assert judge(1, [], was_seen_ever=False).rule == "never_seen"
    assert judge(0, [], group="A", was_seen_ever=False).level == Level.QUIET


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 200), min_size=5, max_size=5), st.integers(0, 400))
def test_more_cases_never_calm_a_verdict(history: list[int], cases: int) -> None:
    order = [Level.QUIET, Level.ALARM, Level.OUTBREAK]
    now, more = judge(cases, history).level, judge(cases + 1, history).level
    assert order.index(more) >= order.index(now)


def test_links_make_chains() -> None:
    links = {"a": None, "b": "a", "c": "b", "d": None, "e": "d"}
    assert [len(chain) for chain in chains(links)] == [3, 2]
    assert largest_chain(links) == 3
    assert largest_chain(links, of=["a", "b", "e"]) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 9)), max_size=10))
def test_every_case_is_in_exactly_one_chain(links: dict[int, int | None]) -> None:
    found = chains(links)
    members = [case for chain in found for case in chain]
    assert len(members) == len(set(members))
    assert set(links) <= set(members)
    for case, other in links.items():
        assert other is None or any({case, other} <= chain for chain in found)


def test_a_commune_with_three_linked_cases_is_signalled(
    see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    visits = [
        see(person(date(2020, 1, n), home_station=station), other_station, moment(n), "B05.9")
        for n in (1, 2, 3)
    ]
    settle_cases([visit.pk for visit in visits])
    first, *others = CaseNotification.objects.order_by("noticed_at")
    CaseNotification.objects.filter(pk__in=[case.pk for case in others]).update(linked_to=first)
    found = signals([station, other_station], date(2026, 10, 20))
    assert [(s.station, s.disease, s.cases, s.chain) for s in found] == [(station, "H18", 3, 3)]
    assert found[0].verdict.level == Level.ALARM


AT = datetime(2026, 10, 10, 9, tzinfo=ZONE)
SAID = {
    "disease": "H18",
    "name": "Sởi bản Huổi Xuân",
    "place": "Bản Huổi Xuân",
    "first_onset_on": date(2026, 10, 1),
}


def test_an_outbreak_is_declared_told_and_ended(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = see(person(date(2020, 1, 1), home_station=station), station, moment(5), "B05.9")
    settle_cases([visit.pk])
    outbreak = open_outbreak(actor=clerk, station=station, said=SAID, at=AT)
    assert CaseNotification.objects.get().outbreak == outbreak
    declare(actor=clerk, outbreak=outbreak, paper="12/TB-TYT, 10/10/2026", at=AT)
    with pytest.raises(ValidationError) as refused:
        declare(actor=clerk, outbreak=outbreak, paper="13", at=AT)
    assert refused.value.code == "declared_before"
    day = DayFigures(date(2026, 10, 9), "Bản Huổi Xuân", cases=3, deaths=1, samples=2, positives=2)
    tell_day(actor=clerk, outbreak=outbreak, figures=day, at=AT)
    tell_day(actor=clerk, outbreak=outbreak, figures=day, at=AT)
    assert outbreak.days.count() == 1
    too_many = DayFigures(date(2026, 10, 10), "Bản Huổi Xuân", deaths=3)
    with pytest.raises(ValidationError) as refused:
        tell_day(actor=clerk, outbreak=outbreak, figures=too_many, at=AT)
    assert "deaths" in refused.value.error_dict
    said = {"last_onset_on": date(2026, 10, 9), "ended_on": date(2026, 10, 5), "paper": "20/TB-TYT"}
    with pytest.raises(ValidationError):
        end_outbreak(actor=clerk, outbreak=outbreak, at=AT, **said)
    said["ended_on"] = date(2026, 10, 30)
    ended = end_outbreak(actor=clerk, outbreak=outbreak, at=AT + timedelta(days=21), **said)
    assert not ended.is_active
    with pytest.raises(ValidationError) as refused:
        tell_day(actor=clerk, outbreak=outbreak, figures=day, at=AT)
    assert refused.value.code == "outbreak_ended"


def test_a_stranger_opens_no_outbreak(
    definitions: None, station: Organisation, stranger: User
) -> None:
    with pytest.raises(PermissionDenied):
        open_outbreak(actor=stranger, station=station, said=SAID, at=AT)
    assert not Outbreak.objects.exists()
