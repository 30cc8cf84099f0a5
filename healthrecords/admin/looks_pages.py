"""Who has looked at a citizen's data: a page for the desk, a paper for the citizen."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.access_report import (
    ON_PAPER_AT_MOST,
    SHOWN,
    Asked,
    count,
    read_all,
    read_page,
    veil_for,
)
from healthrecords.admin.opening import Opened, open_record
from healthrecords.banner import banner_of
from healthrecords.models import CareAccess
from healthrecords.papers.looks import looks_paper
from healthrecords.services import place_to_act
from healthrecords.veiling import WHOLE
from portal.admin.forms import DayInput
from portal.audit.models import AccessLog
from portal.site.pages import page

ACTIONS = [
    ("", gettext_lazy("every look")),
    (CareAccess.Ground.GLASS, gettext_lazy("by broken glass")),
    *[(str(action), AccessLog.Action(action).label) for action in SHOWN],
]


class AskedForm(forms.Form):
    """Which looks are asked for."""

    action = forms.ChoiceField(label=gettext_lazy("What"), choices=ACTIONS, required=False)
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput())
    last = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput())

    def asked(self) -> Asked:
        said = self.cleaned_data if self.is_valid() else {}
        return Asked(said.get("action", ""), said.get("first"), said.get("last"))


def _opened(request: HttpRequest, pk: UUID, *, action: str) -> tuple[Any, HttpResponse | Opened]:
    """Open the record for those who serve the citizen at the desk."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("This report is made at the desk of a place of care."))
    return place, open_record(request, pk, action=action)


def looks_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show who has looked, the newest first."""
    _place, opened = _opened(request, pk, action="opened")
    if not isinstance(opened, Opened):
        return opened
    form = AskedForm(request.GET or None)
    asked = form.asked()
    before = request.GET.get("before", "")
    veil = veil_for(opened.access, at=opened.at)
    shown = read_page(opened.citizen, asked, veil=veil, before=before)
    said = {name: request.GET[name] for name in AskedForm.base_fields if request.GET.get(name)}
    context = {
        "title": _("Who has looked at the data of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "page": shown,
        "before": before,
        "query": urlencode(said),
        "is_asked": bool(said),
        "is_whole": veil == WHOLE,
    }
    return page(request, "healthrecords/looks_page.html", context)


def looks_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Print the report for the citizen; making it is a read of its own."""
    place, opened = _opened(request, pk, action="printed")
    if not isinstance(opened, Opened):
        return opened
    asked = AskedForm(request.GET or None).asked()
    veil = veil_for(opened.access, at=opened.at)
    if count(opened.citizen, asked, veil=veil) > ON_PAPER_AT_MOST:
        context = {
            "title": _("Too many looks for one paper"),
            "banner": banner_of(opened.citizen, opened.access),
            "form": AskedForm(request.GET or None),
            "too_many": ON_PAPER_AT_MOST,
            "is_whole": veil == WHOLE,
        }
        return page(request, "healthrecords/looks_page.html", context, status=422)
    pdf = looks_paper(
        read_all(opened.citizen, asked, veil=veil),
        is_whole=veil == WHOLE,
        banner=banner_of(opened.citizen),
        facility=place,
        asked=asked,
        by=request.user,
        at=timezone.now(),
    )
    name = f"truy-cap-{opened.citizen.pk.hex[-8:]}.pdf"
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
