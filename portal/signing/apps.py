from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class SigningConfig(AppConfig):
    name = "portal.signing"
    label = "signing"
    verbose_name = _("Digital signatures")

    @override
    def ready(self) -> None:
        from portal.signing import cards

        cards.register()
