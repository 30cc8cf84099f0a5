"""Services a facility offers, and what they cost."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from typing_extensions import override

from facilities import services
from facilities.forms import supplies as forms
from facilities.models import (
    HealthcareService,
    ServicePrice,
)
from facilities.querysets import holding_on
from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.admin.deeds import Deed, DeedsMixin
from portal.numbers import shown_number


class PriceInline(PortalTabularInline[ServicePrice, HealthcareService]):
    model = ServicePrice
    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    fields = ("payer", "amount", "valid_from", "valid_until", "decision_no")


class OfferedFilter(admin.SimpleListFilter):
    title = gettext_lazy("offered")
    parameter_name = "mo"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("nay", gettext_lazy("today")),
            ("gia", gettext_lazy("today, with a price")),
            ("chua-gia", gettext_lazy("today, without a price")),
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() is None:
            return queryset
        offered = queryset.filter(holding_on(today))
        priced = Exists(ServicePrice.objects.filter(holding_on(today), service=OuterRef("pk")))
        return {"gia": offered.filter(priced), "chua-gia": offered.filter(~priced)}.get(
            str(self.value()), offered
        )


@register(HealthcareService)
class HealthcareServiceAdmin(DeedsMixin, PortalAdmin[HealthcareService]):
    """Services and what they cost today."""

    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "edit_facilities",
        "change": "edit_facilities",
    }
    form = forms.ServiceForm
    deeds = (Deed("price", gettext_lazy("Another price"), forms.PriceForm, "change", "pen"),)
    inlines: ClassVar[tuple[Any, ...]] = (PriceInline,)
    list_display = ("name", "code", "unit", "prices_today", "facility", "valid_until")
    list_select_related = ("facility",)
    list_filter = (OfferedFilter,)
    search_fields = ("name_norm", "code")
    search_help_text = gettext_lazy("Name without marks, or code")
    search_folded = "name_norm"
    ordering = ("name_norm", "id")
    autocomplete_fields = ("facility",)
    fields = (("facility", "code"), ("name", "unit", "valid_from"), ("payer", "amount"))

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[HealthcareService]:
        return super().get_queryset(request).prefetch_related("prices")

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fields
        return (("facility", "code"), ("name", "unit", "valid_from"))

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("facility",) if obj is not None else ()

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        place = getattr(request.user, "place_of_work", None)
        found = {"facility": place.pk} if place is not None else {}
        return {**found, "valid_from": timezone.localdate(), "payer": "person"}

    @override
    def save_model(
        self, request: HttpRequest, obj: HealthcareService, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        amount = form.cleaned_data.get("amount")
        if not change and amount is not None:
            services.set_price(
                service=obj,
                payer=form.cleaned_data.get("payer") or ServicePrice.Payer.PERSON,
                amount=amount,
                valid_from=obj.valid_from,
            )

    @admin.display(description=gettext_lazy("price (đồng)"))
    def prices_today(self, row: HealthcareService) -> str:
        today = timezone.localdate()
        holding = [
            price
            for price in row.prices.all()
            if price.valid_from <= today and (price.valid_until or today) >= today
        ]
        return "; ".join(
            f"{price.get_payer_display()}: {shown_number(price.amount)}" for price in holding
        )
