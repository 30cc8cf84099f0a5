"""Withdraw a visit that was entered in error, and offer what was typed for the right person."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.admin.offered import offer
from healthrecords.admin.record_page import record_url
from healthrecords.admin.signing_pages import visit_url
from healthrecords.admin.visit_pages import find_visit, require_station
from healthrecords.banner import banner_of
from healthrecords.services.withdrawing import withdraw_visit
from portal.admin.deeds import take_refusal
from portal.site.pages import page


class WithdrawForm(forms.Form):
    """Why a visit should not have been entered."""

    reason = forms.CharField(
        label=gettext_lazy("Why was this visit entered in error?"),
        max_length=300,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy(
            "The visit leaves the record and every count, its papers are cancelled. Your name, the"
            " time and the reason stay."
        ),
        error_messages={
            "required": gettext_lazy(
                "Write in a few words why the visit is withdrawn; the reason stays with it."
            )
        },
    )


def withdraw_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for the reason, and withdraw the visit for it."""
    require_station(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_visit(
                actor=request.user, visit=visit, reason=form.cleaned_data["reason"], at=opened.at
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            return _gone(request, opened, visit)
    context = {
        "title": _("Withdraw the visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "form": form,
        "back": visit_url(visit),
    }
    return page(request, "healthrecords/withdraw.html", context)


def _gone(request: HttpRequest, opened: Any, visit: Any) -> HttpResponse:
    offer(request, visit)
    text = _(
        "The visit of %(name)s is withdrawn. To enter it for the right person, find them and open a"
        " new visit: what was typed is offered there."
    )
    messages.success(request, text % {"name": opened.citizen.name})
    return HttpResponseRedirect(record_url(opened.citizen.pk))
