from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class IntakeConfig(AppConfig):
    name = "portal.intake"
    label = "intake"
    verbose_name = _("Uploaded files")

    @override
    def ready(self) -> None:
        from portal.intake import cards, declaration
        from portal.intake.lists import CODES

        cards.register()
        declaration.register(CODES)
