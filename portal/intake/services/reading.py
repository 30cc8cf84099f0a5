"""Read, check and compare a file; safe to run twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.database.context import acting
from portal.intake import comparing
from portal.intake.checking import Checker
from portal.intake.declaration import Kind, kind_of
from portal.intake.handler import Handler
from portal.intake.models import Batch, Finding, Progress, StagedRow
from portal.intake.progress import Teller, UnwantedError, telling
from portal.intake.readers.unreadable import UnreadableError
from portal.intake.services.states import forget_stop, handler_of, locked
from portal.intake.staging import stage
from portal.legacy_encodings import TITLES

State, Stage = Batch.State, Progress.Stage


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
        except (InterfaceError, OperationalError):
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
    handler.look_at_changes()
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
    batch.save(update_fields=["state", "checked_at", "notes", "matched_before"])


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


@transaction.atomic
def read_again(*, actor: User | None, batch: Batch) -> Batch:
    """Give a batch that stopped back to the reading; the caller enqueues it."""
    batch = locked(batch, State.REFUSED)
    forget_stop(batch)
    batch.state, batch.ended_at = State.RECEIVED, None
    batch.save(update_fields=["state", "ended_at"])
    return batch


@transaction.atomic
def convert_fonts(*, batch: Batch, encoding: str) -> Batch:
    """Have a checked file read again with its old fonts converted; the caller enqueues it."""
    batch = locked(batch, State.CHECKED)
    if encoding not in TITLES:
        raise ValidationError(
            _("“%(value)s” is no old font that can be converted."),
            code="encoding_unknown",
            params={"value": encoding[:20]},
        )
    forget_stop(batch)
    batch.state, batch.options = State.RECEIVED, {**batch.options, "encoding": encoding}
    batch.save(update_fields=["state", "options"])
    return batch
