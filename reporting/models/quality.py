"""Rules of data quality, what they found, and how it adds up: correct, sufficient, clean, living."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed, Xid8
from portal.places.models import Area, Organisation
from portal.sensitivity import KNOWN, Sensitivity
from reporting.querysets import (
    QualityIssueQuerySet,
    QualityMeasurementQuerySet,
    QualityRuleQuerySet,
    QualityRunQuerySet,
    QualityScoreQuerySet,
)

PERCENT = Decimal(100)


class Criterion(models.TextChoices):
    """What good data are, in the ministry's own words (Decree 278/2025/NĐ-CP, article 15)."""

    ACCURACY = "accuracy", pgettext_lazy("data quality", "Correct")
    COMPLETENESS = "completeness", _("Sufficient")
    CLEANNESS = "cleanness", _("Clean")
    CURRENCY = "currency", _("Living")
    CONSISTENCY = "consistency", _("Consistent")


@tracked()
class QualityRule(Keyed):
    """One thing that is asked of each record of a kind, with its weight.

    A gate asks for 100 %: personal number, codes of places. ``due_days`` is how long the mending may
    take. A rule without a source says in ``not_measured_because`` why it is not measured.
    """

    code = models.CharField(_("code"), max_length=4)
    criterion = models.CharField(_("criterion"), max_length=12, choices=Criterion.choices)
    title = models.CharField(_("rule"), max_length=200)
    remedy = models.CharField(_("how to mend it"), max_length=400)
    weight = models.DecimalField(_("weight of the rule"), max_digits=5, decimal_places=2)
    is_gate = models.BooleanField(_("must be 100 %"), default=False)
    gate_fields = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("only these fields must be 100 %"),
    )
    due_days = models.PositiveSmallIntegerField(_("days to mend"), default=5)
    minimum = models.PositiveSmallIntegerField(_("records at least"), default=1)
    is_certain = models.BooleanField(_("certain, not a guess"), default=True)
    not_measured_because = models.CharField(_("not measured because"), max_length=300, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    is_verified = models.BooleanField(_("checked against the official text"), default=False)

    objects = QualityRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of data quality")
        verbose_name_plural = _("rules of data quality")
        ordering = ["code", "-valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_until=None), name="qualityrule_code_once"
            ),
            models.CheckConstraint(
                condition=Q(criterion__in=Criterion.values), name="qualityrule_criterion_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="qualityrule_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="qualityrule_weight_positive",
                violation_error_message=_("A rule weighs more than 0."),
                violation_error_code="weight_not_positive",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.title}"


@tracked()
class QualityPolicy(Keyed):
    """How much each criterion weighs, and from which score a place is green or amber."""

    accuracy = models.DecimalField(_("weight of correct"), max_digits=4, decimal_places=2)
    completeness = models.DecimalField(_("weight of sufficient"), max_digits=4, decimal_places=2)
    cleanness = models.DecimalField(_("weight of clean"), max_digits=4, decimal_places=2)
    currency = models.DecimalField(_("weight of living"), max_digits=4, decimal_places=2)
    consistency = models.DecimalField(_("weight of consistent"), max_digits=4, decimal_places=2)
    green_from = models.DecimalField(_("green from"), max_digits=5, decimal_places=2)
    amber_from = models.DecimalField(_("amber from"), max_digits=5, decimal_places=2)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    is_verified = models.BooleanField(_("checked against the official text"), default=False)

    class Meta:
        verbose_name = _("weights of data quality")
        verbose_name_plural = _("weights of data quality")
        ordering = ["-valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(valid_until=None), name="qualitypolicy_one_now"
            ),
            models.CheckConstraint(
                condition=Q(amber_from__lt=F("green_from"), green_from__lte=100),
                name="qualitypolicy_green_above_amber",
                violation_error_message=_("Green begins above amber, and at 100 at most."),
                violation_error_code="thresholds_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.valid_from:%d/%m/%Y}"

    @property
    def weights(self) -> dict[str, Decimal]:
        return {str(one): getattr(self, one) for one in Criterion}


class QualityRun(Keyed):
    """One measuring of everything, of what changed since the last one, or of a place when asked.

    What the run saw is told by ``seen_before``: the next one looks at what later transactions wrote.
    That of a ``place`` and what is under it tells the next night nothing.
    """

    place = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("this place alone, with what is under it"),
    )
    day = models.DateField(_("day"))
    is_full = models.BooleanField(_("everything was measured"), default=False)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    looked_at = models.PositiveIntegerField(_("records looked at"), default=0)
    opened = models.PositiveIntegerField(_("found"), default=0)
    closed = models.PositiveIntegerField(_("mended"), default=0)
    seen_before = Xid8(null=True, editable=False)

    objects = QualityRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("measuring of data quality")
        verbose_name_plural = _("measurings of data quality")
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["-started_at", "-id"], name="qualityrun_latest")]

    @override
    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y}"


class QualityMeasurement(Keyed):
    """How many records of a facility a rule judged on a day, and how many passed.

    A row stands until the next one: a day without a row is like the day before.
    """

    rule = models.ForeignKey(QualityRule, models.PROTECT, related_name="+", verbose_name=_("rule"))
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    day = models.DateField(_("day"))
    evaluated = models.PositiveIntegerField(_("judged"))
    passed = models.PositiveIntegerField(_("passed"))
    gates_broken = models.PositiveIntegerField(_("identifiers wrong"), default=0)

    objects = QualityMeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement of data quality")
        verbose_name_plural = _("measurements of data quality")
        ordering = ["facility", "rule", "-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "rule", "day"], name="qualitymeasurement_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(passed__lte=F("evaluated")), name="qualitymeasurement_passed_of_judged"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.passed}/{self.evaluated}"


class QualityIssue(Keyed):
    """A record that does not pass a rule: what of it, since when, until when to mend it.

    Only a measuring closes it. Who mends it takes it; what stands in the way is written down.
    """

    rule = models.ForeignKey(QualityRule, models.PROTECT, related_name="+", verbose_name=_("rule"))
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    label = models.CharField(_("kind of record"), max_length=60)
    object_id = models.UUIDField(_("record"))
    fields = ArrayField(models.CharField(max_length=40), verbose_name=_("fields"))
    sensitivity = models.CharField(
        max_length=12,
        choices=Sensitivity.choices,
        default=Sensitivity.NONE,
        blank=True,
        editable=False,
    )
    first_seen = models.DateField(_("first seen"))
    due_on = models.DateField(_("to mend until"))
    closed_on = models.DateField(_("mended on"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("taken by"),
    )
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    note = models.CharField(_("what stands in the way"), max_length=300, blank=True)

    objects = QualityIssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("record to mend")
        verbose_name_plural = _("records to mend")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "object_id"],
                condition=Q(closed_on=None),
                name="qualityissue_open_once",
            ),
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="qualityissue_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(taken_by=None) | Q(taken_at__isnull=False),
                name="qualityissue_taken_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "due_on", "id"],
                condition=Q(closed_on=None),
                name="qualityissue_work",
            ),
            models.Index(
                fields=["object_id"], condition=Q(closed_on=None), name="qualityissue_of_record"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.rule_id}"

    @property
    def breaks_gate(self) -> bool:
        """Say whether an identifier is wrong, and not another field that the rule judges."""
        fields = set(self.rule.gate_fields)
        return self.rule.is_gate and (not fields or bool(fields & set(self.fields)))


class QualityScore(Keyed):
    """The score of a place on a day: of one facility, of all under a body, of an area.

    Scores are of 100; None is "not enough data", never 100. ``worst`` are the three rules that pull
    it down most. Stands until the next one, as measurements do.
    """

    class Unit(models.TextChoices):
        FACILITY = "facility", _("one facility")
        BELOW = "below", _("a body and all under it")
        AREA = "area", _("a commune or a province")

    unit = models.CharField(_("of what"), max_length=8, choices=Unit.choices)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("organisation"),
    )
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("area"),
    )
    day = models.DateField(_("day"))
    value = models.DecimalField(_("score"), max_digits=7, decimal_places=4, null=True)
    accuracy = models.DecimalField(
        pgettext_lazy("data quality", "Correct"), max_digits=7, decimal_places=4, null=True
    )
    completeness = models.DecimalField(_("Sufficient"), max_digits=7, decimal_places=4, null=True)
    cleanness = models.DecimalField(_("Clean"), max_digits=7, decimal_places=4, null=True)
    currency = models.DecimalField(_("Living"), max_digits=7, decimal_places=4, null=True)
    consistency = models.DecimalField(_("Consistent"), max_digits=7, decimal_places=4, null=True)
    holds_gates = models.BooleanField(_("all identifiers are right"), default=True)
    evaluated = models.PositiveBigIntegerField(_("judged"))
    worst = ArrayField(models.CharField(max_length=4), default=list, verbose_name=_("worst rules"))
    rules = models.JSONField(_("judged, passed, identifiers wrong, by rule"), default=dict)

    objects = QualityScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score of data quality")
        verbose_name_plural = _("scores of data quality")
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "unit", "day"],
                condition=Q(area=None),
                name="qualityscore_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["area", "day"],
                condition=Q(organisation=None),
                name="qualityscore_area_once",
            ),
            models.CheckConstraint(
                condition=Q(unit__in=["facility", "below", "area"]), name="qualityscore_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(unit="area", organisation=None, area__isnull=False)
                | (~Q(unit="area") & Q(organisation__isnull=False, area=None)),
                name="qualityscore_of_one_place",
            ),
        ]

    @override
    def __str__(self) -> str:
        return "–" if self.value is None else f"{self.value:.1f}"

    @property
    def by_criterion(self) -> dict[str, Decimal | None]:
        return {str(one): getattr(self, one) for one in Criterion}
