"""Who cares for a citizen, and who has opened the record on which ground."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import CareAccessQuerySet, CareRelationQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class CareRelation(Keyed):
    """An organisation cares for a citizen, on a ground, since a day."""

    class Ground(models.TextChoices):
        RESIDENCE = "residence", _("lives in the catchment")
        VISIT = "visit", _("was treated here")
        REFERRAL = "referral", _("was referred here")
        APPOINTMENT = "appointment", _("has an appointment here")
        INSURANCE = "insurance", _("is registered for insurance here")

    # What is said once, and the index below, begin with these two.
    citizen = models.ForeignKey(
        Citizen,
        models.CASCADE,
        related_name="care_relations",
        db_index=False,
        verbose_name=_("citizen"),
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("organisation"),
    )
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = CareRelationQuerySet.as_manager()

    class Meta:
        verbose_name = _("care relation")
        verbose_name_plural = _("care relations")
        ordering = ["citizen", "organisation", "ground", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["citizen", "organisation", "ground"], name="carerelation_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    ground__in=["residence", "visit", "referral", "appointment", "insurance"]
                ),
                name="carerelation_ground_known",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "citizen"], name="carerelation_place")]

    @override
    def __str__(self) -> str:
        return f"{self.get_ground_display()}"


@tracked()
class CareAccess(Keyed):
    """A user may open a citizen's whole record until a moment, on a ground or by broken glass.

    The citizen sees broken glass, and a reviewer checks it.
    """

    class Ground(models.TextChoices):
        RESIDENCE = "residence", _("lives in the catchment")
        VISIT = "visit", _("was treated here")
        REFERRAL = "referral", _("was referred here")
        APPOINTMENT = "appointment", _("has an appointment here")
        INSURANCE = "insurance", _("is registered for insurance here")
        GLASS = "glass", _("glass broken with a reason")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user")
    )
    citizen = models.ForeignKey(
        Citizen, models.CASCADE, related_name="accesses", verbose_name=_("citizen")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    reason = models.TextField(_("reason"), blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    until = models.DateTimeField(_("open until"))
    review_due_on = models.DateField(_("review due"), null=True, blank=True)

    objects = CareAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("opened record")
        verbose_name_plural = _("opened records")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ground__in=[
                        "residence",
                        "visit",
                        "referral",
                        "appointment",
                        "insurance",
                        "glass",
                    ]
                ),
                name="careaccess_ground_known",
            ),
            models.CheckConstraint(
                condition=~Q(ground="glass") | ~Q(reason=""),
                name="careaccess_glass_has_reason",
                violation_error_message=_("Opening this record needs a reason; write it."),
                violation_error_code="glass_without_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "citizen", "until"], name="careaccess_open"),
            models.Index(
                fields=["organisation", "-opened_at"],
                condition=Q(ground="glass"),
                name="careaccess_glass",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_ground_display()}"
