"""Requests about one's data by due date, and what is done about one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from healthrecords.admin.opening import find_citizen
from healthrecords.admin.restrictions import DecideLiftForm, ProposeLiftForm, waiting_lift
from healthrecords.banner import banner_of
from healthrecords.models import DataRequest
from healthrecords.papers.rights import lift_paper, request_paper
from healthrecords.services.requests import (
    complete_request,
    drop_request,
    extend_request,
    refuse_request,
    reply_to_request,
)
from portal.admin import PortalAdmin
from portal.admin.deeds import DayField, Deed, DeedForm, DeedsMixin
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.home import Chip, Link, WorkList, WorkRow
from portal.site.menu import Count
from portal.templatetags.portal import chip, day

RIGHT = "review_access"


class ReplyForm(DeedForm):
    """The person was told that the request is being worked on."""

    on = DayField(label=gettext_lazy("Told on"))
    note = forms.CharField(label=gettext_lazy("How"), required=False, max_length=255)

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        reply_to_request(
            actor=self.request.user,
            request=self.row,
            replied_on=said["on"],
            note=said["note"],
            at=timezone.now(),
        )
        return _("Kept: the person was told on %(day)s.") % {"day": day(said["on"])}


class ExtendForm(DeedForm):
    """The term is extended, and the person was told."""

    on = DayField(label=gettext_lazy("Told on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000
    )

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        extended = extend_request(
            actor=self.request.user,
            request=self.row,
            told_on=said["on"],
            reason=said["reason"],
            at=timezone.now(),
        )
        return _("The term now ends on %(day)s.") % {"day": day(extended.due_on)}


class DoneForm(DeedForm):
    """The request was carried out."""

    on = DayField(label=gettext_lazy("Done on"))
    answer = forms.CharField(
        label=gettext_lazy("Answer to the person"),
        widget=forms.Textarea({"rows": 4}),
        max_length=4000,
    )

    @override
    def carry_out(self) -> str:
        complete_request(
            actor=self.request.user, request=self.row, at=timezone.now(), **self.cleaned_data
        )
        return _("The request is done; print the answer.")


class RefuseForm(DeedForm):
    """The request was refused in writing."""

    on = DayField(label=gettext_lazy("Refused on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason, as the person reads it"),
        widget=forms.Textarea({"rows": 4}),
        max_length=4000,
    )
    basis = forms.CharField(
        label=gettext_lazy("Law the refusal rests on"),
        max_length=255,
        help_text=gettext_lazy("For example: TT33/2025/TT-BYT, the term of keeping is not over."),
    )

    @override
    def carry_out(self) -> str:
        refuse_request(
            actor=self.request.user, request=self.row, at=timezone.now(), **self.cleaned_data
        )
        return _("The request is refused; print the answer.")


class DropForm(DeedForm):
    """The person took the request back."""

    on = DayField(label=gettext_lazy("Taken back on"))
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=2000)

    @override
    def carry_out(self) -> str:
        drop_request(
            actor=self.request.user, request=self.row, at=timezone.now(), **self.cleaned_data
        )
        return _("The request is closed.")


def due_chip(request: DataRequest, on: Any) -> Chip:
    """Say what is due next and when, or how it ended."""
    if request.restricts:
        return _restriction_chip(request, on)
    if not request.is_open:
        is_done = request.outcome == DataRequest.Outcome.DONE
        kind, icon = ("ok", "ok") if is_done else ("", "off")
        return Chip(kind, icon, request.get_outcome_display())
    replies = request.replied_on is None
    due = request.reply_due_on if replies else request.due_on
    what = _("Reply by %(day)s") if replies else _("Due %(day)s")
    if due < on:
        return Chip("bad", "warn", _("Overdue since %(day)s") % {"day": f"{due:%d/%m}"})
    return Chip("warn", "clock", what % {"day": f"{due:%d/%m}"})


def _restriction_chip(request: DataRequest, on: Any) -> Chip:
    """Say of a restriction whether it holds and until when, waits for a decision, or ended."""
    lifts = list(request.lifts.all())
    ends = next((lift.lifted_on for lift in lifts if lift.lifted_on is not None), None)
    if ends is not None:
        said = {"day": f"{ends:%d/%m/%Y}"}
        if ends <= on:
            return Chip("", "off", _("Restriction ended on %(day)s") % said)
        return Chip("warn", "lock", _("Processing restricted until %(day)s") % said)
    if any(lift.decided_on is None for lift in lifts):
        return Chip("warn", "clock", _("Restricted; its end waits for a decision"))
    return Chip("warn", "lock", _("Processing restricted"))


class StateFilter(admin.SimpleListFilter):
    """Requests by what is to do."""

    title = gettext_lazy("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("open")),
            ("overdue", _("overdue")),
            ("closed", _("closed")),
            ("restricting", _("processing restricted")),
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.value()
        if asked == "open":
            return queryset.to_do()
        if asked == "restricting":
            return queryset.restricting(timezone.localdate())
        if asked == "overdue":
            return queryset.overdue(timezone.localdate())
        return queryset.exclude(closed_on=None) if asked == "closed" else queryset


@admin.register(DataRequest)
class DataRequestAdmin(DeedsMixin, PortalAdmin[DataRequest]):
    capability_to = {"view": RIGHT, "answer": RIGHT}
    shows_people = "citizen_id"
    list_display = ("number", "person", "kind", "state", "received_on", "due_on", "place")
    list_display_links = ("number",)
    list_select_related = ("citizen", "facility")
    list_filter = (StateFilter, "kind")
    search_fields = ("citizen__name_norm",)
    search_folded = "citizen__name_norm"
    search_help_text = gettext_lazy("The name of the person.")
    ordering = ("due_on", "id")
    sortable_by = ("due_on", "received_on")
    actions = None
    show_facets = admin.ShowFacets.NEVER
    fields = (
        ("number", "state"),
        ("person", "place"),
        ("kind", "purpose"),
        "asked",
        ("asker", "asker_name", "asker_relation"),
        ("channel", "identity_proof", "through_processor"),
        ("received_on", "received_by"),
        ("reply_due_on", "replied_on"),
        ("due_on", "extended_from", "legal_basis"),
        ("outcome", "closed_on"),
        "answer",
        "refusal_basis",
        "restriction",
        "course",
        "paper",
    )
    readonly_fields = tuple(
        name for line in fields for name in (line if isinstance(line, tuple) else (line,))
    )
    deeds = (
        Deed("da-bao", gettext_lazy("The person was told"), ReplyForm, "answer", "mail"),
        Deed("gia-han", gettext_lazy("Extend the term once"), ExtendForm, "answer", "clock"),
        Deed("xong", gettext_lazy("Done"), DoneForm, "answer", "ok"),
        Deed("tu-choi", gettext_lazy("Refuse in writing"), RefuseForm, "answer", "bad"),
        Deed("rut-don", gettext_lazy("Taken back by the person"), DropForm, "answer", "off"),
        Deed(
            "het-han-che",
            gettext_lazy("Propose to end the restriction"),
            ProposeLiftForm,
            "answer",
            "off",
            explanation=gettext_lazy(
                "The reason of the restriction is over: say what has changed. Somebody else decides,"
                " and the person is told before the restriction ends."
            ),
        ),
        Deed(
            "quyet-han-che",
            gettext_lazy("Decide on the end of the restriction"),
            DecideLiftForm,
            "answer",
            "ok",
        ),
    )

    @admin.display(description=gettext_lazy("received by the facility"))
    def place(self, row: DataRequest) -> str:
        return row.facility.name

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        return self._is_time(request, deed, row) and super().allows_deed(request, deed, row)

    @staticmethod
    def _is_time(request: HttpRequest, deed: Deed, row: DataRequest) -> bool:
        """Say whether a row stands where a deed is done; nobody decides on their own proposal."""
        if deed.slug not in {"het-han-che", "quyet-han-che"}:
            return row.is_open
        if not row.restricts or row.lifts.filter(is_lifted=True).exists():
            return False
        waiting = waiting_lift(row)
        if deed.slug == "het-han-che":
            return waiting is None
        return waiting is not None and waiting.proposed_by_id != request.user.pk

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("lifts")

    @override
    def note_people(self, request: HttpRequest, rows: Any, *, action: str) -> None:
        note(request, [row.citizen_id for row in rows], action=action, ground="request")

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "healthrecords_datarequest"
        return [
            path("<uuid:pk>/giay.pdf", view(self.paper_view), name=f"{name}_paper"),
            path("<uuid:pk>/het-han-che.pdf", view(self.lift_view), name=f"{name}_lift_paper"),
            *super().get_urls(),
        ]

    def paper_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Print the receipt, or the answer of a closed request."""
        row = self._printed(request, pk)
        banner = banner_of(find_citizen(row.citizen_id))
        pdf = request_paper(row, banner=banner, at=timezone.now())
        return HttpResponse(pdf, content_type="application/pdf")

    def lift_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Print the notice by which a person is told that a restriction ends, or why it stays."""
        row = self._printed(request, pk)
        lift = row.lifts.order_by("-proposed_on", "-id").first()
        if lift is None:
            raise Http404(_("There is no such page."))
        banner = banner_of(find_citizen(row.citizen_id))
        pdf = lift_paper(lift, banner=banner, at=timezone.now())
        return HttpResponse(pdf, content_type="application/pdf")

    def _printed(self, request: HttpRequest, pk: UUID) -> DataRequest:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row: DataRequest | None = self.get_object(request, str(pk))
        if row is None:
            raise Http404(_("There is no such record."))
        note(request, [row.citizen_id], action="printed", ground="request")
        return row

    @admin.display(description=gettext_lazy("number"))
    def number(self, request: DataRequest) -> str:
        return request.number

    @admin.display(description=gettext_lazy("person"))
    def person(self, request: DataRequest) -> str:
        return request.citizen.name

    @admin.display(description=gettext_lazy("state"))
    def state(self, request: DataRequest) -> Any:
        shown = due_chip(request, timezone.localdate())
        return chip(shown.kind, shown.icon, str(shown.text))

    @admin.display(description=gettext_lazy("course"))
    def course(self, request: DataRequest) -> Any:
        steps = request.steps.select_related("actor").order_by("at", "id")
        return render_to_string("healthrecords/request_steps.html", {"steps": steps})

    @admin.display(description=gettext_lazy("end of the restriction"))
    def restriction(self, request: DataRequest) -> Any:
        if not request.restricts:
            return "–"
        rows = request.lifts.select_related("proposed_by", "decided_by", "asked_in")
        url = reverse("admin:healthrecords_datarequest_lift_paper", args=[request.pk])
        context = {"lifts": list(rows.order_by("proposed_on", "id")), "paper": url}
        return render_to_string("healthrecords/restriction_lifts.html", context)

    @admin.display(description=gettext_lazy("paper"))
    def paper(self, request: DataRequest) -> Any:
        url = reverse("admin:healthrecords_datarequest_paper", args=[request.pk])
        words = _("Print the receipt") if request.is_open else _("Print the answer")
        return format_html('<a href="{}">{}</a>', url, words)


def _open(request: HttpRequest) -> Any:
    return DataRequest.objects.within(scope_of(request.user, RIGHT)).to_do()


def open_count(request: HttpRequest) -> Count:
    """Count the open requests."""
    late = DataRequest.objects.within(scope_of(request.user, RIGHT)).overdue(timezone.localdate())
    return Count(_open(request).count(), is_urgent=late.exists())


def request_card(request: HttpRequest) -> WorkList | None:
    """List the open requests, the first due first."""
    rows = _open(request)
    rows = rows.select_related("citizen", "facility").prefetch_related("lifts")
    found = list(rows.order_by("due_on", "id")[:8])
    if not found:
        return None
    note(request, [row.citizen_id for row in found], action="listed", ground="request")
    today = timezone.localdate()
    return WorkList(
        title=_("Requests about one's data"),
        rows=[
            WorkRow(
                due=due_chip(row, today),
                what=f"{row.citizen.name}: {row.get_kind_display()}",
                url=reverse("admin:healthrecords_datarequest_change", args=[row.pk]),
                why=f"{row.number}, {row.facility.name}",
                deed=_("Answer"),
            )
            for row in found
        ],
        total=rows.count() if len(found) > WorkList.shown_at_most else None,
        more=Link(_("All"), f"{reverse('admin:healthrecords_datarequest_changelist')}?state=open"),
    )
