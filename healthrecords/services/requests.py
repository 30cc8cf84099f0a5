"""What is done about a request of a person about their own data, by whom, within which term?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Consent, DataRequest, DataRequestStep
from healthrecords.services.access import find_access
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.consents import (
    close_consent,
    is_after_death,
    purpose_on,
    require_own_form,
)
from healthrecords.services.restrictions import lift_as_asked, require_restricted
from healthrecords.services.standing import standing
from healthrecords.services.terms import LOOK_AHEAD, LegalTerm, term_on
from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from portal.scope import scope_of

Deed, Kind = DataRequestStep.Deed, DataRequest.Kind
# A restriction is taken off within the term in which it is put on, unless the list has one of its own.
TERM_OF = {Kind.LIFT: Kind.RESTRICT}


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """What a person asks, how they were recognised, and how the request came."""

    kind: str
    asked: str
    asker: str
    channel: str
    identity_proof: str
    received_on: date
    purpose: str = ""
    asker_name: str = ""
    asker_relation: str = ""
    through_processor: bool = False


@transaction.atomic
def receive_request(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: RequestEntry,
    client_key: UUID | None,
    at: datetime,
) -> Saved[DataRequest]:
    """Take a request in and start its clocks (Law 91/2025/QH15, Decree 356/2025/NĐ-CP)."""
    require_place(actor, facility)
    citizen = standing(citizen)
    if find_access(user=actor, citizen_id=citizen.pk, at=at) is None:
        raise ValidationError(
            _("The record is not open to you; open it first."), code="record_not_open"
        )
    earlier = DataRequest.objects.filter(client_key=client_key).first() if client_key else None
    if earlier is not None:
        _require_same(earlier, citizen, facility, entry)
        return Saved(earlier, is_new=False)
    if entry.received_on > timezone.localdate(at):
        raise ValidationError(
            {"received_on": ValidationError(_("This day is still to come."), code="in_future")}
        )
    if entry.asker == DataRequest.Asker.SELF and is_after_death(citizen, entry.received_on):
        raise ValidationError(
            {
                "asker": ValidationError(
                    _("This person died on %(day)s; only a representative asks."),
                    code="asked_after_death",
                    params={"day": f"{citizen.died_on:%d/%m/%Y}"},
                )
            }
        )
    if entry.purpose:
        purpose_on(entry.purpose, entry.received_on)
    if entry.kind == Kind.LIFT:
        require_restricted(citizen, timezone.localdate(at))
    reply = _term(entry, "reply")
    whole = _term(entry, entry.kind)
    request = DataRequest(
        citizen=citizen,
        facility=facility,
        kind=entry.kind,
        purpose=entry.purpose,
        asked=entry.asked.strip(),
        asker=entry.asker,
        asker_name=entry.asker_name.strip(),
        asker_relation=entry.asker_relation.strip(),
        channel=entry.channel,
        identity_proof=entry.identity_proof.strip(),
        through_processor=entry.through_processor,
        received_on=entry.received_on,
        received_by=actor,
        received_at=at,
        reply_due_on=reply.due(entry.received_on),
        due_on=whole.due(entry.received_on),
        legal_basis=whole.source,
        client_key=client_key,
    )
    request.full_clean()
    request.save(force_insert=True)
    _step(request, Deed.RECEIVED, actor=actor, on=entry.received_on, at=at)
    return Saved(request, is_new=True)


def _require_same(
    stored: DataRequest, citizen: Citizen, facility: Organisation, entry: RequestEntry
) -> None:
    """Refuse a form that says something else than what its first send stored."""
    require_own_form(stored, citizen=citizen, facility=facility, purpose=entry.purpose)
    said = (stored.kind, stored.asked, stored.received_on)
    if said != (entry.kind, entry.asked.strip(), entry.received_on):
        raise ValidationError(
            _(
                "This form stored the request %(number)s before; the second send changed nothing."
                " For another request open a new form."
            ),
            code="asked_before",
            params={"number": stored.number},
        )


def _term(entry: RequestEntry, kind: str) -> LegalTerm:
    term = _term_of(kind, entry.received_on, by_processor=entry.through_processor)
    if term is None:
        raise ValidationError(
            _("No term is set for this kind of request on %(day)s; load the list of terms."),
            code="term_missing",
            params={"day": f"{entry.received_on:%d/%m/%Y}"},
        )
    return term


def _term_of(kind: str, on: date, *, by_processor: bool = False) -> LegalTerm | None:
    own = term_on(f"request.{kind}", on, by_processor=by_processor)
    if own is None and kind in TERM_OF:
        return term_on(f"request.{TERM_OF[Kind(kind)]}", on, by_processor=by_processor)
    return own


def _step(
    request: DataRequest, deed: str, *, actor: Any, on: date, at: datetime, reason: str = ""
) -> None:
    step = DataRequestStep(request=request, deed=deed, on=on, reason=reason, actor=actor, at=at)
    step.full_clean()
    step.save(force_insert=True)


def _open(actor: Any, request: DataRequest, on: date, at: datetime) -> DataRequest:
    """Lock an open request for somebody who may answer at its facility."""
    if request.facility_id not in scope_of(actor, "review_access"):
        raise PermissionDenied(_("Answering requests needs the right to do so at that place."))
    request = DataRequest.objects.select_for_update().get(pk=request.pk)
    if request.closed_on is not None:
        raise ValidationError(
            _("This request was closed on %(day)s already."),
            code="closed_before",
            params={"day": f"{request.closed_on:%d/%m/%Y}"},
        )
    if not request.received_on <= on <= timezone.localdate(at):
        raise ValidationError(
            _("The day lies before the receipt or in the future; write the day it was done."),
            code="day_impossible",
        )
    return request


@transaction.atomic
def reply_to_request(
    *, actor: Any, request: DataRequest, replied_on: date, at: datetime, note: str = ""
) -> DataRequest:
    """Note that the person was told the request is being worked on."""
    request = _open(actor, request, replied_on, at)
    if request.replied_on is not None:
        raise ValidationError(
            _("The person was replied to on %(day)s already."),
            code="replied_before",
            params={"day": f"{request.replied_on:%d/%m/%Y}"},
        )
    request.replied_on = replied_on
    request.save(update_fields=["replied_on"])
    _step(request, Deed.REPLIED, actor=actor, on=replied_on, at=at, reason=note.strip())
    return request


@transaction.atomic
def extend_request(
    *, actor: Any, request: DataRequest, told_on: date, reason: str, at: datetime
) -> DataRequest:
    """Extend the term once, before it is over, with a notice to the person."""
    request = _open(actor, request, told_on, at)
    if told_on > request.due_on:
        raise ValidationError(
            _("The term ended on %(day)s; it is extended before it ends."),
            code="term_over",
            params={"day": f"{request.due_on:%d/%m/%Y}"},
        )
    term = _term_of(request.kind, request.received_on)
    if term is None or term.extension is None:
        raise ValidationError(
            _("The law gives this kind of request no extension."), code="no_extension"
        )
    _step(request, Deed.EXTENDED, actor=actor, on=told_on, at=at, reason=reason.strip())
    calendar = calendar_between(request.due_on, request.due_on + LOOK_AHEAD)
    request.extended_from, request.due_on = (
        request.due_on,
        term.extension.due(request.due_on, calendar),
    )
    request.save(update_fields=["extended_from", "due_on"])
    return request


@transaction.atomic
def complete_request(
    *, actor: Any, request: DataRequest, on: date, answer: str, at: datetime
) -> DataRequest:
    """Close a request as done; a withdrawal closes the consent it names, a lifting the restriction.

    A deletion is refused while the law keeps the record (TT33/2025/TT-BYT) or a hold is on it, and
    until an approved disposal list holds it: nothing is told deleted that nobody decided to delete.
    """
    request = _open(actor, request, on, at)
    if request.kind == Kind.DELETE:
        _refuse_kept(request, on)
    if request.kind == Kind.WITHDRAW:
        _withdraw(actor, request, at)
    if request.kind == Kind.LIFT:
        lift_as_asked(actor=actor, request=request, on=on, answer=answer, at=at)
    return _close(actor, request, DataRequest.Outcome.DONE, on=on, at=at, answer=answer)


def _refuse_kept(request: DataRequest, on: date) -> None:
    from healthrecords.services.retention import is_up_for_disposal, keeping

    kept = keeping(request.citizen, on)
    if kept is not None:
        raise ValidationError(
            _("This record is kept by law: %(why)s. Refuse the request with this reason."),
            code="kept_by_law",
            params={"why": kept.reason},
        )
    if not is_up_for_disposal(request.citizen):
        raise ValidationError(
            _("Nothing of this record is deleted yet; put it on a disposal list first."),
            code="not_on_a_disposal_list",
        )


def _withdraw(actor: Any, request: DataRequest, at: datetime) -> None:
    """End from the day of receipt what was agreed to by then; a later consent is a new answer."""
    rows = Consent.objects.select_for_update().filter(
        citizen=request.citizen_id,
        purpose=request.purpose,
        given_on__lte=request.received_on,
        withdrawn_on=None,
        answer="given",
    )
    day = request.received_on
    for consent in rows:
        close_consent(actor=actor, consent=consent, on=day, proof=request.number, at=at)


@transaction.atomic
def refuse_request(
    *, actor: Any, request: DataRequest, on: date, reason: str, basis: str, at: datetime
) -> DataRequest:
    """Close a request with a refusal in writing: the reason and the law it rests on."""
    request = _open(actor, request, on, at)
    request.refusal_basis = basis.strip()
    return _close(actor, request, DataRequest.Outcome.REFUSED, on=on, at=at, answer=reason)


@transaction.atomic
def drop_request(
    *, actor: Any, request: DataRequest, on: date, reason: str, at: datetime
) -> DataRequest:
    """Close a request that the person took back."""
    request = _open(actor, request, on, at)
    return _close(actor, request, DataRequest.Outcome.DROPPED, on=on, at=at, answer=reason)


def _close(
    actor: Any, request: DataRequest, outcome: str, *, on: date, at: datetime, answer: str
) -> DataRequest:
    request.outcome, request.closed_on, request.answer = outcome, on, answer.strip()
    request.full_clean()
    request.save(update_fields=["outcome", "closed_on", "answer", "refusal_basis"])
    _step(request, outcome, actor=actor, on=on, at=at, reason=request.answer)
    return request


def days_left(request: DataRequest, on: date) -> int:
    """Return how many calendar days remain until the next thing is due, negative when late."""
    due = request.due_on if request.replied_on else min(request.reply_due_on, request.due_on)
    return (due - on) // timedelta(days=1)
