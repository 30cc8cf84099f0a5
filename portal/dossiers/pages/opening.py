"""An official opens a procedure that the authority begins itself: suspension, revocation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.database.keys import uuid7
from portal.dossiers import acts, definitions, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Procedure
from portal.dossiers.forms import ACCEPTED
from portal.dossiers.pages.desk import require_desk
from portal.dossiers.querysets import HANDLES
from portal.dossiers.services.filing import competent
from portal.dossiers.services.uploading import keep_file
from portal.scope import scope_of
from portal.site.pages import page


class OpeningForm(forms.Form):
    """Against whom, on which ground, by which authority."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    authority = forms.ChoiceField(label=gettext_lazy("Authority"))
    case = forms.ChoiceField(label=gettext_lazy("Ground"))
    applicant_name = forms.CharField(
        label=gettext_lazy("About whom"),
        max_length=255,
        help_text=gettext_lazy("Full name of the person, or name of the facility."),
        error_messages={"required": gettext_lazy("Write whom the act is about.")},
    )
    papers = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 10 MB"),
    )

    def __init__(self, *args: Any, procedure: Procedure, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on = timezone.localdate()
        scope = scope_of(user, HANDLES[procedure.subject])
        rows = [row for row in competent(procedure.code, on) if row.organisation_id in scope]
        self.authorities = {str(row.organisation_id): row.organisation for row in rows}
        authority: Any = self.fields["authority"]
        authority.choices = [(key, place.name) for key, place in self.authorities.items()]
        case: Any = self.fields["case"]
        case.choices = [(row.code, row.title) for row in definitions.cases_on(procedure.code, on)]


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """List the acts an authority may begin itself."""
    require_desk(request)
    on = timezone.localdate()
    rows = [row for row in definitions.procedures_on(on) if row.by_authority]
    context = {
        "title": _("Open a procedure of the authority"),
        "rows": [
            {"procedure": row, "is_open": acts.act_of(row.code) is not None}
            for row in rows
            if scope_of(request.user, HANDLES[row.subject])
        ],
    }
    return page(request, "dossiers/open_choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest, procedure: str) -> HttpResponse:
    """Open one procedure: ground, person, what the act asks, evidence."""
    require_desk(request)
    found = definitions.procedure_on(procedure, timezone.localdate())
    act = acts.act_of(procedure)
    if found is None or not found.by_authority or act is None:
        raise Http404(_("There is no such procedure."))
    data = request.POST or None
    key = {"client_key": uuid7()}
    form = OpeningForm(data, request.FILES or None, procedure=found, user=request.user, initial=key)
    what = act.form(data, prefix="v")
    if request.method == "POST" and form.is_valid() & what.is_valid():
        try:
            dossier = _open(request, found, form, what)
        except ValidationError as refused:
            _refuse(form, what, refused)
        else:
            messages.success(
                request, _("Opened: dossier %(number)s.") % {"number": dossier.receipt_number}
            )
            return HttpResponseRedirect(reverse("dossiers:dossier", args=[dossier.pk]))
    context = {"title": found.title, "procedure": found, "form": form, "what": what}
    return page(request, "dossiers/open.html", context)


def _refuse(form: OpeningForm, what: Any, refused: ValidationError) -> None:
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        if name in what.fields:
            what.add_error(name, errors)
        else:
            take_refusal(form, ValidationError({name: errors}))


def _open(request: HttpRequest, procedure: Procedure, form: OpeningForm, what: Any) -> Any:
    said, at = form.cleaned_data, timezone.now()
    key: UUID = said["client_key"]
    on = timezone.localdate(at)
    sent = said.get("papers")
    documents = definitions.documents_on(procedure.code, said["case"], on)
    if sent and documents:
        keep_file(
            client_key=key,
            document_code=documents[0].code,
            content=sent.read(),
            name=sent.name or "",
            at=at,
        )
    filing = Filing(
        procedure=procedure.code,
        case=said["case"],
        authority=form.authorities[said["authority"]],
        on=on,
        applicant_name=" ".join(said["applicant_name"].split()),
        values=what.stored(),
    )
    return services.open_by_authority(
        actor=request.user, filing=filing, client_key=key, at=at
    ).dossier
