"""A place of care: what it is beyond its place in the tree, and every name it was given."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.querysets import FacilityQuerySet, OfFacilityQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.database.periods import VALIDITY
from portal.places.models import Organisation


@tracked()
class Facility(Keyed):
    """A place of medical examination and treatment (Law 15/2023/QH15, article 48).

    Name, codes, area and place in the tree are the organisation's. The address is kept as it was
    received, with the district it then named: districts ended on 1 July 2025.
    """

    class Ownership(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")
        FOREIGN = "foreign", _("foreign-invested")
        POLICE = "police", _("police")
        ARMY = "army", _("army")

    class Level(models.TextChoices):
        PRIMARY = "primary", _("primary level")
        BASIC = "basic", _("basic level")
        ADVANCED = "advanced", _("advanced level")

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="facility", verbose_name=_("organisation")
    )
    form = models.CharField(_("form"), max_length=20, blank=True)
    ownership = models.CharField(
        _("ownership"), max_length=8, choices=Ownership.choices, blank=True
    )
    level = models.CharField(
        _("level of expertise"), max_length=8, choices=Level.choices, blank=True
    )
    address = models.CharField(_("address as received"), max_length=500, blank=True)
    former_district = models.CharField(_("former district"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    founded_in = models.PositiveSmallIntegerField(_("founded in (year)"), null=True, blank=True)
    specialty = models.CharField(_("specialty"), max_length=120, blank=True)
    trains_practitioners = models.BooleanField(
        _("place of practical training"), null=True, blank=True
    )
    has_insurance_contract = models.BooleanField(
        _("contract with health insurance"), null=True, blank=True
    )
    floor_area = models.DecimalField(
        _("floor area (m²)"), max_digits=9, decimal_places=1, null=True, blank=True
    )
    latitude = models.DecimalField(
        _("latitude"), max_digits=8, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    website = models.CharField(
        _("website"), max_length=200, blank=True, validators=[URLValidator(["http", "https"])]
    )
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ["organisation__name_norm", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ownership__in=["", "public", "private", "foreign", "police", "army"]),
                name="facility_ownership_known",
            ),
            models.CheckConstraint(
                condition=Q(level__in=["", "primary", "basic", "advanced"]),
                name="facility_level_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "file"]), name="facility_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__range=(8, 24), longitude__range=(102, 118)),
                name="facility_lies_in_vietnam",
                violation_error_message=_(
                    "These degrees lie outside Vietnam; latitude is 8 to 24, longitude 102 to 118."
                ),
                violation_error_code="coordinates_astray",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.organisation.name


@tracked(exclude=["name_norm"])
class FacilityName(Keyed):
    """A name a facility carried from a day, with the address that came with it.

    The official one is the organisation's name. A received one is what a file called the same
    code: it is kept until somebody says whether it is another facility.
    """

    class Kind(models.TextChoices):
        OFFICIAL = "official", _("official name")
        RECEIVED = "received", _("as received, to be settled")

    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="names", verbose_name=_("facility")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=255)
    name_norm = folded("name")
    address = models.CharField(_("address as received"), max_length=500, blank=True)
    former_district = models.CharField(_("former district"), max_length=120, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True)

    objects = OfFacilityQuerySet["FacilityName"].as_manager()

    class Meta:
        verbose_name = _("name of a facility")
        verbose_name_plural = _("names of facilities")
        ordering = ["facility", "kind", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="facilityname_one_official",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="official"),
                violation_error_message=_(
                    "The facility already has an official name in these days."
                ),
                violation_error_code="official_name_overlap",
            ),
            models.UniqueConstraint(
                fields=["facility", "name"],
                condition=Q(valid_until=None),
                name="facilityname_once",
                violation_error_message=_("The facility already carries this name."),
                violation_error_code="facility_name_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["official", "received"]), name="facilityname_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="facilityname_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name
