"""May this user open this citizen's whole record, on which ground, and until when?"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, CareRelation, Citizen
from healthrecords.services.glass import review_due_on
from portal.places.models import Organisation
from portal.scope import scope_of

SHORTEST_REASON = 10
# A relation that came by care explains an opening better than one that came by paper.
STRONGEST_FIRST = ("visit", "referral", "appointment", "insurance", "residence")


def open_for() -> timedelta:
    """Return how long a record stays open on a ground of care: one working day."""
    return timedelta(hours=getattr(settings, "CARE_ACCESS_HOURS", 12))


def glass_open_for() -> timedelta:
    """Return how long broken glass leaves a record open."""
    return timedelta(hours=getattr(settings, "BROKEN_GLASS_HOURS", 4))


def place_to_act(user: Any, capability: str) -> Organisation | None:
    """Return the place of work, when the user holds ``capability`` there."""
    place: Organisation | None = user.place_of_work
    return place if place is not None and place.pk in scope_of(user, capability) else None


def find_access(*, user: Any, citizen_id: UUID, at: datetime) -> CareAccess | None:
    """Return the access that is open now for the user's place of work."""
    place = place_to_act(user, "view_records")
    if place is None:
        return None
    rows = CareAccess.objects.open(user=user, citizen_id=citizen_id, at=at)
    access = rows.filter(organisation=place).order_by("-until").first()
    if access is not None:
        access.user = user  # whose scopes are known already
    return access


def require_access(actor: Any, citizen: Citizen, at: datetime) -> CareAccess:
    """Return the open access to a record, or refuse."""
    access = find_access(user=actor, citizen_id=citizen.pk, at=at)
    if access is None:
        raise PermissionDenied(_("This record is not open to you; open it first."))
    return access


@transaction.atomic
def open_access(*, user: Any, citizen: Citizen, at: datetime) -> CareAccess | None:
    """Return an open access: the one there is, else a new one when a ground of care holds.

    Writes one row for a stretch of work, not for each request. None means: ask for a reason.
    """
    access = find_access(user=user, citizen_id=citizen.pk, at=at)
    if access is not None:
        return access
    place = place_to_act(user, "view_records")
    ground = ground_of(place, citizen, at) if place is not None else ""
    if place is None or not ground:
        return None
    return CareAccess.objects.create(
        user=user,
        citizen=citizen,
        organisation=place,
        ground=ground,
        opened_at=at,
        until=at + open_for(),
    )


def ground_of(place: Organisation, citizen: Citizen, at: datetime) -> str:
    """Return why a place of work, or one below it, cares for the citizen; "" when none does.

    What the user's other places have to do with the citizen opens nothing here: the right to
    protected rows is that of the place worked at.
    """
    home, below = citizen.home_station_id, Organisation.objects.filter(path__startswith=place.path)
    if home is not None and (home == place.pk or below.filter(pk=home).exists()):
        return CareAccess.Ground.RESIDENCE
    relations = CareRelation.objects.holding(timezone.localdate(at)).filter(citizen=citizen)
    relations = relations.filter(organisation__path__startswith=place.path)
    grounds = set(relations.values_list("ground", flat=True))
    return next((ground for ground in STRONGEST_FIRST if ground in grounds), "")


@transaction.atomic
def break_glass(*, user: Any, citizen: Citizen, reason: str, at: datetime) -> CareAccess:
    """Open a record without a ground of care, for a stated reason.

    The citizen sees it and a reviewer checks it. Only those who treat people may do so.
    """
    place = place_to_act(user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Opening a record needs work at a place of care."))
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ValidationError(
            _(
                "Write the reason in a few words, like “brought in unconscious”; a reviewer reads it."
            ),
            code="glass_without_reason",
        )
    access = CareAccess(
        user=user,
        citizen=citizen,
        organisation=place,
        ground=CareAccess.Ground.GLASS,
        reason=reason,
        opened_at=at,
        until=at + glass_open_for(),
        review_due_on=review_due_on(at),
    )
    access.full_clean()
    access.save(force_insert=True)
    return access


def sees_sensitive(access: CareAccess) -> bool:
    """Say whether this access shows rows of a sensitive class."""
    return access.organisation_id in scope_of(access.user, "see_sensitive")


def care_for(
    *,
    citizen: Citizen,
    organisation: Organisation,
    ground: str,
    at: datetime,
    until: date | None = None,
) -> CareRelation:
    """Note that an organisation cares for the citizen, until a day where one is known.

    A relation that ended begins again; one that holds is lengthened, never shortened.
    """
    on = timezone.localdate(at)
    relation, is_new = CareRelation.objects.get_or_create(
        citizen=citizen,
        organisation=organisation,
        ground=ground,
        defaults={"since": on, "until": until},
    )
    if is_new or relation.until is None:
        return relation
    if relation.until < on:
        relation.since = on
    relation.until = None if until is None else max(until, relation.until)
    relation.save(update_fields=["since", "until"])
    return relation


def end_care(*, citizen: Citizen, organisation: Organisation, ground: str, on: date) -> None:
    """Note that a ground of care held for the last time on a day: a card moved, a referral came back."""
    rows = CareRelation.objects.filter(citizen=citizen, organisation=organisation, ground=ground)
    for relation in rows.filter(Q(until=None) | Q(until__gt=on)):
        relation.until = max(on, relation.since)
        relation.save(update_fields=["until"])
