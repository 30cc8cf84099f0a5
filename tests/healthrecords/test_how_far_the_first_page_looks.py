"""The first page looks two months back for what was never signed, and as far as it is for the rest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Visit, VisitSeal
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from healthrecords.to_sign import LOOK_BACK, parts_to_sign, to_sign_at
from portal.accounts.models import User


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def asked(clinician: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = clinician
    return request


@pytest.fixture
def since() -> datetime:
    return timezone.now() - LOOK_BACK


def test_an_old_visit_that_was_amended_or_added_to_waits_and_one_never_signed_does_not(
    record: Callable[..., Visit],
    citizen: Citizen,
    clinician: User,
    asked: HttpRequest,
    since: datetime,
    settings: Any,
    tmp_path: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()
    services.open_access(user=clinician, citizen=citizen, at=now)
    start = since - timedelta(days=300)
    never, amended, added, done = (
        record(citizen, started_at=start + timedelta(days=n), at=now) for n in range(4)
    )
    new = record(citizen, started_at=now - timedelta(hours=1), at=now)
    for visit in (amended, added, done):
        sign_visit(actor=clinician, visit=visit, at=now)
    open_amendment(actor=clinician, visit=amended, reason="ghi nhầm liều thuốc", at=now)
    VisitSeal.objects.filter(visit=added).update(has_later=True)
    place = clinician.place_of_work
    opened, never_signed = parts_to_sign(asked, place, since)
    assert (list(opened), list(never_signed)) == ([amended, added], [new])
    assert list(to_sign_at(asked, place)) == [amended, added, never, new]


def test_the_day_it_looks_back_to_is_where_its_walk_begins(
    clinician: User, asked: HttpRequest, since: datetime
) -> None:
    _opened, rows = parts_to_sign(asked, clinician.place_of_work, since)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    walks = [line for line in rows.explain().splitlines() if "Index Cond" in line]
    assert any("started_at >=" in walk for walk in walks)
