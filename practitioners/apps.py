from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class PractitionersConfig(AppConfig):
    name = "practitioners"
    verbose_name = _("Practitioners")

    @override
    def ready(self) -> None:
        from practitioners import portal

        portal.register()
