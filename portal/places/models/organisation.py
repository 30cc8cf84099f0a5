"""The bare organisation tree: who is under whom, since when, known by which codes."""

from collections.abc import Mapping

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.database.periods import VALIDITY, holds_on, not_over
from portal.identifiers import FacilityCode, GlobalLocationNumber
from portal.places.capabilities import CAPABILITIES
from portal.places.models.area import Area
from portal.scope import ScopedQuerySet


class OrganisationQuerySet(ScopedQuerySet["Organisation"]):
    """Reads of organisations."""

    place = "id"

    def current(self) -> "OrganisationQuerySet":
        """Return what stands today: a last day to come has not ended it."""
        return self.filter(not_over(timezone.localdate()))

    def below(self, organisation: "Organisation") -> "OrganisationQuerySet":
        """Return ``organisation`` and all under it."""
        return self.filter(path__startswith=organisation.path)


class IdentifierQuerySet(models.QuerySet["OrganisationIdentifier"]):
    """Reads of the codes of organisations."""

    def current(self) -> "IdentifierQuerySet":
        """Return the codes that hold today: of each kind and value there is one."""
        return self.filter(holds_on(timezone.localdate()))


@tracked(exclude=["name_norm"])
class Organisation(Keyed):
    """A body of the health system: a ministry, a department, a hospital, a commune station.

    ``path`` is the way from the root, each step ended by a full stop; ``portal.places.services``
    alone writes it. The capabilities of the house are permissions of this model.
    """

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("Ministry")
        DEPARTMENT = "department", _("Department of health")
        CENTRE = "centre", _("Regional health centre")
        HOSPITAL = "hospital", _("Hospital")
        STATION = "station", _("Commune health station")
        POINT = "point", _("Point of a station")
        CLINIC = "clinic", _("Clinic")
        OTHER = "other", _("Other facility")

    name = models.CharField(_("name"), max_length=255)
    name_norm = folded("name")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("under"),
    )
    path = models.TextField(unique=True, db_collation="C", editable=False)
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("area"),
        related_name="organisations",
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["path"]
        permissions = CAPABILITIES
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "ministry",
                        "department",
                        "centre",
                        "hospital",
                        "station",
                        "point",
                        "clinic",
                        "other",
                    ]
                ),
                name="organisation_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(path__endswith="."), name="organisation_path_ends_with_stop"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="organisation_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            # A role at a root reaches the whole country.
            models.UniqueConstraint(
                Value(1),
                condition=Q(parent=None),
                name="organisation_one_root",
                violation_error_message=_(
                    "There is one organisation at the top already; say under which one this stands."
                ),
                violation_error_code="second_root",
            ),
        ]
        indexes = [
            models.Index(fields=["name_norm"], name="organisation_name_norm"),
            GinIndex(OpClass(F("name_norm"), "gin_trgm_ops"), name="organisation_name_parts"),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def area_line(self) -> str:
        """Say in which province the organisation lies, for the head of every page."""
        area = self.area
        return "" if area is None else str((area.parent or area).name)

    @property
    def step(self) -> str:
        """Return this organisation's own step of a path."""
        return f"{self.id.hex[-12:]}."

    @property
    def is_root(self) -> bool:
        return self.parent_id is None


@tracked()
class OrganisationPlacement(Keyed):
    """A period in which an organisation stood under a parent, which sees and manages it."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="placements", verbose_name=_("organisation")
    )
    parent = models.ForeignKey(
        Organisation, models.PROTECT, related_name="placed_here", verbose_name=_("under")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("place in the tree")
        verbose_name_plural = _("places in the tree")
        ordering = ["organisation", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="organisationplacement_one_parent_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "The organisation already stands under another one in these days."
                ),
                violation_error_code="placement_overlap",
            ),
            models.CheckConstraint(
                condition=~Q(organisation=F("parent")),
                name="organisationplacement_not_under_itself",
                violation_error_message=_("An organisation cannot stand under itself."),
                violation_error_code="placement_under_itself",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="organisationplacement_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.organisation} < {self.parent}"


@tracked()
class OrganisationIdentifier(Keyed):
    """A code an organisation is known by, in the days it holds.

    The 5-character insurance code and the 13-digit GLN are different things.
    """

    class Scheme(models.TextChoices):
        INSURANCE = "insurance", _("Insurance facility code")
        GLN = "gln", _("GLN (13 digits)")
        OTHER = "other", _("Other code")

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="identifiers", verbose_name=_("organisation")
    )
    scheme = models.CharField(_("kind of code"), max_length=10, choices=Scheme.choices)
    value = models.CharField(_("code"), max_length=40)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)

    objects = IdentifierQuerySet.as_manager()

    @property
    def holds(self) -> bool:
        """Does it hold today?"""
        today = timezone.localdate()
        return self.valid_from <= today <= (self.valid_until or today)

    @property
    def is_to_come(self) -> bool:
        """Does it begin after today?"""
        return self.valid_from > timezone.localdate()

    is_sure = False  # somebody compared it with the certificate: a wrong check digit stays

    class Meta:
        verbose_name = _("organisation code")
        verbose_name_plural = _("organisation codes")
        ordering = ["organisation", "scheme", "-valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "value"],
                condition=Q(valid_until=None) & ~Q(scheme="other"),
                name="organisationidentifier_value_once",
                violation_error_message=_("Another organisation already has this code."),
                violation_error_code="organisation_code_taken",
            ),
            ExclusionConstraint(
                name="organisationidentifier_value_once_at_a_time",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("value", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=~Q(scheme="other"),
                violation_error_message=_("Another organisation has this code in these days."),
                violation_error_code="organisation_code_taken",
            ),
            models.CheckConstraint(
                condition=Q(scheme__in=["insurance", "gln", "other"]),
                name="organisationidentifier_scheme_known",
            ),
            models.CheckConstraint(
                condition=Q(scheme="other")
                | Q(scheme="insurance", value__regex=r"^[0-9]{2}[0-9A-Z]{3}$")
                | Q(scheme="gln", value__regex=r"^[0-9]{13}$"),
                name="organisationidentifier_written_as_its_scheme",
                violation_error_message=_(
                    "An insurance code has 5 characters like 01020, a location number 13 digits."
                ),
                violation_error_code="organisation_code_unreadable",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="organisationidentifier_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.value

    @override
    def clean(self) -> None:
        """Write the code as its scheme does; refuse one it cannot read or whose digits do not add up."""
        super().clean()
        reader = READERS.get(self.scheme)
        if reader is None or not self.value:
            return
        try:
            code = reader.parse(self.value)
        except ValidationError as unreadable:
            raise ValidationError({"value": unreadable}) from unreadable
        self.value = str(code)
        if self.is_sure or self.scheme != self.Scheme.GLN:
            return
        doubts = [
            ValidationError(doubt.message, code=doubt.code, params=dict(doubt.params))
            for doubt in code.doubts()
        ]
        if doubts:
            raise ValidationError({"value": doubts})


READERS: Mapping[str, type[FacilityCode] | type[GlobalLocationNumber]] = {
    OrganisationIdentifier.Scheme.INSURANCE: FacilityCode,
    OrganisationIdentifier.Scheme.GLN: GlobalLocationNumber,
}


@tracked()
class Catchment(Keyed):
    """A commune whose residents an organisation looks after, in the days it does.

    One station per commune is the rule (Circular 43/2025/TT-BYT); two are a finding.
    """

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="catchments", verbose_name=_("organisation")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="catchments", verbose_name=_("commune")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("catchment")
        verbose_name_plural = _("catchments")
        ordering = ["organisation", "area", "id"]
        constraints = [
            ExclusionConstraint(
                name="catchment_once",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This commune is already in the catchment."),
                violation_error_code="catchment_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="catchment_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.organisation} – {self.area}"
