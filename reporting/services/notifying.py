"""Fill in a case, send it, take it back, open one by hand; on paper while the system is down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CitizenAddress, Visit
from healthrecords.services.guests import in_front
from portal.codelists.lookup import code_on
from portal.codelists.sensitivity import strictest
from portal.scope import scope_of
from reporting.diseases import Disease, death_due_at, disease_on, due_at
from reporting.guarding import class_of_disease, coded_rules
from reporting.models import CaseNotification, Outage
from reporting.periods import Period
from reporting.services.cases import disease_title

# What form 01 asks that is not in the record already.
TOLD = (
    "subject",
    "workplace",
    "vaccinated",
    "doses",
    "certainty",
    "onset_on",
    "is_sampled",
    "test",
    "finding",
    "treatment",
    "admitted_on",
    "left_on",
    "outcome",
    "exposure",
)
NEEDED = ("vaccinated", "certainty", "onset_on", "treatment")
# Who carries the germ or met an ill person is not ill: nothing began, nothing is treated.
NEEDED_OF_HEALTHY = ("vaccinated",)
Status, Subject = CaseNotification.Status, CaseNotification.Subject
Origin, Outcome = CaseNotification.Origin, CaseNotification.Outcome


@transaction.atomic
def write_case(
    *, actor: Any, case: CaseNotification, told: Mapping[str, Any], at: datetime
) -> CaseNotification:
    """Keep what was told of a case; another disease of the same code may be meant.

    One that was sent and now says something else waits to be sent again.
    """
    case = _held(actor, case)
    if case.status not in {Status.OPEN, Status.CHANGED, Status.SENT}:
        raise _closed(case)
    before = _said_in(case)
    for name in (*TOLD, "linked_to", "outbreak"):
        if name in told:
            setattr(case, name, told[name])
    if "diagnosed_at" in told:
        _tell_diagnosis(case, told["diagnosed_at"], at)
    wanted = told.get("disease", case.disease)
    if wanted != case.disease:
        _rename(case, wanted)
    _check_said(case, at)
    _keep_due(case)
    if told.get("paper_sent_at") and told["paper_sent_at"] != case.paper_sent_at:
        _tell_paper(case, told["paper_sent_at"], at)
    case.full_clean(exclude=["visit", "citizen", "facility", "sent"])
    if case.status != Status.OPEN and _said_in(case) != before:
        case.status, case.closed_because = Status.CHANGED, ""
    case.save()
    return case


def _said_in(case: CaseNotification) -> list[Any]:
    """Return what a person told of a case, to see whether it was changed."""
    return [getattr(case, name) for name in (*TOLD, "disease", "linked_to_id", "outbreak_id")]


def _rename(case: CaseNotification, disease: str) -> None:
    on = timezone.localdate(case.noticed_at)
    meant = disease_on(disease, on)
    if meant is None:
        message = _("“%(value)s” is not in the list of %(day)s; choose from the list.")
        params = {"value": disease, "day": f"{on:%d/%m/%Y}"}
        raise ValidationError({"disease": ValidationError(message, "disease_unknown", params)})
    case.disease, case.clock = meant.code, meant.clock
    case.sensitivity = _class_of(meant, case.visit, case.sensitivity)
    if case.origin == Origin.DIAGNOSIS:
        case.origin = Origin.HAND


def _tell_diagnosis(case: CaseNotification, moment: datetime | None, at: datetime) -> None:
    """Let the clock start when the illness was diagnosed; until the case is sent."""
    if moment == case.diagnosed_at or (moment and _minute(moment) == _minute(case.noticed_at)):
        return
    if case.status != Status.OPEN:
        _refuse(
            "diagnosed_at",
            _("The case was reported; when it was diagnosed stays as it was told."),
            "diagnosis_told",
        )
    began = case.visit.started_at
    if moment is not None and moment > at:
        _refuse(
            "diagnosed_at",
            _("%(moment)s is still to come; check day and hour."),
            "in_future",
            moment,
        )
    if moment is not None and moment < _minute(began) and case.origin == Origin.DIAGNOSIS:
        _refuse(
            "diagnosed_at",
            _("The visit began at %(moment)s only; check day and hour of the diagnosis."),
            "before_visit",
            began,
        )
    case.diagnosed_at, case.noticed_at = moment, moment or began


def _minute(moment: datetime) -> datetime:
    """Return a moment as a form shows it."""
    return moment.replace(second=0, microsecond=0)


def _keep_due(case: CaseNotification) -> None:
    """Reckon the deadline of a case not sent yet; a death that was told shortens it."""
    if case.status != Status.OPEN:
        return
    case.due_at = due_at(case.clock, case.noticed_at)
    if case.death_due_at is not None:
        case.due_at = min(case.due_at, case.death_due_at)
    elif case.outcome == Outcome.DIED and case.left_on is not None:
        # Only the day is known: its hours count from its end.
        case.due_at = min(case.due_at, death_due_at(_end_of(case.left_on)))


def _tell_paper(case: CaseNotification, sent_at: datetime, at: datetime) -> None:
    """Note when a case went on paper: in an outage, or before the facility reported here at all."""
    if case.status != Status.OPEN:
        raise _closed(case)
    if sent_at > at:
        _refuse(
            "paper_sent_at",
            _("%(moment)s is still to come; check day and hour."),
            "in_future",
            sent_at,
        )
    if sent_at < _minute(case.noticed_at):
        _refuse(
            "paper_sent_at",
            _("The illness was diagnosed at %(moment)s only; check both moments."),
            "before_diagnosis",
            case.noticed_at,
        )
    outage = Outage.objects.over(case.facility).at(sent_at).order_by("began_at").first()
    sent_here = CaseNotification.objects.filter(facility=case.facility_id, paper_sent_at=None)
    is_before = not sent_here.filter(sent_at__lte=sent_at).exists()
    if outage is None and not (case.origin == Origin.PAPER and is_before):
        _refuse(
            "paper_sent_at",
            _("The system was not down at %(moment)s; check day and hour."),
            "paper_outside_outage",
            sent_at,
        )
    case.outage, case.paper_sent_at = outage, sent_at


def _refuse(field: str, message: Any, code: str, moment: datetime | None = None) -> NoReturn:
    params = {"moment": f"{timezone.localtime(moment):%H:%M %d/%m/%Y}"} if moment else None
    raise ValidationError({field: ValidationError(message, code=code, params=params)})


def _check_said(case: CaseNotification, at: datetime) -> None:
    """Refuse days that cannot be, and answers that speak against each other."""
    today = timezone.localdate(at)
    for name in ("onset_on", "admitted_on", "left_on"):
        day = getattr(case, name)
        if day is not None and day > today:
            message = _("%(day)s is still to come; check the day.")
            params = {"day": f"{day:%d/%m/%Y}"}
            raise ValidationError({name: ValidationError(message, "day_in_future", params)})
    if case.onset_on is not None and case.onset_on < case.citizen.birth_date:
        message = _("The illness began before the person was born; check the day.")
        raise ValidationError({"onset_on": ValidationError(message, code="onset_before_birth")})
    if case.onset_on and case.left_on and case.left_on < case.onset_on:
        _refuse(
            "left_on", _("The person left before the illness began; check both days."), "left_early"
        )
    if case.is_sampled is False and (case.test or case.finding):
        _refuse(
            "is_sampled",
            _("A test or its result is told, but no sample was taken; check both."),
            "test_without_sample",
        )
    if case.subject == Subject.DIED and case.outcome not in {"", Outcome.DIED}:
        _refuse(
            "outcome",
            _("The subject died, but the outcome says otherwise; check both."),
            "outcome_against_subject",
        )


@transaction.atomic
def send_case(*, actor: Any, case: CaseNotification, at: datetime) -> CaseNotification:
    """Report a case: all that form 01 asks is frozen as it is now.

    A changed one is reported anew; what was sent before stays beside it.
    """
    case = _held(actor, case)
    if case.status not in {Status.OPEN, Status.CHANGED}:
        raise _closed(case)
    missing = {
        name: ValidationError(_("Form 01 asks for this before the case is sent."), code="missing")
        for name in needed_of(case)
        if not getattr(case, name)
    }
    if missing:
        raise ValidationError(missing)
    if case.sent:
        case.sent_before = [*case.sent_before, case.sent]
    case.sent = document_of(case, actor, at)
    first = case.sent_at or at
    case.status, case.sent_at, case.sent_by, case.closed_because = Status.SENT, first, actor, ""
    kept = ["status", "sent", "sent_before", "sent_at", "sent_by", "closed_because"]
    if case.death_due_at is not None and case.death_sent_at is None:
        case.death_sent_at = case.paper_sent_at if not case.sent_before else None
        case.death_sent_at = case.death_sent_at or at
        kept.append("death_sent_at")
    case.save(update_fields=kept)
    return case


def needed_of(case: CaseNotification) -> list[str]:
    """Return what form 01 asks of such a case before it is sent."""
    is_healthy = case.subject in {Subject.CARRIER, Subject.CONTACT}
    needed = [*(NEEDED_OF_HEALTHY if is_healthy else NEEDED)]
    if case.subject == Subject.DIED or case.death_due_at is not None:
        needed.append("outcome")
    if case.outcome == Outcome.DIED:
        needed.append("left_on")
    return needed


@transaction.atomic
def close_case(
    *, actor: Any, case: CaseNotification, reason: str, at: datetime
) -> CaseNotification:
    """Say why a case is not reported, or take one back that was: the reason stays."""
    case = _held(actor, case)
    if case.status not in {Status.OPEN, Status.SENT, Status.CHANGED}:
        raise _closed(case)
    case.closed_because = " ".join(reason.split())[:300]
    case.status = Status.DROPPED if case.status == Status.OPEN else Status.TAKEN_BACK
    case.full_clean(exclude=["visit", "citizen", "facility", "sent"])
    case.save(update_fields=["status", "closed_because"])
    return case


@transaction.atomic
def open_by_hand(
    *,
    actor: Any,
    visit: Visit,
    disease: str,
    at: datetime,
    told: Mapping[str, Any] | None = None,
    origin: str = Origin.HAND,
) -> CaseNotification:
    """Open a case that no code says: a disease without one, a suspicion, a contact, a call, a paper.

    Its clock starts at the diagnosis that is told, else now: this is the moment somebody suspects it.
    """
    require_reporter(actor, visit.facility_id)
    told = told or {}
    moment = told.get("diagnosed_at") or at
    meant = disease_on(disease, timezone.localdate(moment))
    if meant is None:
        raise ValidationError(
            {"disease": ValidationError(_("Choose a disease of the list."), code="disease_unknown")}
        )
    case = CaseNotification(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=_class_of(meant, visit),
        disease=meant.code,
        clock=meant.clock,
        origin=origin,
        noticed_at=at,
        due_at=due_at(meant.clock, at),
        subject=told.get("subject") or Subject.SUSPECTED,
    )
    case.full_clean(exclude=["sent"])
    case.save()
    if told:
        case = write_case(actor=actor, case=case, told={**told, "disease": disease}, at=at)
    return case


def _class_of(disease: Disease, visit: Visit, known: str = "") -> str:
    """Return the strictest class a case is protected by: of its visit, of the disease, or before."""
    rules = coded_rules(timezone.localdate(visit.started_at))
    return strictest([known, visit.sensitivity, class_of_disease(disease, rules)])


@transaction.atomic
def put_on_paper(
    *, actor: Any, case: CaseNotification, sent_at: datetime, at: datetime
) -> CaseNotification:
    """Note that a case went on paper while the system was down; entering it is still a duty."""
    case = _held(actor, case)
    _tell_paper(case, sent_at, at)
    case.save(update_fields=["outage", "paper_sent_at"])
    return case


def document_of(case: CaseNotification, actor: Any, at: datetime) -> dict[str, Any]:
    """Return the 27 fields of form 01, in its order, as they are sent."""
    citizen, on = case.citizen, timezone.localdate(case.noticed_at)
    number = citizen.identifiers.filter(ended_on=None).order_by("kind", "-is_verified").first()
    permanent = in_front(
        CitizenAddress.objects.filter(
            citizen=citizen, kind=CitizenAddress.Kind.PERMANENT, valid_until=None
        )
    ).first()

    def title(key: str, code: str) -> str:
        entry = code_on(key, code, on) if code else None
        return entry.title if entry is not None else code

    return {
        "doi_tuong": case.subject,
        "benh": {"ma": case.disease, "ten": disease_title(case), "icd10": case.code},
        "ky_han": case.clock,
        "ho_ten": citizen.name,
        "so_dd": number.value if number is not None else "",
        "ns": str(citizen.birth),
        "gt": {"male": 1, "female": 2}.get(citizen.sex, 3),
        "dt": title("ethnic_groups", citizen.ethnic_group),
        "qt": citizen.nationality,
        "nn": title("occupations", citizen.occupation),
        "dc_ht": ", ".join(filter(None, (citizen.address, str(citizen.area or "")))),
        "dc_tt": permanent.text if permanent is not None else "",
        "noi_lv": case.workplace,
        "tiem": case.vaccinated,
        "so_lan": case.doses,
        "cd": case.certainty,
        "kp": _said(case.onset_on),
        "mau": case.is_sampled,
        "loai_xn": case.test,
        "kq": case.finding,
        "dtri": case.treatment,
        "vv": _said(case.admitted_on),
        "rv": _said(case.left_on),
        "kqc": case.outcome,
        "dte": case.exposure,
        "dv": f"{case.facility.name}, {getattr(actor, 'full_name', '') or ''}".strip(", "),
        "o_dich": case.outbreak.name if case.outbreak is not None else "",
        "gui_luc": timezone.localtime(at).isoformat(timespec="minutes"),
    }


def _end_of(day: date) -> datetime:
    return Period(day, day, "day").end


def _said(day: Any) -> str:
    return day.isoformat() if day is not None else ""


def _held(actor: Any, case: CaseNotification) -> CaseNotification:
    require_reporter(actor, case.facility_id)
    return (
        CaseNotification.objects.select_for_update(of=("self",))
        .select_related("citizen", "facility", "outbreak", "visit")
        .get(pk=case.pk)
    )


def require_reporter(actor: Any, facility_id: Any) -> None:
    """Refuse who does not enter records at the facility that found the case."""
    if actor is not None and facility_id not in scope_of(actor, "enter_records"):
        raise PermissionDenied(_("A case is reported by the facility that found it."))


def _closed(case: CaseNotification) -> ValidationError:
    return ValidationError(
        _("This case is closed: %(state)s."),
        code="case_closed",
        params={"state": case.get_status_display()},
    )
