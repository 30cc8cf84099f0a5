"""Which deed may follow which state of a batch?"""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.intake.codebook import CodeBook
from portal.intake.declaration import kind_of
from portal.intake.handler import Handler
from portal.intake.models import Batch, Progress

State, Stage = Batch.State, Progress.Stage
BUSY = {
    State.READING: Stage.READING,
    State.CONFIRMED: Stage.WRITING,
    State.UNDOING: Stage.UNDOING,
}


def handler_of(batch: Batch) -> Handler:
    """Return who knows the rows of a batch."""
    on = timezone.localdate(batch.received_at)
    return kind_of(batch.kind).handler(batch, CodeBook(), on)


def locked(batch: Batch, *states: str) -> Batch:
    """Lock a batch for a deed; refuses when it is in none of these states any more."""
    locked = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.state not in states:
        raise ValidationError(
            _("The sending “%(name)s” is now: %(state)s. Open its page again."),
            code="batch_moved_on",
            params={"name": locked.file_name, "state": locked.get_state_display()},
        )
    return locked


@transaction.atomic
def put_back(batch_id: UUID, state: str) -> Batch:
    """Give a batch back its state of before a job that was stopped."""
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    Progress.objects.filter(batch=batch).delete()
    if state == State.CHECKED and batch.written_at is not None:
        state = State.WRITTEN
    batch.state = state
    batch.save(update_fields=["state"])
    return batch


def lock_sender(batch: Batch) -> None:
    """Let one batch of a sender be written or undone at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('intake ' || %s, 0))",
            [str(batch.organisation_id)],
        )


def forget_stop(batch: Batch) -> None:
    """Forget a wish to stop that came too late for the last job, before the next one is asked for."""
    Progress.objects.filter(batch=batch).delete()
