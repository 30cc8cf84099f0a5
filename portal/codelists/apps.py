from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CodeListsConfig(AppConfig):
    name = "portal.codelists"
    label = "codelists"
    verbose_name = _("Code lists")
