"""From which day on did the register know what an answer about an earlier day rests on?

Every answer is about the day asked, as the register knows it now: what was decided or verified after
that day counts for it, and the answer says since when it stands in the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.db.models.functions import Coalesce
from django.utils import timezone

from practitioners.models import ProfileSource, Verification

if TYPE_CHECKING:
    from practitioners.models import Practitioner
    from practitioners.practising import Answer


def recorded_later(answer: Answer, on: date) -> date | None:
    """Return the day from which all of it was known, where that lies after the day asked; two queries."""
    person = answer.practitioner
    if person is None:
        return None
    moments = [moment for moment in _moments(answer, person, on) if moment is not None]
    known = max((timezone.localdate(moment) for moment in moments), default=None)
    return known if known is not None and known > on else None


def _moments(answer: Answer, person: Practitioner, on: date) -> Iterator[datetime | None]:
    """Return when each of the facts was recorded first: the person, the licence, the place, the bans."""
    first = Verification.objects.filter(practitioner=person).aggregate(at=Min("verified_at"))
    yield first["at"] or person.verified_at
    rows = [row for row in (answer.license, answer.registration, *_assigned(answer)) if row]
    said = ProfileSource.objects.filter(practitioner=person, row_id__in=[row.pk for row in rows])
    by_row = said.order_by().values_list("row_id").annotate(at=Min(_said_at()))
    yield from (at for _row, at in by_row)
    if answer.license is not None:
        acts: list[Any] = [*answer.license.events.all(), *answer.license.versions.all()]
        yield from (row.recorded_at for row in acts if row.valid_from <= on)
    yield from (ban.recorded_at for ban in answer.bans)


def _said_at() -> Coalesce:
    return Coalesce("verified_at", "said_at")


def _assigned(answer: Answer) -> Iterator[Any]:
    return (row.assigned for row in answer.techniques if row.assigned is not None)
