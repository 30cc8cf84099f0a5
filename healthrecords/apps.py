from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class HealthRecordsConfig(AppConfig):
    name = "healthrecords"
    verbose_name = _("Health records")

    @override
    def ready(self) -> None:
        from healthrecords import finder as people
        from healthrecords import home as station
        from healthrecords.imports.citizens import CITIZENS
        from healthrecords.imports.kinds import CHECK_INS, ENVELOPE, VISITS
        from healthrecords.timeline import register
        from healthrecords.timeline.visits import VISITS as VISIT_ENTRIES
        from portal.intake import declaration
        from portal.site import finder, home, menu

        finder.register(
            finder.FinderAnswer(
                people.answer_people,
                order=10,
                capability="view_records",
                placeholder=_(
                    "Scan a card, or type a personal number, insurance card, phone or name"
                ),
            )
        )
        finder.register(finder.FinderAnswer(people.answer_slip, order=5, capability="view_records"))
        finder.register(
            finder.FinderAnswer(people.answer_new, order=900, capability="enter_records")
        )
        home.register(home.HomeCard(station.queue_card, order=10, capability="enter_records"))
        home.register(home.HomeCard(station.unfinished_card, order=20, capability="enter_records"))
        home.register_door(
            home.Door(
                _("New person"),
                "admin:healthrecords_citizen_add",
                "user",
                capability="enter_records",
                order=10,
                key="n",
            )
        )
        menu.register(
            menu.MenuItem(
                _("People"),
                "admin:healthrecords_citizen_changelist",
                "user",
                capability="view_records",
                order=10,
            )
        )
        menu.register(
            menu.MenuItem(
                _("Visits"),
                "admin:healthrecords_visit_changelist",
                "visit",
                capability="view_records",
                order=20,
            )
        )
        register(VISIT_ENTRIES)
        _register_protection()
        declaration.register(VISITS)
        declaration.register(ENVELOPE)
        declaration.register(CHECK_INS)
        declaration.register(CITIZENS)


def _register_protection() -> None:
    """Register what those who protect people's data have to do."""
    from healthrecords.admin import glass, requests
    from portal.site import home, menu

    home.register(home.HomeCard(glass.review_card, order=30, capability="review_access"))
    home.register(home.HomeCard(requests.request_card, order=35, capability="review_access"))
    menu.register(
        menu.MenuItem(
            _("Broken glass"),
            "admin:healthrecords_careaccess_changelist",
            "lock",
            capability="review_access",
            order=60,
            count=glass.waiting_count,
        )
    )
    menu.register(
        menu.MenuItem(
            _("Requests about data"),
            "admin:healthrecords_datarequest_changelist",
            "mail",
            capability="review_access",
            order=65,
            count=requests.open_count,
        )
    )
