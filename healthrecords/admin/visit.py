"""The list of visits, and the addresses of one visit's pages."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.admin import (
    comparing,
    dispensing_pages,
    document_pages,
    paper_pages,
    queue_pages,
    referral_pages,
    signing_pages,
    to_sign_pages,
    version_pages,
    visit_pages,
    withdraw_pages,
)
from healthrecords.models import Diagnosis, Visit
from portal.admin import PortalAdmin
from portal.scope import scope_of
from portal.templatetags.portal import chip, moment

STATES = {
    Visit.Status.IN_PROGRESS: ("act", "visit"),
    Visit.Status.FINISHED: ("ok", "ok"),
    Visit.Status.CANCELLED: ("", "off"),
    Visit.Status.WITHDRAWN: ("", "none"),
}


@admin.register(Visit)
class VisitAdmin(PortalAdmin[Visit]):
    capability_to = {"view": "view_records"}
    shows_people = "citizen_id"
    list_display = ("arrived", "person", "reason", "diagnosis", "place", "state")
    list_display_links = ("arrived",)
    list_select_related = ("citizen", "facility", "seal")
    list_filter = ("status", "origin")
    search_fields = ("citizen__name_norm",)
    search_folded = "citizen__name_norm"
    search_help_text = _("The name of the person, with or without marks.")
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-id")
    sortable_by = ()
    actions = None
    show_facets = admin.ShowFacets.NEVER

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        seen = scope_of(request.user, "see_sensitive")
        if not seen.everything:
            rows = rows.filter(Q(sensitivity="") | Q(facility__in=seen.ids))
        mains = Diagnosis.objects.filter(rank=Diagnosis.Rank.MAIN)
        return rows.prefetch_related(
            Prefetch("diagnosis_rows", queryset=mains, to_attr="main_diagnoses")
        )

    @admin.display(description=_("arrived"), ordering="started_at")
    def arrived(self, visit: Visit) -> str:
        return moment(visit.started_at)

    @admin.display(description=_("person"))
    def person(self, visit: Visit) -> Any:
        url = reverse("admin:healthrecords_citizen_change", args=[visit.citizen_id])
        return format_html('<a href="{}">{}</a>', url, visit.citizen.name)

    @admin.display(description=_("main diagnosis"))
    def diagnosis(self, visit: Any) -> str:
        return " ".join(f"{row.code} {row.title}" for row in visit.main_diagnoses)

    @admin.display(description=_("facility"))
    def place(self, visit: Visit) -> str:
        return visit.facility.name

    @admin.display(description=_("state"))
    def state(self, visit: Visit) -> Any:
        kind, icon = STATES[Visit.Status(visit.status)]
        standing = chip(kind, icon, str(visit.get_status_display()))
        seal = getattr(visit, "seal", None)
        if seal is None:
            return standing
        if seal.amendment_id is not None:
            return format_html("{} {}", standing, chip("warn", "pen", str(_("being amended"))))
        said = _("signed, version %(number)s") % {"number": seal.number}
        return format_html("{} {}", standing, chip("ok", "shield", said))

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "healthrecords_visit"
        return [
            path("hang-cho/", view(queue_pages.desk_page), name=f"{name}_queue"),
            path("ban-kham/", view(queue_pages.doctor_page), name=f"{name}_doctor"),
            path(
                "dang-ky/<uuid:citizen_id>/", view(queue_pages.arrive_page), name=f"{name}_arrive"
            ),
            path("chuyen/", view(referral_pages.list_page), name=f"{name}_referrals"),
            path(
                "chuyen/<uuid:referral_id>/tra-loi/",
                view(referral_pages.answer),
                name=f"{name}_referral_answer",
            ),
            path(
                "<uuid:pk>/giay/<slug:paper>/",
                view(document_pages.issue_page),
                name=f"{name}_issue",
            ),
            path(
                "<uuid:pk>/to/<uuid:document_id>/",
                view(document_pages.document_page),
                name=f"{name}_document",
            ),
            path(
                "<uuid:pk>/cap-thuoc/",
                view(dispensing_pages.dispense_page),
                name=f"{name}_dispense",
            ),
            path(
                "<uuid:pk>/cap-thuoc/nhan-lai/",
                view(dispensing_pages.take_back_page),
                name=f"{name}_take_back",
            ),
            path("<uuid:pk>/luot/", view(queue_pages.move), name=f"{name}_move"),
            path("moi/<uuid:citizen_id>/", view(visit_pages.new_page), name=f"{name}_new"),
            path("<uuid:pk>/sua/", view(visit_pages.correct_page), name=f"{name}_correct"),
            path("cho-ky/", view(to_sign_pages.to_sign_page), name=f"{name}_to_sign"),
            path("<uuid:pk>/ky/", view(signing_pages.sign_page), name=f"{name}_sign"),
            path(
                "<uuid:pk>/cap-cuu/",
                view(signing_pages.emergency_page),
                name=f"{name}_emergency",
            ),
            path("<uuid:pk>/sua-doi/", view(signing_pages.amend_page), name=f"{name}_amend"),
            path("<uuid:pk>/rut/", view(withdraw_pages.withdraw_page), name=f"{name}_withdraw"),
            path(
                "<uuid:pk>/phien-ban/", view(version_pages.versions_page), name=f"{name}_versions"
            ),
            path(
                "<uuid:pk>/phien-ban/<int:number>/",
                view(version_pages.version_page),
                name=f"{name}_version",
            ),
            path(
                "<uuid:pk>/phien-ban/<int:number>/<slug:kind>.pdf",
                view(paper_pages.version_paper),
                name=f"{name}_version_paper",
            ),
            path("<uuid:pk>/phieu.pdf", view(paper_pages.slip), name=f"{name}_slip"),
            path("<uuid:pk>/giay/<slug:kind>.pdf", view(paper_pages.paper), name=f"{name}_paper"),
            path(
                "<uuid:pk>/so-voi/<uuid:other_id>/",
                view(comparing.compare_page),
                name=f"{name}_compare",
            ),
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
        return visit_pages.visit_page(request, object_id)

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return visit_pages.visit_page(request, object_id)
