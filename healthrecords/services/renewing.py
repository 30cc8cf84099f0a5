"""Ask the population database again about people whom it spoke of too long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from healthrecords.models import Citizen, CitizenIdentifier, IdentityCheck
from healthrecords.services.identity import PURPOSE, question_about
from portal.verification import services as verification
from portal.verification.models import Inquiry

WAITING = (Inquiry.State.WAITING, Inquiry.State.PENDING)


@transaction.atomic
def ask_again(*, at: datetime) -> int:
    """Ask about the people whose last answer is the oldest; no more than a night's share.

    The register's own limit holds besides: an inquiry that it refuses waits and comes back. People
    who died, gave up their number or are asked about already are left alone.
    """
    if not verification.is_set_up():
        return 0
    people = list(_stale(at)[: settings.POPULATION_RENEWALS_A_NIGHT])
    numbers = _numbers_of([citizen.pk for citizen in people])
    asked = [citizen for citizen in people if citizen.pk in numbers]
    inquiries = [
        Inquiry(
            purpose=PURPOSE,
            subject_id=citizen.pk,
            organisation_id=citizen.home_station_id or citizen.registered_at_id,
            asked_at=at,
            **question_about(citizen, numbers[citizen.pk]),
        )
        for citizen in asked
    ]
    verification.inquire_many(inquiries)
    IdentityCheck.objects.bulk_create(
        IdentityCheck(citizen=citizen, inquiry=inquiry)
        for citizen, inquiry in zip(asked, inquiries, strict=True)
    )
    return len(inquiries)


def _stale(at: datetime) -> QuerySet[Citizen]:
    """Return who was asked about once, and not since the answer became old; the oldest first."""
    since = at - timedelta(days=settings.POPULATION_STALE_DAYS)
    checks = IdentityCheck.objects.filter(citizen=OuterRef("pk"))
    numbers = CitizenIdentifier.objects.filter(
        citizen=OuterRef("pk"), kind="personal", ended_on=None
    )
    rows = Citizen.objects.current().filter(
        Exists(checks),
        Exists(numbers),
        ~Exists(checks.filter(inquiry__asked_at__gt=since)),
        ~Exists(checks.filter(inquiry__state__in=WAITING)),
        died_on=None,
    )
    last = Max("identity_checks__inquiry__asked_at")
    return rows.annotate(last_asked=last).order_by("last_asked", "id")


def _numbers_of(people: Sequence[UUID]) -> dict[UUID, str]:
    """Return the number each person goes by now: the verified one, else the latest claim."""
    rows = CitizenIdentifier.objects.filter(citizen__in=people, kind="personal", ended_on=None)
    return dict(rows.order_by("is_verified", "id").values_list("citizen", "value"))
