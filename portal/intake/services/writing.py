"""Write the good rows of a confirmed batch in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from portal.database.context import acting
from portal.intake import comparing
from portal.intake.copying import Pipe
from portal.intake.models import Batch, StagedRow
from portal.intake.progress import Teller, UnwantedError, telling
from portal.intake.services.deciding import NOT_WHOLE, UNDIVIDED, writable
from portal.intake.services.states import Stage, State, handler_of, lock_sender, put_back

# The first rows are on their way while the next are made, and while the last are, nothing is made: the
# fewer the shorter.
WRITTEN_AT_ONCE = 500
# How a key is looked for is planned when its table is as small as it then is; a file that fills it
# would have every row walk through all before it. After so many chunks it is planned anew.
PLANNED_ANEW = 4


def write_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Write the good rows of a confirmed batch in one transaction; safe to run twice.

    The world may have moved since the preview: rows are matched and compared once more under the
    sender's lock, and a row that became doubtful waits for a person instead of being written.
    """
    confirmed = Batch.objects.select_related("confirmed_by").get(pk=batch_id)
    user = str(confirmed.confirmed_by_id) if confirmed.confirmed_by_id else None
    with acting(batch=str(batch_id), user=user), telling(batch_id) as teller:
        try:
            batch = _write(batch_id, teller, at)
        except UnwantedError:
            return put_back(batch_id, State.CHECKED)
        except (InterfaceError, OperationalError):
            raise  # the job is taken up again
        except Exception:
            put_back(batch_id, State.CHECKED)  # nothing was written; it can be confirmed again
            raise
        teller.end()
    return batch


@transaction.atomic
def _write(batch_id: UUID, teller: Teller, at: datetime) -> Batch:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state != State.CONFIRMED:
        return batch
    lock_sender(batch)
    teller.begin(Stage.WRITING, writable(batch))
    handler = handler_of(batch)
    handler.match()
    comparing.settle(handler, comparing.pending(batch))
    if batch.options.get(UNDIVIDED) and (waiting := _waiting(batch)):
        return _leave(batch, waiting)
    good = comparing.pending(batch).filter(
        decision__in=[StagedRow.Decision.NEW, StagedRow.Decision.CHANGED]
    )
    handler.begin_writing()
    with connection.cursor() as cursor:
        # Keys are proved chunk by chunk while the next one is made, not all together at the end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    shared: list[tuple[UUID, UUID]] = []
    with Pipe() as pipe:
        for at_chunk, chunk in enumerate(comparing.chunks(good, WRITTEN_AT_ONCE, pipe=pipe)):
            if at_chunk % PLANNED_ANEW == 0:
                pipe.tell("DISCARD PLANS", None)
            nobody = [row for row in chunk if row.subject_id is None]
            targets = handler.write(chunk, pipe)
            shared += [(row.pk, row.subject_id) for row in nobody if row.subject_id]
            if targets is not None:
                _mark_written([row for row in chunk if row.pk in targets], targets, at)
            teller.add(len(chunk))
    if handler.is_set_based:
        comparing.mark_written(batch, shared, at)
    handler.end_writing(at)
    comparing.count(batch)
    batch.state, batch.written_at = State.WRITTEN, at
    batch.save(update_fields=["state", "written_at"])
    return batch


def _waiting(batch: Batch) -> int:
    """Count the rows that cannot be written by now."""
    held = [StagedRow.Decision.WRONG, StagedRow.Decision.DOUBTFUL]
    return StagedRow.objects.filter(batch=batch, written_at=None, decision__in=held).count()


def _leave(batch: Batch, waiting: int) -> Batch:
    """Write nothing of a batch that was to be written whole, and say why."""
    comparing.count(batch)
    batch.state = State.CHECKED if batch.written_at is None else State.WRITTEN
    batch.notes = [{"code": NOT_WHOLE, "params": {"count": waiting}}, *batch.notes]
    batch.save(update_fields=["state", "notes", "matched_before"])
    return batch


def _mark_written(
    written: Sequence[comparing.Staged], targets: Mapping[UUID, UUID], at: datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_stagedrow staged SET written_at = %s,"
            " target_id = v.target, subject_id = v.subject, makes_subject = v.makes"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bool[])"
            " AS v(id, target, subject, makes) WHERE staged.id = v.id",
            [
                at,
                [row.pk for row in written],
                [targets[row.pk] for row in written],
                [row.subject_id for row in written],
                [row.makes_subject for row in written],
            ],
        )
