"""Joining records leaves care with the place of insurance; parting gives each record its own back."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.access import ground_of
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.merges import rows_since
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


def test_a_card_written_while_joined_is_not_cut_by_a_card_of_the_other_one(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(b, hospital, (date(2027, 3, 1), None), OTHER)
    merge = join(clinician, a, b)
    keep(a, other_station, NEXT_YEAR, at=LATER)
    assert caring(a, date(2027, 6, 1)) == {hospital}
    part(clinician, merge)
    assert caring(a, IN_JANUARY) == caring(a, NEXT_YEAR[1]) == {other_station}
    assert caring(a, date(2028, 1, 1)) == set()
    assert caring(b, date(2027, 6, 1)) == {hospital}


def test_a_place_left_while_joined_does_not_go_on_by_a_card_of_the_other_one(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(a, hospital, THIS_YEAR)
    keep(b, hospital, NEXT_YEAR, OTHER)
    merge = join(clinician, a, b)
    keep(a, other_station, (date(2026, 11, 1), None), "HN2011123456781", LATER)
    part(clinician, merge)
    assert caring(a, IN_DECEMBER) == caring(a, IN_JANUARY) == {other_station}
    assert (caring(b, IN_DECEMBER), caring(b, IN_JANUARY)) == (set(), {hospital})


def test_a_card_set_right_while_joined_takes_its_care_home(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(b, hospital, THIS_YEAR)
    merge = join(clinician, a, b)
    keep(a, other_station, THIS_YEAR, at=LATER)
    assert caring(a, IN_DECEMBER) == {other_station}
    part(clinician, merge)
    assert Coverage.objects.get().citizen == b
    assert (caring(a, IN_DECEMBER), caring(b, IN_DECEMBER)) == (set(), {other_station})


@pytest.mark.parametrize("moved_own_care", [True, False])
def test_care_goes_with_a_card_that_is_handed_over(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
    moved_own_care: bool,
) -> None:
    a, b, *_rest = people
    if moved_own_care:
        keep(a, hospital, THIS_YEAR)
    merge = join(clinician, a, b)
    row = keep(a, other_station, (date(2026, 6, 1), date(2026, 12, 31)), OTHER, LATER)
    assert caring(a, IN_DECEMBER) == {other_station}
    part(clinician, merge, to_merged=[("healthrecords_coverage", row.pk)])
    assert caring(a, IN_DECEMBER) == ({hospital} if moved_own_care else set())
    assert caring(b, IN_DECEMBER) == {other_station}


def test_care_that_a_card_gave_is_no_question_of_its_own_and_what_a_list_gave_is(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b)
    card = keep(a, hospital, THIS_YEAR, at=LATER)
    listed = CareRelation.objects.create(
        citizen=a, organisation=other_station, ground="insurance", since=ON
    )
    asked = [(row.table, row.key) for row in rows_since(merge, fresh([a])[0])]
    carried = ("healthrecords_carerelation", listed.pk)
    assert sorted(asked) == sorted([("healthrecords_coverage", card.pk), carried])
    before = relations()
    care = CareRelation.objects.get(organisation=hospital, ground="insurance")
    with pytest.raises(ValidationError) as refused:
        part(clinician, merge, to_merged=[("healthrecords_carerelation", care.pk)])
    assert refused.value.code == "rows_changed"
    assert relations() == before
    part(clinician, merge, to_merged=[carried])
    assert (caring(a, IN_DECEMBER), caring(b, IN_DECEMBER)) == ({hospital}, {other_station})


def test_care_that_no_card_says_outlives_joining_and_parting(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    """A list named the hospital before there were cards; a card of the other one ends nothing."""
    a, b, *_rest = people
    CareRelation.objects.create(citizen=a, organisation=hospital, ground="insurance", since=ON)
    keep(b, other_station, THIS_YEAR)
    before = relations()
    merge = join(clinician, a, b)
    assert caring(a, IN_DECEMBER) == {hospital, other_station}
    part(clinician, merge)
    assert relations() == before


def test_while_joined_the_card_that_begins_last_says_who_cares(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(a, hospital, THIS_YEAR)
    keep(b, other_station, (date(2026, 7, 1), date(2026, 12, 31)), OTHER)
    before = relations()
    merge = join(clinician, a, b)
    assert caring(a, IN_DECEMBER) == {other_station}
    part(clinician, merge)
    assert relations() == before


def test_what_ended_and_began_while_joined_keeps_its_days(
    clinician: User,
    hospital: Organisation,
    other_station: Organisation,
    people: list[Citizen],
    keep: Any,
) -> None:
    a, b, *_rest = people
    keep(a, hospital, THIS_YEAR)
    merge = join(clinician, a, b)
    keep(a, other_station, (date(2026, 11, 1), None), OTHER, LATER)
    part(clinician, merge, at=LATER + timedelta(days=9))
    rows = CareRelation.objects.filter(citizen=a, ground="insurance").order_by("pk")
    assert [(row.organisation, row.since, row.until) for row in rows] == [
        (hospital, ON, ON),
        (other_station, ON, None),
    ]


@pytest.mark.parametrize("is_handed", [True, False])
@pytest.mark.parametrize("let_care", [True, False])
def test_a_card_by_file_brings_care_where_a_list_let_the_place_care_and_nowhere_else(
    clinician: User, hospital: Organisation, people: list[Citizen], let_care: bool, is_handed: bool
) -> None:
    """Only a list of people says who is registered where; a hospital's envelope lets nobody care."""
    a, b, *_rest = people
    merge = join(clinician, a, b)
    card = Coverage.objects.create(
        citizen=a,
        number=NUMBER,
        registered_at=hospital,
        valid_from=THIS_YEAR[0],
        valid_until=THIS_YEAR[1],
        origin="file",
    )
    if let_care:
        CareRelation.objects.create(
            citizen=a, organisation=hospital, ground="insurance", since=ON, until=THIS_YEAR[1]
        )
    part(clinician, merge, to_merged=[("healthrecords_coverage", card.pk)] * is_handed)
    whose, other = (b, a) if is_handed else (a, b)
    assert caring(whose, IN_DECEMBER) == ({hospital} if let_care else set())
    assert caring(other, IN_DECEMBER) == set()


def test_care_goes_with_a_card_that_a_third_record_brought_and_gives_away(
    clinician: User, hospital: Organisation, people: list[Citizen], keep: Any
) -> None:
    """What came since the first joining is asked about, though it came with the second."""
    a, b, c, _d = people
    first = join(clinician, b, c)
    row = keep(a, hospital, THIS_YEAR)
    join(clinician, *fresh([a, b]))
    part(clinician, first, to_merged=[("healthrecords_coverage", row.pk)])
    assert (caring(a, IN_DECEMBER), caring(c, IN_DECEMBER)) == (set(), {hospital})
