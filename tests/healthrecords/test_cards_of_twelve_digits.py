"""Since 2025 the personal number may stand for the number of an insurance card."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.forms.prefill import initial_from
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier, Coverage
from healthrecords.scanned import card_of
from healthrecords.services import NumberEntry, numbers
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.identifiers import InsuranceCard, Kind, identify
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
NUMBER, CARD = "011162004137", "DN4011123456789"
HEX = "Quàng Thị Hặc".encode().hex()
SCAN = f"{NUMBER}|{HEX}|12/03/1962|2|{HEX}|11 - 001|01/01/2026|-|$"


@pytest.fixture
def person(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    papers = [NumberEntry("personal", NUMBER), NumberEntry("insurance_card", CARD)]
    entry = entry_of(communes[0], numbers=[*papers, NumberEntry("insurance_number", CARD[-10:])])
    row: Citizen = services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row
    return row


def test_a_card_of_twelve_digits_bears_the_personal_number_and_no_other() -> None:
    card = InsuranceCard.parse("011 162 004 137")
    assert (card.is_personal_number, card.is_long, card.social_insurance_number) == (
        True,
        False,
        "",
    )
    assert card.named_by() == [("personal", NUMBER)]
    assert not card.is_same_person_as(InsuranceCard.parse("011162004173"))
    assert not card.is_same_person_as(InsuranceCard.parse(NUMBER[-10:]))
    assert card.benefit_level is None
    assert card.doubts() == []


def test_the_personal_number_in_the_box_of_the_card_keeps_place_and_days_of_the_card(
    person: Citizen, clerk: User, hospital: Organisation
) -> None:
    client = logged_in(clerk)
    client.get(record_url(person))
    url = reverse("admin:healthrecords_citizen_mend", args=[person.pk])
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "insurance": NUMBER,
        "registered_at": "11001",
        "card_from": "01/01/2026",
        "card_until": "31/12/2026",
    }
    assert client.post(url, said).status_code == 302
    row = Coverage.objects.get()
    assert (row.number, row.registered_at, row.benefit) == (NUMBER, hospital, "")
    assert CareRelation.objects.get(ground="insurance").organisation == hospital
    held = person.identifiers.filter(ended_on=None)
    assert list(held.values_list("kind", "value")) == [("personal", NUMBER)]
    # The card before was no slip: who shows it is still found.
    old = CitizenIdentifier.objects.get(value=CARD)
    assert old.successor is not None
    assert (old.ending, old.successor.value) == ("replaced", NUMBER)
    assert identifiers_named(CARD, on=ON) == [person.pk]
    again = fields_of(client.get(url), "citizen_form")
    assert (again["insurance"], again["card_until"]) == (NUMBER, "31/12/2026")
    assert client.post(url, again).status_code == 302
    assert Coverage.objects.count() == 1


def test_a_card_with_another_personal_number_than_the_persons_is_refused_at_its_box(
    person: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    client.get(record_url(person))
    url = reverse("admin:healthrecords_citizen_mend", args=[person.pk])
    said = {**fields_of(client.get(url), "citizen_form"), "insurance": "011162004173"}
    page = client.post(url, said)
    assert page.status_code == 200
    assert "số định danh 011162004173" in text_of(page)
    assert person.identifiers.filter(ended_on=None).count() == 3


def test_the_code_of_such_a_card_names_its_holder(person: Citizen) -> None:
    (candidate,) = identify(SCAN, on=ON)
    assert (candidate.kind, candidate.problem) == (Kind.INSURANCE_SCAN, None)
    card = card_of(SCAN, on=ON)
    assert card is not None
    assert (card.by, card.number, card.others) == ("insurance_card", ("personal", NUMBER), ())
    assert (card.name, card.birth) == ("Quàng Thị Hặc", PartialDate(1962, 3, 12))
    assert identifiers_named(SCAN, on=ON) == [person.pk]


def test_the_code_of_such_a_card_fills_both_boxes_of_a_new_record() -> None:
    said = initial_from(SCAN, on=ON)
    assert (said["insurance"], said["personal_number"]) == (NUMBER, NUMBER)


@pytest.mark.parametrize("second", ["012345678", "012345678901", "", HEX[:8]])
def test_an_identity_card_is_not_taken_for_such_a_card(second: str) -> None:
    text = f"{NUMBER}|{second}|Quàng Thị Hặc|12031962|Nữ|Bản Nà Pheo 2, Xã Mường Chà|05072021"
    assert identify(text, on=ON)[0].kind == Kind.CARD_SCAN


def test_a_card_may_be_replaced_by_the_personal_number(person: Citizen, clerk: User) -> None:
    row = person.identifiers.get(kind="insurance_card")
    ended = numbers.end_number(
        actor=clerk, identifier=row, ending="replaced", note="", successor=NUMBER, at=AT
    )
    assert ended.successor == person.identifiers.get(kind="personal")


@pytest.mark.parametrize("number", ["01116200413", "0111620041377", "DN411162004137"])
def test_a_coverage_of_another_length_is_no_card(person: Citizen, number: str) -> None:
    with pytest.raises(ValidationError):
        Coverage(citizen=person, number=number).full_clean()
