"""Joining records leaves care with the place of insurance; parting gives each record its own back."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.access import ground_of
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.merging import LATER, fresh, join, part

NUMBER, OTHER = "DN4011123456789", "HN2011123456780"
THIS_YEAR = date(2026, 1, 1), date(2026, 12, 31)
NEXT_YEAR = date(2027, 1, 1), date(2027, 12, 31)
IN_DECEMBER, IN_JANUARY = date(2026, 12, 1), date(2027, 1, 2)


@pytest.fixture
def keep(clerk: User) -> Any:
    def keep_it(
        citizen: Citizen,
        place: Organisation,
        days: tuple[Any, Any],
        number: str = NUMBER,
        at: Any = AT,
    ) -> Coverage:
        entry = CoverageEntry(number, registered_at=place, valid_from=days[0], valid_until=days[1])
        (citizen,) = fresh([citizen])
        spoken = Spoken(Source.TYPED, at, clerk, clerk.place_of_work)
        return keep_coverage(citizen, entry, spoken=spoken)

    return keep_it


def caring(citizen: Citizen, on: date) -> set[Organisation]:
    rows = CareRelation.objects.holding(on).filter(citizen=citizen, ground="insurance")
    return {row.organisation for row in rows}


def relations() -> list[dict[str, Any]]:
    return list(CareRelation.objects.order_by("pk").values())


@pytest.mark.parametrize("has_cards", [True, False])
@pytest.mark.parametrize("speaks", [0, 1])
def test_a_hospital_of_which_one_record_has_the_card_of_this_year_and_one_of_the_next_cares_on(
    clinician: User,
    hospital: Organisation,
    people: list[Citizen],
    keep: Any,
    speaks: int,
    has_cards: bool,
) -> None:
    two = people[:2]
    for citizen, days in zip(two, (THIS_YEAR, NEXT_YEAR), strict=True):
        if has_cards:
            keep(citizen, hospital, days)
        else:
            CareRelation.objects.create(
                citizen=citizen,
                organisation=hospital,
                ground="insurance",
                since=days[0],
                until=days[1],
            )
    before = relations()
    merge = join(clinician, two[speaks], two[1 - speaks])
    (root,) = fresh([two[speaks]])
    assert ground_of(hospital, root, LATER) == "insurance"
    assert caring(root, IN_DECEMBER) == caring(root, IN_JANUARY) == {hospital}
    part(clinician, merge)
    assert relations() == before


def test_a_card_written_while_joined_ends_the_care_of_its_own_record_alone(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(b, hospital, THIS_YEAR)
    merge = join(clinician, a, b)
    keep(a, other_station, (date(2026, 7, 1), date(2026, 12, 31)), OTHER, LATER)
    assert caring(a, IN_DECEMBER) == {other_station}
    part(clinician, merge)
    assert caring(a, IN_DECEMBER) == {other_station}
    assert caring(b, IN_DECEMBER) == {hospital}
    assert caring(b, IN_JANUARY) == set()


def test_a_record_that_moved_its_own_insurance_while_joined_does_not_move_back(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    for citizen in (a, b):
        keep(citizen, hospital, THIS_YEAR)
    merge = join(clinician, a, b)
    keep(a, other_station, (date(2026, 7, 1), date(2026, 12, 31)), OTHER, LATER)
    part(clinician, merge)
    assert caring(a, IN_DECEMBER) == {other_station}
    assert caring(b, IN_DECEMBER) == {hospital}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_records_get_their_own_insurance_back_in_any_order(
    clinician: User,
    hospital: Organisation,
    people: list[Citizen],
    keep: Any,
    order: tuple[int, ...],
) -> None:
    a, b, c, _d = people
    for at, days in zip(order, (THIS_YEAR, NEXT_YEAR, (date(2028, 1, 1), None)), strict=True):
        keep(people[at], hospital, days)
    before = relations()
    first = join(clinician, a, b)
    second = join(clinician, *fresh([c, a]))
    assert [caring(c, day) for day in (ON + timedelta(days=1), IN_JANUARY, date(2029, 1, 1))] == [
        {hospital}
    ] * 3
    part(clinician, first)
    part(clinician, second)
    assert relations() == before


def test_the_two_who_are_still_joined_keep_what_both_said(
    clinician: User, hospital: Organisation, people: list[Citizen], keep: Any
) -> None:
    a, b, c, _d = people
    keep(a, hospital, THIS_YEAR)
    keep(b, hospital, (date(2028, 1, 1), None))
    keep(c, hospital, NEXT_YEAR)
    first = join(clinician, a, b)
    join(clinician, *fresh([a, c]))
    part(clinician, first)
    (row,) = CareRelation.objects.filter(citizen=a, ground="insurance")
    assert (row.since, row.until) == (ON, NEXT_YEAR[1])
    assert caring(b, IN_JANUARY) == set()
