"""A withdrawal that was asked for: the consent ends when it is received, not when it is closed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Consent, DataRequest
from healthrecords.services.consents import is_allowed
from healthrecords.services.requests import complete_request, drop_request, refuse_request
from portal.accounts.models import User
from tests.healthrecords.conftest import ON
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_consents import ask
from tests.healthrecords.test_data_requests import LATER, head, receive

__all__ = ["ask", "head", "receive"]


def why(citizen: Citizen, on: date = ON) -> str:
    return is_allowed(citizen=citizen, purpose="research", on=on).code


def test_a_consent_ends_on_the_day_its_withdrawal_is_received(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    head: User,
) -> None:
    """Law 91/2025/QH15 (read second-hand): the fifteen days are for the work, not for going on."""
    ask(given_on=ON - timedelta(days=9))
    ask(purpose="images", given_on=ON - timedelta(days=9))
    day = ON - timedelta(days=2)
    request = receive(kind="withdraw", purpose="research", received_on=day)
    assert why(citizen, day - timedelta(days=1)) == "given"
    assert (why(citizen, day), why(citizen)) == ("asked_back", "asked_back")
    said = is_allowed(citizen=citizen, purpose="research", on=ON)
    assert not said
    assert "03/11/2026" in str(said.reason)
    assert is_allowed(citizen=citizen, purpose="images", on=ON).code == "given"
    complete_request(actor=head, request=request, on=ON, answer="đã ghi", at=LATER)
    assert Consent.objects.get(purpose="research").withdrawn_on == day
    assert (why(citizen, day), why(citizen)) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize("outcome", ["refused", "dropped"])
def test_a_withdrawal_refused_or_taken_back_gives_the_consent_back_from_that_day(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    head: User,
    outcome: str,
) -> None:
    ask(given_on=ON - timedelta(days=9))
    request = receive(kind="withdraw", purpose="research", received_on=ON - timedelta(days=2))
    said: dict[str, Any] = {"actor": head, "request": request, "on": ON, "at": LATER}
    if outcome == "refused":
        refuse_request(**said, reason="không phải người đại diện", basis="Luật 91/2025/QH15")
    else:
        drop_request(**said, reason="người dân rút đơn")
    assert why(citizen, ON - timedelta(days=1)) == "asked_back"  # as it was told then
    assert why(citizen) == "given"
    assert Consent.objects.get().withdrawn_on is None


def test_a_consent_given_after_the_withdrawal_was_received_stays(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    head: User,
) -> None:
    ask(given_on=ON - timedelta(days=9))
    day = ON - timedelta(days=2)
    request = receive(kind="withdraw", purpose="research", received_on=day)
    newer = ask(given_on=ON - timedelta(days=1))
    assert why(citizen) == "given"
    complete_request(actor=head, request=request, on=ON, answer="đã ghi", at=LATER)
    newer.refresh_from_db()
    assert newer.withdrawn_on is None
    assert (why(citizen, day), why(citizen)) == ("withdrawn", "given")
    assert Consent.objects.exclude(pk=newer.pk).get().withdrawn_on == day


def test_a_withdrawal_is_looked_up_in_the_same_queries(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    django_assert_num_queries: Any,
) -> None:
    ask(given_on=ON - timedelta(days=9))
    with CaptureQueriesContext(connection) as before:
        assert why(citizen) == "given"
    receive(kind="withdraw", purpose="research")
    with django_assert_num_queries(len(before)):
        assert why(citizen) == "asked_back"


def test_the_page_of_rights_says_that_the_withdrawal_was_asked_for(
    citizen: Citizen, clerk: User, ask: Callable[..., Consent], receive: Callable[..., DataRequest]
) -> None:
    ask(given_on=ON - timedelta(days=9))
    receive(kind="withdraw", purpose="research")
    services.open_access(user=clerk, citizen=citizen, at=timezone.now())
    url = reverse("admin:healthrecords_citizen_rights", args=[citizen.pk])
    said = text_of(logged_in(clerk).get(url))
    assert "Đã yêu cầu rút" in said
    assert "05/11/2026" in said
    assert "đã đồng ý ngày" not in said
