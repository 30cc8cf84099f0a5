"""May something be done with a person's data that the law leaves to the person?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from healthrecords.models import Citizen, Consent, DataRequest
from healthrecords.services.access import find_access
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.standing import standing
from healthrecords.services.terms import age_on
from portal.ages import months_between
from portal.codelists.lookup import Entry, code_on, codes_on
from portal.codelists.models import CodeListVersion
from portal.dates import months_later
from portal.places.models import Organisation

PURPOSES = "consent_purposes"


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What was answered to one purpose, by whom, how it is proved."""

    purpose: str
    answer: str
    giver: str
    channel: str
    proof: str
    given_on: date
    representative_name: str = ""
    representative_relation: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether the person allows something, and why it is so."""

    code: str
    reason: StrOrPromise
    consent: Consent | None = None

    def __bool__(self) -> bool:
        return self.code == "given"


def purpose_on(code: str, on: date) -> Entry:
    """Return a purpose with the text that is read out on a day; refuse one the list has not."""
    entry = code_on(PURPOSES, code, on)
    if entry is None:
        raise ValidationError(
            _("“%(code)s” is no purpose that is asked about on %(day)s; choose from the list."),
            code="purpose_unknown",
            params={"code": code, "day": f"{on:%d/%m/%Y}"},
        )
    return entry


def givers_of(citizen: Citizen, on: date) -> tuple[tuple[str, ...], str]:
    """Return who may answer for a person of this age, and the law that says so.

    Under 7 the representative alone; from 7 the child and the representative; an adult alone, or
    the representative of an adult who cannot (Law 91/2025/QH15). Who may still be a child, by a birth
    known to the year or the month, is treated as one.
    """
    least, most = _ages(citizen, on)
    alone, until = age_on("child.alone_until", on), age_on("child.until", on)
    giver = Consent.Giver
    if alone and most < alone[0]:
        return (giver.REPRESENTATIVE,), alone[1]
    if alone and least < alone[0]:
        return (giver.REPRESENTATIVE, giver.BOTH), alone[1]
    if until and least < until[0]:
        return (giver.BOTH,), until[1]
    return (giver.SELF, giver.REPRESENTATIVE), ""


def _ages(citizen: Citizen, on: date) -> tuple[int, int]:
    """Return the least and the greatest age in whole years that the date of birth leaves open."""
    last = min(citizen.birth.latest, on)
    return months_between(last, on) // 12, months_between(citizen.birth_date, on) // 12


@transaction.atomic
def record_consent(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: ConsentEntry,
    client_key: UUID | None,
    at: datetime,
) -> Saved[Consent]:
    """Keep one answer with the words it was given to; a second send changes nothing."""
    citizen = standing(citizen)
    _require_record(actor, citizen, facility, at)
    earlier = Consent.objects.filter(client_key=client_key).first() if client_key else None
    if earlier is not None:
        _require_same(earlier, citizen, facility, entry)
        return Saved(earlier, is_new=False)
    _require_day(citizen, entry.given_on, at)
    purpose = purpose_on(entry.purpose, entry.given_on)
    _require_giver(citizen, entry)
    months = purpose.attributes.get("months")
    consent = Consent(
        citizen=citizen,
        facility=facility,
        purpose=purpose.code,
        list_version=CodeListVersion.objects.get(pk=purpose.version_id),
        text=str(purpose.attributes["text"]),
        answer=entry.answer,
        giver=entry.giver,
        representative_name=entry.representative_name.strip(),
        representative_relation=entry.representative_relation.strip(),
        channel=entry.channel,
        proof=entry.proof.strip(),
        given_on=entry.given_on,
        valid_until=months_later(entry.given_on, int(months)) if months else None,
        recorded_by=actor,
        recorded_at=at,
        client_key=client_key,
    )
    consent.full_clean()
    consent.save(force_insert=True)
    return Saved(consent, is_new=True)


def _require_record(actor: Any, citizen: Citizen, facility: Organisation, at: datetime) -> None:
    """Refuse those who may not enter here, and those for whom the record is not open."""
    require_place(actor, facility)
    if find_access(user=actor, citizen_id=citizen.pk, at=at) is None:
        raise ValidationError(
            _("The record is not open to you; open it first."), code="record_not_open"
        )


def require_own_form(
    stored: Consent | DataRequest, *, citizen: Citizen, facility: Organisation, purpose: str
) -> None:
    """Refuse a form whose first send stored the answer of somebody else, or to something else."""
    whose = (stored.citizen_id, stored.facility_id, stored.purpose)
    if whose != (citizen.pk, facility.pk, purpose):
        raise ValidationError(
            _("This form belongs to another question or person; open it again."),
            code="form_of_another",
        )


def _require_same(
    stored: Consent, citizen: Citizen, facility: Organisation, entry: ConsentEntry
) -> None:
    """Refuse a form that says something else than what its first send stored."""
    require_own_form(stored, citizen=citizen, facility=facility, purpose=entry.purpose)
    if (stored.answer, stored.given_on) != (entry.answer, entry.given_on):
        raise ValidationError(
            _(
                "This form stored “%(answer)s” of %(day)s before; the second send changed nothing."
                " For another answer open a new form."
            ),
            code="answered_before",
            params={
                "answer": Consent.Answer(stored.answer).label,
                "day": f"{stored.given_on:%d/%m/%Y}",
            },
        )


def is_after_death(citizen: Citizen, on: date) -> bool:
    """Say whether the person was dead on a day."""
    return citizen.died_on is not None and on > citizen.died_on


def _require_day(citizen: Citizen, on: date, at: datetime) -> None:
    if on > timezone.localdate(at):
        raise ValidationError(
            {"given_on": ValidationError(_("This day is still to come."), code="in_future")}
        )
    if on < citizen.birth_date:
        raise ValidationError(
            {"given_on": ValidationError(_("This day is before the birth."), code="before_birth")}
        )


def _require_giver(citizen: Citizen, entry: ConsentEntry) -> None:
    if is_after_death(citizen, entry.given_on) and entry.giver != Consent.Giver.REPRESENTATIVE:
        raise ValidationError(
            {
                "giver": ValidationError(
                    _("This person died on %(day)s; only a representative answers."),
                    code="consent_after_death",
                    params={"day": f"{citizen.died_on:%d/%m/%Y}"},
                )
            }
        )
    allowed, source = givers_of(citizen, entry.given_on)
    if entry.giver in allowed:
        return
    labels = ", ".join(str(Consent.Giver(giver).label) for giver in allowed)
    message = _("For a person of this age the answer is given by %(givers)s (%(source)s).")
    params = {"givers": labels, "source": source}
    raise ValidationError({"giver": ValidationError(message, code="wrong_giver", params=params)})


@transaction.atomic
def withdraw_consent(
    *, actor: Any, consent: Consent, withdrawn_on: date, proof: str, at: datetime
) -> Consent:
    """Close a consent from a day on; what was done before stays lawful."""
    require_place(actor, actor.place_of_work)
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if find_access(user=actor, citizen_id=consent.citizen_id, at=at) is None:
        raise ValidationError(
            _("The record is not open to you; open it first."), code="record_not_open"
        )
    if consent.withdrawn_on is not None:
        raise ValidationError(
            _("This consent was withdrawn on %(day)s already."),
            code="withdrawn_before",
            params={"day": f"{consent.withdrawn_on:%d/%m/%Y}"},
        )
    if consent.answer != Consent.Answer.GIVEN:
        raise ValidationError(
            _("The person did not agree; there is nothing to withdraw."), code="nothing_given"
        )
    return close_consent(actor=actor, consent=consent, on=withdrawn_on, proof=proof, at=at)


def close_consent(*, actor: Any, consent: Consent, on: date, proof: str, at: datetime) -> Consent:
    """Write a withdrawal into a consent that is locked."""
    if on > timezone.localdate(at):
        raise ValidationError(
            {"withdrawn_on": ValidationError(_("This day is still to come."), code="in_future")}
        )
    consent.withdrawn_on, consent.withdrawal_proof = on, proof.strip()
    consent.withdrawal_recorded_by, consent.withdrawal_recorded_at = actor, at
    consent.full_clean()
    consent.save(
        update_fields=[
            "withdrawn_on",
            "withdrawal_proof",
            "withdrawal_recorded_by",
            "withdrawal_recorded_at",
        ]
    )
    return consent


def latest_answers(citizen_id: UUID) -> dict[str, Consent]:
    """Return the last answer to each purpose, withdrawn or not."""
    rows = Consent.objects.filter(citizen=citizen_id).order_by(
        "purpose", "-given_on", "-recorded_at", "-id"
    )
    return {row.purpose: row for row in rows.distinct("purpose")}


def is_allowed(*, citizen: Citizen, purpose: str, on: date) -> Allowed:
    """Say whether the person allows a purpose on a day, with the reason.

    Asked before anything that rests on consent: sharing with others, research, pictures, messages.
    A consent ends on the day its withdrawal is received, not when somebody gets to the request.
    Care and what the law orders to report are never asked here.
    """
    title = purpose_on(purpose, on).title
    said = {"purpose": title}
    if restriction := restricting(citizen, on):
        day = f"{restriction.closed_on:%d/%m/%Y}"
        message = _(
            "The person had the processing restricted on %(day)s: %(purpose)s may not happen."
        )
        return Allowed("restricted", message % {**said, "day": day})
    asked = (
        DataRequest.objects.filter(citizen=OuterRef("citizen"), purpose=OuterRef("purpose"))
        .withdrawing(on)
        .filter(received_on__gte=OuterRef("given_on"))
        .order_by("received_on")
    )
    rows = Consent.objects.filter(citizen=citizen, purpose=purpose, given_on__lte=on).annotate(
        asked_back_on=Subquery(asked.values("received_on")[:1])
    )
    consent: Any = rows.order_by("-given_on", "-recorded_at", "-id").first()
    if consent is None:
        return Allowed("never_asked", _("%(purpose)s: not asked yet.") % said)
    return _judged(consent, said, on, asked_back_on=consent.asked_back_on)


def _judged(
    consent: Consent, said: dict[str, str], on: date, *, asked_back_on: date | None
) -> Allowed:
    if consent.answer == Consent.Answer.REFUSED:
        message = _("%(purpose)s: the person did not agree on %(day)s.")
        params = {**said, "day": f"{consent.given_on:%d/%m/%Y}"}
        return Allowed("refused", message % params, consent)
    if consent.withdrawn_on is not None and consent.withdrawn_on <= on:
        message = _("%(purpose)s: withdrawn on %(day)s.")
        params = {**said, "day": f"{consent.withdrawn_on:%d/%m/%Y}"}
        return Allowed("withdrawn", message % params, consent)
    if asked_back_on is not None:
        message = _("%(purpose)s: the person asked on %(day)s to withdraw the consent.")
        params = {**said, "day": f"{asked_back_on:%d/%m/%Y}"}
        return Allowed("asked_back", message % params, consent)
    if consent.valid_until is not None and consent.valid_until < on:
        message = _("%(purpose)s: the consent ran out on %(day)s; ask again.")
        params = {**said, "day": f"{consent.valid_until:%d/%m/%Y}"}
        return Allowed("expired", message % params, consent)
    message = _("%(purpose)s: agreed on %(day)s.")
    params = {**said, "day": f"{consent.given_on:%d/%m/%Y}"}
    return Allowed("given", message % params, consent)


def restricting(citizen: Citizen, on: date) -> DataRequest | None:
    """Return the request by which a person has the processing restricted on a day, if any."""
    return (
        DataRequest.objects.filter(citizen=citizen).restricting(on).order_by("-closed_on").first()
    )


def purposes_on(on: date) -> Iterable[Entry]:
    """Return the purposes a person may be asked about, in the list's order."""
    return codes_on(PURPOSES, on)
