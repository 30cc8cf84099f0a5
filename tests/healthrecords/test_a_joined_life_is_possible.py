"""Two records are joined only if one person can have lived both: born before the care, dead after it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import Citizen, CitizenMerge, MergedRow, Visit
from healthrecords.services import VitalEntry
from healthrecords.services.deaths import DeathEntry, record_death
from portal.accounts.models import User
from portal.dates import PartialDate
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.merging import changes, everything, fresh, join, part
from tests.healthrecords.pages import fields_of, logged_in, text_of
from tests.healthrecords.test_twin_pages import joined_by_page, merge_url

pytestmark = pytest.mark.usefixtures("few_lists")
DIED, LATER = date(2026, 11, 1), AT + timedelta(days=15)
Record = Callable[..., Visit]


def die(clerk: User, citizen: Citizen, on: date = DIED) -> Citizen:
    record_death(actor=clerk, citizen=citizen, entry=DeathEntry(on, "family"), at=LATER)
    return fresh([citizen])[0]


@pytest.fixture
def alive(register: Register, record: Record) -> Citizen:
    """Was treated on 5 November."""
    citizen = register()
    record(citizen, "I10")
    return citizen


@pytest.fixture
def dead(register: Register, clerk: User) -> Citizen:
    """Died on 1 November, as the family says."""
    return die(clerk, register(name="Quàng Thị Hạc", numbers=[]))


def refused(code: str, *said: Any, **also: Any) -> str:
    """Return the sentence of a joining that is refused and changes nothing."""
    before = everything()
    with pytest.raises(ValidationError) as error:
        join(*said, **also, at=LATER)
    assert error.value.code == code
    kept = changes(before, everything())
    assert {table for table, _key in kept} <= {"healthrecords_careaccess"}, kept
    assert not CitizenMerge.objects.exists()
    assert not MergedRow.objects.exists()
    return str(error.value.messages[0])


def test_a_death_before_a_visit_of_the_record_that_stays_is_not_taken(
    clerk: User, alive: Citizen, dead: Citizen
) -> None:
    said = refused("treated_after_death", clerk, alive, dead, take=["died_on"])
    assert "01/11/2026" in said
    assert "05/11/2026" in said


def test_visits_after_the_death_of_the_record_that_stays_do_not_join_it(
    clerk: User, alive: Citizen, dead: Citizen
) -> None:
    said = refused("treated_after_death", clerk, dead, alive)
    assert "05/11/2026" in said
    join(clerk, dead, alive, take=["died_on"], at=LATER)
    assert fresh([dead])[0].died_on is None


@pytest.mark.parametrize("stays", ["older", "younger"])
def test_a_birth_after_a_visit_is_not_the_joined_record_s(
    clerk: User, register: Register, record: Record, stays: str
) -> None:
    boy = {"name": "Lò Văn Nam", "sex": "male", "numbers": []}
    older = register(**boy, birth=PartialDate(2024, 3, 12))
    younger = register(**boy, birth=PartialDate(2026, 11, 8), at=AT + timedelta(days=5))
    record(older, "J02", vitals=VitalEntry(), medicines=[])
    if stays == "older":
        said = refused("treated_before_birth", clerk, older, younger, take=["birth_date"])
    else:
        said = refused("treated_before_birth", clerk, younger, older)
    assert "08/11/2026" in said
    assert "05/11/2026" in said


def test_the_page_proposes_no_death_that_would_be_refused(
    clerk: User, alive: Citizen, dead: Citizen
) -> None:
    client = logged_in(clerk)
    for stays in (alive, dead):
        url = f"{merge_url(alive, dead)}?stays={stays.pk}"
        assert fields_of(client.get(url), "merge_form")["take_died_on"] == str(alive.pk)
    page = joined_by_page(client, alive, dead, stays=str(alive.pk), take_died_on=str(dead.pk))
    assert page.status_code == 409
    assert "05/11/2026" in text_of(page)
    assert not CitizenMerge.objects.exists()
    joined_by_page(client, alive, dead, stays=str(alive.pk))
    assert fresh([alive])[0].died_on is None


def test_the_page_proposes_a_death_that_is_possible(
    clerk: User, alive: Citizen, register: Register
) -> None:
    dead = die(clerk, register(name="Quàng Thị Hạc", numbers=[]), on=date(2026, 11, 10))
    form = fields_of(logged_in(clerk).get(merge_url(alive, dead)), "merge_form")
    assert form["take_died_on"] == str(dead.pk)
    join(clerk, alive, dead, take=["died_on"], at=LATER)
    assert fresh([alive])[0].died_on == date(2026, 11, 10)


def test_what_one_record_contradicted_before_is_no_fault_of_the_joining(
    clerk: User, clinician: User, alive: Citizen, dead: Citizen
) -> None:
    """As old rows may: a visit after the death, within one record."""
    Citizen.objects.filter(pk=alive.pk).update(died_on=DIED, death_source="family")
    (alive,) = fresh([alive])
    merge = join(clerk, alive, dead, at=LATER)
    part(clinician, merge, at=LATER)
    join(clerk, dead, alive, at=LATER)
    assert fresh([dead])[0].died_on == DIED


def test_an_earlier_death_taken_is_checked_against_what_the_other_death_allowed(
    clerk: User, alive: Citizen, dead: Citizen
) -> None:
    alive = die(clerk, alive, on=date(2026, 11, 10))
    assert "05/11/2026" in refused("treated_after_death", clerk, alive, dead, take=["died_on"])


def test_a_protected_visit_is_betrayed_by_no_refusal_and_told_to_who_may_see_it(
    clerk: User,
    clinician: User,
    register: Register,
    record: Record,
    dead: Citizen,
) -> None:
    """Whether a joining is refused would tell a clerk that something is there."""
    hidden = register()
    record(hidden, "B20")
    said = refused("treated_after_death", clinician, hidden, dead, take=["died_on"])
    assert "05/11/2026" in said
    urls = merge_url(hidden, dead)
    seen = fields_of(logged_in(clinician).get(urls), "merge_form")["take_died_on"]
    assert seen == str(hidden.pk)
    other = fields_of(logged_in(clerk).get(urls), "merge_form")["take_died_on"]
    assert other == str(dead.pk)
    join(clerk, hidden, dead, take=["died_on"], at=LATER)
    assert fresh([hidden])[0].died_on == DIED
