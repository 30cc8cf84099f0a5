"""The operating licence of a place of care: its versions, its scope, and the acts on it."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, Decided, OfPlace
from facilities.querysets import AtFacilityQuerySet, OfLicenseQuerySet, OfVersionQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY


@tracked()
class OperatingLicense(OfPlace):
    """A licence to operate (giấy phép hoạt động), Law 15/2023/QH15, articles 48 to 60.

    The number is kept as printed and cut into what compares. Its state on a day is computed from
    dated acts, never typed in.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("In force")
        NOT_YET = "not_yet", _("Not yet in force")
        EXPIRED = "expired", _("Expired")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "temporarily_closed", _("Temporarily closed")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Replaced by a later one")

    number_raw = models.CharField(_("number as printed"), max_length=60)
    serial = models.PositiveIntegerField(_("serial"), null=True, blank=True)
    issuer_code = models.CharField(_("issuer's letters"), max_length=4, blank=True)
    issued_on = models.DateField(_("issued on"))
    issued_by = models.CharField(_("issued by"), max_length=200, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    superseded_on = models.DateField(_("replaced on"), null=True, blank=True)

    objects = AtFacilityQuerySet["OperatingLicense"].as_manager()

    class Meta:
        verbose_name = _("operating licence")
        verbose_name_plural = _("operating licences")
        ordering = ["facility", "-issued_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["serial", "issuer_code"],
                condition=Q(superseded_on=None, serial__isnull=False),
                name="operatinglicense_number_once",
                violation_error_message=_("Another facility already has this operating licence."),
                violation_error_code="license_taken",
            ),
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(superseded_on=None),
                name="operatinglicense_one_current",
                violation_error_message=_(
                    "The facility has an operating licence already; adjust or replace that one."
                ),
                violation_error_code="license_second",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("issued_on")),
                name="operatinglicense_ends_after_issue",
                violation_error_message=_(
                    "The licence ends before it was issued; check both days."
                ),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number_raw

    def state_on(self, day: date) -> "OperatingLicense.State":
        """Compute the state on a day from the licence's own days and the acts on it."""
        if self.superseded_on is not None and self.superseded_on <= day:
            return self.State.SUPERSEDED
        if day < self.issued_on:
            return self.State.NOT_YET
        expired = self.valid_until is not None and self.valid_until < day
        found = self.State.EXPIRED if expired else self.State.ACTIVE
        return state_after(self.events.all(), day, found)


@tracked()
class OperatingLicenseVersion(Dated, Keyed):
    """What the licence says from a day on: the first issue, then each adjustment or re-issue.

    Name, address, hours and beds are as printed: the paper is what an inspector reads. One of a day
    to come is awaited: on that day the facility follows it, and it is awaited no more.
    """

    license = models.ForeignKey(
        OperatingLicense, models.PROTECT, related_name="versions", verbose_name=_("licence")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    change = models.CharField(_("mark of the change"), max_length=8, blank=True)
    form = models.CharField(_("form"), max_length=20, blank=True)
    name = models.CharField(_("name as printed"), max_length=255, blank=True)
    address = models.CharField(_("address as printed"), max_length=500, blank=True)
    hours = models.CharField(_("hours as printed"), max_length=500, blank=True)
    responsible = models.CharField(_("person in charge as printed"), max_length=200, blank=True)
    beds = models.PositiveIntegerField(_("beds as printed"), null=True, blank=True)
    scope = models.TextField(_("scope as printed"), blank=True)
    is_awaited = models.BooleanField(_("the facility follows it on its day"), default=False)

    objects = OfLicenseQuerySet["OperatingLicenseVersion"].as_manager()

    class Meta:
        verbose_name = _("version of an operating licence")
        verbose_name_plural = _("versions of operating licences")
        ordering = ["license", "-number", "id"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["license", "number"], name="operatinglicenseversion_number_once"
            ),
            ExclusionConstraint(
                name="operatinglicenseversion_one_at_a_time",
                expressions=[
                    ("license", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another version of the licence holds in these days."),
                violation_error_code="version_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.license} ({self.number})"


@tracked()
class LicensedActivity(Keyed):
    """One field or technique a version of the licence allows (phạm vi hoạt động chuyên môn)."""

    version = models.ForeignKey(
        OperatingLicenseVersion,
        models.PROTECT,
        related_name="activities",
        verbose_name=_("version of the licence"),
    )
    code = models.CharField(_("code"), max_length=40, blank=True)
    title = models.CharField(_("field or technique"), max_length=300)

    objects = OfVersionQuerySet["LicensedActivity"].as_manager()

    class Meta:
        verbose_name = _("licensed activity")
        verbose_name_plural = _("licensed activities")
        ordering = ["version", "title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "title"],
                name="licensedactivity_once",
                violation_error_message=_("This activity stands in the version already."),
                violation_error_code="activity_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title


@tracked()
class OperatingLicenseEvent(Decided, Dated, Keyed):
    """An act on an operating licence by a decision, or the facility's own temporary closing.

    ``part`` names what of the scope a partial suspension is about; empty means all of it.
    ``dossier_id`` is the procedure it came from, by its key alone.
    """

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REISSUED = "reissued", _("Issued again")
        ADJUSTED = "adjusted", _("Adjusted")
        SUSPENDED = "suspended", _("Suspended")
        RESUMED = "resumed", _("Suspension lifted")
        CLOSED = "closed", _("Temporarily closed")
        REOPENED = "reopened", _("Reopened")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Replaced by a later one")
        WITHDRAWN = "withdrawn", _("Version taken back before its day")

    license = models.ForeignKey(
        OperatingLicense, models.PROTECT, related_name="events", verbose_name=_("licence")
    )
    version = models.ForeignKey(
        OperatingLicenseVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("version of the licence"),
    )
    kind = models.CharField(_("act"), max_length=10, choices=Kind.choices)
    part = models.CharField(_("part of the scope"), max_length=500, blank=True)
    ground = models.TextField(_("ground"), blank=True)
    dossier_id = models.UUIDField(_("dossier"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    objects = OfLicenseQuerySet["OperatingLicenseEvent"].as_manager()

    class Meta:
        verbose_name = _("act on an operating licence")
        verbose_name_plural = _("acts on operating licences")
        ordering = ["license", "valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known(
                "operatinglicenseevent",
                "kind",
                [
                    "issued",
                    "reissued",
                    "adjusted",
                    "suspended",
                    "resumed",
                    "closed",
                    "reopened",
                    "revoked",
                    "superseded",
                    "withdrawn",
                ],
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.valid_from:%d/%m/%Y}"


# An act that stops the work of a facility -> the act that ends that.
ENDED_BY = {
    OperatingLicenseEvent.Kind.SUSPENDED: OperatingLicenseEvent.Kind.RESUMED,
    OperatingLicenseEvent.Kind.CLOSED: OperatingLicenseEvent.Kind.REOPENED,
}


def state_after(
    events: Iterable[OperatingLicenseEvent], day: date, found: OperatingLicense.State
) -> OperatingLicense.State:
    """Say what acts make of a licence on a day; a part that is suspended leaves the rest in force."""
    state, kinds = OperatingLicense.State, OperatingLicenseEvent.Kind
    past = [event for event in events if event.valid_from <= day]
    if any(event.kind == kinds.REVOKED for event in past):
        return state.REVOKED
    if _stopped(past, kinds.SUSPENDED, day):
        return state.SUSPENDED
    closed = _stopped(past, kinds.CLOSED, day)
    return state.CLOSED if closed and found == state.ACTIVE else found


def parts_suspended(events: Iterable[OperatingLicenseEvent], day: date) -> list[str]:
    """Return the parts of a licence's scope that are suspended on a day, the rest being in force."""
    kinds = OperatingLicenseEvent.Kind
    past = [event for event in events if event.part and event.valid_from <= day]
    last: dict[str, OperatingLicenseEvent] = {}
    for event in sorted(past, key=lambda event: (event.valid_from, event.id)):
        if event.kind in {kinds.SUSPENDED, kinds.RESUMED}:
            last[" ".join(event.part.casefold().split())] = event
    return [
        event.part
        for event in last.values()
        if event.kind == kinds.SUSPENDED and (event.valid_until is None or event.valid_until >= day)
    ]


def _stopped(
    past: Iterable[OperatingLicenseEvent], act: OperatingLicenseEvent.Kind, day: date
) -> bool:
    """Say whether the last word of two opposite acts on the whole scope is that it stands still."""
    pair = (act, ENDED_BY[act])
    whole = [event for event in past if event.kind in pair and not event.part]
    last = max(whole, key=lambda event: (event.valid_from, event.id), default=None)
    if last is None or last.kind != act:
        return False
    return last.valid_until is None or last.valid_until >= day
