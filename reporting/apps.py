from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reports and figures")

    @override
    def ready(self) -> None:
        from portal.site import home, menu
        from reporting.home import SEES, figures_of_place, quality_of_place, quiet_facilities

        home.register(
            home.HomeCard(figures_of_place, column="side", order=200, capability="view_records")
        )
        home.register(home.HomeCard(quality_of_place, column="side", order=250))
        menu.register(
            menu.MenuItem(_("Data quality"), "reporting:quality", "shield", order=80, any_of=SEES)
        )
        home.register(
            home.HomeCard(quiet_facilities, column="main", order=300, capability="view_figures")
        )
