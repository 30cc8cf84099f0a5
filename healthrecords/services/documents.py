"""Issue a paper of a visit under the next number, and cancel it with a reason."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.documents import PaperField, fields_of
from healthrecords.models import (
    Citizen,
    DiagnosticReport,
    Document,
    NumberSeries,
    Result,
    Visit,
)
from healthrecords.models.documents import DocumentKind
from healthrecords.services.access import require_access, sees_sensitive
from healthrecords.services.appointments import keep_appointment
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.later import settle_later
from healthrecords.services.paper_sense import senseless
from healthrecords.services.visits import Errors, refuse
from portal.codelists.lookup import code_on, lists_held
from portal.codelists.sensitivity import strictest
from portal.places.models import Organisation

SHORTEST_REASON = 5
# So much fits into the field of results (Decision 4750/QĐ-BYT, TOMTAT_KQ).
MOST_TOLD = 4000
Content = Mapping[str, Any]


@lists_held()
@transaction.atomic
def issue(
    *,
    actor: Any,
    visit: Visit,
    kind: str,
    content: Content,
    client_key: UUID,
    at: datetime,
    replaces: Document | None = None,
    besides: Sequence[str] = (),
) -> Saved[Document]:
    """Issue a paper of a visit; a form that was stored before changes nothing.

    The number is the next one of the facility, the kind and the year. It is given in the same
    transaction: what is not stored takes none. Locks the visit: two who press the button at once
    issue one paper. A paper that betrays more than its visit is as protected as it betrays;
    ``besides`` is what its print says beyond its fields.
    """
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    require_place(actor, visit.facility)
    stored = Document.objects.filter(client_key=client_key).first()
    if stored is not None:
        if (stored.visit_id, stored.kind) != (visit.pk, kind):
            raise ValidationError(
                _("This form belongs to another paper; open it again."), code="form_of_another"
            )
        return Saved(stored, is_new=False)
    seen = sees_sensitive(require_access(actor, visit.citizen, at))
    on = timezone.localdate(at)
    refuse(check_document(kind, content, visit=visit, on=on, sees_sensitive=seen))
    if replaces is not None:
        _require_replaceable(replaces, visit, kind)
    document = Document(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=_class_of(visit, kind, content, besides, on),
        kind=kind,
        year=on.year,
        number=next_number(visit.facility, kind, on.year),
        content=_kept(kind, content),
        client_key=client_key,
        issued_at=at,
        issued_by=actor,
        replaces=replaces,
    )
    document.full_clean(exclude=["citizen", "facility", "visit", "issued_by", "client_key"])
    document.save(force_insert=True)
    if kind == DocumentKind.REVISIT:
        keep_appointment(visit, at=at)
    return Saved(document, is_new=True)


def _class_of(visit: Visit, kind: str, content: Content, besides: Sequence[str], on: date) -> str:
    words = words_on(on)
    own = words.of_content(kind, content)
    return strictest({visit.sensitivity, own, words.of_text(*besides)})


def next_number(facility: Organisation, kind: str, year: int) -> int:
    """Take the next number; the row stays locked until the paper is stored or given up."""
    row, _is_new = NumberSeries.objects.get_or_create(facility=facility, kind=kind, year=year)
    NumberSeries.objects.filter(pk=row.pk).update(last=F("last") + 1)
    return NumberSeries.objects.values_list("last", flat=True).get(pk=row.pk)


def _kept(kind: str, content: Content) -> dict[str, Any]:
    """Return what is kept: the paper's own fields, empty ones left out, days as ISO texts."""
    kept = {}
    for field in fields_of(kind):
        value = content.get(field.name)
        if value is None or value is False or value == "":  # and 0 is an answer
            continue
        kept[field.name] = value.isoformat() if isinstance(value, date) else value
    return kept


@transaction.atomic
def cancel(*, actor: Any, document: Document, reason: str, at: datetime) -> Document:
    """Cancel a paper; its number is never given again."""
    require_place(actor, document.facility)
    document = Document.objects.select_for_update(of=["self"]).get(pk=document.pk)
    if document.is_received:
        raise ValidationError(
            _("This paper came by file; who issued it takes it back and sends the file again."),
            code="paper_from_file",
        )
    if document.cancelled_at is not None:
        return document
    words = " ".join(reason.split())
    if len(words) < SHORTEST_REASON:
        raise ValidationError(
            _("Write why the paper is cancelled; it stays readable with the reason."),
            code="cancelled_without_reason",
        )
    document.cancelled_at, document.cancelled_by = at, actor
    document.cancel_reason = words[:300]
    document.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    settle_later([document.visit_id])
    if document.kind == DocumentKind.REVISIT:
        keep_appointment(document.visit, at=at)
    return document


def _require_replaceable(replaces: Document, visit: Visit, kind: str) -> None:
    fits = (replaces.visit_id, replaces.kind) == (visit.pk, kind)
    if not fits or replaces.cancelled_at is None:
        raise ValidationError(
            _("Only a cancelled paper of the same visit and kind is replaced; cancel it first."),
            code="not_replaceable",
        )


def check_document(
    kind: str, content: Content, *, visit: Visit, on: date, sees_sensitive: bool
) -> Errors:
    """Return what is wrong with a paper, by field."""
    errors: Errors = {}
    if kind not in DocumentKind.values:
        raise ValidationError(_("There is no such paper."), code="kind_unknown")
    for field in fields_of(kind):
        value = content.get(field.name)
        if field.is_required and value in (None, ""):
            _say(errors, field.name, _("Missing on the paper: %(label)s."), label=field.label)
        elif value not in (None, ""):
            _check_value(errors, field, value, on)
    _check_rest(errors, content)
    _check_pregnancy(errors, kind, content, visit, on)
    _check_visit(errors, kind, visit)
    found = senseless(kind, content, visit=visit, on=on, sees_sensitive=sees_sensitive)
    for name, message, code, params in found:
        _say(errors, name, message, code, **params)
    return errors


def _say(
    errors: Errors, field: str, message: Any, code: str = "field_missing", **said: Any
) -> None:
    errors.setdefault(field, []).append(ValidationError(message, code=code, params=said))


def _check_value(errors: Errors, field: PaperField, value: Any, on: date) -> None:
    if field.code_list and code_on(field.code_list, str(value), on) is None:
        message = _("“%(value)s” is not in the list; choose from the list.")
        _say(errors, field.name, message, "code_unknown", value=value)
    elif field.length and len(str(value)) > field.length:
        message = _("%(label)s is longer than the %(most)d characters that fit; shorten it.")
        _say(errors, field.name, message, "too_long", label=field.label, most=field.length)


def _check_rest(errors: Errors, content: Content) -> None:
    """Days off, first and last day go together: all or none (QĐ 4750, tables 7, 10 and 11)."""
    days, first, last = (content.get(n) for n in ("rest_days", "rest_from", "rest_until"))
    given = [value is not None for value in (days, first, last)]
    if any(given) and not all(given):
        _say(
            errors,
            "rest_days",
            _("Days off, first and last day are written together, or none of them."),
            "rest_incomplete",
        )
    elif days is not None and first is not None and last is not None:
        counted = (last - first).days + 1
        if counted != days or days < 1:
            _say(
                errors,
                "rest_days",
                _("From the first to the last day there are %(counted)d days, not %(days)d."),
                "rest_miscounted",
                counted=counted,
                days=days,
            )


PREGNANCY = {
    "pregnancy_ended_why": _("A pregnancy was ended: write why."),
    "pregnancy_ended_at": _("A pregnancy was ended: write on which day."),
    "pregnancy_weeks": _("A pregnancy was ended: write in which week."),
}
MOST_WEEKS = 45  # no pregnancy lasts longer


def _check_pregnancy(errors: Errors, kind: str, content: Content, visit: Visit, on: date) -> None:
    """What a paper asks of a pregnancy that was ended (QĐ 4750, tables 7 and 11): all or nothing."""
    asked = [name for name in PREGNANCY if name in {field.name for field in fields_of(kind)}]
    if not content.get("pregnancy_ended"):
        for name in asked:
            if content.get(name):
                message = _("Tick that a pregnancy was ended, or leave this empty.")
                _say(errors, name, message, "pregnancy_not_ended")
        return
    if visit.citizen.sex == Citizen.Sex.MALE:
        message = _("This person is a man; no pregnancy was ended. Untick it, or mend the sex.")
        _say(errors, "pregnancy_ended", message, "pregnancy_of_a_man")
    for name in asked:
        if not content.get(name):
            _say(errors, name, PREGNANCY[name], "pregnancy_incomplete")
    _check_end_of_pregnancy(errors, content, on)


def _check_end_of_pregnancy(errors: Errors, content: Content, on: date) -> None:
    weeks, ended = content.get("pregnancy_weeks"), content.get("pregnancy_ended_at")
    if weeks and not 1 <= int(weeks) <= MOST_WEEKS:
        message = _("%(weeks)s weeks are no pregnancy: write 1 to %(most)d.")
        _say(errors, "pregnancy_weeks", message, "weeks_impossible", weeks=weeks, most=MOST_WEEKS)
    if ended and ended > on:
        message = _("%(day)s is still to come; write the day the pregnancy ended.")
        _say(errors, "pregnancy_ended_at", message, "ended_in_future", day=f"{ended:%d/%m/%Y}")


def _check_visit(errors: Errors, kind: str, visit: Visit) -> None:
    if visit.status in {Visit.Status.WITHDRAWN, Visit.Status.CANCELLED}:
        raise ValidationError(
            _("This visit was withdrawn or never held; it gives out no paper."),
            code="visit_without_paper",
        )
    if kind == DocumentKind.BIRTH and visit.citizen.sex == Citizen.Sex.MALE:
        message = _("A birth paper is issued in the visit of the mother.")
        _say(errors, "mother", message, "birth_of_a_man")
    if kind == DocumentKind.PREGNANCY and visit.citizen.sex == Citizen.Sex.MALE:
        message = _("This person is a man and is not pregnant; choose another paper.")
        _say(errors, "diagnosis", message, "pregnancy_of_a_man")


def first_content(visit: Visit, kind: str, *, actor: Any) -> dict[str, Any]:
    """Return what the record already knows of a paper's fields."""
    known = _known(visit, actor)
    found: dict[str, Any] = {}
    for field in fields_of(kind):
        if field.source.startswith("="):
            found[field.name] = field.source[1:]
        elif value := known.get(field.source):
            found[field.name] = value
    return found


def _known(visit: Visit, actor: Any) -> dict[str, Any]:
    citizen = visit.citizen
    numbers = dict(
        citizen.identifiers.filter(ended_on=None).order_by("-id").values_list("kind", "value")
    )
    on = timezone.localdate(visit.ended_at or visit.started_at)
    department = code_on("departments", visit.department, on) if visit.department else None
    diagnoses = visit.diagnosis_rows.order_by("rank", "position")
    medicines = visit.medication_rows.order_by("position")
    area = citizen.area
    return {
        "visit.diagnosis": "; ".join(f"{d.code} {d.title}" for d in diagnoses),
        "visit.medicines": "; ".join(f"{m.name} ({m.instruction})" for m in medicines),
        "visit.treatment": visit.treatment or "; ".join(m.name for m in medicines),
        "visit.department_title": department.title if department else "",
        "visit.results": results_told(visit),
        "visit.advice": visit.advice,
        "visit.symptoms": visit.symptoms or visit.reason,
        "visit.reason": visit.reason,
        "visit.outcome": visit.outcome,
        "visit.next_visit_on": visit.next_visit_on,
        "visit.day": timezone.localdate(visit.started_at),
        "facility.name": visit.facility.name,
        "citizen.name": citizen.name,
        # A day stands on a paper only where it is known; the year alone would read 01/01.
        "citizen.birth_date": (
            citizen.birth_date if citizen.birth_precision == Citizen.Precision.DAY else None
        ),
        "citizen.address": ", ".join(p for p in (citizen.address, area.name if area else "") if p),
        "citizen.personal": numbers.get("personal", ""),
        "citizen.insurance_number": numbers.get("insurance_number", ""),
        "actor.name": actor.full_name,
    }


def results_told(visit: Visit) -> str:
    """Tell the results of a visit for a paper: a line each, values outside their limits marked.

    What waits for a person, AI readings above all, is left out; so is what is more protected than the
    visit, for the paper is as open as its visit.
    """
    status, review = DiagnosticReport.Status, DiagnosticReport.Review
    rows = (
        DiagnosticReport.objects.filter(visit=visit, status__in=[status.FINAL, status.AMENDED])
        .filter(
            Q(is_ai=False) | Q(review=review.CONFIRMED), sensitivity__in={"", visit.sensitivity}
        )
        .standing()
        .select_related("reviewed_by")
        .prefetch_related("results")
    )
    lines = "\n".join(map(_report_told, rows.order_by("performed_at", "id")))
    return lines if len(lines) <= MOST_TOLD else lines[:MOST_TOLD].rpartition("\n")[0]


def _report_told(report: DiagnosticReport) -> str:
    values = [_result_told(row) for row in report.results.all()]
    said = [*values, " ".join((report.conclusion or report.description).split())]
    if report.is_ai:
        said.append(str(_("AI reading, confirmed by %(name)s") % {"name": report.reviewed_by}))
    return f"{report.title}: {'; '.join(part for part in said if part)}."


def _result_told(row: Result) -> str:
    plain = " ".join(part for part in (row.name, row.value, row.unit) if part)
    is_outside = row.flag not in {Result.Flag.NONE, Result.Flag.NORMAL}
    return f"{plain} ({Result.Flag(row.flag).label})" if is_outside else plain
