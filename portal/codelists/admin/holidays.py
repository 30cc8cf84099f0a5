"""Days off and working Saturdays, which legal clocks in working days go by."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin import PortalAdmin, register
from portal.codelists.models import Holiday


class YearFilter(admin.SimpleListFilter):
    """The years that have holidays."""

    title = _("year")
    parameter_name = "year"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        years = Holiday.objects.dates("day", "year", order="DESC")
        return [(str(day.year), str(day.year)) for day in years]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        year = self.value() or ""
        offered = {key for key, _title in self.lookup_choices}
        return queryset.filter(day__year=int(year)) if year in offered else queryset


@register(Holiday)
class HolidayAdmin(PortalAdmin[Holiday]):
    """Everyone reads them; who manages lists adds and mends them."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {
        "view": "manage_lists",
        "add": "manage_lists",
        "change": "manage_lists",
    }
    import_keys = ("day",)
    list_display = ("day", "name", "kind", "legal_basis")
    list_filter = (YearFilter, "kind")
    search_fields = ("name",)
    ordering = ("-day", "id")
    fields = ("day", "name", "kind", "legal_basis")
