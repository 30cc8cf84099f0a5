"""One visit's pages: the form, the visit as it stands, its correction, its slip."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from healthrecords.admin import offered
from healthrecords.admin.first_form import first_form, last_visit, visits_shown
from healthrecords.admin.opening import Opened, as_key, open_record
from healthrecords.admin.sealing import sealing_of
from healthrecords.admin.visit_facts import facts_of
from healthrecords.banner import banner_of
from healthrecords.forms.conflicts import mark_conflicts
from healthrecords.forms.stored import initial_of, key_of, retyped, rows_of, unsaid_of
from healthrecords.forms.visit import VisitForm
from healthrecords.models import Citizen, Document, Procedure, SignedPaper, Visit, VisitNote
from healthrecords.models.documents import DocumentKind
from healthrecords.papers.making import kinds_of
from healthrecords.queue import open_here
from healthrecords.reports import reports_of_visit
from healthrecords.services import correct_visit, place_to_act, record_visit
from healthrecords.services.amending import amendment_shown
from healthrecords.services.appointments import stray_slips
from healthrecords.services.kinds import list_day_of
from healthrecords.services.seals import seal_of
from healthrecords.services.versions import SavedByAnotherError, version_of
from healthrecords.services.visits import require_correctable
from healthrecords.services.withdrawing import may_withdraw
from healthrecords.timeline.papers import TAKEN_BACK
from portal.codelists.lookup import lists_held
from portal.database.uuid7 import uuid7
from portal.site.pages import page


def require_station(request: HttpRequest) -> Any:
    """Return the place where this person enters visits, or refuse."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering visits needs the role of a clerk or clinician here."))
    return place


@lists_held()
def new_page(request: HttpRequest, citizen_id: UUID) -> HttpResponse:
    """Draw or store the form of a new visit."""
    place = require_station(request)
    opened = open_record(request, citizen_id)
    if not isinstance(opened, Opened):
        return opened
    if request.method == "POST":
        return _post_new(request, opened, place)
    last = last_visit(opened)
    return _draw(request, opened, first_form(request, opened, last), last=last)


def _post_new(request: HttpRequest, opened: Opened, place: Any) -> HttpResponse:
    """Store a new visit, or draw the form again with all that was typed."""
    if more := _more_rows(request):
        form = _same_with(request, opened, more)
        return _draw(request, opened, form, last=last_visit(opened))
    form = _bound(request, opened)
    if _check(request, form) and form.checked is not None:
        try:
            saved = record_visit(
                actor=request.user,
                citizen=opened.citizen,
                facility=place,
                entry=form.checked,
                client_key=form.cleaned_data["client_key"],
                at=opened.at,
            )
        except ValidationError as refused:
            form.say(refused)
        else:
            if offered.OFFER in request.GET:
                offered.take(request)
            return _saved(request, opened, saved.row, is_new=saved.is_new)
    elif stored := _stored_before(request, opened.citizen, place):
        return _saved(request, opened, stored, is_new=False)
    return _draw(request, opened, form, last=last_visit(opened))


def _bound(request: HttpRequest, opened: Opened, visit: Visit | None = None) -> VisitForm:
    """Return the form of a visit with what was typed."""
    return VisitForm(
        request.POST,
        citizen=opened.citizen,
        sees_sensitive=opened.sees_sensitive,
        at=opened.at,
        visit=visit,
    )


def _stored_before(request: HttpRequest, citizen: Citizen, place: Any) -> Visit | None:
    key = key_of(request.POST)
    rows = Visit.objects.filter(client_key=key, citizen=citizen, facility=place)
    return rows.first() if key else None


def _check(request: HttpRequest, form: VisitForm) -> bool:
    form.is_finished = "_later" not in request.POST
    return form.is_valid()


def _more_rows(request: HttpRequest) -> dict[str, int]:
    wanted = {"d": "_more_diagnoses", "m": "_more_medicines"}
    return {prefix: 2 for prefix, name in wanted.items() if name in request.POST}


def _same_with(
    request: HttpRequest, opened: Opened, more: dict[str, int], visit: Visit | None = None
) -> VisitForm:
    """Return what was typed with more rows; nothing is checked yet."""
    typed = _bound(request, opened, visit)
    return VisitForm(
        citizen=opened.citizen,
        sees_sensitive=opened.sees_sensitive,
        at=opened.at,
        visit=visit,
        **retyped(typed, more),
    )


def _saved(
    request: HttpRequest, opened: Opened, visit: Visit, *, is_new: bool
) -> HttpResponseRedirect:
    name, at = opened.citizen.name, f"{timezone.localtime(visit.entered_at):%H:%M}"
    is_hidden = visit.sensitivity and not opened.sees_sensitive
    if is_hidden and is_new:
        text = _(
            "Stored the visit of %(name)s at %(time)s. It is of a protected class: only those with the right see it."
        )
        messages.success(request, text % {"name": name, "time": at})
    elif is_new:
        text = _("Stored the visit of %(name)s at %(time)s.") % {"name": name, "time": at}
        messages.success(request, _with_slip(text, visit))
    else:
        text = _("This visit of %(name)s was stored at %(time)s; the second send changed nothing.")
        messages.info(request, text % {"name": name, "time": at})
    for said in _stray_slips(visit, opened):
        messages.warning(request, said)
    if "_print" in request.POST and not is_hidden:
        return HttpResponseRedirect(slip_url(visit))
    return HttpResponseRedirect(
        reverse("admin:healthrecords_citizen_change", args=[opened.citizen.pk])
    )


def _stray_slips(visit: Visit, opened: Opened) -> list[str]:
    """Tell of slips by which the person would come on another day than the visit says by now."""
    text = _(
        "The re-visit slip %(number)s names %(day)s, the visit %(named)s:"
        " cancel the slip and issue a new one."
    )
    named = f"{visit.next_visit_on:%d/%m/%Y}" if visit.next_visit_on else ""
    return [
        text % {"number": slip.label, "day": f"{day:%d/%m/%Y}", "named": named}
        for slip, day in stray_slips(visit, sees_sensitive=opened.sees_sensitive)
    ]


def slip_url(visit: Visit) -> str:
    """Return the address of a visit's slip."""
    return reverse("admin:healthrecords_visit_slip", args=[visit.pk])


def _with_slip(text: str, visit: Visit) -> Any:
    return format_html('{} <a href="{}">{}</a>', text, slip_url(visit), _("Print the slip"))


def _draw(
    request: HttpRequest,
    opened: Opened,
    form: VisitForm,
    *,
    last: Visit | None = None,
    visit: Visit | None = None,
    version: str = "",
    status: int = 200,
) -> HttpResponse:
    if visit is not None:
        last = last_visit(opened, before=visit)
    last_vitals = last.vitalsigns_rows.first() if last else None
    context = {
        "title": _("Visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "formsets": [form.diagnoses, form.traditional, form.medicines],
        "errors": form.is_bound and form.has_errors,
        "last": last,
        "last_vitals": last_vitals,
        "last_diagnoses": list(last.diagnosis_rows.order_by("rank", "position")) if last else [],
        "last_medicines": list(last.medication_rows.order_by("position")) if last else [],
        "visit": visit,
        "waiting": _waiting(request, opened, form) if visit is None else None,
        "seal": seal_of(visit) if visit else None,
        "amendment": amendment_shown(visit, sees_sensitive=opened.sees_sensitive, at=opened.at)
        if visit
        else None,
        "read_version": version or request.POST.get("version", ""),
        "by": request.GET.get("by", ""),
        "like": request.GET.get("like", ""),
        "offered": offered.offered(request, opened) if visit is None else None,
    }
    return page(request, "healthrecords/visit_form.html", context, status=status)


def _waiting(request: HttpRequest, opened: Opened, form: VisitForm) -> Visit | None:
    """Return the open visit here, at the moment typed, of whom a new visit is entered for."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        return None
    rows = open_here(opened.citizen, place, form.arrived_at)
    found: Visit | None = rows.open_to(sees_sensitive=opened.sees_sensitive).first()
    return found


def find_visit(
    request: HttpRequest, pk: Any, *, action: str = "opened"
) -> tuple[Opened, Any] | HttpResponse:
    """Return the opened record and its visit, or the answer that refuses."""
    known = Visit.objects.filter(pk=as_key(pk)).values_list("citizen", flat=True).first()
    if known is None:
        raise Http404(_("There is no such record."))
    opened = open_record(request, known, action=action)
    if not isinstance(opened, Opened):
        return opened
    visit = visits_shown(opened).filter(pk=as_key(pk)).first()
    if visit is None:
        raise Http404(_("There is no such record."))
    return opened, visit


def visit_page(request: HttpRequest, pk: str) -> HttpResponse:
    """Draw a visit as it stands."""
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    sees = opened.sees_sensitive
    facts = facts_of(visit, list_day_of(visit, opened.at), sees_sensitive=sees)
    sealing = sealing_of(request, visit, opened)
    context = {
        **facts,
        "title": _("Visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "may_withdraw": _is_ours(request, visit)
        and may_withdraw(request.user, visit, is_signed=sealing["seal"] is not None),
        "may_dispense": bool(facts["medicines"]) and _is_ours(request, visit),
        "reports": reports_of_visit(visit, sees_sensitive=opened.sees_sensitive),
        "procedures": _procedures(visit, opened),
        "is_ours": _is_ours(request, visit),
        "closed": _why_closed(request, visit, opened),
        "kinds": [
            (kind, SignedPaper.Kind(kind).label)
            for kind in kinds_of(visit, sees_sensitive=opened.sees_sensitive)
        ],
        **sealing,
        "papers": _papers(visit, opened),
        "stray_slips": _stray_slips(visit, opened),
        "notes": notes_shown(visit, opened),
        "paper_kinds": DocumentKind.choices if _is_ours(request, visit) else [],
    }
    return page(request, "healthrecords/visit_page.html", context)


def _procedures(visit: Visit, opened: Opened) -> list[Procedure]:
    rows = Procedure.objects.filter(visit=visit).open_to(sees_sensitive=opened.sees_sensitive)
    rows = rows.filter(withdrawn_at=None).exclude(status=Procedure.Status.ENTERED_IN_ERROR)
    return list(rows.order_by("performed_at", "id"))


def notes_shown(visit: Visit, opened: Opened) -> list[VisitNote]:
    """Return the notes of a visit that the reader may know of, in the order they were written."""
    rows = VisitNote.objects.filter(visit=visit).open_to(sees_sensitive=opened.sees_sensitive)
    return list(rows.order_by("written_at", "position"))


def _papers(visit: Visit, opened: Opened) -> list[Document]:
    rows = Document.objects.filter(visit=visit).open_to(sees_sensitive=opened.sees_sensitive)
    return list(rows.exclude(TAKEN_BACK).order_by("-issued_at", "-id"))


def _is_ours(request: HttpRequest, visit: Visit) -> bool:
    """Say whether this place gave the care, and so gives out its papers."""
    place = place_to_act(request.user, "enter_records")
    held = {Visit.Status.IN_PROGRESS, Visit.Status.FINISHED}
    return place is not None and place.pk == visit.facility_id and visit.status in held


def _why_closed(request: HttpRequest, visit: Visit, opened: Opened) -> str:
    """Return why this visit cannot be corrected now, "" when it can."""
    try:
        require_correctable(request.user, visit, opened.at)
    except ValidationError as refused:
        return " ".join(refused.messages)
    except PermissionDenied:
        return _("Only the place that entered this visit corrects it.")
    return ""


@lists_held()
def correct_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw or store the correction of a visit."""
    require_station(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    if closed := _why_closed(request, visit, opened):
        if "client_key" in request.POST:
            return _closed_meanwhile(request, opened, visit, closed)
        messages.error(request, closed)
        return HttpResponseRedirect(reverse("admin:healthrecords_visit_change", args=[visit.pk]))
    if request.method == "POST":
        return _post_correction(request, opened, visit)
    initial = {**initial_of(visit), **unsaid_of(visit), "client_key": visit.client_key or uuid7()}
    form = VisitForm(
        citizen=opened.citizen,
        sees_sensitive=opened.sees_sensitive,
        at=opened.at,
        visit=visit,
        initial=initial,
        rows=rows_of(visit),
    )
    return _draw(request, opened, form, visit=visit, version=version_of(visit))


def _post_correction(request: HttpRequest, opened: Opened, visit: Visit) -> HttpResponse:
    if more := _more_rows(request):
        return _draw(request, opened, _same_with(request, opened, more, visit), visit=visit)
    form = _bound(request, opened, visit)
    if _check(request, form) and form.checked is not None:
        version = request.POST.get("version", "")
        try:
            mended = correct_visit(
                actor=request.user, visit=visit, entry=form.checked, version=version, at=opened.at
            )
        except SavedByAnotherError as refused:
            return _overtaken(request, opened, visit, form, refused)
        except ValidationError as refused:
            form.say(refused)
        else:
            return _saved(request, opened, mended, is_new=True)
    return _draw(request, opened, form, visit=visit)


def _closed_meanwhile(
    request: HttpRequest, opened: Opened, visit: Visit, closed: str
) -> HttpResponse:
    """Show what was typed below the sentence why it is not stored; with an amendment it can be."""
    form = _bound(request, opened, visit)
    _check(request, form)
    form.add_error(None, closed)
    return _draw(request, opened, form, visit=visit, status=409)


def _overtaken(
    request: HttpRequest,
    opened: Opened,
    visit: Visit,
    form: VisitForm,
    refused: SavedByAnotherError,
) -> HttpResponse:
    """Show what was typed beside what somebody else saved; sent again it is saved knowingly."""
    visit.refresh_from_db()
    if not mark_conflicts(form, visit):  # the same words twice: a second send
        return _saved(request, opened, visit, is_new=False)
    form.add_error(None, refused)
    version = version_of(visit)
    return _draw(request, opened, form, visit=visit, version=version, status=409)
