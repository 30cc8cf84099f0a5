"""A person who practises and the numbers they are known by."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.person import Person, known_precision, known_sex
from portal.places.models import Area, Organisation
from portal.provenance import Provenance, Sureness
from practitioners.querysets import OfPractitionerQuerySet, PractitionerQuerySet


@tracked(exclude=["name_norm"])
class Practitioner(Person):
    """A person under the Law on Medical Examination and Treatment 15/2023/QH15, articles 19 to 38.

    No number is a key: personal numbers change and foreigners may lack one. ``keeper`` is the
    department that verified the profile and keeps it.
    """

    other_names = models.CharField(_("other names"), max_length=255, blank=True)
    nationality = models.CharField(_("nationality"), max_length=60, default="VN")
    ethnic_group = models.CharField(_("ethnic group"), max_length=10, blank=True)
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("commune of residence"),
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    keeper = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("profile kept by"),
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    died_on = models.DateField(_("died on"), null=True, blank=True)
    # The row that speaks for this one since both were found to be one person.
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("replaced by"),
    )

    objects = PractitionerQuerySet.as_manager()

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["name_sort", "birth_date", "id"]
        constraints = [
            known_sex("practitioner"),
            known_precision("practitioner"),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="practitioner_has_name",
                violation_error_message=_("The name is missing; write it as on the licence."),
                violation_error_code="name_missing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["replaced_by"],
                condition=Q(replaced_by__isnull=False),
                name="practitioner_replaced",
            ),
            models.Index(fields=["name_norm", "birth_date", "id"], name="practitioner_name"),
            models.Index(fields=["name_sort", "birth_date", "id"], name="practitioner_sort"),
            models.Index(fields=["keeper", "name_sort"], name="practitioner_keeper"),
            GinIndex(OpClass(F("name_norm"), "gin_trgm_ops"), name="practitioner_name_parts"),
        ]

    def provenance_of(self, name: str) -> Provenance | None:
        """Return who verified an item of the profile, and when; one query for all of them."""
        if "_verified" not in self.__dict__:
            rows = self.verifications.select_related("verified_by").order_by("verified_at")
            self.__dict__["_verified"] = {row.field: row for row in rows}
        row = self.__dict__["_verified"].get(name)
        if row is None:
            return None
        text = _("verified by %(name)s") % {"name": row.verified_by}
        return Provenance(Sureness.VERIFIED, text, timezone.localdate(row.verified_at))


@tracked()
class PractitionerIdentifier(Keyed):
    """A number a practitioner is known by; unique only among verified ones that have not ended.

    Former numbers stay with their days: who was known by a 9-digit card keeps it beside the 12
    digits of today, so that a second licence under the old number is still found.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal number (12 digits)")
        OLD_CARD = "old_card", _("Old ID card (9 digits)")
        PASSPORT = "passport", _("Passport")
        INSURANCE = "insurance", _("Social insurance number (10 digits)")
        PRESCRIBER = "prescriber", _("E-prescription link code")

    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        related_name="identifiers",
        verbose_name=_("practitioner"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("number"), max_length=20)
    issued_by = models.CharField(_("issued by"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    is_verified = models.BooleanField(_("verified"), default=False)

    objects = OfPractitionerQuerySet["PractitionerIdentifier"].as_manager()

    class Meta:
        verbose_name = _("identity number")
        verbose_name_plural = _("identity numbers")
        ordering = ["practitioner", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(is_verified=True, valid_until=None),
                name="practitioneridentifier_verified_once",
                violation_error_message=_("Another practitioner already has this number."),
                violation_error_code="identifier_taken",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["personal", "old_card", "passport", "insurance", "prescriber"]
                ),
                name="practitioneridentifier_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None)
                | Q(valid_from=None)
                | Q(valid_until__gte=F("valid_from")),
                name="practitioneridentifier_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]
        indexes = [models.Index(fields=["value", "kind"], name="practitioneridentifier_value")]

    @override
    def __str__(self) -> str:
        return self.value
