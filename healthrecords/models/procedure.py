"""Operations and interventions."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.brought import CAME, Brought
from healthrecords.models.noted import noted
from healthrecords.querysets import SensitiveQuerySet
from portal.audit.history import tracked


@tracked()
class Procedure(Brought):
    """An operation or intervention: what, when, by whom, where on the body."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("done")
        ENTERED_IN_ERROR = "entered_in_error", _("entered in error")

    class Kind(models.TextChoices):
        SURGERY = "surgery", _("surgery")
        INTERVENTION = "intervention", _("intervention")
        OTHER = "other", _("other")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    status = models.CharField(
        _("state"), max_length=16, choices=Status.choices, default=Status.ACTIVE
    )
    code = models.CharField(_("service code"), max_length=50, blank=True)
    icd9 = models.CharField(_("ICD-9-CM"), max_length=60, blank=True)
    title = models.CharField(_("procedure"), max_length=500)
    performed_at = models.DateTimeField(_("performed at"))
    performer = models.CharField(_("performed by"), max_length=255, blank=True)
    anaesthesia = models.CharField(_("anaesthesia"), max_length=2, blank=True)
    reason = models.CharField(_("for the illness"), max_length=100, blank=True)
    outcome = models.TextField(_("course and outcome"), blank=True)

    objects = SensitiveQuerySet[Any].as_manager()

    class Meta(Brought.Meta):
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        triggers = noted(*CAME)
        ordering = ["-performed_at", "-id"]
        constraints = [
            *Brought.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status__in=["active", "entered_in_error"]),
                name="procedure_status_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["surgery", "intervention", "other"]),
                name="procedure_kind_known",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="procedure_has_title"),
        ]
        indexes = [
            models.Index(fields=["citizen", "-performed_at"], name="procedure_of_citizen"),
            models.Index(fields=["facility", "id"], name="procedure_at_facility"),
        ]

    @override
    def __str__(self) -> str:
        return self.title
