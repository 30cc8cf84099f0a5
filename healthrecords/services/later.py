"""What came, changed or went with a visit after it was signed: told, and settled when it is undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from healthrecords.models import (
    DiagnosticReport,
    Document,
    Procedure,
    Visit,
    VisitSeal,
    VisitVersion,
)
from healthrecords.services.hushing import Hush
from healthrecords.snapshots import (
    CLASSED_LABELS,
    Snapshot,
    canonical,
    restored,
    said_alike,
    shown_of,
    snapshot_of,
    told,
)

NAMED: tuple[type[Any], ...] = (DiagnosticReport, Procedure, Document)
NAMED_AT_MOST = 5


def is_later(seal: VisitSeal, *, sees_sensitive: bool) -> bool:
    """Say whether a seal notes something that this reader may know of."""
    return seal.has_later or (sees_sensitive and seal.has_protected_later)


def signed_and_now(
    visit: Visit, seal: VisitSeal, *, sees_sensitive: bool
) -> tuple[Snapshot, Snapshot]:
    """Return what was signed last and what stands now, both as this reader may see them.

    An amendment may take a class off before it is signed: who may not read the version gets what
    stands now in its place, so that nothing of it is told as a difference.
    """
    said = json.loads(seal.version.content)
    now = snapshot_of(visit, sees_sensitive=sees_sensitive, before=said)
    seen = sees_sensitive or bool(visit.sensitivity)
    hush = Hush(sees_sensitive=seen)
    shown = hush.snapshot(shown_of(now, sees_sensitive=seen))
    if hides_signed(seal, sees_sensitive=sees_sensitive):
        return shown, shown
    return hush.snapshot(shown_of(said, sees_sensitive=seen)), shown


def hides_signed(seal: VisitSeal, *, sees_sensitive: bool) -> bool:
    """Say whether what was signed last is of a protected class that this reader may not see."""
    return bool(seal.version.sensitivity) and not sees_sensitive


def titles_of_later(said: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the results, procedures and papers that were not signed as they stand; protected ones not."""
    found = []
    for model in NAMED:
        label = model._meta.label_lower
        before = {canonical(told(row, label)) for row in said["parts"].get(label, ())}
        found += [
            str(restored(model, row))
            for row in now["parts"].get(label, ())
            if not row.get("sensitivity") and canonical(told(row, label)) not in before
        ]
    return found


def is_protected_unsigned(visit: Visit, version: VisitVersion) -> bool:
    """Say whether protected rows stand with a visit otherwise than its version says them.

    So it is where whoever signed could not see them: what another signed before stays as it was.
    """
    return _differs(json.loads(version.content), snapshot_of(visit), hidden=True)


def settle_later(visits: Iterable[UUID | None]) -> None:
    """Take the note off the seals of visits that say again what was signed."""
    rows = VisitSeal.objects.select_for_update(of=("self",)).filter(
        Q(has_later=True) | Q(has_protected_later=True), visit__in=[one for one in visits if one]
    )
    for seal in rows.select_related("version", "visit"):
        said, now = json.loads(seal.version.content), snapshot_of(seal.visit)
        seal.has_later = seal.has_later and _differs(said, now, hidden=False)
        seal.has_protected_later = seal.has_protected_later and _differs(said, now, hidden=True)
        seal.save(update_fields=["has_later", "has_protected_later"])


def _differs(said: Snapshot, now: Snapshot, *, hidden: bool) -> bool:
    return not said_alike(*(_of_class(one, hidden=hidden) for one in (said, now)))


def _of_class(said: Snapshot, *, hidden: bool) -> Snapshot:
    """Return of what stands with a visit the protected rows alone, or the others alone."""
    return {**said, "visit": {}, "parts": dict(_rows_of_class(said, hidden=hidden))}


def _rows_of_class(said: Snapshot, *, hidden: bool) -> Iterator[tuple[str, list[Any]]]:
    for label, rows in said["parts"].items():
        if label in CLASSED_LABELS:
            yield label, [row for row in rows if bool(row.get("sensitivity")) is hidden]
