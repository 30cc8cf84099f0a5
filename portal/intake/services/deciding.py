"""Decide about rows, confirm a batch, give it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.accounts.models import User
from portal.intake import comparing
from portal.intake.models import Batch, Progress, StagedRow
from portal.intake.services.states import BUSY, State, forget_stop, handler_of, locked

# What a confirmation asked for, and the remark when it came to nothing.
UNDIVIDED, NOT_WHOLE = "undivided", "not_whole"


@transaction.atomic
def cancel_batch(*, actor: User | None, batch: Batch, at: datetime) -> Batch:
    """Give a batch up before anything of it was written; the file stays as received.

    While a job works on it the job is asked to stop, and does so within a second or two: a reading
    is given up, a writing or undoing leaves everything as it was before.
    """
    batch.refresh_from_db(fields=["state"])
    if batch.state in BUSY:
        _ask_to_stop(batch, at)  # without a lock: the job holds it until it ends
        return batch
    batch = locked(batch, State.CHECKED, State.REFUSED, State.RECEIVED)
    batch.state, batch.ended_at = State.CANCELLED, at
    batch.save(update_fields=["state", "ended_at"])
    return batch


def _ask_to_stop(batch: Batch, at: datetime) -> None:
    Progress.objects.bulk_create(
        [
            Progress(
                batch=batch,
                stage=BUSY[State(batch.state)],
                began_at=at,
                said_at=at,
                is_unwanted=True,
            )
        ],
        update_conflicts=True,
        unique_fields=["batch"],
        update_fields=["is_unwanted"],
    )


@transaction.atomic
def rule_on_rows(
    *, actor: User | None, batch: Batch, rows: Sequence[UUID], subject_id: UUID | None, at: datetime
) -> int:
    """Say whom doubtful rows are about: one of their candidates, or (None) somebody else.

    A row that was written, or that never had this candidate, is left alone and not counted.
    """
    batch = locked(batch, State.CHECKED, State.WRITTEN)
    wanted = StagedRow.objects.select_for_update().filter(batch=batch, pk__in=rows, written_at=None)
    ruled = []
    for row in wanted.exclude(candidates=[]).exclude(decision=StagedRow.Decision.WRONG):
        if subject_id is not None and str(subject_id) not in {c["id"] for c in row.candidates}:
            continue
        row.ruling = StagedRow.Ruling.OTHER if subject_id is None else StagedRow.Ruling.SAME
        row.subject_id, row.ruled_by, row.ruled_at = subject_id, actor, at
        ruled.append(row)
    StagedRow.objects.bulk_update(ruled, ["ruling", "subject_id", "ruled_by", "ruled_at"])
    comparing.settle(handler_of(batch), wanted.filter(pk__in=[row.pk for row in ruled]))
    comparing.count(batch)
    return len(ruled)


@transaction.atomic
def confirm_batch(
    *, actor: User | None, batch: Batch, at: datetime, undivided: bool = False
) -> Batch:
    """Let the good rows of a batch be written; the caller enqueues the writing.

    With ``undivided`` all rows are written or none: refused while one is wrong or to be decided.
    """
    batch = locked(batch, State.CHECKED, State.WRITTEN)
    if undivided:
        _require_whole(batch)
    if not writable(batch):
        raise ValidationError(
            _("No row of “%(name)s” waits to be written."),
            code="nothing_to_write",
            params={"name": batch.file_name},
        )
    forget_stop(batch)
    batch.state, batch.confirmed_at, batch.confirmed_by = State.CONFIRMED, at, actor
    kept = {name: said for name, said in batch.options.items() if name != UNDIVIDED}
    batch.options = {**kept, UNDIVIDED: True} if undivided else kept
    batch.notes = [note for note in batch.notes if note["code"] != NOT_WHOLE]
    batch.save(update_fields=["state", "confirmed_at", "confirmed_by", "options", "notes"])
    return batch


def _require_whole(batch: Batch) -> None:
    waiting = batch.wrong_count + batch.doubtful_count
    if waiting:
        said = ngettext(
            "All rows or none were to be written, but %(count)d row is wrong or waits for a "
            "decision. Nothing was written: mend or decide it, or write the good rows alone.",
            "All rows or none were to be written, but %(count)d rows are wrong or wait for a "
            "decision. Nothing was written: mend or decide them, or write the good rows alone.",
            waiting,
        )
        raise ValidationError(said % {"count": waiting}, code="rows_wait", params={})


def writable(batch: Batch) -> int:
    """Count the rows that a confirmation would write."""
    good = [StagedRow.Decision.NEW, StagedRow.Decision.CHANGED]
    return StagedRow.objects.filter(batch=batch, written_at=None, decision__in=good).count()
