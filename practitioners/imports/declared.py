"""Where does a list of training say other credit hours than the person had declared?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.intake.kept import Keeper, Part, Tables
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem
from practitioners.models import TrainingActivity
from practitioners.services import TrainingEntry
from practitioners.services.training import SAID
from practitioners.training import convert, plain

# What a row confirms of what a practitioner had declared, and says otherwise.
KEEPER = Keeper(
    Part(TrainingActivity, fields=("state", "decided_by_id", "decided_at", "reason", *SAID))
)
DIFFERS = Problem(
    "training_hours_declared",
    _("The person had declared %(declared)s credit hours; this list says %(hours)s, which count."),
    _("Compare with the certificate; where the list is wrong, send the right one."),
    severity=WARNING,
    column="SO_GIO",
)


def tell_declared(batch: Batch, said: Iterable[tuple[StagedRow, TrainingEntry]]) -> None:
    """Tell of new rows that will confirm a declared training with other hours."""
    rows = list(said)
    waiting = TrainingActivity.objects.waiting()
    declared: dict[tuple[UUID | None, str, date], Decimal] = {
        (one.practitioner_id, one.title, one.ended_on): one.hours
        for one in waiting.filter(practitioner__in={row.subject_id for row, _entry in rows})
    }
    found = []
    for row, entry in rows:
        hours = declared.get((row.subject_id, " ".join(entry.title.split()), entry.ended_on))
        if hours is None or (counted := _counted(entry)) is None:
            continue
        if counted != hours:
            found.append((row, _differs(hours, counted)))
    note_all(batch, found)


def tell_confirmed(batch: Batch, written: Mapping[UUID, tuple[Tables, Tables]]) -> None:
    """Tell of rows that confirmed other hours than were declared, where the preview could not yet."""
    told = Finding.objects.filter(batch=batch, code=DIFFERS.code, row__in=written)
    untold = written.keys() - set(told.values_list("row", flat=True))
    differing = {
        row: pair for row in untold if len(set(pair := [_hours(one) for one in written[row]])) > 1
    }
    rows = StagedRow.objects.in_bulk(list(differing))
    note_all(batch, [(rows[row], _differs(*pair)) for row, pair in differing.items()])


def _counted(entry: TrainingEntry) -> Decimal | None:
    """Return the credit hours of a row, none where it is refused anyhow."""
    said: dict[str, Any] = {"amount": entry.amount, "hours": entry.hours}
    try:
        return convert(form=entry.form, ended_on=entry.ended_on, **said).hours
    except ValidationError:
        return None


def _hours(tables: Tables) -> Decimal:
    (row,) = tables[KEEPER.parts[0].name].values()
    return Decimal(row["hours"])


def _differs(declared: Decimal, said: Decimal) -> Problem:
    params = {"declared": plain(declared), "hours": plain(said)}
    return Problem(
        DIFFERS.code, DIFFERS.message, DIFFERS.remedy, params, DIFFERS.severity, DIFFERS.column
    )
