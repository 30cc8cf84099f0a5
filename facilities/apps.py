from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = _("Facilities")

    @override
    def ready(self) -> None:
        from facilities import acts
        from facilities.home import supplies_card
        from facilities.imports import EQUIPMENT, FACILITIES, STOCK
        from facilities.imports.shapes import FacilityShape
        from facilities.models import Facility
        from portal.admin.exports import offer
        from portal.intake import declaration
        from portal.site import home, menu
        from portal.site.home import HomeCard
        from portal.site.menu import MenuItem

        acts.register()
        for kind in (FACILITIES, EQUIPMENT, STOCK):
            declaration.register(kind)
        offer(Facility, FacilityShape)
        menu.register(
            MenuItem(
                _("Facilities"),
                "admin:facilities_facility_changelist",
                "hosp",
                "view_facilities",
                order=44,
                group="place",
            )
        )
        menu.register(
            MenuItem(
                _("Medicines, supplies"),
                "admin:facilities_stocklot_stock",
                "pill",
                "keep_supplies",
                order=36,
                group="place",
            )
        )
        home.register(HomeCard(supplies_card, "main", order=60, capability="keep_supplies"))
