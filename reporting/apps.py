from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reports and figures")

    @override
    def ready(self) -> None:
        from portal.site import home, menu
        from practitioners import defects
        from reporting.home import reports_count, reports_due, reports_to_decide
        from reporting.quality.home import SEES, quality_of_place
        from reporting.quality.staff import ground_of

        defects.register_grounds(ground_of)
        _register_cases()
        _register_board()
        for card in (
            home.HomeCard(reports_due, order=50, capability="submit_reports"),
            home.HomeCard(reports_to_decide, order=50, capability="approve_reports"),
        ):
            home.register(card)
        menu.register(
            menu.MenuItem(
                _("Reports"),
                "reporting:due",
                "file",
                capability="view_reports",
                order=50,
                count=reports_count,
                group="figures",
            )
        )
        home.register(home.HomeCard(quality_of_place, column="side", order=250))
        menu.register(
            menu.MenuItem(
                _("Data quality"),
                "reporting:quality",
                "shield",
                order=80,
                any_of=SEES,
                group="figures",
            )
        )


def _register_board() -> None:
    """Put what is due, late, better, worse onto the home pages; its pages into the menu."""
    from portal.site import home, menu
    from reporting.board import cards, tables

    for card in (
        home.HomeCard(cards.strip, column="top", order=0),
        home.HomeCard(cards.course, column="side", order=200),
        home.HomeCard(tables.by_province, order=70, capability="view_figures"),
        home.HomeCard(tables.by_place, order=72, capability="view_figures"),
        home.HomeCard(tables.movers, column="side", order=260, capability="view_figures"),
        home.HomeCard(tables.quiet, order=300, capability="view_figures"),
    ):
        home.register(card)
    menu.register(
        menu.MenuItem(
            _("Places and areas"),
            "reporting:places",
            "chart",
            order=48,
            capability="view_figures",
            group="figures",
            only=cards.works_at_a_body,
        )
    )


def _register_cases() -> None:
    """Let a diagnosis open the notification of its case, in the transaction that writes it.

    Who looked at protected cases is told to those alone who may know of them.
    """
    from healthrecords import veiling
    from healthrecords.services import following
    from portal.site import home, menu
    from reporting.diseases import categories
    from reporting.home import cases_card, cases_count
    from reporting.looks import GROUND, tells_protected_alone
    from reporting.services.cases import settle_cases

    following.register(following.Follower(settle_cases, categories))
    veiling.register_ground(GROUND, tells_protected_alone)
    menu.register(
        menu.MenuItem(
            _("Notifiable diseases"),
            "reporting:cases",
            "flag",
            capability="enter_records",
            order=45,
            group="figures",
            count=cases_count,
        )
    )
    menu.register(
        menu.MenuItem(
            _("Notifiable diseases"),
            "reporting:cases",
            "flag",
            capability="watch_epidemics",
            order=45,
            group="figures",
        )
    )
    home.register(home.HomeCard(cases_card, order=12, capability="enter_records"))
