from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class DossiersConfig(AppConfig):
    name = "portal.dossiers"
    label = "dossiers"
    verbose_name = _("Administrative procedures")

    @override
    def ready(self) -> None:
        from portal.dossiers import portal

        portal.register()
