"""About whom may somebody in charge ask: their own people, and anybody whose licence they hold in hand."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from portal.scope import Scope
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, Practitioner


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Somebody a question is about; of who is not the asker's only who it is and the answer is shown."""

    practitioner: Practitioner
    is_ours: bool
    number: str = ""


def person_by_number(text: str, scope: Scope) -> AskedFor | None:
    """Return whose licence has this exact number, the one in force before those it replaced.

    A licence holds nationwide and its holder shows it wherever they ask to practise: who has the
    number may ask, in scope or not.
    """
    key = license_key(text) if text else None
    if key is None:
        return None
    held = PracticeLicense.objects.numbered(key).select_related("practitioner")
    rows = list(held.order_by(F("superseded_on").desc(nulls_first=True), "id"))
    ours = set(
        Practitioner.objects.within(scope)
        .filter(pk__in=[row.practitioner_id for row in rows])
        .values_list("pk", flat=True)
    )
    rows.sort(key=lambda row: row.practitioner_id not in ours)
    if not rows:
        return None
    first = rows[0]
    return AskedFor(first.practitioner, first.practitioner_id in ours, first.number_raw)
