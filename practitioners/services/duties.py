"""Record that the duty of a suspension was done, and confirm it (Law 15/2023/QH15, article 34)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile
from practitioners.models import DutyProof, LicenseEvent, PracticeLicense, Practitioner
from practitioners.services.license_events import Decision
from practitioners.services.measures import finish_duty
from practitioners.services.own import is_own
from practitioners.services.proposals import answer, require_open
from practitioners.states import State


@dataclass(frozen=True, slots=True)
class Done:
    """The paper that shows a duty done: its number, who issued it, on which day it was done."""

    paper_no: str
    authority: str
    on: date
    paper: StoredFile | None = None


@transaction.atomic
def record_duty(*, actor: Any, license: PracticeLicense, done: Done, at: datetime) -> DutyProof:
    """Record the paper that shows a duty done; the licence stays suspended until another confirms it."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    _require_other(license.practitioner, actor, at)
    suspension = duty_of(license, timezone.localdate(at))
    if suspension is None:
        raise ValidationError(_("No duty is left to be done."), code="no_duty_left")
    _require_day(suspension, done.on, timezone.localdate(at))
    row = DutyProof(
        license=license,
        suspension=suspension,
        paper_no=done.paper_no.strip(),
        authority=done.authority.strip(),
        done_on=done.on,
        paper=done.paper,
        proposed_by=actor,
        proposed_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def confirm_duty(*, actor: Any, proof_id: UUID, at: datetime) -> LicenseEvent:
    """Let a duty be done as a colleague recorded; the licence holds again once the days are over too."""
    row = _open_proof(proof_id)
    _require_other(row.license.practitioner, actor, at)
    if row.proposed_by_id == actor.pk:
        raise ValidationError(
            _("You recorded this duty yourself; a colleague confirms it."), code="duty_of_one"
        )
    license = PracticeLicense.objects.select_for_update().get(pk=row.license_id)
    if duty_of(license, timezone.localdate(at)) != row.suspension:
        raise ValidationError(
            _("The suspension with this duty does not hold any more; leave the proof unconfirmed."),
            code="not_suspended",
        )
    answer(row, DutyProof.State.CONFIRMED, actor, at)
    return finish_duty(
        actor=actor,
        license=license,
        decision=Decision(row.done_on, row.paper_no, row.done_on, row.authority),
        at=at,
    )


@transaction.atomic
def drop_duty(*, actor: Any, proof_id: UUID, reason: str, at: datetime) -> DutyProof:
    """Leave a duty to be done, for a reason; who recorded the paper may take it back as well."""
    row = _open_proof(proof_id)
    _require_other(row.license.practitioner, actor, at)
    row.reason = reason.strip()
    dropped: DutyProof = answer(row, DutyProof.State.DROPPED, actor, at)
    return dropped


def duty_of(license: PracticeLicense, on: date) -> LicenseEvent | None:
    """Return the suspension of a licence whose duty waits to be done on a day."""
    held = license.standing_on(on)
    event = held.event if held.state == State.SUSPENDED else None
    if event is None or not event.duty:
        return None
    later = (row for row in license.events.all() if row.valid_from >= event.valid_from)
    is_done = any(row.kind == LicenseEvent.Kind.DUTY_DONE for row in later)
    return None if is_done else event


def _require_day(suspension: LicenseEvent, day: date, today: date) -> None:
    """Refuse a day before the duty was laid on, and one to come."""
    if day < suspension.valid_from:
        code = "duty_before_suspension"
        text = _("The suspension began on %(day)s; what was done before is not its duty.")
    elif day > today:
        code, text = "duty_in_the_future", _("What is done on a day to come is not done yet.")
    else:
        return
    params = {"day": f"{suspension.valid_from:%d/%m/%Y}"}
    raise ValidationError({"on": ValidationError(text, code=code, params=params)})


def _open_proof(proof_id: UUID) -> DutyProof:
    rows = DutyProof.objects.select_for_update(of=["self"])
    row = rows.select_related(
        "license__practitioner", "suspension", "proposed_by", "answered_by"
    ).get(pk=proof_id)
    require_open(row, "duty_answered")
    return row


def _require_other(practitioner: Practitioner, actor: Any, at: datetime) -> None:
    if is_own(actor, people=[practitioner.pk], senders=(), on=timezone.localdate(at)):
        raise ValidationError(
            _("This is about you; nobody decides on their own. Give it to a colleague."),
            code="duty_own",
        )
