"""Fill in a case, send it, take it back, open one by hand; on paper while the system is down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CitizenAddress, Visit
from portal.codelists.lookup import code_on
from portal.scope import scope_of
from reporting.diseases import disease_on, due_at
from reporting.models import CaseNotification, Outage
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
Status = CaseNotification.Status


@transaction.atomic
def write_case(
    *, actor: Any, case: CaseNotification, told: Mapping[str, Any], at: datetime
) -> CaseNotification:
    """Keep what was told of a case; another disease of the same code may be meant."""
    case = _held(actor, case)
    if case.status not in {Status.OPEN, Status.CHANGED, Status.SENT}:
        raise _closed(case)
    for name in (*TOLD, "linked_to", "outbreak"):
        if name in told:
            setattr(case, name, told[name])
    wanted = told.get("disease", case.disease)
    if wanted != case.disease:
        _rename(case, wanted)
    _check_days(case, at)
    case.full_clean(exclude=["visit", "citizen", "facility", "sent"])
    case.save()
    return case


def _rename(case: CaseNotification, disease: str) -> None:
    on = timezone.localdate(case.noticed_at)
    meant = disease_on(disease, on)
    if meant is None:
        message = _("“%(value)s” is not in the list of %(day)s; choose from the list.")
        params = {"value": disease, "day": f"{on:%d/%m/%Y}"}
        raise ValidationError({"disease": ValidationError(message, "disease_unknown", params)})
    case.disease, case.clock = meant.code, meant.clock
    case.due_at = due_at(meant.clock, case.noticed_at)
    case.origin = CaseNotification.Origin.HAND


def _check_days(case: CaseNotification, at: datetime) -> None:
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


@transaction.atomic
def send_case(*, actor: Any, case: CaseNotification, at: datetime) -> CaseNotification:
    """Report a case: all that form 01 asks is frozen as it is now. A changed one is reported anew."""
    case = _held(actor, case)
    if case.status not in {Status.OPEN, Status.CHANGED}:
        raise _closed(case)
    missing = {
        name: ValidationError(_("Form 01 asks for this before the case is sent."), code="missing")
        for name in NEEDED
        if not getattr(case, name)
    }
    if missing:
        raise ValidationError(missing)
    case.sent = document_of(case, actor, at)
    first = case.sent_at or at
    case.status, case.sent_at, case.sent_by, case.closed_because = Status.SENT, first, actor, ""
    case.save(update_fields=["status", "sent", "sent_at", "sent_by", "closed_because"])
    return case


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
def open_by_hand(*, actor: Any, visit: Visit, disease: str, at: datetime) -> CaseNotification:
    """Open a case that no code says: a disease without one, a suspicion, a contact."""
    require_reporter(actor, visit.facility_id)
    meant = disease_on(disease, timezone.localdate(visit.started_at))
    if meant is None:
        raise ValidationError(_("Choose a disease of the list."), code="disease_unknown")
    case = CaseNotification(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=visit.sensitivity,
        disease=meant.code,
        clock=meant.clock,
        origin=CaseNotification.Origin.HAND,
        noticed_at=at,
        due_at=due_at(meant.clock, at),
        subject=CaseNotification.Subject.SUSPECTED,
    )
    case.full_clean(exclude=["sent"])
    case.save()
    return case


@transaction.atomic
def put_on_paper(
    *, actor: Any, case: CaseNotification, outage: Outage, sent_at: datetime, at: datetime
) -> CaseNotification:
    """Note that a case went on paper while the system was down; entering it is still a duty."""
    case = _held(actor, case)
    if case.status != Status.OPEN:
        raise _closed(case)
    over = Outage.objects.over(case.facility).at(sent_at)
    if sent_at > at or not over.filter(pk=outage.pk).exists():
        message = _("The system was not down at %(moment)s; check day and hour.")
        params = {"moment": f"{timezone.localtime(sent_at):%H:%M %d/%m/%Y}"}
        raise ValidationError({"sent_at": ValidationError(message, "paper_outside_outage", params)})
    case.outage, case.paper_sent_at = outage, sent_at
    case.save(update_fields=["outage", "paper_sent_at"])
    return case


def document_of(case: CaseNotification, actor: Any, at: datetime) -> dict[str, Any]:
    """Return the 27 fields of form 01, in its order, as they are sent."""
    citizen, on = case.citizen, timezone.localdate(case.noticed_at)
    number = citizen.identifiers.filter(ended_on=None).order_by("kind", "-is_verified").first()
    permanent = CitizenAddress.objects.filter(
        citizen=citizen, kind=CitizenAddress.Kind.PERMANENT, valid_until=None
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


def _said(day: Any) -> str:
    return day.isoformat() if day is not None else ""


def _held(actor: Any, case: CaseNotification) -> CaseNotification:
    require_reporter(actor, case.facility_id)
    return (
        CaseNotification.objects.select_for_update(of=("self",))
        .select_related("citizen", "facility", "outbreak")
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
