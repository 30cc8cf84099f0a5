"""An answer of the register that waits for the end of a joining speaks of the record that stays."""

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from healthrecords.models import Citizen, CitizenMerge, FieldSource, IdentityCheck
from healthrecords.services import identity, open_access
from healthrecords.services.merges import merge_citizens, unmerge_citizens
from portal.accounts.models import User
from portal.database.context import acting
from portal.places.models import Organisation
from portal.verification.models import Inquiry
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER
from tests.healthrecords.test_merges_at_once import two as two  # noqa: PLC0414 (a fixture)
from tests.healthrecords.test_one_number_answered_twice_at_once import waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "011162009999"


def answered(of: Citizen, by: User) -> Inquiry:
    """Let the register say that a person and their number are one."""
    with acting(command="pytest"):
        of.identifiers.create(kind="personal", value=NUMBER)
        inquiry = Inquiry.objects.create(
            purpose="citizen",
            subject_id=of.pk,
            personal_number=NUMBER,
            name=of.name,
            birth=of.birth.iso(),
            sex=of.sex,
            asked_by=by,
            organisation=by.place_of_work,
            asked_at=AT,
            state="answered",
            result="match",
            answered_at=LATER,
        )
        IdentityCheck.objects.create(citizen=of, inquiry=inquiry)
    return inquiry


def taken_while(inquiry: Inquiry, deed: Any) -> None:
    """Take an answer in a transaction of its own that waits for the one that does a deed."""

    def take() -> None:
        with acting(command="pytest"), transaction.atomic():
            identity.take_answer(inquiry, LATER)
        connection.close()

    thread = threading.Thread(target=take)
    with acting(command="pytest"), transaction.atomic():
        deed()
        thread.start()
        deadline = time.monotonic() + 20
        while not waits_for_a_lock() and time.monotonic() < deadline:
            time.sleep(0.02)
    thread.join(20)


def spoken_of() -> set[Any]:
    rows = FieldSource.objects.filter(source="register")
    return set(rows.values_list("citizen", flat=True))


def test_an_answer_that_comes_while_its_record_is_joined_speaks_of_the_one_that_stays(
    clerk: User, two: list[Citizen], station: Organisation
) -> None:
    a, b = two
    inquiry = answered(b, clerk)
    said = {"actor": clerk, "survivor": a, "merged": b, "at": LATER}
    taken_while(inquiry, lambda: merge_citizens(**said))  # type: ignore[arg-type]
    assert spoken_of() == {a.pk}
    assert a.identifiers.get(value=NUMBER).is_verified


def test_an_answer_that_comes_while_the_records_are_parted_speaks_of_its_own(
    clerk: User, clinician: User, two: list[Citizen], station: Organisation
) -> None:
    a, b = two
    inquiry = answered(b, clerk)
    with acting(command="pytest"):
        merge = merge_citizens(actor=clerk, survivor=a, merged=b, at=LATER)
        open_access(user=clinician, citizen=a, at=LATER)
    said = {"actor": clinician, "merge": CitizenMerge.objects.get(pk=merge.pk), "at": LATER}
    taken_while(inquiry, lambda: unmerge_citizens(**said))  # type: ignore[arg-type]
    assert spoken_of() == {b.pk}
    assert b.identifiers.get(value=NUMBER).is_verified
