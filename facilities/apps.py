from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = _("Facilities")

    @override
    def ready(self) -> None:
        from facilities.imports import FACILITIES
        from facilities.imports.shapes import FacilityShape
        from facilities.models import Facility
        from portal.admin.exports import offer
        from portal.intake import declaration
        from portal.site import menu
        from portal.site.menu import MenuItem

        declaration.register(FACILITIES)
        offer(Facility, FacilityShape)
        menu.register(
            MenuItem(
                _("Facilities"),
                "admin:facilities_facility_changelist",
                "hosp",
                "view_facilities",
                order=44,
            )
        )
