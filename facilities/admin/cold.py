"""Cold stores with their readings and what went out of their limits."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from typing_extensions import override

from facilities.admin import cold_pages
from facilities.admin.equipment import KEEP, SEE, VIEW
from facilities.forms import supplies as forms
from facilities.models import (
    ColdStore,
    TemperatureExcursion,
)
from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.admin.deeds import Deed, DeedsMixin


class ExcursionInline(PortalTabularInline[TemperatureExcursion, ColdStore]):
    model = TemperatureExcursion
    capability_to: ClassVar[dict[str, str]] = SEE
    fields = ("began_at", "ended_at", "lowest", "highest", "decision", "reason")


@register(ColdStore)
class ColdStoreAdmin(DeedsMixin, PortalAdmin[ColdStore]):
    """Fridges and freezers with their readings."""

    capability_to: ClassVar[dict[str, str]] = {"view": VIEW, "add": KEEP, "change": KEEP}
    deeds = (
        Deed("reading", gettext_lazy("Note a reading"), forms.ReadingForm, "change", "plus"),
        Deed(
            "excursion",
            gettext_lazy("Decide on an excursion"),
            forms.ExcursionForm,
            "change",
            "shield",
            gettext_lazy("The lots in this store stay blocked until you decide."),
        ),
    )
    list_display = ("name", "lowest", "highest", "readings_a_day", "equipment", "facility")
    list_select_related = ("equipment", "facility")
    search_fields = ("name",)
    ordering = ("facility__path", "name", "id")
    autocomplete_fields = ("facility", "equipment")
    fields = (
        ("facility", "name"),
        ("lowest", "highest", "readings_a_day"),
        ("equipment", "valid_from", "valid_until"),
    )

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        if not super().allows_deed(request, deed, row):
            return False
        return deed.slug != "excursion" or row.excursions.filter(decision="").exists()

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mend_view)
        own = path("<path:object_id>/sua/", view, name="facilities_coldstore_mend")
        return [own, *super().get_urls()]

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        place = getattr(request.user, "place_of_work", None)
        found = {"facility": place.pk} if place is not None else {}
        return {**found, "valid_from": timezone.localdate()}

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.row_to_show(request, object_id)
        deeds = [deed for deed in self.deeds if self.allows_deed(request, deed, row)]
        may_mend = self.has_change_permission(request, row)
        return cold_pages.store_page(request, row, deeds=deeds, may_mend=may_mend)

    def mend_view(self, request: HttpRequest, object_id: str) -> Any:
        """Show the form that mends a store's name and limits."""
        return super().change_view(request, object_id, extra_context={"deeds": ()})
