"""The numbers a citizen is known by, those that ended included."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class CitizenIdentifier(Keyed):
    """A number a citizen is known by; claimed until somebody verified it.

    Unique among verified, not ended ones; a claimed duplicate is saved, for care is never refused
    because of a number. A number can be cancelled and another be issued in its place (Decree
    70/2024/NĐ-CP, Article 11): it ends with a reason and names its successor. A facility's own number
    has that facility as its issuer.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal number (12 digits)")
        OLD_CARD = "old_card", _("Old ID card (9 digits)")
        PASSPORT = "passport", _("Passport")
        INSURANCE_CARD = "insurance_card", _("Insurance card")
        INSURANCE_NUMBER = "insurance_number", _("Insurance number (10 digits)")
        FOREIGN_ACCOUNT = "foreign_account", _("Electronic identity account of a foreigner")
        ORIGIN_CERTIFICATE = "origin_certificate", _("Identity certificate (no nationality)")
        BIRTH_PAPER = "birth_paper", _("Birth paper of the facility")
        BIRTH_REGISTRATION = "birth_registration", _("Birth registration")
        FACILITY_NUMBER = "facility_number", _("Patient number of a facility")
        TEMPORARY = "temporary", _("Temporary number")

    # Each office counts from one again: two people may bear the same.
    LOCAL: ClassVar = frozenset({Kind.BIRTH_PAPER, Kind.BIRTH_REGISTRATION, Kind.FACILITY_NUMBER})

    class Ending(models.TextChoices):
        """Why a number does not hold any more."""

        NONE = "", _("not said")
        CORRECTED = "corrected", _("was written wrongly")
        REPLACED = "replaced", _("a new one was issued")
        CANCELLED = "cancelled", _("was cancelled by the authority")
        NOT_THEIRS = "not_theirs", _("belongs to another person")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="identifiers", verbose_name=_("citizen")
    )
    kind = models.CharField(_("kind"), max_length=18, choices=Kind.choices)
    value = models.CharField(_("number"), max_length=20)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ending = models.CharField(_("why it ended"), max_length=10, choices=Ending.choices, blank=True)
    ending_note = models.CharField(_("about the ending"), max_length=500, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        db_index=False,
        verbose_name=_("replaced by"),
    )
    issuer = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("issued by"),
    )
    is_verified = models.BooleanField(_("verified"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("verified by"),
    )
    origin = models.CharField(
        _("came"), max_length=5, choices=Citizen.Origin.choices, default=Citizen.Origin.TYPED
    )
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        ordering = ["citizen", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(is_verified=True, ended_on=None),
                name="citizenidentifier_verified_once",
                violation_error_message=_("Another citizen already has this verified number."),
                violation_error_code="identifier_taken",
            ),
            models.UniqueConstraint(
                fields=["citizen", "kind", "value", "issuer"],
                condition=Q(ended_on=None),
                nulls_distinct=False,
                name="citizenidentifier_once_per_citizen",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "personal",
                        "old_card",
                        "passport",
                        "insurance_card",
                        "insurance_number",
                        "foreign_account",
                        "origin_certificate",
                        "birth_paper",
                        "birth_registration",
                        "facility_number",
                        "temporary",
                    ]
                ),
                name="citizenidentifier_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]),
                name="citizenidentifier_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(ending__in=["", "corrected", "replaced", "cancelled", "not_theirs"]),
                name="citizenidentifier_ending_known",
            ),
            models.CheckConstraint(
                condition=~Q(ended_on=None) | Q(ending="", ending_note="", successor=None),
                name="citizenidentifier_ended_on_a_day",
                violation_error_message=_("A number that ended needs the day on which it did."),
                violation_error_code="ending_without_day",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("id")),
                name="citizenidentifier_other_successor",
            ),
            models.UniqueConstraint(
                fields=["value"],
                condition=Q(kind="temporary"),
                name="citizenidentifier_temporary_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="facility_number") | Q(issuer__isnull=False),
                name="citizenidentifier_facility_issues",
                violation_error_message=_("A patient number needs the facility that gave it."),
                violation_error_code="issuer_missing",
            ),
        ]
        indexes = [models.Index(fields=["value", "kind"], name="citizenidentifier_value")]

    @override
    def __str__(self) -> str:
        return self.value
