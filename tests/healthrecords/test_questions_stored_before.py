"""Questions about twins that were stored twice, or left open beside their answer, are closed."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from healthrecords.models import Citizen, MedicineStop, TwinCase
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_questions_about_twins import two

pytestmark = pytest.mark.usefixtures("lists")
MIGRATION = "healthrecords.migrations.0045_what_was_stored_before"
LATER = AT + timedelta(days=1)


def migrate() -> None:
    """Do to what is stored what the migration does; doing it again changes nothing."""
    for _again in range(2):
        with connection.cursor() as cursor:
            for operation in import_module(MIGRATION).Migration.operations:
                cursor.execute(operation.sql)


@pytest.fixture
def pair(clerk: User, station: Organisation, communes: list[Area]) -> tuple[Citizen, Citizen]:
    found = two(clerk, station, communes[0], [])
    TwinCase.objects.all().delete()
    return found


def ask(older: Citizen, newer: Citizen, ground: str, **said: Any) -> TwinCase:
    return TwinCase.objects.create(
        older=older, newer=newer, ground=ground, **{"found_at": AT, **said}
    )


def answered(by: User) -> dict[str, Any]:
    return {"answer": "different", "answered_at": LATER, "answered_by": by}


def test_what_is_open_beside_its_answer_takes_the_answer(
    pair: tuple[Citizen, Citizen], clerk: User
) -> None:
    one, other = pair
    ask(one, other, "name_and_birth", **answered(clerk))
    left = ask(other, one, "likeness")
    migrate()
    left.refresh_from_db()
    assert (left.answer, left.answered_by, left.answered_at) == ("different", clerk, LATER)


def test_the_same_question_from_the_other_side_goes_or_takes_the_answer(
    pair: tuple[Citizen, Citizen], clerk: User
) -> None:
    one, other = pair
    first = ask(one, other, "phone")
    ask(other, one, "phone", found_at=LATER)
    migrate()
    assert list(TwinCase.objects.values_list("pk", "answer")) == [(first.pk, "")]


def test_a_number_that_two_claim_is_asked_about_once_and_stays_open(
    pair: tuple[Citizen, Citizen], clerk: User
) -> None:
    one, other = pair
    first = ask(one, other, "number", number="011162004137")
    ask(other, one, "number", number="011162004137", found_at=LATER)
    ask(one, other, "phone", **answered(clerk))
    migrate()
    assert TwinCase.objects.get(answer="") == first


def test_what_was_asked_after_the_answer_or_of_others_stays(
    pair: tuple[Citizen, Citizen], clerk: User
) -> None:
    one, other = pair
    third = Citizen.objects.get(pk=other.pk)
    third.pk, third.client_key = uuid7(), None
    third.save(force_insert=True)
    ask(one, other, "name_and_birth", **answered(clerk))
    later = ask(other, one, "likeness", found_at=LATER + timedelta(days=1))
    others = ask(one, third, "likeness")
    migrate()
    assert set(TwinCase.objects.filter(answer="")) == {later, others}
    assert not MedicineStop.objects.exists()
