"""Whatever is sent to a page or to the API is answered: never a 500, and nothing half stored."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import publish_lists
from tests.healthrecords.pages import fields_of, logged_in
from tests.proof.noise import LENGTHS, Noise, naming
from tests.proof.test_fuzz_texts import CARDS, DATES, NAMES, NUMBERS

SEEDS = [
    *CARDS,
    *DATES,
    *NAMES,
    *(text for texts in NUMBERS.values() for text in texts),
    "quang hac 1962",
    "I10",
    "viem mui hong cap",
    "1",
    "",
]
SEARCHED = (
    "admin:finder",
    "admin:healthrecords_citizen_changelist",
    "admin:healthrecords_visit_changelist",
    "admin:healthrecords_citizen_add",
    "admin:healthrecords_citizen_identify",
    "admin:healthrecords_citizen_card",
    "admin:healthrecords_suggest_communes",
    "practitioners:lookup",
)
BODIES = [
    {"name": "Quàng Thị Hặc", "birth_date": "1962-03-12", "identifiers": [{"kind": "personal"}]},
    {"client_key": "01a20138-0539-7271-bbd1-25af4d7280b8", "diagnoses": [{"code": "I10"}], "n": 1},
    [1, 2.5, None, True, "x"],
]


@pytest.fixture
def house(db: None, clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    publish_lists()
    return people_with_visits(clerk, station, communes[0])[0]


def is_answered(answer: Any) -> None:
    assert answer.status_code < 500


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_text_in_any_search_box_is_answered(house: Citizen, clerk: User, seconds) -> None:
    client, noise = logged_in(clerk), Noise()
    client.raise_request_exception = True
    for text in noise.texts(SEEDS, seconds):
        address = reverse(noise.rng.choice(SEARCHED))
        words = {"q": text}
        if noise.rng.random() < 0.3:
            words[noise.rng.choice(["p", "o", "by", "like", "before", "status", text[:20]])] = text
        with naming((address, words)):
            is_answered(client.get(address, words))


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_text_in_the_public_search_is_answered(house: Citizen, seconds) -> None:
    client, noise = Client(), Noise()
    for text in noise.texts(SEEDS, seconds):
        words = {"q": text, "facility": noise.rng.choice([text, "", "benh vien"])}
        with naming(words):
            is_answered(client.get(reverse("practitioners:lookup"), words))


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_suggestion_asked_for_is_answered(house: Citizen, clerk: User, seconds) -> None:
    client, noise = logged_in(clerk), Noise()
    for text in noise.texts(SEEDS, seconds):
        key = noise.rng.choice(["icd10", "station_medicines", "occupations", "none"])
        with naming((key, text)):
            is_answered(client.get(reverse("admin:healthrecords_suggest", args=[key]), {"q": text}))


def bent_fields(noise: Noise, said: dict[str, Any], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the form with some fields bent, others as they are."""
    names, end = list(said), time.monotonic() + seconds
    while time.monotonic() < end:
        sent = dict(said)
        for name in noise.rng.sample(names, noise.rng.randint(1, 4)):
            start = str(sent[name]) or noise.rng.choice(SEEDS)
            sent[name] = noise.bend(start)
        if noise.rng.random() < 0.1:
            sent.pop(noise.rng.choice(names))
        yield sent


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_visit_sent_is_stored_whole_or_not_at_all(house: Citizen, clerk: User, seconds) -> None:
    client, noise = logged_in(clerk), Noise()
    url = reverse("admin:healthrecords_visit_new", args=[house.pk])
    said = {
        **fields_of(client.get(url), "visit_form"),
        "reason": "Sốt, ho",
        "pulse": "88",
        "blood_pressure": "128/82",
        "temperature": "38,2",
        "weight": "58,5",
        "glucose": "6,1",
        "next_visit_on": "28",
        "d-0-text": "J00",
        "d-1-text": "I10",
        "m-0-name": "Paracetamol 500 mg",
        "m-0-morning": "1/2",
        "m-0-days": "5",
        "m-0-quantity": "10",
        "_save": "",
    }
    said.pop("_later", None)
    for sent in bent_fields(noise, said, seconds):
        before = Visit.objects.count()
        with naming(sent):
            answer = client.post(url, sent)
            is_answered(answer)
            if answer.status_code != 302:
                assert Visit.objects.count() == before
    finished = Visit.objects.filter(status="finished")
    assert not finished.exclude(diagnosis_rows__rank="main").exists()


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_citizen_sent_is_stored_whole_or_not_at_all(
    house: Citizen, clerk: User, seconds
) -> None:
    client, noise = logged_in(clerk), Noise()
    url = reverse("admin:healthrecords_citizen_add")
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "Lò Văn Thử",
        "birth": "12/03/1962",
        "sex": "male",
        "ethnic_group": "thai",
        "personal_number": "011062004138",
        "insurance": "GD4111234567890",
        "old_card": "012345678",
        "passport": "C1234567",
        "commune": "muong cha",
        "phone": "0912345678",
        "issued_on": "",
        "not_twin": "",
    }
    for sent in bent_fields(noise, said, seconds):
        before = Citizen.objects.count()
        with naming(sent):
            answer = client.post(url, sent)
            is_answered(answer)
            if answer.status_code != 302:
                assert Citizen.objects.count() == before


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_body_and_query_sent_to_the_api_is_answered(
    house: Citizen, clerk: User, seconds
) -> None:
    client, noise = logged_in(clerk), Noise()
    addresses = [
        "/api/v1/citizens/",
        "/api/v1/visits/",
        f"/api/v1/citizens/{house.pk}/",
        f"/api/v1/visits/{Visit.objects.first().pk}/",
    ]
    seeds = [json.dumps(body, ensure_ascii=False) for body in BODIES]
    kinds = ["application/json", "application/json; charset=utf-16", "text/plain", "x"]
    for text in noise.texts(seeds, seconds):
        address, method = noise.rng.choice(addresses), noise.rng.choice(["post", "put", "patch"])
        with naming((method, address, text)):
            body, kind = text.encode("utf-8", "replace"), noise.rng.choice(kinds)
            answer = getattr(client, method)(address, body, content_type=kind)
            assert 400 <= answer.status_code < 500
            name = noise.rng.choice(["identifier", "cursor", "page", "since", "format", "citizen"])
            is_answered(client.get(address, {name: noise.bend(noise.rng.choice(SEEDS))}))
