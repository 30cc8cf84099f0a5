"""Practitioners and facilities that uploaded files name by a number."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.intake.models import Batch
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity
from practitioners.models import Practitioner


class Naming(Keyed):
    """A number that the records of one file name a practitioner or a facility by, and whose it is.

    Unresolved ones wait until the register learns the number; ``finding_id`` is the remark that
    then says so. Found anew whenever the file is read: no history of its own.
    """

    class Register(models.TextChoices):
        PRACTITIONER = "practitioner", _("practitioner")
        FACILITY = "facility", _("facility")

    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="+", verbose_name=_("uploaded batch")
    )
    register = models.CharField(_("register"), max_length=12, choices=Register.choices)
    number = models.CharField(_("number"), max_length=60)
    sensitivity = models.CharField(
        max_length=12, choices=Sensitivity.choices, default=Sensitivity.NONE, blank=True
    )
    record_count = models.PositiveIntegerField(_("records that name it"))
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("practitioner"),
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("facility")
    )
    resolved_at = models.DateTimeField(_("found in the register at"), null=True)
    finding_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("number named in a file")
        verbose_name_plural = _("numbers named in files")
        ordering = ["batch", "register", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "register", "number", "sensitivity"], name="naming_once"
            ),
            models.CheckConstraint(
                condition=Q(register__in=["practitioner", "facility"]),
                name="naming_register_known",
            ),
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="naming_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, practitioner=None, facility=None)
                | (
                    ~Q(resolved_at=None)
                    & (
                        Q(register="practitioner", facility=None) & ~Q(practitioner=None)
                        | Q(register="facility", practitioner=None) & ~Q(facility=None)
                    )
                ),
                name="naming_resolved_to_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["register", "number"],
                condition=Q(resolved_at=None),
                name="naming_unresolved",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number
