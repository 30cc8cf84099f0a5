"""Write practical training: contract, rotations with a supervisor who has a seat free, completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.database.periods import not_over
from portal.places.models import Organisation
from practitioners.hours import Span
from practitioners.models import (
    PracticalTraining,
    Practitioner,
    ProfileSource,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.rules import Rule, rules_on
from practitioners.services.registrations import (
    ONE_DAY,
    close_slots,
    lock,
    require_free,
    write_slots,
)
from practitioners.services.sources import note_row
from practitioners.training_length import lacks_of

FACILITY = ProfileSource.Source.FACILITY


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of practical training, form 06 of Decree 96/2023/NĐ-CP."""

    title: str
    valid_from: date
    valid_until: date | None = None
    regime: str = PracticalTraining.Regime.LAW_2023
    number: str = ""
    contracted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ward:
    """Where in the facility a rotation takes place, and of which kind it is."""

    kind: str = TrainingRotation.Kind.CLINICAL
    department: str = ""


NO_WARD = Ward()


@transaction.atomic
def begin_practical_training(
    *,
    actor: Any,
    practitioner: Practitioner,
    facility: Organisation,
    contract: Contract,
    at: datetime,
) -> PracticalTraining:
    """Begin a practical training at a facility."""
    row = PracticalTraining(
        practitioner=practitioner,
        facility=facility,
        title=contract.title,
        regime=contract.regime,
        contract_no=contract.number,
        contracted_on=contract.contracted_on,
        valid_from=contract.valid_from,
        valid_until=contract.valid_until,
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=FACILITY, by=actor, at=at)
    return row


@transaction.atomic
def add_rotation(
    *,
    actor: Any,
    training: PracticalTraining,
    supervisor: Practitioner,
    valid_from: date,
    at: datetime,
    valid_until: date | None = None,
    ward: Ward = NO_WARD,
    spans: Sequence[Span] = (),
) -> TrainingRotation:
    """Put a trainee under a supervisor; refused where every seat the law allows is taken.

    The hours of the rotation are hours of the trainee: nobody is trained here and works elsewhere.
    """
    for person in sorted((supervisor, training.practitioner), key=lambda row: row.pk):
        lock(person)
    row = TrainingRotation(
        training=training,
        practitioner=training.practitioner,
        facility=training.facility,
        supervisor=supervisor,
        kind=ward.kind,
        department=ward.department,
        valid_from=valid_from,
        valid_until=valid_until,
        seat=_take_seat(supervisor, valid_from, valid_until),
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=FACILITY, by=actor, at=at)
    if spans:
        require_free(training.practitioner, spans, valid_from, valid_until)
        ground = {"rotation": row, "kind": WorkingSlot.Kind.TRAINING}
        write_slots(row, spans, valid_from, valid_until, ground)
    return row


def _take_seat(supervisor: Practitioner, first: date, last: date | None) -> int:
    """Return a seat for these days; trainees change seats where that makes room.

    Seated in the order in which they begin, they never need more seats than they are at a time.
    """
    held = list(
        TrainingRotation.objects.filter(supervisor=supervisor).select_related("practitioner")
    )
    require_room(supervisor, held, first, last)
    new = TrainingRotation(valid_from=first, valid_until=last)
    seat([*held, new])
    TrainingRotation.objects.bulk_update(held, ["seat"])
    return new.seat


def seat(rotations: Sequence[TrainingRotation]) -> None:
    """Give the trainees of one supervisor their seats, in the order in which they begin."""
    ends: dict[int, date] = {}
    for row in sorted(rotations, key=lambda row: (row.valid_from, row.pk)):
        row.seat = next(
            seat for seat in count(1) if seat not in ends or ends[seat] < row.valid_from
        )
        ends[row.seat] = row.valid_until or date.max


def require_room(
    supervisor: Practitioner, held: Sequence[TrainingRotation], first: date, last: date | None
) -> None:
    """Refuse another trainee in days in which the supervisor has as many as the law allows."""
    limit = rules_on(first).get("trainees_per_supervisor")
    if limit is None:
        return
    until = last or date.max
    meeting = [
        row for row in held if row.valid_from <= until and (row.valid_until or date.max) >= first
    ]
    for day in {max(row.valid_from, first) for row in meeting}:
        there = [row for row in meeting if row.valid_from <= day <= (row.valid_until or date.max)]
        if len(there) >= limit.number:
            raise _full(supervisor, there, day, limit)


def _full(
    supervisor: Practitioner, there: Sequence[TrainingRotation], day: date, limit: Rule
) -> ValidationError:
    return ValidationError(
        {
            "supervisor": ValidationError(
                _(
                    "On %(day)s %(name)s already guides %(names)s; a supervisor guides at most"
                    " %(limit)d trainees at a time (%(article)s)."
                ),
                code="supervisor_full",
                params={
                    "day": f"{day:%d/%m/%Y}",
                    "name": supervisor.name,
                    "names": ", ".join(sorted(row.practitioner.name for row in there)),
                    "limit": limit.number,
                    "article": limit.article,
                },
            )
        }
    )


@transaction.atomic
def complete_practical_training(
    *,
    actor: Any,
    training: PracticalTraining,
    on: date,
    certificate_no: str,
    at: datetime,
    short_because: str = "",
) -> PracticalTraining:
    """Complete a training with its certificate, form 07; its rotations end the same day.

    Those that were to begin later are withdrawn, with their hours and the seat they would take. What
    is shorter than the list of titles asks for is completed for a written reason alone.
    """
    row = PracticalTraining.objects.select_for_update().get(pk=training.pk)
    lacks = lacks_of(row, on)
    row.short_because = short_because.strip() if lacks else ""
    if lacks and not row.short_because:
        raise _short(lacks, on)
    row.completed_on, row.certificate_no = on, certificate_no
    row.valid_until = on
    row.full_clean()
    completed = ("completed_on", "certificate_no", "valid_until", "short_because")
    row.save(update_fields=completed)
    note_row(row, source=FACILITY, by=actor, at=at, only=completed)
    for rotation in row.rotations.filter(not_over(on + ONE_DAY)):
        close_slots(list(rotation.slots.all()), last_day=on)
        if rotation.valid_from > on:
            rotation.delete()
            continue
        rotation.valid_until = on
        rotation.save(update_fields=["valid_until"])
    return row


def _short(lacks: Sequence[str], on: date) -> ValidationError:
    return ValidationError(
        {
            "short_because": ValidationError(
                _(
                    "By %(day)s the training lacks: %(lacks)s. Complete it later, or write why it is"
                    " completed all the same."
                ),
                code="training_short",
                params={"day": f"{on:%d/%m/%Y}", "lacks": "; ".join(lacks)},
            )
        }
    )
