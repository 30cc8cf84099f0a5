"""Birth and death that came with another record go back together once the two are parted."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge
from portal.accounts.models import User
from portal.dates import PartialDate
from tests.healthrecords.conftest import Register
from tests.healthrecords.merging import LATER, changes, everything, fresh, join, part
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
BORN, DIED, NEXT = date(2025, 5, 1), date(2025, 5, 2), date(2026, 11, 1)
BOTH = {"birth_date", "died_on"}


@pytest.fixture
def children(register: Register) -> list[Citizen]:
    """A newborn who died, and the next child of the same mother: both are called after her."""
    said: dict[str, Any] = {"name": "CB. Quàng Thị Hặc", "numbers": [], "standing": "newborn"}
    dead = register(**said, birth=PartialDate.of(BORN))
    Citizen.objects.filter(pk=dead.pk).update(died_on=DIED, death_source="facility")
    return fresh([dead, register(**said, birth=PartialDate.of(NEXT))])


def lives(*people: Citizen) -> list[tuple[Any, Any]]:
    return [(one.birth_date, one.died_on) for one in fresh(people)]


def test_a_record_that_took_both_has_its_own_again(
    children: list[Citizen], clerk: User, clinician: User
) -> None:
    merge = join(clerk, *children, take=BOTH)
    assert lives(children[0]) == [(NEXT, None)]
    part(clinician, merge)
    assert lives(*children) == [(BORN, DIED), (NEXT, None)]


def test_who_took_both_from_there_follows(
    children: list[Citizen], clerk: User, clinician: User, register: Register
) -> None:
    dead, alive = children
    c = register(name="Quàng Thị Hạc", birth=PartialDate(2026, 10), numbers=[])
    upper_was = lives(c)
    lower = join(clerk, alive, dead, take=BOTH)
    upper = join(clerk, *fresh([c, alive]), take=BOTH)
    assert lives(c) == [(BORN, DIED)]
    part(clinician, lower)
    assert lives(c, alive, dead) == [(NEXT, None), (NEXT, None), (BORN, DIED)]
    part(clinician, upper)
    assert lives(c) == upper_was


@pytest.fixture
def contradicted(children: list[Citizen], clerk: User) -> CitizenMerge:
    """The birth was set right since: the death that is to come back lies before it."""
    merge = join(clerk, *children, take=BOTH)
    Citizen.objects.filter(pk=children[0].pk).update(birth_date=date(2026, 10, 30))
    return merge


def test_what_was_written_since_and_contradicts_it_is_refused_and_nothing_changes(
    contradicted: CitizenMerge, clinician: User
) -> None:
    services.open_access(user=clinician, citizen=contradicted.survivor, at=LATER)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        part(clinician, contradicted, at=LATER)
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["death_before_birth"]
    assert changes(before, everything()) == {}
    assert CitizenMerge.objects.get().undone_at is None


def test_the_page_of_the_parting_says_what_contradicts(
    contradicted: CitizenMerge, clinician: User
) -> None:
    url = reverse("admin:healthrecords_unmerge", args=[contradicted.pk])
    answer = logged_in(clinician).post(url, {"reason": "hai trẻ"})
    assert answer.status_code == 409
    assert "Ngày mất trước ngày sinh" in text_of(answer)
