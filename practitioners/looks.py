"""Who has looked at a practitioner's profile, from where, when and at what?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners.models import Practitioner

PAGE = 50
PARTS: dict[str, StrOrPromise] = {
    "practitioners:desk": _("review of a sent profile"),
    "practitioners:evidence": _("a copy of a paper"),
    "practitioners:desk-give": _("review of a sent profile"),
    "practitioners:desk-work": _("a line in the list of work done"),
    "practitioners:case": _("a discrepancy case"),
    "practitioners:cases": _("a line in the list of discrepancy cases"),
    "practitioners:person": _("the whole profile"),
    "practitioners:away": _("a line in the list of those who have not practised for long"),
    "practitioners:defects": _("a line in the list of contradictions in the register"),
    "practitioners:departure": _("what your leaving would break"),
    "practitioners:profiles": _("a line in the facility's sent profiles"),
    "practitioners:send-profile": _("the profile, to send a change"),
    "practitioners:staff": _("a line in the facility's list"),
    "practitioners:right": _("the question of the right to practise"),
    "practitioners:my-profile": _("your own page"),
    "admin:practitioners_practitioner_change": _("the whole profile"),
    "admin:practitioners_practitioner_changelist": _("a line in the list of practitioners"),
    "admin:finder": _("a line in the answer to a search"),
}
OTHER = _("the profile")
# As what pages showed a person before the register knew whom a profile or a case was about: their
# own profiles, with those that came back and were sent again, and the cases opened about them.
SHOWN_AS = """
WITH RECURSIVE replaced AS (
  SELECT %(person)s::uuid AS id
  UNION
  SELECT row.id FROM practitioners_practitioner row JOIN replaced ON row.replaced_by_id = replaced.id
), sent AS (
  SELECT id, supersedes_id FROM practitioners_profilesubmission WHERE practitioner_id = %(person)s
  UNION
  SELECT earlier.id, earlier.supersedes_id FROM practitioners_profilesubmission earlier
  JOIN sent ON sent.supersedes_id = earlier.id
)
SELECT id FROM sent
UNION SELECT id FROM replaced
UNION SELECT id FROM practitioners_discrepancycase WHERE practitioner_id = %(person)s
UNION SELECT side.case_id FROM practitioners_caseside side JOIN sent ON sent.id = side.submission_id
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One read, as the practitioner reads it."""

    at: datetime
    who: str
    place: str
    action: str
    part: StrOrPromise


def looks_of(person: Practitioner, *, before: datetime | None = None) -> list[Look]:
    """Return a page of the reads of a person, the latest first; four queries at any number.

    Who reviews a profile looks at it before the register knows whom it is about: these looks are the
    person's too, from the first one on.
    """
    rows = AccessLog.objects.filter(people__overlap=_shown_as(person))
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


def _shown_as(person: Practitioner) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(SHOWN_AS, {"person": person.pk})
        return [key for (key,) in cursor.fetchall()]


def _users(rows: Sequence[AccessLog]) -> Q:
    return Q(pk__in={row.user_id for row in rows} - {None})


def part_of(url: str) -> StrOrPromise:
    """Say in words which page an address was."""
    try:
        return PARTS.get(resolve(url).view_name, OTHER)
    except Resolver404:
        return OTHER
