"""Take back what a batch wrote, unless something later depends on it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.database.context import acting
from portal.intake.models import Batch
from portal.intake.progress import Teller, UnwantedError, telling
from portal.intake.services.states import (
    Stage,
    State,
    forget_stop,
    handler_of,
    lock_sender,
    locked,
    put_back,
)


@transaction.atomic
def ask_to_undo(*, actor: User | None, batch: Batch, reason: str) -> Batch:
    """Have a written batch undone; the caller enqueues it. Refused while something depends on it."""
    batch = locked(batch, State.WRITTEN)
    if not reason.strip():
        raise ValidationError(
            _("Write why the sending is undone."), code="reason_missing", params={}
        )
    require_undoable(batch)
    forget_stop(batch)
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
            return put_back(batch_id, State.WRITTEN)
        except ValidationError:
            # Something came in between; the page says what.
            return put_back(batch_id, State.WRITTEN)
        except (InterfaceError, OperationalError):
            raise  # the job is taken up again
        except Exception:
            put_back(batch_id, State.WRITTEN)
            raise
        teller.end()
    return batch


@transaction.atomic
def _undo(batch_id: UUID, teller: Teller, at: datetime) -> Batch:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state != State.UNDOING:
        return batch
    lock_sender(batch)
    require_undoable(batch)
    teller.begin(Stage.UNDOING, batch.written_count)
    handler_of(batch).undo(at, teller)
    batch.state, batch.undone_at = State.UNDONE, at
    batch.save(update_fields=["state", "undone_at"])
    return batch
