"""How are visits signed at a remote service: what is sent, what is stored, where it is shown?"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, Visit
from healthrecords.services import place_to_act
from healthrecords.services.signing import PURPOSE
from healthrecords.services.signing_elsewhere import lay_out_for_service, take_from_service
from portal.audit.reads import note
from portal.scope import scope_of
from portal.signing import purposes


def register() -> None:
    """Make visits known to the ground floor, which knows none."""
    purposes.register(
        purposes.Purpose(
            id=PURPOSE,
            title=_("visits"),
            lay_out=lay_out_for_service,
            take=take_from_service,
            done_url=lambda subject: reverse("admin:healthrecords_visit_change", args=[subject]),
            describe=_describe,
            list_url=lambda: reverse("admin:healthrecords_visit_to_sign"),
        )
    )


def _describe(request: HttpRequest, subjects: list[UUID]) -> dict[UUID, str]:
    """Name the visits of the place of work that wait there for a signature, or whose record is open."""
    place = place_to_act(request.user, "sign_records")
    if place is None:
        return {}
    sees, now = place.pk in scope_of(request.user, "see_sensitive"), timezone.now()
    opened = CareAccess.objects.open(user=request.user, citizen_id=OuterRef("citizen"), at=now)
    here = Visit.objects.filter(pk__in=subjects, facility=place).open_to(sees_sensitive=sees)
    waiting = here.to_sign(sees_sensitive=sees).order_by().values("pk")
    rows = list(
        here.exclude(status=Visit.Status.WITHDRAWN)
        .filter(Q(pk__in=waiting) | Exists(opened.filter(organisation=place)))
        .select_related("citizen")
    )
    note(request, [row.citizen_id for row in rows], action="listed", ground="to_sign")
    return {
        row.pk: f"{row.citizen.name}, {timezone.localtime(row.started_at):%d/%m/%Y %H:%M}"
        for row in rows
    }
