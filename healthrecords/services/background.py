"""Ask a person about their history: write what is listed, that there is nothing, and mend mistakes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Allergy,
    CareAccess,
    Citizen,
    FamilyIllness,
    Immunization,
    Inquiry,
    LongTermMedicine,
    Problem,
)
from healthrecords.models.facts import Fact
from healthrecords.models.inquiry import Topic
from healthrecords.services.access import require_access, sees_sensitive
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.doses import put_back, take_from_stock
from healthrecords.services.facts import FactEntry
from healthrecords.services.standing import standing
from portal.dates import PartialDate
from portal.places.models import Organisation

MODEL_OF: Mapping[str, Any] = {
    Topic.ALLERGY: Allergy,
    Topic.PROBLEM: Problem,
    Topic.MEDICINE: LongTermMedicine,
    Topic.IMMUNIZATION: Immunization,
    Topic.FAMILY: FamilyIllness,
}
ENDING = frozenset({Topic.ALLERGY, Topic.PROBLEM, Topic.MEDICINE})
SHORTEST_REASON = 5


@transaction.atomic
def record_fact(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: FactEntry,
    client_key: UUID,
    at: datetime,
) -> Saved[Any]:
    """Write one row of a person's history, unless the form that sends it was stored before.

    The record that speaks for the person is locked: nobody writes "asked, none" at the same moment.
    """
    citizen = standing(citizen)
    access = _require(actor, citizen, facility, at)
    stored = entry.model._default_manager.filter(client_key=client_key).first()
    if stored is not None:
        if (stored.citizen_id, stored.facility_id) != (citizen.pk, facility.pk):
            raise ValidationError(
                _("This form belongs to another person; open the page again."),
                code="form_of_another",
            )
        return Saved(stored, is_new=False)
    on = timezone.localdate(at)
    if errors := entry.check(citizen, on):
        raise ValidationError({name: [error] for name, error in errors.items()})
    _refuse_twice(citizen, entry, access)
    fact = entry.model(
        **entry.values(),
        citizen=citizen,
        facility=facility,
        recorded_at=at,
        recorded_by=actor,
        client_key=client_key,
        sensitivity=entry.sensitivity(on),
    )
    fact.full_clean(exclude=["citizen", "facility", "recorded_by", "client_key"])
    fact.save(force_insert=True)
    take_from_stock(fact, actor=actor, at=at)
    return Saved(fact, is_new=True)


@transaction.atomic
def answer_none(
    *, actor: Any, citizen: Citizen, facility: Organisation, topic: str, at: datetime
) -> Inquiry:
    """Write that a person was asked and has nothing; refused while something is listed.

    What the actor may not see does not stand in the way: a refusal would tell that it is there, and
    whoever may see it sees it listed.
    """
    citizen = standing(citizen)
    access = _require(actor, citizen, facility, at)
    listed = current_facts(topic, access).first()
    if listed is not None:
        raise ValidationError(
            _(
                "“%(listed)s” is listed; “asked, none” would contradict it."
                " End that row, or mark it as a mistake, first."
            ),
            code="fact_listed",
            params={"listed": str(listed)},
        )
    return inquire(citizen, topic, Inquiry.Answer.NONE, actor=actor, facility=facility, at=at)


@transaction.atomic
def answer_same(
    *, actor: Any, citizen: Citizen, facility: Organisation, topic: str, at: datetime
) -> Inquiry:
    """Write that a person was asked again and the list is complete; refused while it is empty."""
    citizen = standing(citizen)
    access = _require(actor, citizen, facility, at)
    if not current_facts(topic, access).exists():
        raise ValidationError(
            _("Nothing is listed here yet; write a row, or that there is none."),
            code="nothing_listed",
        )
    return inquire(citizen, topic, Inquiry.Answer.LISTED, actor=actor, facility=facility, at=at)


@transaction.atomic
def end_fact(*, actor: Any, fact: Any, ended: PartialDate, at: datetime, reason: str = "") -> Any:
    """Write since when an allergy, a problem or a medicine is over; any place of care may know it.

    A medicine is stopped for a reason.
    """
    fact = _locked(fact)
    place = actor.place_of_work
    if place is None:
        raise PermissionDenied(_("Entering records needs a place of work."))
    _require(actor, fact.citizen, place, at)
    _refuse_mistake(fact)
    if not hasattr(fact, "ended"):
        raise ValidationError(_("This kind of entry does not end."), code="fact_does_not_end")
    if ended.is_after(timezone.localdate(at)):
        raise ValidationError(
            _("%(day)s is still to come; check the day."),
            code="fact_in_future",
            params={"day": str(ended)},
        )
    fact.ended = ended.iso()
    changed = ["ended"]
    if isinstance(fact, LongTermMedicine):
        if not reason:
            raise ValidationError(_("Write why the medicine is stopped."), code="reason_missing")
        fact.stop_reason, fact.stopped_at, fact.stopped_by = reason, at, actor
        changed += ["stop_reason", "stopped_at", "stopped_by"]
    fact.full_clean(exclude=["citizen", "facility", "recorded_by", "client_key"])
    fact.save(update_fields=changed)
    return fact


@transaction.atomic
def void_fact(*, actor: Any, fact: Any, reason: str, at: datetime) -> Any:
    """Mark a row as entered in error, with the reason; only the place that recorded it does so."""
    fact = _locked(fact)
    _require(actor, fact.citizen, fact.facility, at)
    _refuse_mistake(fact)
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ValidationError(
            _("Write why this entry is a mistake; it stays readable with the reason."),
            code="mistake_without_reason",
        )
    fact.status = Fact.Status.ENTERED_IN_ERROR
    fact.voided_at, fact.voided_by, fact.void_reason = at, actor, reason[:300]
    fact.full_clean(exclude=["citizen", "facility", "recorded_by", "client_key"])
    fact.save(update_fields=["status", "voided_at", "voided_by", "void_reason"])
    put_back(fact, actor=actor, at=at)
    return fact


def current_facts(topic: str, access: CareAccess) -> Any:
    """Return what is listed now under a topic, of what this access shows."""
    rows = MODEL_OF[topic].objects.of(access).open_to(sees_sensitive=sees_sensitive(access))
    rows = rows.filter(status=Fact.Status.ACTIVE)
    return rows.filter(ended="") if topic in ENDING else rows


def _require(actor: Any, citizen: Citizen, facility: Organisation, at: datetime) -> CareAccess:
    require_place(actor, facility)
    return require_access(actor, citizen, at)


def _locked(fact: Any) -> Any:
    rows = type(fact).objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("citizen", "facility").get(pk=fact.pk)


def _refuse_mistake(fact: Any) -> None:
    if fact.status == Fact.Status.ENTERED_IN_ERROR:
        raise ValidationError(
            _("This entry was marked as a mistake already."), code="fact_is_mistake"
        )


def _refuse_twice(citizen: Citizen, entry: FactEntry, access: CareAccess) -> None:
    topic = str(entry.topic)
    same = current_facts(topic, access).filter(**entry.sameness()).first()
    if same is not None:
        raise ValidationError(
            _("“%(listed)s” is listed already; end or correct that row instead."),
            code="fact_twice",
            params={"listed": str(same)},
        )


def inquire(
    citizen: Citizen, topic: str, answer: str, *, actor: Any, facility: Organisation, at: datetime
) -> Inquiry:
    """Write an answer that the caller found to be no contradiction, while it holds the record."""
    inquiry = Inquiry(
        citizen=citizen, facility=facility, topic=topic, answer=answer, asked_at=at, asked_by=actor
    )
    inquiry.full_clean(exclude=["citizen", "facility", "asked_by"])
    inquiry.save(force_insert=True)
    return inquiry
