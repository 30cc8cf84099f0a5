"""From which day on did the register know what an answer about an earlier day rests on?

Every answer is about the day asked, as the register knows it now: what was decided or verified after
that day counts for it, and the answer says since when it stands in the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from practitioners.models import ProfileSource, Verification
from practitioners.words import COMPLETED

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
    by_row = said.order_by().annotate(is_completion=Q(field=COMPLETED))
    is_complete = _rests_on_completion(answer, on)
    for _row, is_completion, at in by_row.values_list("row_id", "is_completion").annotate(
        at=Min(_said_at())
    ):
        if is_complete or not is_completion:
            yield at
    if answer.license is not None:
        acts: list[Any] = [*answer.license.events.all(), *answer.license.versions.all()]
        yield from (row.recorded_at for row in acts if row.valid_from <= on)
    yield from (ban.recorded_at for ban in answer.bans)


def _rests_on_completion(answer: Answer, on: date) -> bool:
    """Say whether the answer rests on the registration's being complete by the day."""
    row = answer.registration
    is_announced = row is not None and row.announced_on is not None
    return row is not None and is_announced and not row.waits_on(on)


def _said_at() -> Coalesce:
    return Coalesce("verified_at", "said_at")


def _assigned(answer: Answer) -> Iterator[Any]:
    return (row.assigned for row in answer.techniques if row.assigned is not None)
