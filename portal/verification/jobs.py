"""Ask the population database in the background, again and again while it does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import RetryStrategy

from portal.jobs import busy, job
from portal.verification import services
from portal.verification.models import Inquiry

QUEUE = "verification"
AGAIN = RetryStrategy(wait=20, retry_exceptions={OperationalError, InterfaceError})


@job(queue=QUEUE, retry=AGAIN)
def ask(*, inquiry_id: str) -> None:
    """Put one inquiry to the register; when there is no answer, come back at its moment."""
    again = services.ask(UUID(inquiry_id), at=timezone.now())
    if again is not None:
        enqueue(again)


@job(periodic="*/10 * * * *", queueing_lock="take_up_forgotten_inquiries")
def take_up_forgotten(timestamp: int | None = None) -> int:
    """Put the questions again that nothing works on any more."""
    return services.take_up_forgotten(at=timezone.now())


def worked_on(inquiries: Iterable[Inquiry]) -> set[UUID]:
    """Return the keys of the inquiries that a job waits for or works on."""
    return busy(ask, "inquiry_id", [inquiry.pk for inquiry in inquiries])


def enqueue(inquiry: Inquiry) -> None:
    """Have an inquiry put, at its moment or once this transaction is committed."""
    ask.configure(lock=f"inquiry {inquiry.pk}", schedule_at=inquiry.next_attempt_at).defer(
        inquiry_id=str(inquiry.pk)
    )


def enqueue_many(inquiries: Iterable[Inquiry]) -> None:
    """Have many inquiries put for the first time, once this transaction is committed."""
    ask.batch_defer(*({"inquiry_id": str(inquiry.pk)} for inquiry in inquiries))
