"""Papers a visit gives out as records: their number, what stands on them, a referral's way, a re-visit."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.noted import noted
from healthrecords.models.visit import HeldByVisit, Visit
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


class DocumentKind(models.TextChoices):
    """Papers whose fields the insurance standard names (tables 7 to 11, 13 and 14)."""

    DISCHARGE = "discharge", _("Discharge paper")
    SUMMARY = "summary", _("Summary of the record")
    BIRTH = "birth", _("Birth paper")
    PREGNANCY = "pregnancy", _("Certificate of rest in pregnancy")
    SICK_LEAVE = "sick_leave", _("Sick leave paper (CT07)")
    REFERRAL = "referral", _("Referral paper")
    REVISIT = "revisit", _("Re-visit slip")


@tracked()
class NumberSeries(Keyed):
    """The last number a place gave to its papers of one kind in a year; numbers have no gaps."""

    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    kind = models.CharField(_("kind of paper"), max_length=10, choices=DocumentKind.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of numbers")
        verbose_name_plural = _("series of numbers")
        ordering = ["facility", "kind", "year"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "kind", "year"], name="numberseries_once"),
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="numberseries_kind_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}: {self.last}"


@tracked()
class Document(HeldByVisit):
    """One paper of a visit; once issued it is not changed but cancelled, perhaps replaced.

    ``content`` holds the fields that the paper's own list names, by name. A paper that came by file
    was issued elsewhere: it has the number of its issuer and none of ours, says what its file says
    last, and is taken back with its file.
    """

    unsigned = ("client_key", "batch_id", "sent_digest")
    beside: ClassVar[tuple[str, ...]] = ("cancel_reason",)

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")

    kind = models.CharField(_("kind of paper"), max_length=10, choices=DocumentKind.choices)
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)
    # What the sender said, folded: the same words again change nothing.
    sent_digest = models.CharField(max_length=32, blank=True, editable=False)
    sent_number = models.CharField(_("number of its issuer"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    content = models.JSONField(_("content"), default=dict)
    client_key = models.UUIDField(null=True, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("issued by"),
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("cancelled by"),
    )
    cancel_reason = models.CharField(_("why it is cancelled"), max_length=300, blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("paper of a visit")
        verbose_name_plural = _("papers of visits")
        triggers = noted("client_key", "batch_id", "sent_digest")
        ordering = ["-issued_at", "-id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_known"
            ),
            models.UniqueConstraint(
                fields=["facility", "kind", "year", "number"], name="document_number_once"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "file"]), name="document_origin_known"
            ),
            # Who issues a paper here gives it a number; what came by file was issued elsewhere.
            models.CheckConstraint(
                condition=Q(
                    origin="typed", number__isnull=False, issued_by__isnull=False, batch_id=None
                )
                | Q(
                    origin="file",
                    number=None,
                    issued_by=None,
                    batch_id__isnull=False,
                    replaces=None,
                ),
                name="document_issued_here_or_sent",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_by=None, cancel_reason="")
                & (Q(cancelled_at=None) | Q(origin="file"))
                | (
                    Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancel_reason="")
                ),
                name="document_cancelled_with_reason",
                violation_error_message=_(
                    "Write why the paper is cancelled; it stays readable with the reason."
                ),
                violation_error_code="cancelled_without_reason",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}".rstrip()

    @property
    def label(self) -> str:
        """Return the number as it stands on the paper."""
        return self.sent_number if self.number is None else f"{self.number:05}/{self.year}"

    @property
    def is_received(self) -> bool:
        """Say whether it was issued elsewhere and came by file."""
        return self.origin == self.Origin.FILE


# What the other facility tells of a referral is not what was signed here.
CAME_BACK = (
    "arrived_at",
    "arrived_by",
    "arrived_visit",
    "answered_at",
    "answered_by",
    "answer",
)
CAME_BACK_COLUMNS = (*CAME_BACK, "arrived_by_id", "arrived_visit_id", "answered_by_id")


@tracked()
class Referral(HeldByVisit):
    """A person is sent to another facility, arrives there, and the answer comes back.

    The state follows from the dates; the paper itself is the document.
    """

    unsigned = CAME_BACK

    document = models.OneToOneField(
        Document, models.PROTECT, related_name="referral", verbose_name=_("paper")
    )
    to_facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("sent to"),
    )
    to_name = models.CharField(_("sent to (name)"), max_length=200, blank=True)
    reason = models.CharField(_("reason of the referral"), max_length=2)
    is_urgent = models.BooleanField(_("emergency"), default=False)
    sent_at = models.DateTimeField(_("sent at"))
    valid_until = models.DateField(_("holds until"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    arrived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("received by"),
    )
    arrived_visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="referrals_received",
        verbose_name=_("visit there"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("answered by"),
    )
    answer = models.TextField(_("answer"), blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        triggers = noted(*CAME_BACK_COLUMNS)
        ordering = ["-sent_at", "-id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.CheckConstraint(
                condition=Q(to_facility__isnull=False) | ~Q(to_name=""),
                name="referral_goes_somewhere",
                violation_error_message=_("Where is the person sent to? Choose the facility."),
                violation_error_code="referral_nowhere",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="referral_answer_said",
                violation_error_message=_("The answer is empty; write what was found and done."),
                violation_error_code="answer_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["to_facility", "-sent_at"], name="referral_coming"),
            models.Index(fields=["facility", "-sent_at"], name="referral_sent"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.document_id}"

    def state_on(self, on: date) -> str:
        """Say how far the referral is: sent, arrived, answered, expired or cancelled."""
        if self.document.cancelled_at:
            return "cancelled"
        if self.answered_at:
            return "answered"
        if self.arrived_at:
            return "arrived"
        return "expired" if self.valid_until and self.valid_until < on else "sent"


@tracked()
class Appointment(HeldByVisit):
    """The person is to come again on a day; whether they did follows from the visit that kept it."""

    on = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("made at"))
    kept_by = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments_kept",
        verbose_name=_("kept by the visit"),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["on", "id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.UniqueConstraint(
                fields=["visit", "on"],
                condition=Q(cancelled_at=None),
                name="appointment_one_open",
            ),
        ]
        indexes = [models.Index(fields=["facility", "on"], name="appointment_of_day")]

    @override
    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}"

    def state_on(self, on: date) -> str:
        """Say whether it is kept, cancelled, missed, still to come, or the person died before."""
        if self.cancelled_at:
            return "cancelled"
        if self.kept_by_id:
            return "kept"
        if self.citizen.died_on and self.citizen.died_on <= self.on:
            return "died"
        return "missed" if self.on < on else "planned"
