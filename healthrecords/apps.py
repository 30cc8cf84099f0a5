from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthRecordsConfig(AppConfig):
    name = "healthrecords"
    verbose_name = _("Health records")
