"""Pages of procedures: write one, read it, mark it as a mistake."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.admin.opening import Opened, open_record
from healthrecords.admin.result_pages import visit_named
from healthrecords.banner import banner_of
from healthrecords.forms.procedure import ProcedureForm
from healthrecords.models import Procedure
from healthrecords.querysets import outside_hidden_visits
from healthrecords.services import place_to_act
from healthrecords.services.hushing import Hush
from healthrecords.services.kinds import list_day_of
from healthrecords.services.procedures import ANAESTHESIA, record_procedure
from healthrecords.services.results import void_report
from portal.codelists.lookup import titles_on
from portal.database.uuid7 import uuid7
from portal.site.pages import page


def procedure_url(citizen: Any, procedure: Any) -> str:
    """Return the address of a procedure."""
    return reverse("admin:healthrecords_citizen_procedure", args=[citizen, procedure])


def new_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw or store a new procedure, of the visit that the address names or of none."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    visit, on = visit_named(request, opened, place), timezone.localdate(opened.at)
    listed_on = list_day_of(visit, opened.at) if visit is not None else None
    if request.method == "POST":
        form = ProcedureForm(request.POST, on=on, listed_on=listed_on)
        if form.is_valid():
            try:
                saved = record_procedure(
                    actor=request.user,
                    citizen=opened.citizen,
                    facility=place,
                    entry=form.entry(),
                    client_key=form.cleaned_data["client_key"],
                    at=opened.at,
                    visit=visit,
                )
            except ValidationError as refused:
                form.refuse(refused)
            else:
                return _stored(request, opened, saved.row)
    else:
        initial = {
            "client_key": uuid7(),
            "performed_at": timezone.localtime(opened.at),
            "performer": request.user.full_name,  # type: ignore[union-attr]
        }
        form = ProcedureForm(on=on, listed_on=listed_on, initial=initial)
        form.fields["title"].widget.attrs["autofocus"] = True
    context = {
        "title": _("Procedure of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "errors": form.is_bound and form.errors,
        "visit": visit,
    }
    status = 422 if context["errors"] else 200
    return page(request, "healthrecords/procedure_form.html", context, status=status)


def _stored(request: HttpRequest, opened: Opened, procedure: Procedure) -> HttpResponse:
    if procedure.sensitivity and not opened.sees_sensitive:
        text = _(
            "Stored for %(name)s. It is of a protected class: only those with the right see it."
        )
        messages.success(request, text % {"name": opened.citizen.name})
        return HttpResponseRedirect(
            reverse("admin:healthrecords_citizen_change", args=[opened.citizen.pk])
        )
    said = {"what": procedure.title, "name": opened.citizen.name}
    messages.success(request, _("Stored “%(what)s” for %(name)s.") % said)
    if procedure.visit_id:
        return HttpResponseRedirect(
            reverse("admin:healthrecords_visit_change", args=[procedure.visit_id])
        )
    return HttpResponseRedirect(procedure_url(opened.citizen.pk, procedure.pk))


def procedure_page(request: HttpRequest, pk: UUID, procedure_id: UUID) -> HttpResponse:
    """Draw a procedure; the place that recorded it may mark it as a mistake."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    rows = Procedure.objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)
    if not opened.sees_sensitive:
        rows = outside_hidden_visits(rows)
    rows = rows.select_related("facility", "visit", "recorded_by", "voided_by")
    procedure = rows.filter(pk=procedure_id).first()
    if procedure is None:
        raise Http404(_("There is no such record."))
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            void_report(actor=request.user, report=procedure, reason=reason, at=opened.at)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            said = {"what": procedure.title}
            messages.success(
                request, _("“%(what)s” is marked as a mistake; it stays readable.") % said
            )
            return HttpResponseRedirect(procedure_url(opened.citizen.pk, procedure.pk))
    place = place_to_act(request.user, "enter_records")
    on = timezone.localdate(procedure.performed_at)
    context = {
        "title": procedure.title,
        "banner": banner_of(opened.citizen, opened.access),
        "procedure": Hush(sees_sensitive=opened.sees_sensitive).row(procedure),
        "anaesthesia": titles_on(ANAESTHESIA, on).get(procedure.anaesthesia, procedure.anaesthesia),
        "reason": reason,
        "error": error,
        "may_mend": place is not None
        and place.pk == procedure.facility_id
        and procedure.origin == Procedure.Origin.TYPED
        and procedure.status == Procedure.Status.ACTIVE,
    }
    status = 422 if error else 200
    return page(request, "healthrecords/procedure_page.html", context, status=status)
