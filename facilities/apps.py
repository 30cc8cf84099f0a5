from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = _("Facilities")

    @override
    def ready(self) -> None:
        from facilities import acts
        from facilities.home import duties_card, supplies_card
        from facilities.imports import EQUIPMENT, FACILITIES, STOCK
        from facilities.imports.shapes import FacilityShape
        from facilities.imports.shapes_of_supplies import EquipmentShape, StockShape
        from facilities.models import Equipment, Facility, StockLot
        from portal.admin.exports import offer
        from portal.intake import declaration
        from portal.site import home, menu
        from portal.site.home import HomeCard
        from portal.site.menu import MenuItem, PublicLink

        acts.register()
        for kind in (FACILITIES, EQUIPMENT, STOCK):
            declaration.register(kind)
        offer(Facility, FacilityShape)
        offer(Equipment, EquipmentShape)
        offer(StockLot, StockShape)
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
        menu.register_public(PublicLink(_("Look up a facility"), "facilities:places", "hosp"))
        home.register(HomeCard(duties_card, "main", order=58, capability="edit_facilities"))
        home.register(HomeCard(supplies_card, "main", order=60, capability="keep_supplies"))
