"""Whoever guides the trainees of two rows of the register guides them all: each needs a seat."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection

from practitioners.models import JoinedRow, Practitioner, PractitionerJoining, TrainingRotation
from practitioners.services.practical_training import require_room, seat

SEAT = "seat"
TABLE = TrainingRotation._meta.db_table


def wait_with_seats() -> None:
    """Let two trainees have one seat until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS trainingrotation_one_on_a_seat DEFERRED")


def require_seats(survivor: Practitioner, joined: UUID) -> None:
    """Refuse more trainees at a time than the law allows one supervisor."""
    rows = TrainingRotation.objects.filter(supervisor__in=[survivor.pk, joined])
    held = list(rows.select_related("practitioner").order_by("valid_from", "pk"))
    for row in held:
        if row.supervisor_id == joined:
            others = [other for other in held if other.pk != row.pk]
            try:
                require_room(survivor, others, row.valid_from, row.valid_until)
            except ValidationError as refused:
                # No field of a form is wrong here.
                raise ValidationError(
                    [error for some in refused.error_dict.values() for error in some]
                ) from None


def seat_all(joining: PractitionerJoining) -> None:
    """Seat the trainees of both anew, and keep who sat where."""
    rows = list(TrainingRotation.objects.filter(supervisor=joining.survivor_id))
    sat = {row.pk: row.seat for row in rows}
    seat(rows)
    moved = [row for row in rows if row.seat != sat[row.pk]]
    TrainingRotation.objects.bulk_update(moved, [SEAT])
    JoinedRow.objects.bulk_create(
        JoinedRow(
            joining=joining,
            table=TABLE,
            column=SEAT,
            row_id=row.pk,
            home_id=joining.survivor_id,
            was={SEAT: sat[row.pk]},
            now={SEAT: row.seat},
        )
        for row in moved
    )


def seat_as_before(joining: PractitionerJoining) -> None:
    """Give trainees the seats they had; where somebody came meanwhile, all are seated anew."""
    kept = joining.rows.filter(table=TABLE, column=SEAT)
    sat = {entry.row_id: int(entry.was[SEAT]) for entry in kept}
    for supervisor in (joining.survivor_id, joining.joined_id):
        rows = list(TrainingRotation.objects.filter(supervisor=supervisor))
        for row in rows:
            row.seat = sat.get(row.pk, row.seat)
        if _share_a_seat(rows):
            seat(rows)
        TrainingRotation.objects.bulk_update(rows, [SEAT])


def _share_a_seat(rows: list[TrainingRotation]) -> bool:
    """Say whether two trainees would sit on one seat in the same days."""
    by_days = sorted(rows, key=lambda row: (row.seat, row.valid_from))
    return any(
        one.seat == other.seat and (one.valid_until is None or one.valid_until >= other.valid_from)
        for one, other in pairwise(by_days)
    )
