"""Declare, confirm and refuse continuing training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.attachments.keeping import keep
from practitioners.models import Practitioner, TrainingActivity
from practitioners.services.own import is_own
from practitioners.services.registrations import lock
from practitioners.training import convert

State = TrainingActivity.State
# What a list that confirms a declared training says of it; what it leaves out stays as declared.
SAID = (
    "form", "role", "organiser", "certificate_number", "started_on", "amount", "hours",
    "form_version_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingEntry:
    """What somebody says of one training; ``amount`` counts in the form's unit."""

    title: str
    ended_on: date
    form: str = ""
    role: str = ""
    organiser: str = ""
    certificate_number: str = ""
    started_on: date | None = None
    amount: Decimal | None = None
    hours: Decimal | None = None


@transaction.atomic
def declare_training(
    *,
    practitioner: Practitioner,
    entry: TrainingEntry,
    content: bytes,
    name: str,
    actor: Any,
    at: datetime,
) -> TrainingActivity:
    """Take a practitioner's own word with its certificate; it counts when it is confirmed."""
    if not content:
        raise ValidationError(
            {
                "evidence": ValidationError(
                    _("Add a scan or a photo of the certificate: without it nobody can confirm."),
                    code="training_evidence_missing",
                )
            }
        )
    row = build(practitioner, entry, on=timezone.localdate(at))
    row.state = State.DECLARED
    row.declared_by, row.declared_at = actor, at
    row.evidence = keep(content=content, name=name, at=at)
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def record_training(
    *,
    practitioner: Practitioner,
    entry: TrainingEntry,
    actor: Any,
    at: datetime,
    batch_id: UUID | None = None,
) -> TrainingActivity:
    """Enter a training on the word of the facility or the provider, which answers for it.

    What the practitioner had declared with the same name and last day is confirmed by it, as it says
    it: other credit hours take the place of those declared. Nobody enters their own.
    """
    _refuse_own(practitioner.pk, actor, at)
    lock(practitioner)
    row = build(practitioner, entry, on=timezone.localdate(at))
    declared = (
        TrainingActivity.objects.waiting()
        .select_for_update()
        .filter(practitioner=practitioner, title=row.title, ended_on=row.ended_on)
        .first()
    )
    if declared is not None:
        _say(declared, row)
        return _decide(declared, State.CONFIRMED, actor=actor, at=at, said=SAID)
    row.declared_by, row.declared_at = actor, at
    row.decided_by, row.decided_at = actor, at
    row.batch_id = batch_id
    row.full_clean()
    row.save(force_insert=True)
    return row


def _say(declared: TrainingActivity, row: TrainingActivity) -> None:
    """Let a declared training say what the row that confirms it says."""
    is_counted_anew = row.hours != declared.hours or row.form not in {"", declared.form}
    for name in SAID:
        value = getattr(row, name)
        # What other hours were made of goes with them, also where nothing is said of it.
        if value not in {None, ""} or (is_counted_anew and name in {"amount", "form_version_id"}):
            setattr(declared, name, value)


def build(practitioner: Practitioner, entry: TrainingEntry, *, on: date) -> TrainingActivity:
    """Make the unsaved row of an entry; what lies in the future is refused."""
    require_over(entry.ended_on, on)
    converted = convert(
        form=entry.form, amount=entry.amount, hours=entry.hours, ended_on=entry.ended_on
    )
    return TrainingActivity(
        practitioner=practitioner,
        title=" ".join(entry.title.split()),
        form=entry.form,
        role=entry.role,
        organiser=entry.organiser,
        certificate_number=entry.certificate_number,
        started_on=entry.started_on,
        ended_on=entry.ended_on,
        amount=entry.amount,
        hours=converted.hours,
        form_version_id=converted.version,
    )


def require_over(ended_on: date, on: date) -> None:
    """Refuse a training that has not ended."""
    if ended_on > on:
        raise ValidationError(
            {
                "ended_on": ValidationError(
                    _("%(day)s has not come yet: enter a training when it is over."),
                    code="training_in_future",
                    params={"day": f"{ended_on:%d/%m/%Y}"},
                )
            }
        )


@transaction.atomic
def confirm_training(*, activity_id: UUID, actor: Any, at: datetime) -> TrainingActivity:
    """Confirm what a practitioner declared: from now on its hours count."""
    return _decide(_locked(activity_id, actor, at), State.CONFIRMED, actor=actor, at=at)


@transaction.atomic
def refuse_training(
    *, activity_id: UUID, reason: str, actor: Any, at: datetime
) -> TrainingActivity:
    """Say that a declared training does not count, and why."""
    row = _locked(activity_id, actor, at)
    row.reason = " ".join(reason.split())
    return _decide(row, State.REFUSED, actor=actor, at=at)


def _locked(activity_id: UUID, actor: Any, at: datetime) -> TrainingActivity:
    row = TrainingActivity.objects.select_for_update().get(pk=activity_id)
    if row.state != State.DECLARED:
        raise ValidationError(
            _("“%(title)s” was decided on already; nothing was changed."),
            code="training_decided",
            params={"title": row.title},
        )
    _refuse_own(row.practitioner_id, actor, at)
    return row


def _refuse_own(person: UUID, actor: Any, at: datetime) -> None:
    on = timezone.localdate(at)
    if actor is not None and is_own(actor, people=[person], senders=(), on=on):
        raise ValidationError(
            _("Nobody confirms their own training; a colleague or the department does."),
            code="training_own",
        )


def _decide(
    row: TrainingActivity, state: str, *, actor: Any, at: datetime, said: Sequence[str] = ()
) -> TrainingActivity:
    row.state = state
    row.decided_by, row.decided_at = actor, at
    row.full_clean()
    row.save(update_fields=["state", "decided_by", "decided_at", "reason", *said])
    return row
