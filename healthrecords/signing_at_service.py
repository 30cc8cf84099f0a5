"""How are visits signed at a remote service: what is sent, what is stored, where it is shown?"""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit
from healthrecords.services.signing import PURPOSE
from healthrecords.services.signing_elsewhere import lay_out_for_service, take_from_service
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


def _describe(subjects: list[UUID]) -> dict[UUID, str]:
    rows = Visit.objects.filter(pk__in=subjects).select_related("citizen")
    return {
        row.pk: f"{row.citizen.name}, {timezone.localtime(row.started_at):%d/%m/%Y %H:%M}"
        for row in rows
    }
