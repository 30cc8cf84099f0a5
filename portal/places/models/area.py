"""Administrative areas since 1 July 2025, and the older ones that became them."""

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded


class AreaQuerySet(models.QuerySet["Area"]):
    """Reads of areas."""

    def provinces(self) -> "AreaQuerySet":
        return self.filter(kind=Area.Kind.PROVINCE, valid_until=None)

    def communes(self) -> "AreaQuerySet":
        return self.filter(kind=Area.Kind.COMMUNE, valid_until=None)


@tracked(exclude=["name_norm"])
class Area(Keyed):
    """A province or a commune of the two-level administration (Decision 19/2025/QĐ-TTg)."""

    class Kind(models.TextChoices):
        PROVINCE = "province", _("Province")
        COMMUNE = "commune", _("Commune")

    kind = models.CharField(_("level"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=5)
    name = models.CharField(_("name"), max_length=120)
    name_norm = folded("name")
    unit = models.CharField(_("kind of unit"), max_length=40)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("province"),
        related_name="communes",
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code"], condition=Q(valid_until=None), name="area_code_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["province", "commune"]), name="area_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="province", parent=None) | Q(kind="commune", parent__isnull=False),
                name="area_commune_has_province",
                violation_error_message=_("A commune lies in a province; choose the province."),
                violation_error_code="area_without_province",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="area_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]
        indexes = [models.Index(fields=["name_norm"], name="area_name_norm")]

    @override
    def __str__(self) -> str:
        return self.name


@tracked(exclude=["name_norm", "place_norm"])
class FormerArea(Keyed):
    """A commune as it was before 1 July 2025, with the district it then had."""

    code = models.CharField(_("old code"), max_length=5, unique=True)
    name = models.CharField(_("old name"), max_length=120)
    name_norm = folded("name")
    district_code = models.CharField(_("old district code"), max_length=3)
    district_name = models.CharField(_("old district"), max_length=120, blank=True)
    province_code = models.CharField(_("old province code"), max_length=2)
    province_name = models.CharField(_("old province"), max_length=120, blank=True)
    place_norm = folded(Concat("name", Value(" "), "district_name", Value(" "), "province_name"))
    became = models.ManyToManyField(
        Area, through="AreaSuccession", related_name="formerly", verbose_name=_("became")
    )

    class Meta:
        verbose_name = _("former area")
        verbose_name_plural = _("former areas")
        ordering = ["code", "id"]
        indexes = [models.Index(fields=["name_norm"], name="formerarea_name_norm")]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class AreaSuccession(Keyed):
    """One step from an old commune to one of today's; a split commune has several."""

    former = models.ForeignKey(FormerArea, models.CASCADE, related_name="successions")
    area = models.ForeignKey(Area, models.PROTECT, related_name="successions")
    on = models.DateField(_("on"))
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("area succession")
        verbose_name_plural = _("area successions")
        ordering = ["former", "area", "id"]
        constraints = [
            models.UniqueConstraint(fields=["former", "area"], name="areasuccession_once"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.former_id} → {self.area_id}"
