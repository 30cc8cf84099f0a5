"""Holds on records, and lists of records whose term of keeping is over."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from healthrecords.models import DisposalList, LegalHold
from healthrecords.services import place_to_act
from healthrecords.services.retention import decide_disposal, lift_hold, propose_disposal
from portal.admin import PortalAdmin
from portal.admin.deeds import DayField, Deed, DeedForm, DeedsMixin, take_refusal
from portal.audit.reads import note
from portal.site.widgets import PickRadio
from portal.templatetags.portal import chip

RIGHT = "review_access"


class LiftForm(DeedForm):
    """The hold ends."""

    lifted_on = DayField(label=gettext_lazy("Lifted on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000
    )

    @override
    def carry_out(self) -> str:
        lift_hold(actor=self.request.user, hold=self.row, **self.cleaned_data)
        return _("The hold is lifted; the record's own term holds again.")


@admin.register(LegalHold)
class LegalHoldAdmin(DeedsMixin, PortalAdmin[LegalHold]):
    capability_to = {"view": RIGHT, "lift": RIGHT}
    shows_people = "citizen_id"
    list_display = ("basis", "person", "reason", "placed_on", "state", "facility")
    list_display_links = ("basis",)
    list_select_related = ("citizen", "facility", "placed_by", "lifted_by")
    search_fields = ("citizen__name_norm",)
    search_folded = "citizen__name_norm"
    search_help_text = gettext_lazy("The name of the person.")
    ordering = ("-placed_on", "-id")
    sortable_by = ("placed_on",)
    actions = None
    fields = (
        ("basis", "person"),
        "reason",
        ("placed_on", "placed_by", "facility"),
        ("lifted_on", "lifted_by"),
        "lift_reason",
    )
    readonly_fields = (
        "basis",
        "person",
        "reason",
        "placed_on",
        "placed_by",
        "facility",
        "lifted_on",
        "lifted_by",
        "lift_reason",
    )
    deeds = (Deed("bo-giu", gettext_lazy("Lift the hold"), LiftForm, "lift", "off"),)

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        return row.lifted_on is None and super().allows_deed(request, deed, row)

    @admin.display(description=gettext_lazy("person"))
    def person(self, hold: LegalHold) -> str:
        return hold.citizen.name

    @admin.display(description=gettext_lazy("state"))
    def state(self, hold: LegalHold) -> Any:
        if hold.lifted_on is None:
            return chip("warn", "lock", _("Held"))
        return chip("", "off", _("Lifted"))


class ProposeForm(forms.Form):
    """Records whose terms are over are put up."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000
    )


class DecideForm(forms.Form):
    """The council's decision."""

    approve = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("yes", gettext_lazy("approved")), ("no", gettext_lazy("not approved"))],
        widget=PickRadio(),
    )
    decision_number = forms.CharField(
        label=gettext_lazy("Number of the decision"), max_length=100, required=False
    )
    minutes = forms.CharField(
        label=gettext_lazy("Minutes of the council"), widget=forms.Textarea({"rows": 5})
    )
    decided_on = DayField(label=gettext_lazy("Decided on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decided_on"].initial = timezone.localdate


@admin.register(DisposalList)
class DisposalListAdmin(PortalAdmin[DisposalList]):
    capability_to = {"view": RIGHT, "add": RIGHT}
    list_display = ("proposed_on", "facility", "proposed_by", "state", "decision_number")
    list_display_links = ("proposed_on",)
    list_select_related = ("facility", "proposed_by", "decided_by")
    ordering = ("-proposed_on", "-id")
    sortable_by = ()
    actions = None
    fields = ("reason",)
    readonly_fields = ("reason",)

    @admin.display(description=gettext_lazy("state"))
    def state(self, proposal: DisposalList) -> Any:
        if proposal.decided_on is None:
            return chip("warn", "clock", _("Waits for the decision"))
        if proposal.is_approved:
            return chip("ok", "ok", _("Approved"))
        return chip("", "off", _("Not approved"))

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        place = place_to_act(request.user, RIGHT)
        if place is None:
            raise PermissionDenied(_("A disposal list is proposed at the place it is for."))
        form = ProposeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                proposal = propose_disposal(
                    actor=request.user,
                    facility=place,
                    on=timezone.localdate(),
                    reason=form.cleaned_data["reason"],
                )
            except ValidationError as refused:
                take_refusal(form, refused)
            else:
                return HttpResponseRedirect(
                    reverse("admin:healthrecords_disposallist_change", args=[proposal.pk])
                )
        context = {
            "title": _("Propose a disposal list"),
            "form": form,
            "place": place,
            "button": _("Propose"),
        }
        return self._show_page(request, context)

    def _show_page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, "healthrecords/disposal_page.html", whole)

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        proposal = self.get_object(request, object_id)
        if proposal is None:
            raise Http404(_("There is no such record."))
        form = DecideForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            said = {**form.cleaned_data, "approve": form.cleaned_data["approve"] == "yes"}
            try:
                decide_disposal(actor=request.user, proposal=proposal, **said)
            except ValidationError as refused:
                take_refusal(form, refused)
            else:
                messages.success(request, _("The decision is kept. Nothing was deleted by it."))
                return HttpResponseRedirect(request.path)
        items = list(proposal.items.select_related("citizen").order_by("kept_until", "id"))
        note(request, [item.citizen_id for item in items], action="listed", ground="retention")
        context = {
            "title": _("Disposal list of %(place)s") % {"place": proposal.facility.name},
            "proposal": proposal,
            "items": items,
            "form": form,
            "is_own": proposal.proposed_by_id == request.user.pk,
            "button": _("Keep the decision"),
        }
        return self._show_page(request, context)
