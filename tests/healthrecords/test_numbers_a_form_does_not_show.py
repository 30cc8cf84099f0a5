"""Of several numbers of one kind the form shows one, and mending the record ends no other."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.models import Citizen
from healthrecords.services import NumberEntry
from healthrecords.services.numbers import verify_number
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.merging import join
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of

FIRST, SECOND = "011162004137", "011162000999"
CARDS = ("GD4111123456789", "DN4111987654321")


@pytest.fixture
def twice(clerk: User, station: Organisation, citizen: Citizen, communes: list[Area]) -> Citizen:
    """One woman of two records with two numbers, joined into one."""
    other = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(
            communes[0],
            numbers=[
                NumberEntry("personal", SECOND),
                *(NumberEntry("insurance_card", card) for card in CARDS),
                *(NumberEntry("insurance_number", card[-10:]) for card in CARDS),
            ],
        ),
        client_key=uuid7(),
        at=AT,
        not_twins=frozenset({citizen.pk}),
    ).row
    join(clerk, citizen, other)
    return Citizen.objects.get(pk=citizen.pk)


def mended_by_page(clerk: User, citizen: Citizen, **typed: str) -> Any:
    client = logged_in(clerk)
    client.get(record_url(citizen))
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said = fields_of(client.get(url), "citizen_form")
    return client.post(url, {**said, **typed}, follow=True)


def in_force(citizen: Citizen) -> set[str]:
    return set(citizen.identifiers.filter(ended_on=None).values_list("value", flat=True))


ALL = {FIRST, SECOND, *CARDS, *(card[-10:] for card in CARDS)}


@pytest.mark.parametrize("verified", [(), (FIRST,), (SECOND,), (FIRST, SECOND)])
def test_a_new_phone_ends_no_number_and_each_still_finds_the_person(
    clerk: User, twice: Citizen, verified: tuple[str, ...]
) -> None:
    for number in twice.identifiers.filter(value__in=verified):
        assert verify_number(number, at=AT)
    mended_by_page(clerk, twice, phone="0912345678")
    twice.refresh_from_db()
    assert twice.phone == "0912345678"
    assert in_force(twice) == ALL
    for number in ALL:
        assert identifiers_named(number, on=ON) == [twice.pk]


def test_typing_over_the_number_shown_ends_that_one_alone(clerk: User, twice: Citizen) -> None:
    mended_by_page(clerk, twice, personal_number="011162004138", insurance="")
    # The latest card was shown, and with it the number at its end.
    ended = {SECOND, CARDS[1], CARDS[1][-10:]}
    assert in_force(twice) == (ALL - ended) | {"011162004138"}
    assert set(twice.identifiers.exclude(ending="").values_list("ending", flat=True)) == {
        "corrected"
    }


def test_the_banner_shows_the_number_that_the_form_shows(clerk: User, twice: Citizen) -> None:
    client = logged_in(clerk)
    page = text_of(client.get(record_url(twice)))
    url = reverse("admin:healthrecords_citizen_mend", args=[twice.pk])
    shown = fields_of(client.get(url), "citizen_form")
    assert (shown["personal_number"], shown["insurance"]) == (SECOND, CARDS[1])
    for value in (SECOND, CARDS[1]):
        assert value in page.replace(" ", "")
    verify_number(twice.identifiers.get(value=FIRST), at=AT)
    assert fields_of(client.get(url), "citizen_form")["personal_number"] == FIRST


def test_a_renewed_card_keeps_the_number_at_its_end(clerk: User, twice: Citizen) -> None:
    renewed = "HT3" + CARDS[1][3:]
    mended_by_page(clerk, twice, insurance=renewed)
    assert in_force(twice) == (ALL - {CARDS[1]}) | {renewed}
