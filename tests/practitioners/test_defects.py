"""A generated province: every planted defect is found, and nothing but those and chance."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest

from portal.places import services as places
from portal.places.models import Organisation
from practitioners.defects import Defect, find_defects
from practitioners.models import Practitioner, RegisterEntry
from practitioners.province import Planted, Province, write_province
from practitioners.province.people import People
from practitioners.province.plan import ordered
from practitioners.public.publishing import publish_everybody
from tests.conftest import SINCE
from tests.practitioners.law import load_law
from tests.practitioners.public_register.conftest import AT

ON = date(2026, 11, 5)


@pytest.fixture
def facilities(department: Organisation) -> list[UUID]:
    return [
        places.create_organisation(
            name=f"Phòng khám {number}", kind="clinic", parent=department, valid_from=SINCE
        ).pk
        for number in range(12)
    ]


def compare(planted: Planted, found: Iterable[Defect]) -> dict[str, tuple[int, int]]:
    """Return for each code how many planted ones were missed, and how many others were found."""
    pairs: dict[str, set[tuple[UUID, UUID]]] = {}
    people: dict[str, set[UUID]] = {}
    for defect in found:
        if len(defect.people) == 2:
            pairs.setdefault(defect.code, set()).add(ordered(*defect.people))
        else:
            people.setdefault(defect.code, set()).update(defect.people)
    expected = {**planted.pairs, "twin": planted.pairs.get("twin", set()) | planted.accidental}
    wrong = {}
    for code in {*pairs, *expected}:
        missed = expected.get(code, set()) - pairs.get(code, set())
        others = pairs.get(code, set()) - expected.get(code, set())
        wrong[code] = (len(missed), len(others))
    for code in {*people, *planted.people}:
        missed_people = planted.people.get(code, set()) - people.get(code, set())
        others_found = people.get(code, set()) - planted.people.get(code, set())
        wrong[code] = (len(missed_people), len(others_found))
    return {code: counts for code, counts in wrong.items() if counts != (0, 0)}


def test_every_planted_defect_is_found_and_nothing_but_those(facilities: list[UUID]) -> None:
    load_law()
    province = Province(people=2_000, facilities=facilities, on=ON, seed=5)
    planted = write_province(province)
    assert {code: len(found) for code, found in planted.pairs.items()} == {
        "two_licenses": 4,
        "twin": 4,
    }
    assert {code: len(found) for code, found in planted.people.items()} == {
        "full_time_twice": 4,
        "hours_overlap": 4,
        "license_unusable": 4,
        "scope_of_other_title": 4,
    }
    assert compare(planted, find_defects(ON)) == {}


def test_a_province_without_defects_has_none(facilities: list[UUID]) -> None:
    load_law()
    province = Province(people=500, facilities=facilities, on=ON, has_defects=False)
    planted = write_province(province)
    assert compare(planted, find_defects(ON)) == {}


def test_a_check_that_finds_nothing_would_be_noticed(facilities: list[UUID]) -> None:
    load_law()
    planted = write_province(Province(people=500, facilities=facilities, on=ON))
    missed = compare(planted, [])
    assert set(missed) >= {"two_licenses", "twin", "full_time_twice", "license_unusable"}
    stranger = Defect("twin", (UUID(int=1), UUID(int=2)))
    assert compare(planted, [*find_defects(ON), stranger]) == {"twin": (0, 1)}


def test_the_same_seed_is_the_same_province(facilities: list[UUID]) -> None:
    province = Province(people=50, facilities=facilities, on=ON, has_defects=False)
    write_province(province)
    first = set(Practitioner.objects.values_list("name", "birth_date", "sex"))
    again = {(p.name, p.born, p.sex) for p in map(People(province).draw, range(50))}
    assert first == again


def test_a_generated_province_is_published_as_it_is(facilities: list[UUID]) -> None:
    load_law()
    write_province(Province(people=300, facilities=facilities, on=ON, has_defects=False))
    assert publish_everybody(at=AT) == 300
    assert RegisterEntry.objects.filter(is_listed=True).count() == 300
