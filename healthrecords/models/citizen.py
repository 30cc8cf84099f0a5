"""A citizen and the numbers they are known by."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.names import learning_names
from healthrecords.querysets import CitizenQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.person import Person, known_precision, known_sex
from portal.places.models import Area, Organisation


@tracked(exclude=["name_norm"])
class Citizen(Person):
    """A person the health system cares for, with or without a number (Decree 102/2025/NĐ-CP).

    ``nationality`` is an ISO 3166 code, empty when it is not known. A record that came with a file
    which was undone is withdrawn: it is not found any more, and returns when the file does.
    """

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        CARD = "card", _("read from a card")
        FILE = "file", _("from a file")

    ethnic_group = models.CharField(_("ethnic group"), max_length=2, blank=True)
    occupation = models.CharField(_("occupation"), max_length=5, blank=True)
    nationality = models.CharField(_("nationality"), max_length=3, blank=True, default="VN")
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    address = models.CharField(_("address"), max_length=1024, blank=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    home_station = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("home station"),
    )
    died_on = models.DateField(_("died on"), null=True, blank=True)
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    registered_at = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first registered at"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    client_key = models.UUIDField(null=True, unique=True, editable=False)

    objects = CitizenQuerySet.as_manager()

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        ordering = ["name_norm", "birth_date", "id"]
        constraints = [
            known_sex("citizen"),
            known_precision("citizen"),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]), name="citizen_origin_known"
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="citizen_has_name",
                violation_error_message=_("The name is missing; write the name or a description."),
                violation_error_code="name_missing",
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("birth_date")),
                name="citizen_born_before_death",
                violation_error_message=_("The date of death comes before the date of birth."),
                violation_error_code="death_before_birth",
            ),
        ]
        indexes = [
            models.Index(fields=["name_norm", "birth_date", "id"], name="citizen_name"),
            models.Index(fields=["birth_date", "name_norm"], name="citizen_birth"),
            models.Index(fields=["home_station", "name_norm"], name="citizen_station"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="citizen_phone"),
        ]
        triggers = learning_names()


@tracked()
class CitizenIdentifier(Keyed):
    """A number a citizen is known by; claimed until somebody verified it.

    Unique among verified, not ended ones; a claimed duplicate is saved, for care is never refused
    because of a number.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal number (12 digits)")
        OLD_CARD = "old_card", _("Old ID card (9 digits)")
        PASSPORT = "passport", _("Passport")
        INSURANCE_CARD = "insurance_card", _("Insurance card")
        INSURANCE_NUMBER = "insurance_number", _("Insurance number (10 digits)")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="identifiers", verbose_name=_("citizen")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    value = models.CharField(_("number"), max_length=20)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    is_verified = models.BooleanField(_("verified"), default=False)
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
                fields=["citizen", "kind", "value"],
                condition=Q(ended_on=None),
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
                    ]
                ),
                name="citizenidentifier_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]),
                name="citizenidentifier_origin_known",
            ),
        ]
        indexes = [models.Index(fields=["value", "kind"], name="citizenidentifier_value")]

    @override
    def __str__(self) -> str:
        return self.value
