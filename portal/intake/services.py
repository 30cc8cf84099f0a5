"""Deeds on uploaded files: receive, read, decide, confirm, write, cancel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.database.context import acting
from portal.intake import comparing, storage
from portal.intake.checking import Checker
from portal.intake.codebook import CodeBook
from portal.intake.declaration import Kind, kind_of
from portal.intake.copying import Pipe
from portal.intake.handler import Handler
from portal.intake.models import Batch, Finding, Progress, StagedRow, StoredFile
from portal.intake.progress import Teller, UnwantedError, telling
from portal.intake.readers.unreadable import UnreadableError
from portal.intake.staging import stage
from portal.places.models import Organisation

State, Stage = Batch.State, Progress.Stage
BUSY = {
    State.READING: Stage.READING,
    State.CONFIRMED: Stage.WRITING,
    State.UNDOING: Stage.UNDOING,
}
MEGABYTES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sends it: its name, its content, from where."""

    name: str
    chunks: Iterable[bytes]
    address: str | None = None


def receive_file(
    *, actor: User | None, sent: Sent, kind: str, organisation: Organisation, at: datetime
) -> Batch:
    """Keep a file as it came and open a batch for it; the caller enqueues the reading."""
    kept = storage.keep(_no_more_than(sent.chunks, MEGABYTES_AT_MOST * 1_000_000))
    with transaction.atomic():
        file, _created = StoredFile.objects.get_or_create(
            sha256=kept.sha256,
            defaults={
                "size": kept.size,
                "path": kept.path,
                "name": sent.name[-255:],
                "received_at": at,
                "received_by": actor,
                "address": sent.address,
            },
        )
        batch = Batch(
            file=file,
            file_name=sent.name[-255:],
            kind=kind_of(kind).id,
            organisation=organisation,
            sent_by=actor,
            received_at=at,
        )
        batch.full_clean(exclude=["sent_by"])  # None is the system
        batch.save(force_insert=True)
    return batch


def _no_more_than(chunks: Iterable[bytes], size: int) -> Iterable[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > size:
            raise ValidationError(
                _("The file is larger than %(size)s MB; split it into several files."),
                code="file_too_large",
                params={"size": size // 1_000_000},
            )
        yield chunk


def handler_of(batch: Batch) -> Handler:
    """Return who knows the rows of a batch."""
    on = timezone.localdate(batch.received_at)
    return kind_of(batch.kind).handler(batch, CodeBook(), on)


def read_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Read, check and compare the file of a batch; safe to run twice, begins anew after a crash.

    All of it is one transaction: a crash leaves nothing half read behind.
    """
    with acting(batch=str(batch_id)):
        batch = _begin_reading(batch_id, at)
        if batch is None:
            return Batch.objects.get(pk=batch_id)
        try:
            with telling(batch_id) as teller:
                teller.begin(Stage.READING)
                _read(batch, teller, at)
                teller.end()
        except UnwantedError:
            _give_up(batch, at)
        except UnreadableError as error:
            _refuse(batch, error.code, error.params, at)
        except OperationalError:
            raise  # the database went away: the job is taken up again
        except Exception:
            _refuse(batch, "stopped", {}, at)
            raise
    return batch


@transaction.atomic
def _begin_reading(batch_id: UUID, at: datetime) -> Batch | None:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state not in {State.RECEIVED, State.READING}:
        return None
    _forget_rows(batch)
    batch.state, batch.reading_at, batch.rows_read = State.READING, at, 0
    batch.error_code, batch.error_params = "", {}
    batch.save(update_fields=["state", "reading_at", "rows_read", "error_code", "error_params"])
    return Batch.objects.select_related("file", "organisation").get(pk=batch_id)


@transaction.atomic
def _read(batch: Batch, teller: Teller, at: datetime) -> None:
    kind, handler = kind_of(batch.kind), handler_of(batch)
    stage(batch, Checker(kind, batch, handler, handler.book, handler.on), teller)
    teller.begin(Stage.COMPARING, batch.rows_read)
    _compare(batch, kind, handler, at)


def _forget_rows(batch: Batch) -> None:
    Finding.objects.filter(batch=batch)._raw_delete(using=connection.alias)
    StagedRow.objects.filter(batch=batch)._raw_delete(using=connection.alias)


def _compare(batch: Batch, kind: Kind, handler: Handler, at: datetime) -> None:
    handler.check_all()
    comparing.find_repeated(batch, kind.key)
    handler.match()
    comparing.settle(handler, comparing.pending(batch))
    comparing.count(batch)
    earlier = (
        Batch.objects.filter(file=batch.file_id, organisation=batch.organisation_id)
        .exclude(pk=batch.pk)
        .exclude(state__in=[State.REFUSED, State.CANCELLED])
        .select_related("sent_by")
        .order_by("received_at")
        .first()
    )
    if earlier is not None:
        params = {"day": timezone.localtime(earlier.received_at).strftime("%d/%m/%Y")}
        note = {"code": "same_file", "params": {**params, "who": str(earlier.sent_by or "Mạch")}}
        batch.notes = [note, *batch.notes]
    batch.state, batch.checked_at = State.CHECKED, at
    batch.save(update_fields=["state", "checked_at", "notes"])


@transaction.atomic
def _refuse(batch: Batch, code: str, params: dict[str, object], at: datetime) -> None:
    _forget_rows(batch)
    Progress.objects.filter(batch=batch).delete()
    batch.state, batch.ended_at = State.REFUSED, at
    batch.error_code, batch.error_params = code, params
    batch.save(update_fields=["state", "ended_at", "error_code", "error_params"])


@transaction.atomic
def _give_up(batch: Batch, at: datetime) -> None:
    """Stop before anything was written, as somebody asked; the file stays as received."""
    _forget_rows(batch)
    Progress.objects.filter(batch=batch).delete()
    batch.state, batch.ended_at = State.CANCELLED, at
    batch.save(update_fields=["state", "ended_at"])


def _locked(batch: Batch, *states: str) -> Batch:
    locked = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.state not in states:
        raise ValidationError(
            _("The sending “%(name)s” is now: %(state)s. Open its page again."),
            code="batch_moved_on",
            params={"name": locked.file_name, "state": locked.get_state_display()},
        )
    return locked


@transaction.atomic
def read_again(*, actor: User | None, batch: Batch) -> Batch:
    """Give a batch that stopped back to the reading; the caller enqueues it."""
    batch = _locked(batch, State.REFUSED)
    batch.state, batch.ended_at = State.RECEIVED, None
    batch.save(update_fields=["state", "ended_at"])
    return batch


@transaction.atomic
def cancel_batch(*, actor: User | None, batch: Batch, at: datetime) -> Batch:
    """Give a batch up before anything of it was written; the file stays as received.

    While a job works on it the job is asked to stop, and does so within a second or two: a reading
    is given up, a writing or undoing leaves everything as it was before.
    """
    batch = _locked(batch, State.CHECKED, State.REFUSED, State.RECEIVED, *BUSY)
    if batch.state in BUSY:
        Progress.objects.update_or_create(
            batch=batch,
            defaults={"is_unwanted": True},
            create_defaults={
                "is_unwanted": True,
                "stage": BUSY[State(batch.state)],
                "began_at": at,
                "said_at": at,
            },
        )
        return batch
    batch.state, batch.ended_at = State.CANCELLED, at
    batch.save(update_fields=["state", "ended_at"])
    return batch


@transaction.atomic
def rule_on_rows(
    *, actor: User | None, batch: Batch, rows: Sequence[UUID], subject_id: UUID | None, at: datetime
) -> int:
    """Say whom doubtful rows are about: one of their candidates, or (None) somebody else.

    A row that was written, or that never had this candidate, is left alone and not counted.
    """
    batch = _locked(batch, State.CHECKED, State.WRITTEN)
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
def confirm_batch(*, actor: User | None, batch: Batch, at: datetime) -> Batch:
    """Let the good rows of a batch be written; the caller enqueues the writing."""
    batch = _locked(batch, State.CHECKED, State.WRITTEN)
    if not writable(batch):
        raise ValidationError(
            _("No row of “%(name)s” waits to be written."),
            code="nothing_to_write",
            params={"name": batch.file_name},
        )
    batch.state, batch.confirmed_at, batch.confirmed_by = State.CONFIRMED, at, actor
    batch.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    return batch


def writable(batch: Batch) -> int:
    """Count the rows that a confirmation would write."""
    good = [StagedRow.Decision.NEW, StagedRow.Decision.CHANGED]
    return StagedRow.objects.filter(batch=batch, written_at=None, decision__in=good).count()


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
            return _put_back(batch_id, State.CHECKED)
        teller.end()
    return batch


@transaction.atomic
def _write(batch_id: UUID, teller: Teller, at: datetime) -> Batch:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state != State.CONFIRMED:
        return batch
    _lock_sender(batch)
    teller.begin(Stage.WRITING, writable(batch))
    handler = handler_of(batch)
    handler.match()
    comparing.settle(handler, comparing.pending(batch))
    good = comparing.pending(batch).filter(
        decision__in=[StagedRow.Decision.NEW, StagedRow.Decision.CHANGED]
    )
    handler.begin_writing()
    with Pipe() as pipe:
        for chunk in comparing.chunks(good):
            targets = handler.write(chunk, pipe)
            if targets is not None:
                _mark_written([row for row in chunk if row.pk in targets], targets, at)
            teller.add(len(chunk))
    if handler.is_set_based:
        comparing.mark_written(batch, at)
    comparing.count(batch)
    batch.state, batch.written_at = State.WRITTEN, at
    batch.save(update_fields=["state", "written_at"])
    return batch


@transaction.atomic
def _put_back(batch_id: UUID, state: str) -> Batch:
    """Give a batch back its state of before a job that was stopped."""
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    Progress.objects.filter(batch=batch).delete()
    if state == State.CHECKED and batch.written_at is not None:
        state = State.WRITTEN
    batch.state = state
    batch.save(update_fields=["state"])
    return batch


def _lock_sender(batch: Batch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('intake ' || %s, 0))",
            [str(batch.organisation_id)],
        )


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


@transaction.atomic
def ask_to_undo(*, actor: User | None, batch: Batch, reason: str, at: datetime) -> Batch:
    """Have a written batch undone; the caller enqueues it. Refused while something depends on it."""
    batch = _locked(batch, State.WRITTEN)
    if not reason.strip():
        raise ValidationError(
            _("Write why the sending is undone."), code="reason_missing", params={}
        )
    require_undoable(batch)
    batch.state, batch.undone_by, batch.undone_because = State.UNDOING, actor, reason.strip()
    batch.save(update_fields=["state", "undone_by", "undone_because"])
    return batch


def require_undoable(batch: Batch) -> None:
    """Refuse to undo what something later depends on, and name it."""
    obstacles = handler_of(batch).consequences().obstacles
    if obstacles:
        raise ValidationError(
            [
                ValidationError(str(obstacle), code="something_depends_on_it")
                for obstacle in obstacles
            ]
        )


def undo_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Take back what a batch wrote, in one transaction; safe to run twice."""
    asked = Batch.objects.get(pk=batch_id)
    user = str(asked.undone_by_id) if asked.undone_by_id else None
    with acting(batch=str(batch_id), user=user), telling(batch_id) as teller:
        try:
            batch = _undo(batch_id, teller, at)
        except UnwantedError:
            return _put_back(batch_id, State.WRITTEN)
        except ValidationError:
            return _put_back(batch_id, State.WRITTEN)  # something came in between; the page says what
        teller.end()
    return batch


@transaction.atomic
def _undo(batch_id: UUID, teller: Teller, at: datetime) -> Batch:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state != State.UNDOING:
        return batch
    _lock_sender(batch)
    require_undoable(batch)
    teller.begin(Stage.UNDOING, batch.written_count)
    handler_of(batch).undo(at, teller)
    batch.state, batch.undone_at = State.UNDONE, at
    batch.save(update_fields=["state", "undone_at"])
    return batch
