"""When figures mean an alarm or an outbreak, and how an outbreak is declared, told and ended."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.models import FacilitySuccession
from portal.accounts.models import User
from portal.places.models import Organisation
from portal.scope import NOWHERE, Scope
from reporting.models import CaseNotification, Outbreak
from reporting.outbreaks import Level, Rules, chains, judge, largest_chain, limits_of
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
# Circular 15/2026/TT-BYT, articles 16 and 22.
RULES = Rules(
    years=5,
    outbreak_deviations=2,
    alarm_deviations=1,
    outbreak_linked=5,
    alarm_linked=3,
    alarm_group_a=1,
    alarm_never_seen=1,
)


def test_the_limit_is_the_mean_and_two_deviations_of_the_same_month() -> None:
    limits = limits_of(FIVE, RULES)
    assert limits is not None
    assert (limits.mean, round(limits.deviation, 3)) == (4, 1.414)
    assert (round(limits.alarm, 3), round(limits.outbreak, 3)) == (5.414, 6.828)


@pytest.mark.parametrize(
    ("cases", "level"), [(4, "quiet"), (5, "quiet"), (6, "alarm"), (7, "outbreak"), (0, "quiet")]
)
def test_an_endemic_disease_is_judged_by_its_years(cases: int, level: str) -> None:
    assert judge(cases, FIVE, RULES).level == level


def test_fewer_than_five_years_say_nothing() -> None:
    assert limits_of([1, 2, 3, 4], RULES) is None
    assert judge(100, [1, 2, 3, 4], RULES).level == Level.QUIET


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
    found = judge(chain, [0, 0, 0, 0, 0], RULES, largest_chain=chain)
    assert (found.level, found.rule) == verdict


def test_one_case_of_group_a_or_of_a_disease_never_seen_is_an_alarm() -> None:
    assert judge(1, [], RULES, group="A").rule == "group_a"
    assert judge(1, [], RULES, was_seen_ever=False).rule == "never_seen"
    assert judge(0, [], RULES, group="A", was_seen_ever=False).level == Level.QUIET


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 200), min_size=5, max_size=5), st.integers(0, 400))
def test_more_cases_never_calm_a_verdict(history: list[int], cases: int) -> None:
    order = [Level.QUIET, Level.ALARM, Level.OUTBREAK]
    now, more = judge(cases, history, RULES).level, judge(cases + 1, history, RULES).level
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


ON = date(2026, 10, 20)


def cases_of(
    see: Callable[..., Any], place: Organisation, year: int, number: int, code: str = "B05.9"
) -> None:
    visits = [
        see(
            person(date(2010, 1, 1), home_station=place),
            place,
            moment(1 + n % 15, year=year),
            code,
        )
        for n in range(number)
    ]
    settle_cases([visit.pk for visit in visits])


def merged(old: Organisation, new: Organisation) -> None:
    FacilitySuccession.objects.create(old=old, new=new, kind="merge", on=date(2026, 7, 1))


def test_five_years_are_seen_through_a_new_list_and_a_merge(
    see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    """Measles was SOI until 30/06/2026 and is H18 since; its commune was merged the day after."""
    for year, number in zip(range(2021, 2026), FIVE, strict=True):
        see(person(date(1990, 1, 1)), other_station, moment(1, month=1, year=2021), "J06.9")
        cases_of(see, other_station, year, number)
    cases_of(see, other_station, 2026, 3)
    cases_of(see, station, 2026, 4)
    codes = set(CaseNotification.objects.values_list("disease", flat=True))
    assert codes == {"SOI", "H18"}
    merged(other_station, station)
    [found] = signals([station], ON)
    assert (found.station, found.disease, found.cases) == (station, "H18", 7)
    assert found.history == tuple(FIVE)
    assert (found.verdict.level, found.verdict.rule) == (Level.OUTBREAK, "above_two_deviations")


def test_a_disease_of_the_old_list_is_not_new_to_a_commune(
    see: Callable[..., Any], station: Organisation
) -> None:
    cases_of(see, station, 2024, 1, "A91")
    cases_of(see, station, 2026, 1, "A97.1")
    assert set(CaseNotification.objects.values_list("disease", flat=True)) == {"SXHD", "D10"}
    assert signals([station], ON) == []


def test_years_without_a_record_are_not_years_without_a_case(
    see: Callable[..., Any], station: Organisation
) -> None:
    """The station records since 2025: one case that year is no mean of 0.2."""
    cases_of(see, station, 2025, 1)
    cases_of(see, station, 2026, 2)
    assert signals([station], ON) == []
    assert (
        judge(2, (0, 0, 0, 0, 1), RULES).level == Level.OUTBREAK
    )  # what the noughts would have said


def test_linked_cases_speak_while_five_years_are_not_recorded() -> None:
    assert judge(5, (1, 2), RULES, largest_chain=5).rule == "five_linked"
    assert judge(5, FIVE, RULES, largest_chain=5).level != Level.OUTBREAK


def test_no_signal_names_a_protected_disease_to_who_may_not_see_it(
    see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    cases_of(see, station, 2026, 1, "B20.1")
    assert [signal.disease for signal in signals([station], ON)] == ["W08"]
    assert signals([station], ON, sees=NOWHERE) == []
    assert signals([station], ON, sees=Scope(ids=frozenset({other_station.pk}))) == []


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
