from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class PractitionersConfig(AppConfig):
    name = "practitioners"
    verbose_name = _("Practitioners")

    @override
    def ready(self) -> None:
        from facilities.services import continuing
        from portal.admin.exports import offer
        from portal.intake import declaration
        from portal.verification.services import register_taker
        from practitioners import acts, portal, succeeding
        from practitioners.beside import PURPOSE
        from practitioners.imports import KINDS
        from practitioners.imports.shapes import Form01Shape, StaffListShape
        from practitioners.models import Registration
        from practitioners.services.population import take_answer

        portal.register()
        acts.register()
        register_taker(PURPOSE, take_answer)
        continuing.register(continuing.Follower("staff", succeeding.carry, succeeding.give_back))
        for kind in KINDS:
            declaration.register(kind)
        offer(Registration, StaffListShape, Form01Shape)
