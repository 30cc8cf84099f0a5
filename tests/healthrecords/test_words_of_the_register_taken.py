"""Taking the population database's word leaves a record that does not contradict itself."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.models import Citizen, FieldSource, IdentityCheck
from healthrecords.services import NumberEntry, identity
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from portal.verification.contract import read_answer
from portal.verification.services import keep_answer
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import fresh, join, part
from tests.healthrecords.pages import logged_in, record_url, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
LATER = AT + timedelta(days=15)
Register = Callable[..., Citizen]


@pytest.fixture
def register(clerk: User, station: Organisation, settings: Any) -> Register:
    """Register people whom the population database is asked about, without an answer so far."""
    settings.POPULATION_URL = "http://127.0.0.1:9"

    def register_it(entry: Any) -> Citizen:
        everybody = frozenset(Citizen.objects.values_list("pk", flat=True))
        row: Citizen = services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry,
            client_key=uuid7(),
            at=AT,
            not_twins=everybody,
        ).row
        return row

    return register_it


def answer(check: IdentityCheck, **said: Any) -> None:
    body = {"request_id": str(check.inquiry_id), **said}
    keep_answer(read_answer(json.dumps(body).encode()), at=LATER)


def say_died(citizen: Citizen, day: str) -> FieldSource:
    said = {"result": "mismatch", "differences": [{"field": "death", "held": day}]}
    answer(citizen.identity_checks.get(), **said)
    ((word, _ours),) = identity.open_differences(citizen)
    return word


def test_a_death_before_a_visit_is_not_taken_from_the_register(
    register: Register, clerk: User, communes: list[Area], record: Callable[..., Any]
) -> None:
    citizen = register(entry_of(communes[0]))
    record(citizen, "I10")
    word = say_died(citizen, "2026-10-01")
    with pytest.raises(ValidationError) as refused:
        identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    assert [error.code for error in refused.value.error_dict["died_on"]] == ["treated_after_death"]
    citizen.refresh_from_db()
    word.refresh_from_db()
    assert (citizen.died_on, citizen.death_source, word.confirmed_at) == (None, "", None)
    # The way out: ours is kept, with the reason.
    identity.settle_difference(
        actor=clerk, word=word, takes_theirs=False, reason="Đã khám hôm 05/11", at=LATER
    )
    citizen.refresh_from_db()
    assert (citizen.died_on, identity.open_differences(citizen)) == (None, [])


def test_the_page_says_why_such_a_death_is_not_taken(
    register: Register, clerk: User, communes: list[Area], record: Callable[..., Any]
) -> None:
    citizen = register(entry_of(communes[0]))
    record(citizen, "I10")
    word = say_died(citizen, "2026-10-01")
    client = logged_in(clerk)
    client.get(record_url(citizen))
    url = reverse("admin:healthrecords_citizen_identity_deed", args=[citizen.pk, "settle"])
    page = client.post(url, {"word": str(word.pk), "take": "theirs"})
    assert "05/11/2026, sau ngày đã ghi" in text_of(page)
    citizen.refresh_from_db()
    assert citizen.died_on is None


def test_a_death_that_nothing_contradicts_is_taken_from_the_register(
    register: Register, clerk: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    word = say_died(citizen, "2026-10-01")
    identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    citizen.refresh_from_db()
    assert (citizen.died_on, citizen.death_source) == (date(2026, 10, 1), "register")


def test_a_death_still_to_come_is_not_taken_from_the_register(
    register: Register, clerk: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    word = say_died(citizen, (timezone.localdate(LATER) + timedelta(days=1)).isoformat())
    with pytest.raises(ValidationError) as refused:
        identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    assert [error.code for error in refused.value.error_dict["died_on"]] == ["died_later"]
    citizen.refresh_from_db()
    assert citizen.died_on is None


def numbers_of(citizen: Citizen) -> dict[str, tuple[bool, bool, str, str | None]]:
    """Return of each personal number: open, verified, why it ended, by which number."""
    rows = citizen.identifiers.filter(kind="personal").select_related("successor")
    return {
        row.value: (
            row.ended_on is None,
            row.is_verified,
            row.ending,
            row.successor.value if row.successor else None,
        )
        for row in rows
    }


RIGHT, SLIP, OTHER = "011162004137", "011162004173", "011162009999"


def test_taking_the_number_that_was_asked_about_ends_the_slip_typed_meanwhile(
    register: Register, clerk: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    first = citizen.identity_checks.get()
    services.mend_citizen(
        actor=clerk,
        citizen=citizen,
        entry=entry_of(communes[0], numbers=[NumberEntry("personal", SLIP)]),
        version=version_of_citizen(citizen),
        at=LATER,
    )
    answer(first, result="match")
    ((word, ours),) = identity.open_differences(citizen)
    assert (word.value, ours) == (RIGHT, SLIP)
    identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    held = [row.value for row in citizen.identifiers.filter(kind="personal", ended_on=None)]
    assert held == [RIGHT]
    slip = citizen.identifiers.get(value=SLIP)
    assert slip.successor is not None
    assert (slip.ending, slip.successor.value) == ("corrected", RIGHT)
    assert slip.successor.is_verified
    assert slip.successor.issued_on is None  # nothing was issued: it was there all the time
    assert identity.open_differences(citizen) == []


def test_the_number_of_a_joined_record_can_be_taken_where_the_other_one_was_verified(
    register: Register, clerk: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    other = register(
        entry_of(communes[0], name="Quàng Thị Hạc", numbers=[NumberEntry("personal", OTHER)])
    )
    answer(citizen.identity_checks.get(), result="match")
    waiting = other.identity_checks.get()
    join(clerk, citizen, other, at=LATER)
    answer(waiting, result="match")
    (citizen,) = fresh((citizen,))
    for word, _ours in identity.open_differences(citizen):
        identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    assert identity.open_differences(citizen) == []
    # What the register had verified was no slip: who shows it is still found.
    assert numbers_of(citizen) == {
        RIGHT: (False, True, "replaced", OTHER),
        OTHER: (True, True, "", None),
    }
    assert identifiers_named(RIGHT, on=timezone.localdate(LATER)) == [citizen.pk]


def test_the_verified_number_of_a_joined_record_is_its_own_again_once_they_are_parted(
    register: Register, clerk: User, clinician: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    other = register(
        entry_of(communes[0], name="Quàng Thị Hạc", numbers=[NumberEntry("personal", OTHER)])
    )
    answer(other.identity_checks.get(), result="match")
    waiting = citizen.identity_checks.get()
    merge = join(clerk, citizen, other, at=LATER)
    answer(waiting, result="match")
    (citizen,) = fresh((citizen,))
    for word, _ours in identity.open_differences(citizen):
        identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    assert numbers_of(citizen)[OTHER] == (False, True, "replaced", RIGHT)
    part(clinician, merge, at=LATER + timedelta(hours=1))
    assert numbers_of(other) == {OTHER: (True, True, "", None)}
    assert numbers_of(citizen) == {RIGHT: (True, True, "", None)}


def test_a_number_issued_in_place_of_the_one_asked_about_ends_the_slip_typed_meanwhile(
    register: Register, clerk: User, communes: list[Area]
) -> None:
    citizen = register(entry_of(communes[0]))
    first = citizen.identity_checks.get()
    services.mend_citizen(
        actor=clerk,
        citizen=citizen,
        entry=entry_of(communes[0], numbers=[NumberEntry("personal", SLIP)]),
        version=version_of_citizen(citizen),
        at=LATER,
    )
    differs = [{"field": "personal_number", "held": OTHER}]
    answer(first, result="mismatch", differences=differs)
    ((word, _ours),) = identity.open_differences(citizen)
    identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=LATER)
    assert numbers_of(citizen) == {
        RIGHT: (False, False, "corrected", None),  # typed over by the clerk
        SLIP: (False, False, "corrected", OTHER),
        OTHER: (True, True, "", None),
    }
