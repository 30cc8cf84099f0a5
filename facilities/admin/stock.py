"""Medicines, lots, movements, stocktakes: the lists and their acts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from typing_extensions import override

from facilities.admin import stock_pages
from facilities.admin.days import ExpiryFilter, drawn, nearness
from facilities.admin.equipment import DAYS, KEEP, SEE, VIEW
from facilities.forms import supplies as forms
from facilities.models import (
    Medicine,
    StockLot,
    StockMovement,
    Stocktake,
)
from facilities.rules import supply_rules
from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.admin.deeds import Deed, DeedsMixin
from portal.names import name_norm
from portal.numbers import shown_number


@register(Medicine)
class MedicineAdmin(PortalAdmin[Medicine]):
    """The register that all places share; whoever keeps stock may add what is missing."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {"view": VIEW, "add": KEEP, "change": "manage_lists"}
    list_display = (
        "name",
        "strength",
        "unit",
        "kind",
        "registration_number",
        "maker",
        "storage",
        "is_retired",
    )
    list_filter = ("kind", "storage", "needs_prescription", "is_retired")
    search_fields = ("name_norm",)
    search_help_text = gettext_lazy("Name without marks, code or registration number")
    ordering = ("name_norm", "strength", "id")
    fieldsets = (
        (
            gettext_lazy("Product"),
            {
                "fields": (
                    ("code", "kind", "list_code"),
                    ("name", "strength", "unit"),
                    ("ingredients", "form", "packing"),
                    ("needs_prescription", "storage", "is_retired"),
                )
            },
        ),
        (
            gettext_lazy("Registration"),
            {
                "fields": (
                    ("registration_number", "former_registration_number", "registered_until"),
                    ("registrant", "maker", "country"),
                    ("standard", "shelf_life_months"),
                )
            },
        ),
    )

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return queryset.found_by(search_term), False


class HandFilter(admin.SimpleListFilter):
    title = gettext_lazy("stock")
    parameter_name = "ton"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("con", gettext_lazy("in stock")),
            ("giu", gettext_lazy("blocked")),
            ("het", gettext_lazy("used up")),
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "con":
            return queryset.filter(on_hand__gt=0)
        if self.value() == "giu":
            return queryset.filter(on_hand__gt=0).exclude(blocked_because="")
        return queryset.filter(on_hand=0) if self.value() == "het" else queryset


class MovementInline(PortalTabularInline[StockMovement, StockLot]):
    model = StockMovement
    capability_to: ClassVar[dict[str, str]] = SEE
    fields = ("at", "kind", "quantity", "document_no", "partner", "reason")
    ordering = ("-at", "-id")


@register(StockLot)
class StockLotAdmin(DeedsMixin, PortalAdmin[StockLot]):
    """Lots; the page of the stock itself, receiving and turnover hang here."""

    capability_to: ClassVar[dict[str, str]] = {"view": VIEW, "keep": KEEP}
    deeds = (
        Deed("loss", gettext_lazy("Write off"), forms.LossForm, "keep", "trash"),
        Deed("transfer", gettext_lazy("Transfer"), forms.TransferForm, "keep", "swap"),
        Deed("block", gettext_lazy("Block or let go"), forms.BlockForm, "keep", "lock"),
    )
    inlines: ClassVar[tuple[Any, ...]] = (MovementInline,)
    list_display = (
        "name",
        "lot_number",
        "expiry",
        "amount",
        "unit",
        "blocked",
        "store",
        "facility",
    )
    list_select_related = ("medicine", "facility", "store")
    list_filter = (HandFilter, ExpiryFilter, "medicine__kind")
    search_fields = ("lot_number",)
    search_help_text = gettext_lazy("Medicine without marks, lot or place")
    ordering = ("expires_on", "medicine__name_norm", "id")
    fields = (
        ("medicine", "lot_number", "expires_on"),
        ("amount", "unit", "store"),
        ("funding", "unit_cost", "blocked_because"),
        "facility",
    )
    readonly_fields = ("amount", "unit")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLot]:
        steps = list(supply_rules(timezone.localdate()).expiry_steps)
        rows: QuerySet[StockLot] = super().get_queryset(request).annotate(steps=Value(steps, DAYS))
        return rows

    @override
    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "facilities_stocklot"
        own = [
            path("kho/", view(stock_pages.stock_page), name=f"{name}_stock"),
            path("nhap/", view(stock_pages.receive_page), name=f"{name}_receive"),
            path("nhap-xuat-ton/", view(stock_pages.turnover_page), name=f"{name}_turnover"),
            path("thuoc/", view(stock_pages.suggest), name=f"{name}_suggest"),
        ]
        return [*own, *super().get_urls()]

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        plain = search_term.strip()
        if not plain:
            return queryset, False
        named, placed = Q(), Q()
        for word in name_norm(plain).split()[:8]:
            named &= Q(medicine__name_norm__contains=word)
            placed &= Q(facility__name_norm__contains=word)
        return queryset.filter(named | placed | Q(lot_number__iexact=plain)), False

    @admin.display(description=gettext_lazy("medicine"), ordering="medicine__name_norm")
    def name(self, row: StockLot) -> str:
        return str(row.medicine)

    @admin.display(description=gettext_lazy("unit"))
    def unit(self, row: StockLot) -> str:
        return row.medicine.unit

    @admin.display(description=gettext_lazy("on hand"), ordering="on_hand")
    def amount(self, row: StockLot) -> str:
        return shown_number(row.on_hand)

    @admin.display(description=gettext_lazy("expires on"), ordering="expires_on")
    def expiry(self, row: StockLot) -> str:
        if row.expires_on is None:
            return ""
        today, said = timezone.localdate(), f"{row.expires_on:%d/%m/%Y}"
        kind = nearness(row.expires_on, today, getattr(row, "steps", ())) if row.on_hand else ""
        return drawn(kind, "warn" if row.expires_on < today else "clock", said) if kind else said

    @admin.display(description=gettext_lazy("blocked because"))
    def blocked(self, row: StockLot) -> str:
        return drawn("bad", "lock", row.blocked_because) if row.blocked_because else ""


@register(StockMovement)
class StockMovementAdmin(PortalAdmin[StockMovement]):
    """The journal of what came in and went out; nothing is mended here."""

    capability_to: ClassVar[dict[str, str]] = SEE
    list_display = ("at", "kind", "medicine", "lot", "amount", "document_no", "partner", "reason")
    list_select_related = ("lot__medicine",)
    list_filter = ("kind",)
    search_fields = ("lot__lot_number", "document_no", "lot__medicine__name_norm")
    search_help_text = gettext_lazy("Lot, document or medicine without marks")
    date_hierarchy = None
    ordering = ("-at", "-id")
    fields = (
        ("at", "on", "kind"),
        ("lot", "quantity"),
        ("document_no", "partner"),
        "reason",
        ("facility", "entered_by"),
    )

    @admin.display(description=gettext_lazy("medicine"), ordering="lot__medicine__name_norm")
    def medicine(self, row: StockMovement) -> str:
        return str(row.lot.medicine)

    @admin.display(description=gettext_lazy("quantity"), ordering="quantity")
    def amount(self, row: StockMovement) -> str:
        return f"{'+' if row.quantity > 0 else '−'}{shown_number(abs(row.quantity))}"


@register(Stocktake)
class StocktakeAdmin(PortalAdmin[Stocktake]):
    """Stocktakes; the page of one is where it is counted."""

    capability_to: ClassVar[dict[str, str]] = {"view": VIEW, "keep": KEEP}
    list_display = ("counted_on", "facility", "counted_by", "closed_at", "closed_by")
    list_select_related = ("facility", "closed_by")
    search_fields = ("facility__name_norm",)
    ordering = ("-counted_on", "-id")
    fields = (("facility", "counted_on", "counted_by"), ("closed_at", "closed_by", "note"))

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(stock_pages.open_page)
        own = path("mo/", view, name="facilities_stocktake_open")
        return [own, *super().get_urls()]

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.row_to_show(request, object_id)
        may_keep = self.may(request, "keep", row)
        return stock_pages.stocktake_page(request, row, may_keep=may_keep)
