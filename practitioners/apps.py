from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class PractitionersConfig(AppConfig):
    name = "practitioners"
    verbose_name = _("Practitioners")

    @override
    def ready(self) -> None:
        from portal.intake import declaration
        from practitioners import portal
        from practitioners.imports import FORM_01, STAFF_LIST

        portal.register()
        declaration.register(STAFF_LIST)
        declaration.register(FORM_01)
