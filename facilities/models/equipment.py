"""Medical equipment of a place of care: what it is, in which state, when it was inspected."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, OfPlace
from facilities.models.department import Department
from facilities.querysets import EquipmentQuerySet, OfEquipmentQuerySet
from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.database.periods import VALIDITY

STATES = ("in_use", "maintenance", "broken", "waiting_disposal", "disposed")


@tracked(exclude=["name_norm"])
class Equipment(OfPlace):
    """One device, by its asset code (Decree 98/2021/NĐ-CP; Circular 38/2024/TT-BYT, article 10).

    ``circulation_number`` is the number of the declaration (class A, B) or of the registration
    (C, D). ``state`` is that of its open ``EquipmentState``; the service writes both.
    """

    class RiskClass(models.TextChoices):
        A = "A", _("class A")
        B = "B", _("class B")
        C = "C", _("class C")
        D = "D", _("class D")

    class State(models.TextChoices):
        IN_USE = "in_use", _("in use")
        MAINTENANCE = "maintenance", _("under maintenance")
        BROKEN = "broken", _("broken")
        WAITING_DISPOSAL = "waiting_disposal", _("waiting for disposal")
        DISPOSED = "disposed", _("disposed of")

    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="equipment",
        verbose_name=_("department"),
    )
    asset_code = models.CharField(_("asset code"), max_length=40)
    name = models.CharField(_("device"), max_length=300)
    name_norm = folded("name")
    risk_class = models.CharField(
        _("risk class"), max_length=1, choices=RiskClass.choices, blank=True
    )
    circulation_number = models.CharField(_("circulation number"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    serial = models.CharField(_("serial number"), max_length=120, blank=True)
    maker = models.CharField(_("maker"), max_length=200, blank=True)
    country = models.CharField(_("country of make"), max_length=80, blank=True)
    made_in_year = models.PositiveSmallIntegerField(_("year made"), null=True, blank=True)
    used_since = models.PositiveSmallIntegerField(_("in use since (year)"), null=True, blank=True)
    supplier = models.CharField(_("supplier"), max_length=200, blank=True)
    contract_no = models.CharField(_("contract number"), max_length=80, blank=True)
    price = models.DecimalField(
        _("price (đồng)"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    funding = models.CharField(_("source of funds"), max_length=120, blank=True)
    inspection_kind = models.CharField(_("kind of inspection"), max_length=40, blank=True)
    is_radiating = models.BooleanField(_("gives off radiation"), default=False)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.IN_USE, editable=False
    )
    batch_id = models.UUIDField(
        _("uploaded batch"), null=True, blank=True, db_index=True, editable=False
    )

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("equipment")
        verbose_name_plural = _("medical equipment")
        ordering = ["facility", "name_norm", "asset_code", "id"]
        constraints = [
            known("equipment", "risk_class", ["", "A", "B", "C", "D"]),
            known("equipment", "state", STATES),
            models.UniqueConstraint(
                fields=["facility", "asset_code"],
                name="equipment_asset_code_once",
                violation_error_message=_("The facility has a device with this asset code."),
                violation_error_code="asset_code_taken",
            ),
            models.CheckConstraint(condition=~Q(asset_code=""), name="equipment_has_asset_code"),
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=Decimal(0)),
                name="equipment_price_not_negative",
                violation_error_message=_("A price is not below 0."),
                violation_error_code="price_negative",
            ),
            models.CheckConstraint(
                condition=Q(made_in_year=None)
                | Q(used_since=None)
                | Q(used_since__gte=F("made_in_year")),
                name="equipment_used_after_made",
                violation_error_message=_("The device was in use before it was made; check both."),
                violation_error_code="years_reversed",
            ),
        ]
        indexes = [models.Index(fields=["facility", "state"], name="equipment_of_place")]

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.asset_code})"


@tracked()
class EquipmentState(Dated, Keyed):
    """In which state a device was in these days, and why."""

    equipment = models.ForeignKey(
        Equipment, models.PROTECT, related_name="states", verbose_name=_("equipment")
    )
    state = models.CharField(_("state"), max_length=16, choices=Equipment.State.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = OfEquipmentQuerySet["EquipmentState"].as_manager()

    class Meta:
        verbose_name = _("state of a device")
        verbose_name_plural = _("states of devices")
        ordering = ["equipment", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known("equipmentstate", "state", STATES),
            ExclusionConstraint(
                name="equipmentstate_one_at_a_time",
                expressions=[
                    ("equipment", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The device is in another state in these days."),
                violation_error_code="state_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.get_state_display()


@tracked()
class Inspection(Keyed):
    """A device was inspected, calibrated, maintained or measured for radiation on a day."""

    class Kind(models.TextChoices):
        INSPECTION = "inspection", _("inspection")
        CALIBRATION = "calibration", _("calibration")
        MAINTENANCE = "maintenance", _("maintenance")

    class Result(models.TextChoices):
        PASS = "pass", _("passed")
        CONDITIONAL = "conditional", _("passed with conditions")
        FAIL = "fail", _("failed")

    equipment = models.ForeignKey(
        Equipment, models.PROTECT, related_name="inspections", verbose_name=_("equipment")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.INSPECTION)
    done_on = models.DateField(_("done on"))
    done_by = models.CharField(_("by which organisation"), max_length=200, blank=True)
    certificate_no = models.CharField(_("certificate number"), max_length=80, blank=True)
    result = models.CharField(_("result"), max_length=11, choices=Result.choices)
    next_due_on = models.DateField(_("next due on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("evidence"),
    )

    objects = OfEquipmentQuerySet["Inspection"].as_manager()

    class Meta:
        verbose_name = _("inspection of a device")
        verbose_name_plural = _("inspections of devices")
        ordering = ["equipment", "-done_on", "-id"]
        constraints = [
            known("inspection", "kind", ["inspection", "calibration", "maintenance"]),
            known("inspection", "result", ["pass", "conditional", "fail"]),
            models.CheckConstraint(
                condition=Q(next_due_on=None) | Q(next_due_on__gt=F("done_on")),
                name="inspection_due_after_done",
                violation_error_message=_("The next one is due before this one was done."),
                violation_error_code="period_reversed",
            ),
        ]
        indexes = [
            models.Index(fields=["equipment", "kind", "-done_on"], name="inspection_latest"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.done_on:%d/%m/%Y}"


@tracked()
class RadiationLicense(Dated, Keyed):
    """The licence to work with radiation of a device (Circular 59/2025/TT-BKHCN)."""

    equipment = models.ForeignKey(
        Equipment, models.PROTECT, related_name="radiation_licenses", verbose_name=_("equipment")
    )
    number = models.CharField(_("licence number"), max_length=80)
    issued_by = models.CharField(_("issued by"), max_length=200)
    safety_officer = models.CharField(_("radiation-safety officer"), max_length=120)
    officer_certificate = models.CharField(_("officer's certificate"), max_length=80, blank=True)

    objects = OfEquipmentQuerySet["RadiationLicense"].as_manager()

    class Meta:
        verbose_name = _("radiation licence")
        verbose_name_plural = _("radiation licences")
        ordering = ["equipment", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["equipment", "number", "valid_from"], name="radiationlicense_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number


class DueWarning(OfPlace):
    """The night job saw that something of a device is due in so many days, or overdue.

    One row for each device, subject, due day and step; met when what was due was done.
    """

    class Subject(models.TextChoices):
        INSPECTION = "inspection", _("inspection")
        CALIBRATION = "calibration", _("calibration")
        MAINTENANCE = "maintenance", _("maintenance")
        RADIATION = "radiation", _("radiation licence")

    equipment = models.ForeignKey(
        Equipment, models.PROTECT, related_name="warnings", verbose_name=_("equipment")
    )
    subject = models.CharField(_("what is due"), max_length=11, choices=Subject.choices)
    due_on = models.DateField(_("due on"))
    step = models.SmallIntegerField(_("days before"))
    warned_on = models.DateField(_("warned on"))
    met_on = models.DateField(_("done on"), null=True, blank=True)

    objects = OfEquipmentQuerySet["DueWarning"].as_manager()

    class Meta:
        verbose_name = _("warning of a due day")
        verbose_name_plural = _("warnings of due days")
        ordering = ["due_on", "equipment", "step", "id"]
        constraints = [
            known(
                "duewarning",
                "subject",
                ["inspection", "calibration", "maintenance", "radiation"],
            ),
            models.UniqueConstraint(
                fields=["equipment", "subject", "due_on", "step"], name="duewarning_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "due_on"],
                condition=Q(met_on=None),
                name="duewarning_open",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.due_on:%d/%m/%Y}"
