from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class HealthRecordsConfig(AppConfig):
    name = "healthrecords"
    verbose_name = _("Health records")

    @override
    def ready(self) -> None:
        from healthrecords.imports.kinds import ENVELOPE, VISITS
        from portal.intake.declaration import register

        register(VISITS)
        register(ENVELOPE)
