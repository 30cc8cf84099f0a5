"""Which referrals wait for a person here, and what happens to one when they come?"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from healthrecords.models import Appointment, CareRelation, Citizen, Referral, Visit
from healthrecords.querysets import of_held_visits
from healthrecords.services.access import care_for
from portal.places.models import Organisation

# An arrival is written to the minute.
MINUTE = timedelta(minutes=1)


def open_referrals(citizen: Citizen, facility: Organisation, moment: datetime) -> Any:
    """Return the referrals that wait for a person at a facility at a moment, the latest first.

    One that was sent later, or that held until an earlier day, brought nobody there.
    """
    holds = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate(moment))
    rows = Referral.objects.filter(
        holds,
        citizen=citizen,
        to_facility=facility,
        sent_at__lt=moment + MINUTE,
        arrived_at=None,
        document__cancelled_at=None,
    )
    return of_held_visits(rows).select_related("document", "facility").order_by("-sent_at", "-id")


def note_arrival(*, actor: Any, visit: Visit, at: datetime) -> Referral | None:
    """Let the visit of somebody who was sent here tell the sender that they arrived."""
    waiting = open_referrals(visit.citizen, visit.facility, visit.started_at)
    referral: Referral | None = waiting.select_for_update(of=["self"]).first()
    if referral is None:
        return None
    referral.arrived_at, referral.arrived_by, referral.arrived_visit = at, actor, visit
    referral.save(update_fields=["arrived_at", "arrived_by", "arrived_visit"])
    keep_open(referral, at=at)
    return referral


def keep_open(referral: Referral, *, at: datetime) -> None:
    """Let the way to the record stay open where the person came: how long care lasts is not known."""
    if referral.to_facility is not None:
        care_for(
            citizen=referral.citizen,
            organisation=referral.to_facility,
            ground=CareRelation.Ground.REFERRAL,
            at=at,
        )


def release(visits: QuerySet[Visit], *, on: date) -> None:
    """Take back what visits said of a coming that, as is known now, were not held.

    The appointment waits again and so does the referral, until the day it holds. An answer that was
    sent stays with the arrival it speaks of.
    """
    Appointment.objects.filter(kept_by__in=visits).update(kept_by=None)
    rows = Referral.objects.filter(arrived_visit__in=visits, answered_at=None)
    waiting = list(rows.order_by("pk").select_for_update(of=["self"]).values_list("pk", flat=True))
    if waiting:
        Referral.objects.filter(pk__in=waiting).update(
            arrived_at=None, arrived_by=None, arrived_visit=None
        )
        end_ground(waiting, on=on)


def part(people: Collection[UUID], *, on: date) -> None:
    """Let nobody have come by the visit of somebody else: their records were parted.

    The appointment waits again and so does the referral. An answer that was sent stays, without the
    visit that it no longer belongs to. Who came has care there by a referral only if it is their own.
    """
    parted = Appointment.objects.filter(citizen__in=people).exclude(kept_by=None)
    parted.exclude(kept_by__citizen=F("citizen")).update(kept_by=None)
    rows = Referral.objects.filter(citizen__in=people).exclude(arrived_visit=None)
    astray = rows.exclude(arrived_visit__citizen=F("citizen"))
    found = list(astray.values_list("pk", "to_facility", "answered_at"))
    if not found:
        return
    astray.update(arrived_visit=None)
    waiting = [key for key, _place, answered_at in found if answered_at is None]
    Referral.objects.filter(pk__in=waiting).update(arrived_at=None, arrived_by=None)
    end_ground(waiting, on=on)
    own = Referral.objects.filter(citizen=OuterRef("citizen"), to_facility=OuterRef("organisation"))
    care = CareRelation.objects.filter(
        citizen__in=people,
        organisation__in=[place for _key, place, _answered_at in found],
        ground=CareRelation.Ground.REFERRAL,
    )
    care = care.exclude(Exists(own)).filter(Q(until=None) | Q(until__gt=on))
    care.update(until=Greatest(Value(on, output_field=DateField()), F("since")))


def end_ground(referrals: Collection[UUID], *, on: date) -> None:
    """Take back the ground that referrals gave, as far as no other one goes on giving it.

    One whose person has come there gives it without end, one that waits until it expires.
    """
    given = Referral.objects.filter(
        pk__in=referrals, citizen=OuterRef("citizen"), to_facility=OuterRef("organisation")
    )
    giving = of_held_visits(
        Referral.objects.filter(
            citizen=OuterRef("citizen"),
            to_facility=OuterRef("organisation"),
            document__cancelled_at=None,
        )
    )
    longest = giving.order_by(F("valid_until").desc()).values("valid_until")[:1]
    today = Value(on, output_field=DateField())
    (
        CareRelation.objects.filter(Exists(given), ground=CareRelation.Ground.REFERRAL)
        .exclude(Exists(giving.filter(Q(arrived_at__isnull=False) | Q(valid_until=None))))
        .annotate(last=Greatest(Subquery(longest), today, F("since")))
        .filter(Q(until=None) | Q(until__gt=F("last")))
        .update(until=F("last"))
    )
