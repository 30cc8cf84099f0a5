"""A licence to practise, the papers it was printed on, and what was decided about it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfLicenseQuerySet, PracticeLicenseQuerySet
from practitioners.rules import Rules, rules_on
from practitioners.states import Standing, days_of, is_legacy, paper_on, standing_on
from practitioners.states import State as LicenseState


@tracked()
class PracticeLicense(Keyed):
    """A licence (GPHN) or former certificate (CCHN) to practise, Law 15/2023/QH15 articles 26 to 35.

    The number is kept as printed and cut into what compares: serial, issuer's letters, kind. What
    the row says is what its latest paper says; every paper it ever had is a ``LicenseVersion``.
    Its state is computed from dated events, never typed in.
    """

    class Kind(models.TextChoices):
        GPHN = "gphn", _("Licence (GPHN)")
        CCHN = "cchn", _("Former certificate (CCHN)")

    State = LicenseState

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
    superseded_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        verbose_name=_("replaced by"),
    )

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
        # Former numbers are asked for too: a code on an old paper leads to its holder.
        indexes = [
            models.Index(fields=["serial", "issuer_code", "kind"], name="practicelicense_number")
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
        return is_legacy(self)

    def version_on(self, day: date) -> LicenseVersion | None:
        """Return the paper that held on a day, from ``versions`` as they were read."""
        return paper_on(self.versions.all(), day)

    def standing_on(self, day: date, rules: Rules | None = None) -> Standing:
        """Say in what state the licence was on a day, since when and by which act."""
        days = days_of(self, self.version_on(day))
        is_over = days.expires_on is not None and days.expires_on < day
        if rules is None and (self.is_legacy or is_over):
            rules = rules_on(day)
        return standing_on(day, days, self.events.all(), rules)

    def state_on(self, day: date, rules: Rules | None = None) -> LicenseState:
        """Compute the state on a day from the licence's own days and its events."""
        return self.standing_on(day, rules).state


class Act(models.TextChoices):
    """What makes a paper of a licence."""

    ISSUED = "issued", _("Issued")
    REISSUED = "reissued", _("Issued again")
    RENEWED = "renewed", _("Renewed")
    ADJUSTED = "adjusted", _("Adjusted")
    CONVERTED = "converted", _("Converted from a former certificate")
    RECOGNISED = "recognised", _("Foreign licence recognised")
    CORRECTED = "corrected", _("Read anew from the paper")


ACTS = ["issued", "reissued", "renewed", "adjusted", "converted", "recognised", "corrected"]


@tracked()
class LicenseVersion(Keyed):
    """One paper of a licence as it was printed, and the days on which it was the one that held.

    ``scope`` is the text as printed, ``scope_codes`` what was understood of it (list
    practice_scopes): an old certificate keeps its words until it is converted.
    """

    license = models.ForeignKey(
        PracticeLicense, models.PROTECT, related_name="versions", verbose_name=_("licence")
    )
    number = models.PositiveSmallIntegerField(_("paper"))
    act = models.CharField(_("act"), max_length=10, choices=Act.choices)
    number_raw = models.CharField(_("number as printed"), max_length=60)
    holder = models.CharField(_("name as printed"), max_length=255, blank=True)
    title = models.CharField(_("professional title"), max_length=40)
    title_text = models.CharField(_("title as printed"), max_length=300, blank=True)
    scope = models.TextField(_("scope as printed"), blank=True)
    scope_codes = ArrayField(
        models.CharField(max_length=40), verbose_name=_("scope by codes"), default=list, blank=True
    )
    issued_on = models.DateField(_("issued on"))
    issued_by = models.CharField(_("issued by, as printed"), max_length=200, blank=True)
    authority_code = models.CharField(_("authority"), max_length=40, blank=True)
    expires_on = models.DateField(_("last day of the term"), null=True, blank=True)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    reissue_case = models.CharField(_("case of re-issue"), max_length=40, blank=True)
    paper = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("copy of the paper"),
    )
    valid_from = models.DateField(_("holds from"))
    valid_until = models.DateField(_("holds until"), null=True, blank=True)
    case_id = models.UUIDField(_("dossier"), null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)

    objects = OfLicenseQuerySet["LicenseVersion"].as_manager()

    class Meta:
        verbose_name = _("paper of a licence")
        verbose_name_plural = _("papers of licences")
        ordering = ["license", "-number"]
        constraints = [
            models.CheckConstraint(condition=Q(act__in=ACTS), name="licenseversion_act_known"),
            models.UniqueConstraint(
                fields=["license", "number"], name="licenseversion_number_once"
            ),
            ExclusionConstraint(
                name="licenseversion_one_at_a_time",
                expressions=[
                    ("license", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another paper of this licence holds in these days."),
                violation_error_code="version_overlap",
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                name="licenseversion_expires_after_issue",
                violation_error_message=_(
                    "The licence ends before it was issued; check both days."
                ),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="licenseversion_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number_raw} ({self.number})"


@tracked()
class LicenseEvent(Keyed):
    """An act on a licence by a decision: issue, renewal, adjustment, suspension, revocation.

    A renewal that is asked for in time keeps the licence in force while nobody has decided (Law
    15/2023/QH15, article 32): the day of filing is an event as well. That the department read the paper
    anew is no act of an authority: it changes no state, and the public does not read it.
    """

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REISSUED = "reissued", _("Issued again")
        RENEWAL_FILED = "renewal_filed", _("Renewal asked for")
        RENEWED = "renewed", _("Renewed")
        RENEWAL_REFUSED = "renewal_refused", _("Renewal refused")
        ADJUSTED = "adjusted", _("Adjusted")
        CONVERTED = "converted", _("Converted from a former certificate")
        RECOGNISED = "recognised", _("Foreign licence recognised")
        SUSPENDED = "suspended", _("Suspended")
        DUTY_DONE = "duty_done", _("Duty of the suspension done")
        RESUMED = "resumed", _("Suspension lifted")
        REVOKED = "revoked", _("Revoked")
        REINSTATED = "reinstated", _("Revocation annulled")
        SUPERSEDED = "superseded", _("Replaced by a later one")
        CORRECTED = "corrected", _("Read anew from the paper")

    license = models.ForeignKey(
        PracticeLicense, models.PROTECT, related_name="events", verbose_name=_("licence")
    )
    kind = models.CharField(_("act"), max_length=15, choices=Kind.choices)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    authority = models.CharField(_("decided by"), max_length=200, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    ground_code = models.CharField(_("ground"), max_length=40, blank=True)
    ground = models.TextField(_("ground in words"), blank=True)
    duty = models.CharField(_("duty before returning"), max_length=300, blank=True)
    is_excused = models.BooleanField(
        _("late for illness, accident or force majeure"), default=False
    )
    version = models.ForeignKey(
        LicenseVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("paper"),
    )
    case_id = models.UUIDField(_("dossier"), null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)

    objects = OfLicenseQuerySet["LicenseEvent"].as_manager()

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
                        "renewal_filed",
                        "renewed",
                        "renewal_refused",
                        "adjusted",
                        "converted",
                        "recognised",
                        "suspended",
                        "duty_done",
                        "resumed",
                        "revoked",
                        "reinstated",
                        "superseded",
                        "corrected",
                    ]
                ),
                name="licenseevent_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["suspended", "revoked"])
                | (~Q(decision_no="") & Q(decided_on__isnull=False)),
                name="licenseevent_decided",
                violation_error_message=_(
                    "A suspension or revocation names its decision: number and day."
                ),
                violation_error_code="decision_missing",
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
