"""Days that legal clocks in working days skip, and Saturdays they do not."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class Holiday(Keyed):
    """A public holiday, a day off in lieu, or a working Saturday in exchange for one."""

    class Kind(models.TextChoices):
        OFF = "off", _("Day off")
        WORKING = "working", _("Working day in exchange")

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OFF)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["off", "working"]), name="holiday_kind_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.name}"
