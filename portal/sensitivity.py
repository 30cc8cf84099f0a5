"""Classes of rows that only those with the right may see (Law 71/2020/QH14, article 30)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sensitivity(models.TextChoices):
    """The compartment a row belongs to; an empty value means none."""

    NONE = "", _("ordinary")
    HIV = "hiv", _("HIV")
    TUBERCULOSIS = "tb", _("tuberculosis")
    MENTAL = "mental", _("mental health")
    REPRODUCTIVE = "reproductive", _("reproductive health")


KNOWN = [str(value) for value in Sensitivity.values]
