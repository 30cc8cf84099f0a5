"""A number that the population database knew once and knows no more is not verified any more."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen
from healthrecords.services import identity, open_access
from portal.accounts.models import User
from portal.provenance import Sureness
from tests.verification.conftest import HELD, work
from tests.verification.test_population_database import put, sureness_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_number_that_is_found_no_more_is_verified_no_more_until_it_is_found_again(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator(HELD)
    put(citizen, clerk)
    work()
    verified_at = citizen.identifiers.get().verified_at
    assert verified_at is not None
    client = Client()
    client.force_login(clerk)
    open_access(user=clerk, citizen=citizen, at=timezone.now())
    address = reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])
    simulator()
    put(citizen, clerk)
    work()
    number = citizen.identifiers.get()
    assert (number.is_verified, number.verified_at, number.ended_on) == (False, verified_at, None)
    assert sureness_of(citizen, "personal_number") == Sureness.DIFFERS
    assert sureness_of(citizen, "birth") == Sureness.VERIFIED  # what it said once of a day
    assert identity.open_differences(citizen) == []
    page = client.get(address).content.decode()
    assert "Không còn tìm thấy" in page
    record = reverse("admin:healthrecords_citizen_change", args=[citizen.pk])
    assert "không còn tìm thấy trong CSDL dân cư" in client.get(record).content.decode()
    simulator(HELD)
    put(citizen, clerk)
    work()
    assert citizen.identifiers.get().is_verified
    assert sureness_of(citizen, "personal_number") == Sureness.VERIFIED
    assert "Không còn tìm thấy" not in client.get(address).content.decode()
