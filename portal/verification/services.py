"""Ask the national population database about a person, and keep what it answers exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Coalesce

from portal.places.models import Organisation
from portal.verification.adapter import UNKNOWN, Register, register
from portal.verification.contract import Answer, Question, TroubleError
from portal.verification.models import Inquiry

LONGEST_WAIT = 3600.0
WAITING = (Inquiry.State.WAITING, Inquiry.State.PENDING)
FORGOTTEN, MOST_TAKEN_UP = "forgotten", 500
PAUSE = "verification:pause"
# What each asking register of ours does with an answer, in the transaction that keeps it.
_takers: dict[str, Callable[[Inquiry, datetime], None]] = {}


def register_taker(purpose: str, take: Callable[[Inquiry, datetime], None]) -> None:
    """Say what a register of ours does with answers to its inquiries."""
    _takers[purpose] = take


def is_set_up() -> bool:
    """Say whether this deployment has a register to ask."""
    return register() is not None


@transaction.atomic
def inquire(
    *,
    actor: Any,
    purpose: str,
    subject_id: UUID,
    question: dict[str, str],
    organisation: Organisation | None,
    at: datetime,
) -> Inquiry:
    """Have one person asked about, once this transaction is committed."""
    from portal.verification.jobs import enqueue

    inquiry = Inquiry(
        purpose=purpose,
        subject_id=subject_id,
        organisation=organisation,
        asked_by=actor,
        asked_at=at,
        **question,
    )
    inquiry.full_clean()
    inquiry.save(force_insert=True)
    enqueue(inquiry)
    return inquiry


@transaction.atomic
def inquire_many(inquiries: Sequence[Inquiry]) -> None:
    """Have many people asked about, once this transaction is committed; two statements for all."""
    from portal.verification.jobs import enqueue_many

    if inquiries:
        Inquiry.objects.bulk_create(inquiries)
        enqueue_many(inquiries)


def ask(inquiry_id: UUID, *, at: datetime) -> Inquiry | None:
    """Try once; return the inquiry when it is to be tried again, with the moment in it.

    Nothing is held while the register thinks. Safe to run twice: the register knows the request by
    its key, and an answer is kept once.
    """
    inquiry, way = Inquiry.objects.get(pk=inquiry_id), register()
    if way is None or _is_over(inquiry) or _is_early(inquiry, at):
        return None
    paused = cache.get(PAUSE)
    if paused is not None and paused > at:
        return _postpone(inquiry_id, paused)
    try:
        answer = _put(way, inquiry)
    except TroubleError as trouble:
        return _not_now(inquiry_id, trouble, at)
    return keep_answer(answer, at=at)


@transaction.atomic
def take_up_forgotten(*, at: datetime) -> int:
    """Put the questions again whose moment passed long ago and that no job works on; return how many.

    A worker died between two attempts, a job failed, or the register was not set up for a while. A
    question keeps its key, so that the register answers what it answered before, and it counts as
    tried: after so many times it is given up as any other.
    """
    from portal.verification.jobs import enqueue, worked_on

    if not is_set_up():
        return 0
    since = at - timedelta(minutes=settings.POPULATION_FORGOTTEN_MINUTES)
    rows = Inquiry.objects.select_for_update(skip_locked=True, no_key=True)
    late = rows.annotate(moment=Coalesce("next_attempt_at", "asked_at")).filter(
        state__in=WAITING, moment__lt=since
    )
    found = list(late.order_by("moment", "id")[:MOST_TAKEN_UP])
    at_work = worked_on(found)
    lost = [inquiry for inquiry in found if inquiry.pk not in at_work]
    for inquiry in lost:
        inquiry.attempts += 1
        if inquiry.attempts >= settings.POPULATION_ATTEMPTS:
            _give_up(inquiry, FORGOTTEN, at)
            continue
        inquiry.state, inquiry.next_attempt_at = Inquiry.State.WAITING, at
        inquiry.save(update_fields=["attempts", "state", "next_attempt_at"])
        enqueue(inquiry)
    return len(lost)


def _put(way: Register, inquiry: Inquiry) -> Answer:
    key = str(inquiry.pk)
    if inquiry.state == Inquiry.State.PENDING:
        return way.look(key)
    return way.ask(
        Question(
            request_id=key,
            personal_number=inquiry.personal_number,
            name=inquiry.name,
            birth=inquiry.birth,
            sex=inquiry.sex,
            purpose=inquiry.purpose,
            organisation=str(inquiry.organisation_id or ""),
        )
    )


def _is_over(inquiry: Inquiry) -> bool:
    return inquiry.state in {Inquiry.State.ANSWERED, Inquiry.State.GIVEN_UP}


def _is_early(inquiry: Inquiry, at: datetime) -> bool:
    """Say whether another job waits for this inquiry's moment: one chain of attempts is enough."""
    due = inquiry.next_attempt_at
    return due is not None and at < due - timedelta(seconds=1)


@transaction.atomic
def keep_answer(answer: Answer, *, at: datetime) -> Inquiry | None:
    """Keep an answer; the second of two changes nothing but how often it came.

    Returns the inquiry where the answer is still to come.
    """
    inquiry = Inquiry.objects.select_for_update().get(pk=answer.request_id)
    if answer.is_pending:
        return None if _is_over(inquiry) else _await(inquiry, answer, at)
    inquiry.times_answered += 1
    if inquiry.state == Inquiry.State.ANSWERED:
        inquiry.save(update_fields=["times_answered"])
        return None
    inquiry.state, inquiry.result = Inquiry.State.ANSWERED, answer.result
    inquiry.differences = [{"field": d.field, "held": d.held} for d in answer.differences]
    inquiry.transaction, inquiry.is_simulated = answer.transaction, answer.is_simulated
    inquiry.answered_at, inquiry.next_attempt_at, inquiry.trouble = at, None, ""
    inquiry.save()
    if (take := _takers.get(inquiry.purpose)) is not None:
        take(inquiry, at)
    return None


def _await(inquiry: Inquiry, answer: Answer, at: datetime) -> Inquiry | None:
    inquiry.state, inquiry.transaction = Inquiry.State.PENDING, answer.transaction
    inquiry.attempts += 1
    if inquiry.attempts >= settings.POPULATION_ATTEMPTS:
        _give_up(inquiry, "answer_did_not_come", at)
        return None
    return _next(inquiry, answer.wait or _backoff(inquiry.attempts), at)


@transaction.atomic
def _not_now(inquiry_id: UUID, trouble: TroubleError, at: datetime) -> Inquiry | None:
    inquiry = Inquiry.objects.select_for_update().get(pk=inquiry_id)
    if _is_over(inquiry):  # the answer was sent to us meanwhile
        return None
    inquiry.attempts += 1
    inquiry.trouble = trouble.code
    if trouble.code == UNKNOWN:  # put once more, under the same key
        inquiry.state = Inquiry.State.WAITING
    if trouble.is_final or inquiry.attempts >= settings.POPULATION_ATTEMPTS:
        _give_up(inquiry, trouble.code, at)
        return None
    if trouble.wait is not None:
        # The register asks to be left alone: that holds for every inquiry.
        until = at + timedelta(seconds=trouble.wait)
        cache.set(PAUSE, until, timeout=trouble.wait + 1)
    return _next(inquiry, trouble.wait or _backoff(inquiry.attempts), at)


@transaction.atomic
def _postpone(inquiry_id: UUID, until: datetime) -> Inquiry | None:
    inquiry = Inquiry.objects.select_for_update().get(pk=inquiry_id)
    if _is_over(inquiry):
        return None
    inquiry.next_attempt_at = until
    inquiry.save(update_fields=["next_attempt_at"])
    return inquiry


def _next(inquiry: Inquiry, wait: float, at: datetime) -> Inquiry:
    inquiry.next_attempt_at = at + timedelta(seconds=wait)
    inquiry.save()
    return inquiry


def _give_up(inquiry: Inquiry, code: str, at: datetime) -> None:
    inquiry.state, inquiry.result = Inquiry.State.GIVEN_UP, Inquiry.Result.UNAVAILABLE
    inquiry.trouble, inquiry.answered_at, inquiry.next_attempt_at = code, at, None
    inquiry.save()
    if (take := _takers.get(inquiry.purpose)) is not None:
        take(inquiry, at)


def _backoff(attempts: int) -> float:
    """Return the wait after so many attempts: each twice the one before."""
    return min(settings.POPULATION_FIRST_WAIT * 2.0 ** max(attempts - 1, 0), LONGEST_WAIT)
