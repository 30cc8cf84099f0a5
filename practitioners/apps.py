from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class PractitionersConfig(AppConfig):
    name = "practitioners"
    verbose_name = _("Practitioners")

    @override
    def ready(self) -> None:
        from portal.intake import declaration
        from portal.verification.services import register_taker
        from practitioners import portal
        from practitioners.beside import PURPOSE
        from practitioners.imports import FORM_01, STAFF_LIST, TRAINING_LIST
        from practitioners.services.population import take_answer

        portal.register()
        register_taker(PURPOSE, take_answer)
        declaration.register(STAFF_LIST)
        declaration.register(FORM_01)
        declaration.register(TRAINING_LIST)
