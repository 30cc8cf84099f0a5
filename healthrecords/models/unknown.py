"""That somebody whom nobody knows was told of: to whom, when, by whom."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import OfCitizenQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class UnknownNotice(Keyed):
    """A facility told the authorities, or the public, of a patient whom nobody knows.

    Law 15/2023/QH15, Articles 72 and 73 (read second-hand). ``duty`` is a code of the list
    ``unknown_patient_duties``, which says within how many hours.
    """

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="unknown_notices", verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    duty = models.CharField(_("duty"), max_length=40)
    told_to = models.CharField(_("told to"), max_length=255)
    told_at = models.DateTimeField(_("told at"))
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("told by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = OfCitizenQuerySet[Any].as_manager()

    class Meta:
        verbose_name = _("notice of an unknown patient")
        verbose_name_plural = _("notices of unknown patients")
        ordering = ["citizen", "told_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(told_to=""),
                name="unknownnotice_says_to_whom",
                violation_error_message=_("Write who was told: the office and the person."),
                violation_error_code="told_to_missing",
            )
        ]

    @override
    def __str__(self) -> str:
        return self.duty
