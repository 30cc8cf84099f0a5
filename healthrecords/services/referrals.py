"""Send a person on, note that they arrived, and send the answer back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareRelation, Referral, Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.services.access import care_for
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.documents import Content, cancel, issue
from healthrecords.services.receiving import end_ground, keep_open
from portal.codelists.holidays import calendar_between
from portal.codelists.lookup import code_on, codes_on, lists_held
from portal.codelists.sensitivity import strictest
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.workdays import Calendar, add_working_days

REASONS, TERMS = "transfer_reasons", "referral_terms"
SHORTEST_ANSWER = 10


@dataclass(frozen=True, slots=True)
class Way:
    """Where a person is sent and why; a facility outside the register has a name alone."""

    reason: str
    to: Organisation | None = None
    to_name: str = ""
    is_urgent: bool = False


@lists_held()
@transaction.atomic
def refer(
    *,
    actor: Any,
    visit: Visit,
    way: Way,
    content: Content,
    client_key: UUID,
    at: datetime,
) -> Saved[Referral]:
    """Send a person to another facility: issue the paper and open the way to the record there."""
    on = timezone.localdate(at)
    _check_way(visit, way, on)
    issued = issue(
        actor=actor,
        visit=visit,
        kind=DocumentKind.REFERRAL,
        content=content,
        client_key=client_key,
        at=at,
        besides=[way.to.name if way.to is not None else way.to_name],
    )
    if not issued.is_new:
        return Saved(issued.row.referral, is_new=False)
    referral = Referral(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=issued.row.sensitivity,
        document=issued.row,
        to_facility=way.to,
        to_name=way.to.name if way.to is not None else " ".join(way.to_name.split())[:200],
        reason=way.reason,
        is_urgent=way.is_urgent,
        sent_at=at,
        valid_until=valid_until(visit, on),
    )
    referral.full_clean(exclude=["citizen", "facility", "visit", "document"])
    referral.save(force_insert=True)
    if way.to is not None:
        care_for(
            citizen=visit.citizen,
            organisation=way.to,
            ground=CareRelation.Ground.REFERRAL,
            at=at,
            until=referral.valid_until,
        )
    return Saved(referral, is_new=True)


def _check_way(visit: Visit, way: Way, on: date) -> None:
    errors = {}
    if way.to is None and not way.to_name.strip():
        errors["to"] = ValidationError(
            _("Where is the person sent to? Choose the facility."), code="referral_nowhere"
        )
    elif way.to is not None and way.to.pk == visit.facility_id:
        errors["to"] = ValidationError(
            _("This is your own facility; choose the one the person is sent to."),
            code="referral_home",
        )
    if code_on(REASONS, way.reason, on) is None:
        errors["reason"] = ValidationError(
            _("Choose the reason of the referral from the list."), code="code_unknown"
        )
    if errors:
        raise ValidationError(errors)


def valid_until(visit: Visit, on: date) -> date | None:
    """Return the last day on which a referral of this visit holds, by the terms of that day."""
    return holds_until(
        [row.code for row in visit.diagnosis_rows.all()],
        on,
        [row.attributes for row in codes_on(TERMS, on)],
        lambda first: calendar_between(first, first + timedelta(days=90)),
    )


def holds_until(
    codes: Sequence[str],
    on: date,
    terms: Iterable[Mapping[str, Any]],
    calendar: Callable[[date], Calendar],
) -> date | None:
    """Return the last day on which a referral with these diagnoses holds; the longest term counts."""
    last = None
    for said in terms:
        wanted = [part for part in str(said.get("icd", "") or "").split(";") if part]
        if wanted and not any(code.startswith(tuple(wanted)) for code in codes):
            continue
        days, working = (int(said.get(n) or 0) for n in ("days", "working_days"))
        ends = on + timedelta(days=days) if days else add_working_days(on, working, calendar(on))
        last = max(last, ends) if last else ends
    return last


@transaction.atomic
def answer(*, actor: Any, referral: Referral, text: str, at: datetime) -> Referral:
    """Send the answer back to whoever sent the person; its words may protect the referral."""
    referral = Referral.objects.select_for_update(of=["self"]).get(pk=referral.pk)
    if referral.to_facility_id is None or referral.to_facility_id not in scope_of(
        actor, "enter_records"
    ):
        raise PermissionDenied(_("The facility that received the person answers."))
    if referral.document.cancelled_at is not None:
        raise ValidationError(_("This referral was cancelled."), code="referral_cancelled")
    if referral.answered_at is not None:
        raise ValidationError(_("This referral was answered already."), code="referral_answered")
    words = text.strip()
    if len(words) < SHORTEST_ANSWER:
        raise ValidationError(
            _("The answer is empty; write what was found and done."), code="answer_empty"
        )
    if referral.arrived_at is None:
        referral.arrived_at, referral.arrived_by = at, actor
        keep_open(referral, at=at)
    own = words_on(timezone.localdate(at)).of_text(words)
    referral.sensitivity = strictest({referral.sensitivity, own})
    referral.answer, referral.answered_at, referral.answered_by = words, at, actor
    referral.save()
    return referral


@transaction.atomic
def take_back(*, actor: Any, referral: Referral, reason: str, at: datetime) -> Referral:
    """Cancel a referral by cancelling its paper; whoever arrived there is not sent back by it."""
    require_place(actor, referral.facility)
    referral = Referral.objects.select_for_update(of=["self"]).get(pk=referral.pk)
    if referral.arrived_at is not None:
        raise ValidationError(
            _("The person arrived there already; the referral stands."), code="referral_arrived"
        )
    cancel(actor=actor, document=referral.document, reason=reason, at=at)
    end_ground([referral.pk], on=timezone.localdate(at))
    referral.refresh_from_db()
    return referral
