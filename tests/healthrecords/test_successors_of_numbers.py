"""A number issued in place of another is read as its kind is written, or refused at its box."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.finder import identifiers_named
from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.services import numbers, register_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.pages import logged_in, record_url, text_of

LATER = AT + timedelta(days=15)


@pytest.fixture
def person(few_lists: None, clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    """Somebody without any number so far."""
    entry = entry_of(communes[0], numbers=[])
    row: Citizen = register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row
    return row


def held(person: Citizen, kind: str, value: str, **said: Any) -> CitizenIdentifier:
    return CitizenIdentifier.objects.create(citizen=person, kind=kind, value=value, **said)


def replaced(clerk: User, row: CitizenIdentifier, by: str) -> CitizenIdentifier:
    return numbers.end_number(
        actor=clerk, identifier=row, ending="replaced", note="", successor=by, at=LATER
    )


@pytest.mark.parametrize(
    ("kind", "old", "typed", "stored"),
    [
        ("insurance_card", "DN4011123456789", "hn2 01 1123456789", "HN2011123456789"),
        ("insurance_card", "DN4011123456789", "HN2.01.1123456789", "HN2011123456789"),
        ("passport", "C1234567", "c 7654321", "C7654321"),
        ("old_card", "012345678", "012 345 679", "012345679"),
        ("insurance_number", "1123456789", "112 345 6780", "1123456780"),
        ("origin_certificate", "gc-12345", "gc 54321", "GC 54321"),
    ],
)
def test_a_successor_is_stored_as_its_kind_is_written(
    person: Citizen, clerk: User, kind: str, old: str, typed: str, stored: str
) -> None:
    ended = replaced(clerk, held(person, kind, old), typed)
    assert ended.successor is not None
    assert (ended.successor.kind, ended.successor.value) == (kind, stored)
    assert identifiers_named(stored, on=ON) == [person.pk]
    assert identifiers_named(old, on=ON) == [person.pk]


def test_a_card_followed_by_ten_digits_alone_is_followed_by_an_insurance_number(
    person: Citizen, clerk: User
) -> None:
    """Cards printed since 04/2021 show the ten digits alone."""
    ended = replaced(clerk, held(person, "insurance_card", "DN4011123456789"), "112 345 6789")
    assert ended.successor is not None
    assert (ended.successor.kind, ended.successor.value) == ("insurance_number", "1123456789")


def test_a_temporary_number_is_followed_by_a_personal_one(person: Citizen, clerk: User) -> None:
    ended = replaced(clerk, held(person, "temporary", "T26-ABCD-EFGH"), "011 162 004 137")
    assert ended.successor is not None
    assert (ended.successor.kind, ended.successor.value) == ("personal", "011162004137")


def test_a_facilitys_number_is_followed_by_one_of_the_same_facility(
    person: Citizen, clerk: User, hospital: Organisation
) -> None:
    ended = replaced(clerk, held(person, "facility_number", "BN-77", issuer=hospital), "bn-78")
    assert ended.successor is not None
    assert (ended.successor.value, ended.successor.issuer) == ("BN-78", hospital)


@pytest.mark.parametrize(
    ("kind", "old", "typed"),
    [
        ("insurance_card", "DN4011123456789", "chưacó"),
        ("insurance_card", "DN4011123456789", "DN4 01 112345678"),
        ("passport", "C1234567", "chưa có"),
        ("old_card", "012345678", "12"),
        ("insurance_number", "1123456789", "DN4011123456789"),
        ("origin_certificate", "GC-12345", "chưa có"),
        ("temporary", "T26-ABCD-EFGH", "T26-ABCD-EFGJ"),
    ],
)
def test_a_successor_that_cannot_be_read_is_refused_at_its_box_and_ends_nothing(
    person: Citizen, clerk: User, kind: str, old: str, typed: str
) -> None:
    row = held(person, kind, old)
    before = list(CitizenIdentifier.objects.values())
    with pytest.raises(ValidationError) as refused:
        replaced(clerk, row, typed)
    assert list(refused.value.error_dict) == ["successor"]
    assert list(CitizenIdentifier.objects.values()) == before


def test_the_same_card_written_otherwise_is_no_successor(person: Citizen, clerk: User) -> None:
    row = held(person, "insurance_card", "DN4011123456789")
    with pytest.raises(ValidationError) as refused:
        replaced(clerk, row, "dn4 01 112 345 6789")
    assert [e.code for e in refused.value.error_dict["successor"]] == ["successor_is_itself"]
    row.refresh_from_db()
    assert row.ended_on is None


def read(kind: str, text: str) -> Any:
    """Return how a successor is read, or the boxes that are blamed."""
    try:
        return numbers.read_successor(CitizenIdentifier(kind=kind), text)
    except ValidationError as refused:
        return list(refused.error_dict)


@given(st.sampled_from(CitizenIdentifier.Kind.values), st.text(max_size=20))
def test_whatever_is_typed_as_successor_is_read_or_refused_at_its_box(kind: str, text: str) -> None:
    found = read(kind, text)
    assert (found is None) == (not text.strip())
    assert found is None or found == ["successor"] or read(*found) == found


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong_with_it(
    person: Citizen, clerk: User
) -> None:
    row = held(person, "insurance_card", "DN4011123456789")
    client = logged_in(clerk)
    client.get(record_url(person))
    url = reverse("admin:healthrecords_citizen_identity_deed", args=[person.pk, "end-number"])
    said = {"number": str(row.pk), "ending": "replaced", "note": "", "successor": "DN9011123456789"}
    page = client.post(url, said)
    assert "mức hưởng" in text_of(page)
    assert 'value="DN9011123456789"' in page.content.decode()
    row.refresh_from_db()
    assert row.ended_on is None
