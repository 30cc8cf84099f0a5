"""How long does the law keep a record, what holds it longer, and who may put it up for disposal?

Nothing here deletes anything: a list is proposed by one person, decided on by another, and what
those who carry it out did stands in the minutes (TT33/2025/TT-BYT).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.models import (
    Citizen,
    Diagnosis,
    DisposalItem,
    DisposalList,
    LegalHold,
    Procedure,
    Visit,
)
from healthrecords.querysets import NOT_HELD
from portal.codelists.icd import icd_code, in_range
from portal.codelists.lookup import Entry, codes_on
from portal.dates import months_later
from portal.names import name_norm
from portal.places.models import Organisation
from portal.scope import scope_of

CLASSES, OUTCOMES = "retention_classes", "treatment_outcomes"
RECORD = "personal_record"
PROPOSED_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a record is kept, until when (None: nobody can say yet), and by which rule."""

    code: str
    reason: StrOrPromise
    until: date | None
    retention_class: str = ""
    legal_basis: str = ""


def keeping(citizen: Citizen, on: date) -> Kept | None:
    """Return what keeps a record on a day, None when its terms are over and nothing holds it."""
    hold = LegalHold.objects.holding().filter(citizen=citizen).order_by("placed_on").first()
    if hold is not None:
        reason = _("held since %(day)s: %(basis)s") % {
            "day": f"{hold.placed_on:%d/%m/%Y}",
            "basis": hold.basis,
        }
        return Kept("held", reason, None)
    longest = kept_until(citizen, on)
    if longest.until is None or longest.until >= on:
        return longest
    return None


def is_up_for_disposal(citizen: Citizen) -> bool:
    """Say whether an approved disposal list holds the record."""
    return bool(_approved().filter(citizen=citizen).exists())


def _approved() -> Any:
    return DisposalItem.objects.filter(kept_because="", disposal_list__is_approved=True)


def kept_until(citizen: Citizen, on: date) -> Kept:
    """Return the longest term of a record; where several classes fit, the longest holds.

    The personal record is kept until so many years after death: while the person lives, or no date
    of death is known, its term has no end.
    """
    classes = codes_on(CLASSES, on)
    record = next((entry for entry in classes if entry.code == RECORD), None)
    if record is None:
        return Kept("no_rule", _("no list of retention classes is loaded"), None)
    if citizen.died_on is None:
        reason = _("%(title)s is kept until %(years)s years after death (%(source)s)") % _said(
            record
        )
        return Kept("alive", reason, None, record.code, _source(record))
    found = [_ended(record, citizen.died_on)]
    deadly = {e.code for e in codes_on(OUTCOMES, on) if e.attributes.get("death") == "1"}
    for visit in _visits(citizen):
        end = timezone.localdate(visit.ended_at or visit.started_at)
        found += [_ended(entry, end) for entry in _classes_of(visit, classes, deadly)]
    return max(found, key=lambda kept: kept.until or date.max)


def _visits(citizen: Citizen) -> Iterable[Any]:
    """Return the visits that took place: one that was withdrawn or never begun keeps nothing alive."""
    from django.contrib.postgres.expressions import ArraySubquery

    codes = Diagnosis.objects.filter(visit=OuterRef("pk")).values("code")
    done = Procedure.objects.filter(
        visit=OuterRef("pk"), status=Procedure.Status.ACTIVE, withdrawn_at=None
    )
    held = Visit.objects.filter(citizen=citizen).exclude(status__in=NOT_HELD)
    rows = held.annotate(codes=ArraySubquery(codes), procedures=ArraySubquery(done.values("title")))
    return rows.only("started_at", "ended_at", "outcome", "sensitivity", "injury_kind").order_by()


def _classes_of(visit: Any, classes: Iterable[Entry], deadly: set[str]) -> Iterator[Entry]:
    codes = [icd_code(code).replace(".", "") for code in visit.codes]
    for entry in classes:
        if entry.attributes["counted_from"] != "visit_end":
            continue
        if _fits(entry, visit, codes, deadly):
            yield entry


def _fits(entry: Entry, visit: Any, codes: Iterable[str], deadly: set[str]) -> bool:
    said = entry.attributes
    first, last = said.get("icd_from", ""), said.get("icd_to", "")
    injuries = [kind.strip() for kind in str(said.get("injury_kinds", "")).split(";") if kind]
    words = [name_norm(text) for text in str(said.get("procedure_words", "")).split(";") if text]
    asked = [said.get("outcome"), said.get("sensitivity"), first, injuries, words]
    if not any(asked):
        return True
    by_outcome = bool(said.get("outcome")) and visit.outcome in deadly
    by_class = bool(said.get("sensitivity")) and visit.sensitivity == said["sensitivity"]
    by_code = any(in_range(code, first, last) for code in codes)
    titles = [f" {name_norm(title)} " for title in visit.procedures]
    by_words = any(f" {word} " in title for word in words for title in titles)
    # An accident at work or in traffic is told by MA_TAI_NAN where no code of its cause is.
    return by_outcome or by_class or by_code or by_words or visit.injury_kind in injuries


def _ended(entry: Entry, start: date) -> Kept:
    if not entry.attributes.get("years"):
        reason = _("%(title)s is kept for ever (%(source)s)") % _said(entry)
        return Kept("for_ever", reason, None, entry.code, _source(entry))
    until = months_later(start, 12 * int(entry.attributes["years"]))
    reason = _("%(title)s is kept for %(years)s years, until %(day)s (%(source)s)") % {
        **_said(entry),
        "day": f"{until:%d/%m/%Y}",
    }
    return Kept("term", reason, until, entry.code, _source(entry))


def _said(entry: Entry) -> dict[str, str]:
    return {
        "title": entry.title,
        "years": str(entry.attributes.get("years", "")),
        "source": _source(entry),
    }


def _source(entry: Entry) -> str:
    return str(entry.attributes.get("source", ""))


def _require(actor: Any, facility: Organisation) -> None:
    if facility.pk not in scope_of(actor, "review_access"):
        raise PermissionDenied(
            _("Keeping and disposing of records needs the right to review here.")
        )


def _require_come(field: str, day: date) -> None:
    """Refuse a day still to come: what is written takes effect at once."""
    if day > timezone.localdate():
        error = ValidationError(
            _("%(day)s is still to come; write it on that day, or correct the day."),
            code="day_to_come",
            params={"day": f"{day:%d/%m/%Y}"},
        )
        raise ValidationError({field: error})


@transaction.atomic
def place_hold(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    reason: str,
    basis: str,
    placed_on: date,
    at: datetime,
) -> LegalHold:
    """Keep a record whatever its term says, until the hold is lifted."""
    _require(actor, facility)
    _require_come("placed_on", placed_on)
    hold = LegalHold(
        citizen=citizen,
        facility=facility,
        reason=reason.strip(),
        basis=basis.strip(),
        placed_on=placed_on,
        placed_by=actor,
        placed_at=at,
    )
    hold.full_clean()
    hold.save(force_insert=True)
    return hold


@transaction.atomic
def lift_hold(*, actor: Any, hold: LegalHold, lifted_on: date, reason: str) -> LegalHold:
    """End a hold, with its reason."""
    _require(actor, hold.facility)
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.lifted_on is not None:
        raise ValidationError(
            _("This hold was lifted on %(day)s already."),
            code="lifted_before",
            params={"day": f"{hold.lifted_on:%d/%m/%Y}"},
        )
    _require_come("lifted_on", lifted_on)
    hold.lifted_on, hold.lifted_by, hold.lift_reason = lifted_on, actor, reason.strip()
    hold.full_clean()
    hold.save(update_fields=["lifted_on", "lifted_by", "lift_reason"])
    return hold


@transaction.atomic
def propose_disposal(*, actor: Any, facility: Organisation, on: date, reason: str) -> DisposalList:
    """Put up every record of a facility whose terms are over, the longest over first."""
    _require(actor, facility)
    items = list(_disposable(facility, on))
    if not items:
        raise ValidationError(
            _("No record of %(place)s has a term that is over on %(day)s."),
            code="nothing_over",
            params={"place": facility.name, "day": f"{on:%d/%m/%Y}"},
        )
    proposal = DisposalList(
        facility=facility, cut_on=on, reason=reason.strip(), proposed_on=on, proposed_by=actor
    )
    proposal.full_clean()
    proposal.save(force_insert=True)
    for citizen, kept in items:
        DisposalItem.objects.create(
            disposal_list=proposal,
            citizen=citizen,
            retention_class=kept.retention_class,
            legal_basis=kept.legal_basis,
            died_on=citizen.died_on,
            kept_until=kept.until,
        )
    return proposal


def _disposable(facility: Organisation, on: date) -> Iterator[tuple[Any, Any]]:
    entry = next((e for e in codes_on(CLASSES, on) if e.code == RECORD), None)
    if entry is None:
        return
    longest_dead = months_later(on, -12 * int(entry.attributes["years"]))
    held = LegalHold.objects.holding().filter(citizen=OuterRef("pk"))
    listed = _approved().filter(citizen=OuterRef("pk"))
    rows = Citizen.objects.current().filter(
        Q(home_station=facility) | Q(home_station=None, registered_at=facility),
        died_on__lt=longest_dead,
    )
    rows = rows.exclude(Exists(held)).exclude(Exists(listed)).order_by("died_on", "id")
    for citizen in rows[:PROPOSED_AT_MOST]:
        kept = kept_until(citizen, on)
        if kept.until is not None and kept.until < on:
            yield citizen, kept


@transaction.atomic
def decide_disposal(
    *,
    actor: Any,
    proposal: DisposalList,
    approve: bool,
    decided_on: date,
    decision_number: str,
    minutes: str,
) -> DisposalList:
    """Keep the council's decision; what is held or kept again by now is taken off the list.

    Approving deletes nothing.
    """
    _require(actor, proposal.facility)
    proposal = DisposalList.objects.select_for_update().get(pk=proposal.pk)
    if proposal.decided_on is not None:
        raise ValidationError(
            _("This list was decided on %(day)s already."),
            code="decided_before",
            params={"day": f"{proposal.decided_on:%d/%m/%Y}"},
        )
    _require_come("decided_on", decided_on)
    proposal.decided_on, proposal.decided_by = decided_on, actor
    proposal.is_approved, proposal.decision_number = approve, decision_number.strip()
    proposal.minutes = minutes.strip()
    proposal.full_clean()
    proposal.save(
        update_fields=["decided_on", "decided_by", "is_approved", "decision_number", "minutes"]
    )
    for item in proposal.items.select_related("citizen"):
        kept = keeping(item.citizen, decided_on)
        if kept is not None:
            item.kept_because = str(kept.reason)
            item.save(update_fields=["kept_because"])
    return proposal
