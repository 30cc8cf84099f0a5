"""The work list of records that may be one person, likeliest first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from typing_extensions import override

from healthrecords.admin.merge_pages import require_role, unmerge_page
from healthrecords.models import Citizen, TwinCase
from healthrecords.services import merged_cases
from portal.admin import PortalAdmin
from portal.audit.reads import note
from portal.names import name_norm
from portal.scope import scope_of
from portal.templatetags.portal import chip, day, idno

SURE, LIKELY = 90, 60


class AnswerFilter(admin.SimpleListFilter):
    """What waits for an answer first; what was answered on asking."""

    title = _("answer")
    parameter_name = "answer"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, label) for value, label in TwinCase.Answer.choices if value]

    @override
    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("not answered"),
        }
        yield from list(super().choices(changelist))[1:]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in dict(self.lookup_choices):
            return queryset.filter(answer=self.value())
        return queryset.open()


def likelihood_chip(case: Any) -> Any:
    """Say how likely two records are one person, as icon and words."""
    if case.likelihood >= SURE:
        return chip("bad", "swap", str(_("Nearly sure")))
    if case.likelihood >= LIKELY:
        return chip("warn", "swap", str(_("Likely")))
    return chip("", "swap", str(_("Possible")))


class SidesFilter(admin.SimpleListFilter):
    """Whether both records are of people of one's own places, or one of them."""

    title = _("records here")
    parameter_name = "sides"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("both", _("both here")), ("one", _("one here, one elsewhere"))]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "both":
            return queryset.filter(older_mine=True, newer_mine=True)
        if self.value() == "one":
            return queryset.exclude(older_mine=True, newer_mine=True)
        return queryset


@admin.register(TwinCase)
class TwinCaseAdmin(PortalAdmin[TwinCase]):
    capability_to = {"view": "view_records"}
    shows_people = "pk"
    fields = ("ground",)
    list_display = ("state", "one", "other", "why", "found", "deed")
    list_display_links = None
    list_select_related = ("older__area", "newer__area", "answered_by")
    list_filter = (AnswerFilter, SidesFilter, "ground")
    ordering = ("-likelihood", "id")
    sortable_by = ()
    search_fields = ("older__name_norm",)
    search_help_text = _("The name of one of the two, with or without marks.")
    actions = None
    show_facets = admin.ShowFacets.NEVER

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        mine = Citizen.objects.within(scope_of(request.user, "view_records")).order_by()
        rows: Any = super().get_queryset(request)
        return rows.annotate(
            older_mine=Exists(mine.filter(pk=OuterRef("older"))),
            newer_mine=Exists(mine.filter(pk=OuterRef("newer"))),
        )

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = name_norm(search_term)
        if not term:
            return queryset, False
        # A name out of sight is not to be guessed at by what a search finds.
        older = Q(older_mine=True, older__name_norm__startswith=term)
        return queryset.filter(older | Q(newer_mine=True, newer__name_norm__startswith=term)), False

    @override
    def note_people(self, request: HttpRequest, rows: Any, *, action: str) -> None:
        people = [row.older_id for row in rows if row.older_mine]
        people += [row.newer_id for row in rows if row.newer_mine]
        note(request, people, action=action, ground="twin")

    @admin.display(description=_("one person?"))
    def state(self, case: Any) -> Any:
        if case.answer == TwinCase.Answer.DIFFERENT:
            return chip("", "same", str(_("Two people")))
        if case.answer == TwinCase.Answer.SAME:
            return chip("ok", "ok", str(_("One person")))
        if case.answer == TwinCase.Answer.GIVEN_UP:
            return chip("", "none", str(_("Number given up")))
        return likelihood_chip(case)

    @admin.display(description=_("older record"))
    def one(self, case: Any) -> Any:
        return _who(case.older, is_mine=case.older_mine)

    @admin.display(description=_("newer record"))
    def other(self, case: Any) -> Any:
        return _who(case.newer, is_mine=case.newer_mine)

    @admin.display(description=_("why"))
    def why(self, case: TwinCase) -> Any:
        if case.number:
            return format_html("{}: {}", case.get_ground_display(), idno(case.number))
        return case.get_ground_display()

    @admin.display(description=_("found"))
    def found(self, case: TwinCase) -> str:
        return day(case.found_at)

    @admin.display(description=_("deed"))
    def deed(self, case: TwinCase) -> Any:
        url = reverse("admin:healthrecords_citizen_merge", args=[case.older_id, case.newer_id])
        words = _("Compare") if case.answer == TwinCase.Answer.OPEN else _("Look again")
        return format_html('<a class="button" href="{}">{}</a>', url, words)

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("tach/<uuid:merge_id>/", view(unmerge_page), name="healthrecords_unmerge"),
            path("<uuid:pk>/hoi-lai/", view(ask_again), name="healthrecords_twincase_again"),
            *super().get_urls(),
        ]

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        case = self.get_object(request, object_id)
        if case is None or not self.has_view_permission(request, case):
            raise Http404(_("There is no such record."))
        args = [case.older_id, case.newer_id]
        return HttpResponseRedirect(reverse("admin:healthrecords_citizen_merge", args=args))

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A history would name the one who is cared for elsewhere.
        return self.change_view(request, object_id)


def _who(citizen: Citizen, *, is_mine: bool) -> Any:
    if not is_mine:
        return format_html('<span class="quiet">{}</span>', _("cared for elsewhere"))
    where = citizen.area.name if citizen.area else ""
    return format_html(
        '<a href="{}"><b>{}</b></a><br><span class="small">{}</span>',
        reverse("admin:healthrecords_citizen_change", args=[citizen.pk]),
        citizen.name,
        ", ".join(part for part in (str(citizen.birth), where) if part),
    )


@require_POST
def ask_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a question again that was answered with two people."""
    require_role(request)
    rows = TwinCase.objects.within(scope_of(request.user, "view_records"))
    case = get_object_or_404(rows, pk=pk)
    try:
        merged_cases.ask_again(actor=request.user, case=case)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return HttpResponseRedirect(reverse("admin:healthrecords_twincase_changelist"))
    args = [case.older_id, case.newer_id]
    return HttpResponseRedirect(reverse("admin:healthrecords_citizen_merge", args=args))
