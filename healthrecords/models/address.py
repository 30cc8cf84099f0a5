"""Where a citizen lived and lives, and by what names they were known before."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.places.models import Area


@tracked()
class CitizenAddress(Keyed):
    """One address of a citizen for a time, with the codes as they were received.

    The codes of before 1 July 2025, the district's among them, stay as they came; ``area`` is the
    commune of today that they mean, empty while an old commune was divided and nobody has chosen.
    The present residence stands on the citizen too: lists and search read it there.
    """

    class Kind(models.TextChoices):
        RESIDENCE = "residence", _("lives there")
        PERMANENT = "permanent", _("permanent registration")
        TEMPORARY = "temporary", _("temporary registration")

    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="addresses", verbose_name=_("citizen")
    )
    kind = models.CharField(_("kind of address"), max_length=9, choices=Kind.choices)
    text = models.CharField(_("village, house"), max_length=1024, blank=True)
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("commune"),
    )
    province_code = models.CharField(_("province code as received"), max_length=3, blank=True)
    district_code = models.CharField(_("district code as received"), max_length=3, blank=True)
    commune_code = models.CharField(_("commune code as received"), max_length=5, blank=True)
    valid_from = models.DateField(_("since"), null=True, blank=True)
    valid_until = models.DateField(_("until"), null=True, blank=True)
    origin = models.CharField(
        _("came"), max_length=5, choices=Citizen.Origin.choices, default=Citizen.Origin.TYPED
    )
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["citizen", "kind", "-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["residence", "permanent", "temporary"]),
                name="citizenaddress_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]),
                name="citizenaddress_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="citizenaddress_valid_period",
                violation_error_message=_("The last day of the address comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=~Q(text="") | Q(area__isnull=False) | ~Q(commune_code=""),
                name="citizenaddress_says_something",
                violation_error_message=_("The address is empty; write the village or commune."),
                violation_error_code="address_empty",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text


@tracked(exclude=["name_norm"])
class FormerName(Keyed):
    """A name that a citizen bore before it was changed; what was a slip of the pen is none."""

    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="former_names", verbose_name=_("citizen")
    )
    name = models.CharField(_("former name"), max_length=255)
    name_norm = folded("name")
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ["citizen", "-until", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="formername_has_name"),
        ]
        indexes = [models.Index(fields=["name_norm"], name="formername_name")]

    @override
    def __str__(self) -> str:
        return self.name
