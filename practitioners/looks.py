"""Who has looked at a practitioner's profile, from where, when and at what?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.audit.models import AccessLog
from portal.places.models import Organisation

PAGE = 50
PARTS: dict[str, StrOrPromise] = {
    "practitioners:desk": _("review of a sent profile"),
    "practitioners:evidence": _("a copy of a paper"),
    "practitioners:profiles": _("a line in the facility's sent profiles"),
    "practitioners:send-profile": _("the profile, to send a change"),
    "practitioners:staff": _("a line in the facility's list"),
    "practitioners:my-profile": _("your own page"),
    "admin:practitioners_practitioner_change": _("the whole profile"),
    "admin:practitioners_practitioner_changelist": _("a line in the list of practitioners"),
    "admin:finder": _("a line in the answer to a search"),
}
OTHER = _("the profile")


@dataclass(frozen=True, slots=True)
class Look:
    """One read, as the practitioner reads it."""

    at: datetime
    who: str
    place: str
    action: str
    part: StrOrPromise


def looks_of(people: Sequence[UUID], *, before: datetime | None = None) -> list[Look]:
    """Return a page of the reads of these ids, the latest first; three queries at any number."""
    rows = AccessLog.objects.filter(people__overlap=list(people))
    if before is not None:
        rows = rows.filter(at__lt=before)
    found = list(rows.order_by("-at", "-id")[: PAGE + 1])
    places = Organisation.objects.in_bulk({row.organisation_id for row in found} - {None})
    users: Any = get_user_model().objects
    names = {user.pk: user.get_full_name() for user in users.filter(_users(found))}
    return [
        Look(
            row.at,
            names.get(row.user_id) or row.username or "–",
            places[row.organisation_id].name if row.organisation_id in places else "",
            str(row.get_action_display()),
            part_of(row.url),
        )
        for row in found
    ]


def _users(rows: Sequence[AccessLog]) -> Q:
    return Q(pk__in={row.user_id for row in rows} - {None})


def part_of(url: str) -> StrOrPromise:
    """Say in words which page an address was."""
    try:
        return PARTS.get(resolve(url).view_name, OTHER)
    except Resolver404:
        return OTHER
