"""A licence to practise, what happened to it, and the registrations it serves."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from portal.places.models import Organisation
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import PracticeLicenseQuerySet, RegistrationQuerySet

# Codes of the list staff_positions that make a person responsible for the facility's profession.
RESPONSIBLE = ("1", "3")


@tracked()
class PracticeLicense(Keyed):
    """A licence (GPHN) or former certificate (CCHN) to practise, Law 15/2023/QH15 articles 26 to 35.

    The number is kept as printed and cut into what compares: serial, issuer's letters, kind. Its
    state is computed from dated events, never typed in.
    """

    class Kind(models.TextChoices):
        GPHN = "gphn", _("Licence (GPHN)")
        CCHN = "cchn", _("Former certificate (CCHN)")

    class State(models.TextChoices):
        ACTIVE = "active", _("In force")
        NOT_YET = "not_yet", _("Not yet in force")
        EXPIRED = "expired", _("Expired")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Replaced by a later one")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="licenses", verbose_name=_("practitioner")
    )
    number_raw = models.CharField(_("number"), max_length=60)
    serial = models.PositiveIntegerField(_("serial"))
    issuer_code = models.CharField(_("issuer's letters"), max_length=4)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    title = models.CharField(_("professional title"), max_length=40)
    scope = models.TextField(_("scope as printed"), blank=True)
    issued_on = models.DateField(_("issued on"))
    issued_by = models.CharField(_("issued by"), max_length=200, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    superseded_on = models.DateField(_("replaced on"), null=True, blank=True)

    objects = PracticeLicenseQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence to practise")
        verbose_name_plural = _("licences to practise")
        ordering = ["practitioner", "-issued_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["serial", "issuer_code", "kind"],
                condition=Q(superseded_on=None),
                name="practicelicense_number_once",
                violation_error_message=_("Another practitioner already has this licence number."),
                violation_error_code="license_taken",
            ),
            models.UniqueConstraint(
                fields=["practitioner"],
                condition=Q(superseded_on=None),
                name="practicelicense_one_current",
                violation_error_message=_(
                    "A person has one current licence; this one has another."
                ),
                violation_error_code="license_second",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["gphn", "cchn"]), name="practicelicense_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")),
                name="practicelicense_ends_after_issue",
                violation_error_message=_(
                    "The licence ends before it was issued; check both days."
                ),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number_raw

    @property
    def key(self) -> tuple[int, str, str]:
        return self.serial, self.issuer_code, self.kind.upper()

    @property
    def is_legacy(self) -> bool:
        """Say whether it is a certificate from before 01/01/2024 (Decree 96/2023, article 143)."""
        return self.kind == self.Kind.CCHN

    def state_on(self, day: date) -> "PracticeLicense.State":
        """Compute the state on a day from the licence's own days and its events."""
        found = self.State.ACTIVE
        if self.superseded_on is not None and self.superseded_on <= day:
            return self.State.SUPERSEDED
        if day < self.issued_on:
            return self.State.NOT_YET
        if self.valid_until is not None and self.valid_until < day:
            found = self.State.EXPIRED
        return state_after(self.events.all(), day, found)


@tracked()
class LicenseEvent(Keyed):
    """An act on a licence by a decision: issue, renewal, adjustment, suspension, revocation."""

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REISSUED = "reissued", _("Issued again")
        RENEWED = "renewed", _("Renewed")
        ADJUSTED = "adjusted", _("Adjusted")
        SUSPENDED = "suspended", _("Suspended")
        RESUMED = "resumed", _("Suspension lifted")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Replaced by a later one")

    license = models.ForeignKey(
        PracticeLicense, models.PROTECT, related_name="events", verbose_name=_("licence")
    )
    kind = models.CharField(_("act"), max_length=10, choices=Kind.choices)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    ground = models.TextField(_("ground"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("act on a licence")
        verbose_name_plural = _("acts on licences")
        ordering = ["license", "valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "issued",
                        "reissued",
                        "renewed",
                        "adjusted",
                        "suspended",
                        "resumed",
                        "revoked",
                        "superseded",
                    ]
                ),
                name="licenseevent_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="licenseevent_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.valid_from:%d/%m/%Y}"


def state_after(
    events: Iterable[LicenseEvent], day: date, found: PracticeLicense.State
) -> PracticeLicense.State:
    """Say what suspensions and revocations make of a licence on a day."""
    suspended = False
    for event in sorted(events, key=lambda event: (event.valid_from, event.id)):
        if event.valid_from > day:
            break
        if event.kind == LicenseEvent.Kind.REVOKED:
            return PracticeLicense.State.REVOKED
        if event.kind == LicenseEvent.Kind.SUSPENDED:
            suspended = event.valid_until is None or event.valid_until >= day
        elif event.kind == LicenseEvent.Kind.RESUMED:
            suspended = False
    return PracticeLicense.State.SUSPENDED if suspended else found


@tracked()
class Registration(Keyed):
    """A practitioner is registered to practise at a facility (Law 15/2023/QH15, articles 36 to 38).

    ``hours`` is the text of the paper (T2T3T4T5T6 0730-1630); weekly slots hang here.
    """

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="registrations", verbose_name=_("practitioner")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="registrations", verbose_name=_("facility")
    )
    position = models.CharField(_("position"), max_length=4, blank=True)
    position_text = models.CharField(_("position as written"), max_length=200, blank=True)
    is_full_time = models.BooleanField(_("full time"), default=True)
    hours = models.CharField(_("hours as written"), max_length=300, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["facility", "practitioner", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="registration_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("facility", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "This person is already registered here in this position in these days."
                ),
                violation_error_code="registration_overlap",
            ),
            ExclusionConstraint(
                name="registration_responsible_for_one",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(position__in=RESPONSIBLE),
                violation_error_message=_(
                    "A person may be responsible for the profession of one facility only"
                    " (Law 15/2023/QH15, article 36(2))."
                ),
                violation_error_code="responsible_twice",
            ),
            ExclusionConstraint(
                name="registration_one_responsible",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(position__in=RESPONSIBLE),
                violation_error_message=_(
                    "The facility already has a person responsible for its profession in these days."
                ),
                violation_error_code="responsible_taken",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="registration_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "practitioner"],
                condition=Q(valid_until=None),
                name="registration_place",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} – {self.facility}"
