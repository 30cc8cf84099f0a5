"""A scanned card opens the record of its holder, and never somebody else's without a word."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from healthrecords import services
from healthrecords.models import Citizen, CitizenIdentifier, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.pages import CARD, fields_of, logged_in, record_url, scan, text_of

PAO = "011162004137|876543210|Lò Văn Páo|01011990|Nam|Bản Huổi Ho, Xã Mường Chà, Tỉnh Điện Biên|05072021"
OLD = CARD.replace("011162004137", "011162009999")  # nobody's number beside an old one
REASON = "Thẻ in sai tên, đã hỏi lại gia đình"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def card_url(text: str) -> str:
    return f"{reverse('admin:healthrecords_citizen_card')}?{urlencode({'q': text})}"


def test_a_card_whose_number_stands_on_another_person_stops_and_shows_both(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    answer = scan(client, PAO)
    assert answer.url == card_url(PAO)
    page = client.get(answer.url)
    for said in ("Lò Văn Páo", "Quàng Thị Hặc", "1990", "12/03/1962", "Nam", "Nữ"):
        assert said in text_of(page), said
    assert text_of(page).count("Khác nhau") == 3
    assert record_url(citizen) not in page.content.decode()
    seen = AccessLog.objects.get(people=[citizen.pk])
    assert (seen.action, seen.ground) == ("identified", "number")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Quàng Thị Hằng"},
        {"birth": PartialDate(1963, 3, 12)},
        {"sex": "male"},
    ],
)
def test_name_birth_and_sex_each_hold_the_card(
    clerk: User, citizen: Citizen, changes: dict[str, Any]
) -> None:
    for name, value in changes.items():
        setattr(citizen, name, value)
    citizen.save()
    assert scan(logged_in(clerk), CARD).url == card_url(CARD)


@pytest.mark.parametrize(
    "changes",
    [{"name": "Quang Thi Hac"}, {"birth": PartialDate(1962)}, {"sex": "unknown"}],
)
def test_what_a_record_knows_less_exactly_is_no_difference(
    clerk: User, citizen: Citizen, changes: dict[str, Any]
) -> None:
    for name, value in changes.items():
        setattr(citizen, name, value)
    citizen.save()
    assert scan(logged_in(clerk), CARD).url == f"{record_url(citizen)}?by=chip_card"


def test_a_record_that_differs_opens_for_a_reason_and_is_not_identified_by_the_card(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    refused = client.post(card_url(PAO), {"citizen": str(citizen.pk), "reason": "ok"})
    assert refused.status_code == 400
    assert 'value="ok"' in refused.content.decode()
    answer = client.post(card_url(PAO), {"citizen": str(citizen.pk), "reason": REASON})
    assert answer.url == record_url(citizen)
    assert AccessLog.objects.get(ground="card").reason == REASON
    assert not Visit.objects.exists()


def test_the_form_of_a_new_person_keeps_all_that_was_scanned(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    page = client.get(card_url(PAO))
    said = fields_of(client.get(page.context["new_url"]), "citizen_form")
    assert (said["name"], said["birth"], said["sex"]) == ("Lò Văn Páo", "01/01/1990", "male")
    assert (said["personal_number"], said["old_card"]) == ("011162004137", "876543210")


def test_an_old_number_alone_proposes_a_record_and_opens_none(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    """An identity number of nine digits was given to several people."""
    CitizenIdentifier.objects.filter(citizen=citizen).update(value="011162000001")
    CitizenIdentifier.objects.create(citizen=citizen, kind="old_card", value="876543210")
    client = logged_in(clerk)
    assert scan(client, PAO).url == card_url(PAO)
    assert "của người khác" in text_of(client.get(card_url(PAO)))


def test_an_old_number_with_the_same_person_opens_by_one_more_press(
    clerk: User, citizen: Citizen
) -> None:
    CitizenIdentifier.objects.filter(citizen=citizen).update(kind="old_card", value="012345678")
    client = logged_in(clerk)
    assert scan(client, OLD).url == card_url(OLD)
    page = client.get(card_url(OLD))
    assert page.context["records"][0]["open_url"] == f"{record_url(citizen)}?by=chip_card"


def test_of_somebody_cared_for_elsewhere_the_card_tells_who_it_is_and_no_more(
    neighbour: User, citizen: Citizen
) -> None:
    client = logged_in(neighbour)
    page = client.get(scan(client, PAO).url)
    assert "Quàng Thị Hặc" in text_of(page)
    assert "Bản Nà Pheo 2" not in text_of(page)
    posted = client.post(card_url(PAO), {"citizen": str(citizen.pk), "reason": REASON})
    assert posted.status_code == 400
    assert not AccessLog.objects.filter(ground="card").exists()


def test_several_people_under_one_number_are_compared_with_the_card(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    other = services.register_citizen(
        actor=clerk,
        place=clerk.place_of_work,
        entry=entry_of(communes[0], name="Lò Văn Páo", birth=PartialDate(1990), sex="male"),
        client_key=uuid7(),
        at=AT,
        not_twins=frozenset({citizen.pk}),
    ).row
    client = logged_in(clerk)
    page = client.get(scan(client, PAO).url)
    ways = {row["held"].citizen.pk: row["open_url"] for row in page.context["records"]}
    assert ways == {citizen.pk: "", other.pk: f"{record_url(other)}?by=chip_card"}
