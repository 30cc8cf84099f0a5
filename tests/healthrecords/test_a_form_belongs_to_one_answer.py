"""The form of a consent or a request stores one answer of one person, however often it is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError

from healthrecords import services
from healthrecords.models import Citizen, Consent, DataRequest
from healthrecords.services.consents import ConsentEntry, is_allowed, record_consent
from healthrecords.services.requests import RequestEntry, receive_request
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.test_consents import SAID as CONSENT
from tests.healthrecords.test_data_requests import SAID as REQUEST

Send = Callable[..., Any]


@pytest.fixture
def other(citizen: Citizen, clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    entry = entry_of(communes[0], name="Lò Thị Hương", numbers=())
    found = services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row
    for person in (citizen, found):
        services.open_access(user=clerk, citizen=person, at=AT)
    return found


@pytest.fixture
def key() -> UUID:
    return uuid7()


@pytest.fixture
def consent(clerk: User, station: Organisation, key: UUID) -> Send:
    def send(citizen: Citizen, **said: Any) -> Any:
        return record_consent(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=ConsentEntry(**{**CONSENT, **said}),
            client_key=key,
            at=AT,
        )

    return send


@pytest.fixture
def request_(clerk: User, station: Organisation, key: UUID) -> Send:
    def send(citizen: Citizen, **said: Any) -> Any:
        return receive_request(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=RequestEntry(**{**REQUEST, **said}),
            client_key=key,
            at=AT,
        )

    return send


def code_of(send: Callable[[], Any]) -> str | None:
    with pytest.raises(ValidationError) as refused:
        send()
    return refused.value.code


def test_the_form_of_a_consent_is_not_sent_for_another_person(
    citizen: Citizen, other: Citizen, consent: Send
) -> None:
    consent(citizen)
    assert code_of(lambda: consent(other)) == "form_of_another"
    assert is_allowed(citizen=other, purpose="research", on=ON).code == "never_asked"
    assert Consent.objects.get().citizen == citizen


def test_the_form_of_a_consent_is_not_sent_for_another_purpose(
    citizen: Citizen, other: Citizen, consent: Send
) -> None:
    consent(citizen)
    assert code_of(lambda: consent(citizen, purpose="images")) == "form_of_another"
    assert is_allowed(citizen=citizen, purpose="images", on=ON).code == "never_asked"


@pytest.mark.parametrize("changed", [{"answer": "refused"}, {"given_on": ON - timedelta(days=1)}])
def test_another_answer_in_the_same_form_is_told_that_it_changed_nothing(
    citizen: Citizen, other: Citizen, consent: Send, changed: dict[str, Any]
) -> None:
    consent(citizen)
    assert code_of(lambda: consent(citizen, **changed)) == "answered_before"
    assert is_allowed(citizen=citizen, purpose="research", on=ON).code == "given"
    assert Consent.objects.count() == 1


def test_the_same_answer_sent_twice_is_stored_once(
    citizen: Citizen, other: Citizen, consent: Send, request_: Send
) -> None:
    assert [consent(citizen).is_new for _send in range(2)] == [True, False]
    assert [request_(citizen).is_new for _send in range(2)] == [True, False]


def test_the_form_of_a_request_is_not_sent_for_another_person(
    citizen: Citizen, other: Citizen, request_: Send
) -> None:
    request_(citizen)
    assert code_of(lambda: request_(other)) == "form_of_another"
    assert DataRequest.objects.get().citizen == citizen


def test_the_form_of_a_request_is_not_sent_for_another_purpose(
    citizen: Citizen, other: Citizen, request_: Send
) -> None:
    request_(citizen)
    assert code_of(lambda: request_(citizen, purpose="images")) == "form_of_another"
    assert DataRequest.objects.get().purpose == ""


def test_another_request_in_the_same_form_is_told_that_it_changed_nothing(
    citizen: Citizen, other: Citizen, request_: Send
) -> None:
    request_(citizen)
    assert code_of(lambda: request_(citizen, kind="see")) == "asked_before"
    assert DataRequest.objects.get().kind == "copy"
