"""A card or passport that was issued anew is told from one that was written wrongly."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.services import NumberEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
CARD, PASSPORT, ON = "DN4011123456789", "C1234567", date(2026, 11, 20)
PAPERS = [
    NumberEntry("passport", PASSPORT),
    NumberEntry("insurance_card", CARD),
    NumberEntry("insurance_number", CARD[-10:]),
]


@pytest.fixture
def person(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    entry = entry_of(communes[0], numbers=PAPERS)
    row: Citizen = services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row
    return row


@pytest.fixture
def sent(clerk: User, person: Citizen) -> Any:
    """Send the form of the record as a browser without scripts does, with changes."""
    client = logged_in(clerk)
    client.get(record_url(person))
    url = reverse("admin:healthrecords_citizen_mend", args=[person.pk])
    last: dict[str, Any] = {"page": client.get(url)}

    def send(**typed: str) -> Any:
        said = {**fields_of(last["page"], "citizen_form"), **typed}
        answer = client.post(url, said)
        last["page"] = client.get(url) if answer.status_code == 302 else answer
        return answer

    return send


def ended(person: Citizen) -> Mapping[str, tuple[str, str | None]]:
    """Return of each number that ended why it did, and by which one."""
    rows = CitizenIdentifier.objects.filter(citizen=person).exclude(ended_on=None)
    return {
        row.value: (row.ending, row.successor.value if row.successor else None)
        for row in rows.select_related("successor")
    }


def test_the_form_asks_why_the_number_of_a_passport_changes_and_stores_nothing_so_far(
    person: Citizen, sent: Any
) -> None:
    page = sent(passport="C7654321")
    assert page.status_code == 200
    assert "C1234567 thành C7654321" in text_of(page)
    assert 'name="passport_change"' in page.content.decode()
    assert 'name="insurance_change"' not in page.content.decode()
    assert (ended(person), person.identifiers.count()) == ({}, 3)


def test_a_passport_issued_anew_still_finds_its_holder_by_the_old_one(
    person: Citizen, sent: Any
) -> None:
    sent(passport="C7654321")
    assert sent(passport_change="renewed").status_code == 302
    assert ended(person) == {PASSPORT: ("replaced", "C7654321")}
    assert identifiers_named(PASSPORT, on=ON) == [person.pk]
    assert identifiers_named("C7654321", on=ON) == [person.pk]


def test_a_passport_written_wrongly_finds_nobody(person: Citizen, sent: Any) -> None:
    sent(passport="C7654321")
    assert sent(passport_change="slip").status_code == 302
    assert ended(person) == {PASSPORT: ("corrected", None)}
    assert identifiers_named(PASSPORT, on=ON) == []


def test_a_card_with_the_same_last_ten_digits_is_a_new_one_without_being_asked(
    person: Citizen, sent: Any
) -> None:
    """The five characters in front change with the group a person is insured in."""
    assert sent(insurance="HT3011123456789").status_code == 302
    assert ended(person) == {CARD: ("replaced", "HT3011123456789")}
    assert identifiers_named(CARD, on=ON) == [person.pk]


def test_a_card_that_gives_way_to_its_ten_digits_is_replaced_by_them(
    person: Citizen, sent: Any
) -> None:
    """Cards printed since 04/2021 show the ten digits alone."""
    assert sent(insurance=CARD[-10:]).status_code == 302
    assert ended(person) == {CARD: ("replaced", CARD[-10:])}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            "renewed",
            {
                CARD: ("replaced", "HT3011987654321"),
                CARD[-10:]: ("replaced", "1987654321"),
            },
        ),
        ("slip", {CARD: ("corrected", None), CARD[-10:]: ("corrected", None)}),
    ],
)
def test_a_card_of_another_insurance_number_is_asked_about(
    person: Citizen, sent: Any, said: str, found: Any
) -> None:
    assert sent(insurance="HT3011987654321").status_code == 200
    assert ended(person) == {}
    assert sent(insurance_change=said).status_code == 302
    assert ended(person) == found


def test_a_paper_whose_box_is_emptied_is_not_asked_about(person: Citizen, sent: Any) -> None:
    assert sent(passport="").status_code == 302
    assert ended(person) == {PASSPORT: ("corrected", None)}


def test_a_first_passport_is_not_asked_about(person: Citizen, sent: Any) -> None:
    sent(passport="")
    assert sent(passport="C7654321").status_code == 302
    assert person.identifiers.filter(value="C7654321", ended_on=None).exists()


def test_a_passport_typed_after_somebody_ended_the_other_is_not_lost(
    person: Citizen, sent: Any
) -> None:
    person.identifiers.filter(kind="passport").update(ended_on=ON)
    page = sent(passport="C7654321")
    assert page.status_code == 409  # shown beside what is stored, and stored when sent again
    assert sent().status_code == 302
    assert person.identifiers.filter(value="C7654321", ended_on=None).exists()
