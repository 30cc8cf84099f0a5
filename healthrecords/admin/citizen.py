"""The list of citizens, and the addresses of one citizen's pages."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.admin import (
    attachment_pages,
    background_pages,
    card_pages,
    citizen_pages,
    identity_pages,
    looks_pages,
    merge_pages,
    procedure_pages,
    record_page,
    result_pages,
    rights_pages,
    stop_pages,
    suggestions,
    twin_pages,
)
from healthrecords.banner import grouped_phone
from healthrecords.models import Citizen, CitizenIdentifier
from portal.admin import PortalAdmin
from portal.dates import months_later
from portal.templatetags.portal import chip, idno


class AgeFilter(admin.SimpleListFilter):
    """Citizens by the age groups that programmes use."""

    title = _("age")
    parameter_name = "age"
    GROUPS: ClassVar[dict[str, tuple[int, int]]] = {
        "0-5": (0, 5),
        "6-17": (6, 17),
        "18-39": (18, 39),
        "40-59": (40, 59),
        "60-": (60, 200),
    }

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("0-5", _("under 6")),
            ("6-17", "6–17"),
            ("18-39", "18–39"),
            ("40-59", "40–59"),
            ("60-", _("60 and over")),
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in self.GROUPS:
            return queryset
        least, most = self.GROUPS[str(self.value())]
        today = timezone.localdate()
        return queryset.filter(
            birth_date__gt=months_later(today, -12 * (most + 1)),
            birth_date__lte=months_later(today, -12 * least),
        )


@admin.register(Citizen)
class CitizenAdmin(PortalAdmin[Citizen]):
    capability_to = {"view": "view_records", "add": "enter_records"}
    shows_people = "id"
    search_folded = "name_norm"
    fields = ("name",)  # the forms are pages of their own: healthrecords.admin.citizen_pages
    search_fields = ("name_norm",)
    search_help_text = _("With or without marks: “quang thi h”. The box above finds numbers too.")
    list_display = (
        "name",
        "born",
        "sex",
        "personal_number",
        "commune",
        "telephone",
        "state",
    )
    list_select_related = ("area",)
    list_filter = ("sex", AgeFilter)
    ordering = ("name_sort", "id")
    sortable_by = ("name",)
    actions = None
    show_facets = admin.ShowFacets.NEVER

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        from django.contrib.postgres.expressions import ArraySubquery
        from django.db.models import OuterRef

        numbers = CitizenIdentifier.objects.filter(
            citizen=OuterRef("pk"), kind="personal", ended_on=None
        )
        rows: Any = super().get_queryset(request)
        return (
            rows.current()
            .with_restriction(timezone.localdate())
            .annotate(
                personal_numbers=ArraySubquery(numbers.order_by("id").values("value")),
                verified_numbers=ArraySubquery(numbers.filter(is_verified=True).values("value")),
            )
        )

    @admin.display(description=_("date of birth"), ordering="birth_date")
    def born(self, citizen: Citizen) -> str:
        return str(citizen.birth)

    @admin.display(description=_("personal number"))
    def personal_number(self, citizen: Any) -> Any:
        if not citizen.personal_numbers:
            return format_html('<span class="quiet">{}</span>', _("none yet"))
        return idno(citizen.personal_numbers[0])

    @admin.display(description=_("village, commune"))
    def commune(self, citizen: Citizen) -> str:
        parts = (citizen.address, citizen.area.name if citizen.area else "")
        return ", ".join(part for part in parts if part)

    @admin.display(description=_("phone"))
    def telephone(self, citizen: Citizen) -> str:
        return grouped_phone(citizen.phone)

    @admin.display(description=_("record"))
    def state(self, citizen: Any) -> Any:
        """Say how the number is known, and what whoever works with the list has to mind."""
        if not citizen.is_restricted:
            return self._known_by(citizen)
        restricted = chip("warn", "lock", str(_("Processing restricted")))
        return format_html("{} {}", self._known_by(citizen), restricted)

    @staticmethod
    def _known_by(citizen: Any) -> Any:
        if citizen.verified_numbers:
            return chip("ok", "shield", str(_("Verified")))
        if not citizen.personal_numbers:
            return chip("", "none", str(_("No number yet")))
        if citizen.origin == Citizen.Origin.CARD:
            return chip("ok", "ok", str(_("From the card")))
        return chip("", "pen", str(_("Declared")))

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "healthrecords_citizen"
        return [
            path("goi-y/xa/", view(suggestions.communes), name="healthrecords_suggest_communes"),
            path(
                "goi-y/co-so/",
                view(suggestions.facilities),
                name="healthrecords_suggest_facilities",
            ),
            path("goi-y/<slug:key>/", view(suggestions.codes), name="healthrecords_suggest"),
            path("nhan-dien/", view(citizen_pages.identify_page), name=f"{name}_identify"),
            path("doi-chieu-the/", view(card_pages.card_page), name=f"{name}_card"),
            path("trung/", view(twin_pages.candidates), name=f"{name}_candidates"),
            path("<uuid:pk>/trung/", view(twin_pages.twins_page), name=f"{name}_twins"),
            path(
                "<uuid:pk>/gop/<uuid:twin_id>/", view(merge_pages.merge_page), name=f"{name}_merge"
            ),
            path("<uuid:pk>/sua/", view(citizen_pages.mend_page), name=f"{name}_mend"),
            path(
                "<uuid:pk>/danh-tinh/", view(identity_pages.identity_page), name=f"{name}_identity"
            ),
            path(
                "<uuid:pk>/danh-tinh/<slug:deed>/",
                view(identity_pages.identity_deed),
                name=f"{name}_identity_deed",
            ),
            path("<uuid:pk>/tom-tat/", view(record_page.summary_page), name=f"{name}_summary"),
            path("<uuid:pk>/ai-da-xem/", view(looks_pages.looks_page), name=f"{name}_looks"),
            path(
                "<uuid:pk>/ai-da-xem.pdf", view(looks_pages.looks_pdf), name=f"{name}_looks_paper"
            ),
            path("<uuid:pk>/quyen/", view(rights_pages.rights_page), name=f"{name}_rights"),
            path(
                "<uuid:pk>/quyen/dong-y/<slug:purpose>/",
                view(rights_pages.ask_page),
                name=f"{name}_consent",
            ),
            path(
                "<uuid:pk>/quyen/dong-y/<slug:purpose>.pdf",
                view(rights_pages.consent_form),
                name=f"{name}_consent_paper",
            ),
            path(
                "<uuid:pk>/quyen/rut/<uuid:consent_id>/",
                view(rights_pages.withdraw_page),
                name=f"{name}_withdraw",
            ),
            path(
                "<uuid:pk>/quyen/yeu-cau/", view(rights_pages.request_page), name=f"{name}_request"
            ),
            path("<uuid:pk>/quyen/giu/", view(rights_pages.hold_page), name=f"{name}_hold"),
            path("<uuid:pk>/mo/", view(citizen_pages.break_page), name=f"{name}_break"),
            path(
                "<uuid:pk>/tien-su/",
                view(background_pages.background_page),
                name=f"{name}_background",
            ),
            path(
                "<uuid:pk>/tien-su/<slug:topic>/",
                view(background_pages.write_page),
                name=f"{name}_background_write",
            ),
            path(
                "<uuid:pk>/tien-su/<slug:topic>/<uuid:fact_id>/",
                view(background_pages.mend_page),
                name=f"{name}_background_mend",
            ),
            path("<uuid:pk>/thuoc/ngung/", view(stop_pages.stop_page), name=f"{name}_stop"),
            path("<uuid:pk>/giay-to/", view(attachment_pages.papers_page), name=f"{name}_papers"),
            path(
                "<uuid:pk>/giay-to/<uuid:attachment_id>/",
                view(attachment_pages.paper_page),
                name=f"{name}_paper",
            ),
            path(
                "<uuid:pk>/thu-thuat/moi/",
                view(procedure_pages.new_page),
                name=f"{name}_procedure_new",
            ),
            path(
                "<uuid:pk>/thu-thuat/<uuid:procedure_id>/",
                view(procedure_pages.procedure_page),
                name=f"{name}_procedure",
            ),
            path("<uuid:pk>/ket-qua/moi/", view(result_pages.new_page), name=f"{name}_report_new"),
            path(
                "<uuid:pk>/ket-qua/<uuid:report_id>/",
                view(result_pages.report_page),
                name=f"{name}_report",
            ),
            path(
                "<uuid:pk>/ket-qua/<uuid:report_id>/sua/",
                view(result_pages.amend_page),
                name=f"{name}_report_amend",
            ),
            *super().get_urls(),
        ]

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return citizen_pages.new_page(request)

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return record_page.citizen_page(request, object_id)

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return record_page.citizen_page(request, object_id)
