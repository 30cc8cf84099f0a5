"""The register of medicines, vaccines and supplies that a place of care may hold in stock."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.querysets import MedicineQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.database.names import folded


@tracked(exclude=["name_norm"])
class Medicine(Keyed):
    """One product as it is registered: name, strength, maker, registration number.

    Of no organisation: stations hold lots of it. ``list_code`` is the code by which it is
    prescribed. Old and new registration numbers both live (Circular 32/2026/TT-BYT).
    """

    class Kind(models.TextChoices):
        MEDICINE = "medicine", _("medicine")
        VACCINE = "vaccine", _("vaccine")
        BIOLOGICAL = "biological", _("biological")
        CHEMICAL = "chemical", _("chemical")
        SUPPLY = "supply", _("supply")

    class Storage(models.TextChoices):
        ROOM = "room", _("at room temperature")
        COLD = "cold", _("cold, 2 to 8 °C")
        FROZEN = "frozen", _("frozen")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.MEDICINE)
    code = models.CharField(_("code"), max_length=60, unique=True)
    list_code = models.CharField(
        _("code in the list of medicines"), max_length=40, blank=True, db_index=True
    )
    name = models.CharField(_("name"), max_length=300)
    name_norm = folded("name")
    ingredients = models.CharField(_("active ingredients"), max_length=300, blank=True)
    strength = models.CharField(_("strength"), max_length=120, blank=True)
    form = models.CharField(_("dosage form"), max_length=120, blank=True)
    packing = models.CharField(_("packing"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=50)
    needs_prescription = models.BooleanField(_("on prescription only"), default=False)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    former_registration_number = models.CharField(
        _("former registration number"), max_length=40, blank=True
    )
    registered_until = models.DateField(_("registered until"), null=True, blank=True)
    registrant = models.CharField(_("registrant"), max_length=200, blank=True)
    maker = models.CharField(_("maker"), max_length=200, blank=True)
    country = models.CharField(_("country of make"), max_length=80, blank=True)
    standard = models.CharField(_("quality standard"), max_length=60, blank=True)
    shelf_life_months = models.PositiveSmallIntegerField(
        _("shelf life (months)"), null=True, blank=True
    )
    storage = models.CharField(
        _("storage"), max_length=6, choices=Storage.choices, default=Storage.ROOM
    )
    is_retired = models.BooleanField(_("no longer bought"), default=False)
    # The stock file that entered it, where it was one: it leaves the register with that file.
    batch_id = models.UUIDField(
        _("uploaded batch"), null=True, blank=True, db_index=True, editable=False
    )

    objects = MedicineQuerySet.as_manager()

    class Meta:
        verbose_name = _("medicine in the register")
        verbose_name_plural = _("register of medicines and supplies")
        ordering = ["name_norm", "strength", "id"]
        constraints = [
            known("medicine", "kind", ["medicine", "vaccine", "biological", "chemical", "supply"]),
            known("medicine", "storage", ["room", "cold", "frozen"]),
            models.UniqueConstraint(
                fields=["registration_number", "packing"],
                condition=~Q(registration_number=""),
                name="medicine_registration_once",
                violation_error_message=_("This registration number stands in the register."),
                violation_error_code="registration_taken",
            ),
            models.CheckConstraint(condition=~Q(unit=""), name="medicine_has_unit"),
        ]
        indexes = [models.Index(fields=["name_norm"], name="medicine_name_norm")]

    @override
    def __str__(self) -> str:
        # A name that says its strength already is not told twice.
        if self.strength and self.strength.lower() not in self.name.lower():
            return f"{self.name} {self.strength}"
        return self.name
