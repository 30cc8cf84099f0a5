"""Reading and writing uploaded files in the background, one job per batch at a time."""

from __future__ import annotations

from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import RetryStrategy

from portal.intake import answering, services
from portal.intake.models import Answer, Batch
from portal.jobs import job

QUEUE = "intake"
# A database that went away, or two transactions that waited for each other: later it works.
AGAIN = RetryStrategy(wait=20, retry_exceptions={OperationalError, InterfaceError})


@job(queue=QUEUE, retry=AGAIN)
def read_file(*, batch_id: str) -> None:
    """Read, check and compare one file."""
    services.read_batch(UUID(batch_id), at=timezone.now())


@job(queue=QUEUE, retry=AGAIN)
def write_file(*, batch_id: str) -> None:
    """Write the good rows of one file."""
    services.write_batch(UUID(batch_id), at=timezone.now())


@job(queue=QUEUE, retry=AGAIN)
def undo_file(*, batch_id: str) -> None:
    """Take back what one file brought."""
    services.undo_batch(UUID(batch_id), at=timezone.now())


def enqueue_reading(batch: Batch) -> None:
    """Have the batch read, once this transaction is committed."""
    read_file.configure(lock=f"batch {batch.pk}").defer(batch_id=str(batch.pk))


def enqueue_writing(batch: Batch) -> None:
    """Have the batch written, once this transaction is committed."""
    write_file.configure(lock=f"batch {batch.pk}").defer(batch_id=str(batch.pk))


def enqueue_undoing(batch: Batch) -> None:
    """Have the batch undone, once this transaction is committed."""
    undo_file.configure(lock=f"batch {batch.pk}").defer(batch_id=str(batch.pk))


@job(queue=QUEUE, retry=AGAIN)
def prepare_answer(*, answer_id: str) -> None:
    """Write the marked workbook of one file."""
    answering.make_answer(UUID(answer_id), at=timezone.now())


def enqueue_answer(answer: Answer) -> None:
    """Have the marked workbook written; not while its file is read anew."""
    prepare_answer.configure(lock=f"batch {answer.batch_id}").defer(answer_id=str(answer.pk))
