from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class HealthRecordsConfig(AppConfig):
    name = "healthrecords"
    verbose_name = _("Health records")

    @override
    def ready(self) -> None:
        from healthrecords import asked as _asked  # noqa: F401  (registers its facts and checks)
        from healthrecords import signing_at_service
        from healthrecords.services import identity
        from portal.verification.services import register_taker

        _register_finding()
        _register_home()
        _register_menu()
        _register_entries()
        _register_files()
        _register_protection()
        _register_following()
        register_taker(identity.PURPOSE, identity.take_answer)
        signing_at_service.register()


def _register_following() -> None:
    """Register what moves with a place of care that another continues."""
    from facilities.services import continuing
    from healthrecords.services import rehoming

    continuing.register(continuing.Follower("people", rehoming.carry, rehoming.give_back))


def _register_finding() -> None:
    """Register what the one box finds."""
    from healthrecords import finder as people
    from portal.site import finder

    asked = _("Scan a card, or type a personal number, insurance card, phone or name")
    for answer in (
        finder.FinderAnswer(people.answer_slip, order=5, capability="view_records"),
        finder.FinderAnswer(
            people.answer_people,
            order=10,
            capability="view_records",
            placeholder=asked,
            suggests=True,
        ),
        finder.FinderAnswer(people.answer_local_number, order=11, capability="view_records"),
        finder.FinderAnswer(people.answer_new, order=900, capability="enter_records"),
    ):
        finder.register(answer)


def _register_home() -> None:
    """Register the work that waits, and the door for somebody new."""
    from healthrecords import home as station
    from healthrecords import to_sign
    from healthrecords.differing import differences_card
    from healthrecords.unknown import unknown_card
    from portal.site import home

    for card in (
        home.HomeCard(station.queue_card, order=10, capability="enter_records"),
        home.HomeCard(to_sign.card, order=15, capability="sign_records"),
        home.HomeCard(station.readings_card, order=17, capability="sign_records"),
        home.HomeCard(unknown_card, order=12, capability="enter_records"),
        home.HomeCard(station.unfinished_card, order=20, capability="enter_records"),
        home.HomeCard(differences_card, order=30, capability="enter_records"),
        home.HomeCard(station.twins_card, order=32, capability="enter_records"),
    ):
        home.register(card)
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


def _register_menu() -> None:
    from portal.site import menu

    names = "admin:healthrecords_"
    also = {"visit_queue": (f"{names}visit_doctor", f"{names}visit_referrals")}
    for words, page, icon, capability, order in (
        (_("Queue"), "visit_queue", "clock", "enter_records", 5),
        (_("People"), "citizen_changelist", "user", "view_records", 10),
        (_("Visits"), "visit_changelist", "visit", "view_records", 20),
        (_("To sign"), "visit_to_sign", "shield", "sign_records", 25),
        (_("Possible twins"), "twincase_changelist", "swap", "enter_records", 30),
    ):
        menu.register(
            menu.MenuItem(
                words,
                names + page,
                icon,
                capability=capability,
                order=order,
                also=also.get(page, ()),
            )
        )


def _register_entries() -> None:
    """Register what stands in the timeline of a record."""
    from healthrecords.timeline import register
    from healthrecords.timeline.papers import DOCUMENTS
    from healthrecords.timeline.results import IMMUNIZATIONS, PROCEDURES, REPORTS
    from healthrecords.timeline.visits import VISITS

    for source in (VISITS, REPORTS, PROCEDURES, IMMUNIZATIONS, DOCUMENTS):
        register(source)


def _register_files() -> None:
    """Register the kinds of files that become records."""
    from healthrecords.imports.citizens import CITIZENS
    from healthrecords.imports.kinds import CHECK_INS, ENVELOPE, VISITS
    from healthrecords.imports.shapes import CitizenShape, VisitShape
    from healthrecords.models import Citizen, Visit
    from portal.admin.exports import offer
    from portal.intake import declaration

    offer(Citizen, CitizenShape)
    offer(Visit, VisitShape)

    for kind in (VISITS, ENVELOPE, CHECK_INS, CITIZENS):
        declaration.register(kind)


def _register_protection() -> None:
    """Register what those who protect people's data have to do."""
    from healthrecords.admin import glass, requests
    from portal.site import home, menu

    home.register(home.HomeCard(glass.review_card, order=40, capability="review_access"))
    home.register(home.HomeCard(requests.request_card, order=45, capability="review_access"))
    menu.register(
        menu.MenuItem(
            _("Broken glass"),
            "admin:healthrecords_careaccess_changelist",
            "lock",
            capability="review_access",
            order=60,
            group="protection",
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
            group="protection",
            count=requests.open_count,
        )
    )
