"""A profile a facility sent in, its items, checks and evidence, and what was verified from it."""

from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.places.models import Organisation
from practitioners.items import BY_KEY, KEYS, Item
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import (
    OfPractitionerQuerySet,
    OfSubmissionQuerySet,
    ProfileSubmissionQuerySet,
)


class CheckStatus(models.TextChoices):
    """What a check says, worst last in the order of a person's attention."""

    PASS = "pass", _("passes")
    ASK = "ask", _("asks")
    FAIL = "fail", _("wrong")


class ReturnReason(models.TextChoices):
    """Why a profile goes back: the reasons an official picks by one key."""

    EVIDENCE_MISSING = "evidence_missing", _("A copy of a paper is missing")
    EVIDENCE_UNREADABLE = "evidence_unreadable", _("A copy cannot be read")
    EVIDENCE_DIFFERS = "evidence_differs", _("A value differs from its paper")
    IDENTITY_DIFFERS = "identity_differs", _("Name, birth date or identity number do not agree")
    LICENSE_WRONG = "license_wrong", _("The licence number or its days are wrong")
    LICENSE_EXPIRED = "license_expired", _("The licence has expired")
    SCOPE_DIFFERS = "scope_differs", _("The scope is not the one printed on the licence")
    HOURS_OVERLAP = "hours_overlap", _("The hours overlap with another facility")
    DUPLICATE = "duplicate", _("This profile was already sent")
    OTHER = "other", _("Another reason, written below")


@tracked(exclude=["name_norm"])
class ProfileSubmission(Keyed):
    """A practitioner's profile as a facility sent it, waiting for the department's decision.

    ``client_key`` is made by the form: a second sending changes nothing. ``version`` grows with
    each decision, so that two officials do not decide over one another.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Waiting for review")
        RETURNED = "returned", _("Returned")
        VERIFIED = "verified", _("Verified")

    client_key = models.UUIDField(unique=True, editable=False)
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="submissions",
        verbose_name=_("practitioner"),
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("sent again after"),
    )
    name = models.CharField(_("full name"), max_length=255)
    name_norm = folded("name")
    title = models.CharField(_("professional title"), max_length=40, blank=True)
    license_number = models.CharField(_("licence number"), max_length=60, blank=True)
    values = models.JSONField(_("values as sent"), encoder=DjangoJSONEncoder)
    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.SUBMITTED
    )
    worst = models.CharField(
        _("worst check"), max_length=4, choices=CheckStatus.choices, default=CheckStatus.PASS
    )
    worst_code = models.CharField(_("what is worst"), max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    submitted_at = models.DateTimeField(_("sent at"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason_code = models.CharField(
        _("reason"), max_length=20, choices=ReturnReason.choices, blank=True
    )
    reason = models.TextField(_("reason in words"), blank=True)

    objects = ProfileSubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submitted profile")
        verbose_name_plural = _("submitted profiles")
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "returned", "verified"]),
                name="profilesubmission_state_known",
            ),
            models.CheckConstraint(
                condition=Q(worst__in=["pass", "ask", "fail"]), name="profilesubmission_worst_known"
            ),
            models.CheckConstraint(
                condition=Q(reason_code__in=["", *[str(value) for value in ReturnReason.values]]),
                name="profilesubmission_reason_code_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(reason_code=""),
                name="profilesubmission_returned_with_reason",
                violation_error_message=_(
                    "Returning a profile needs a reason; choose or write it."
                ),
                violation_error_code="return_without_reason",
            ),
            models.CheckConstraint(
                condition=~Q(reason_code="other") | ~Q(reason=""),
                name="profilesubmission_other_reason_written",
                violation_error_message=_("Write the reason in words."),
                violation_error_code="return_without_words",
            ),
            models.CheckConstraint(
                condition=Q(state="submitted")
                | Q(reviewer__isnull=False, decided_at__isnull=False),
                name="profilesubmission_decision_signed",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(practitioner__isnull=False),
                name="profilesubmission_verified_person",
            ),
            models.UniqueConstraint(
                fields=["facility", "practitioner"],
                condition=Q(state="submitted", practitioner__isnull=False),
                name="profilesubmission_one_waiting",
                violation_error_message=_(
                    "A profile of this person from this facility is still waiting for review."
                ),
                violation_error_code="profile_waiting",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "submitted_at", "id"],
                condition=Q(state="submitted"),
                name="profilesubmission_queue",
            ),
            models.Index(fields=["facility", "-submitted_at"], name="profilesubmission_place"),
            models.Index(fields=["reviewer", "decided_at"], name="profilesubmission_decided"),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.SUBMITTED

    @property
    def person_id(self) -> UUID:
        """Return whom a page with this profile shows, for the read log."""
        shown: UUID = self.practitioner_id or self.id
        return shown


@tracked()
class SubmissionItem(Keyed):
    """One item of a submitted profile against the last approved state, and the decision on it."""

    class Decision(models.TextChoices):
        PENDING = "pending", _("Waiting for review")
        VERIFIED = "verified", _("Verified")
        RETURNED = "returned", _("Returned")
        UNCHANGED = "unchanged", _("Unchanged")

    submission = models.ForeignKey(
        ProfileSubmission, models.CASCADE, related_name="items", verbose_name=_("profile")
    )
    key = models.CharField(_("item"), max_length=20)
    position = models.PositiveSmallIntegerField(_("position"))
    submitted = models.JSONField(_("as sent"), default=dict)
    approved = models.JSONField(_("last approved"), default=dict)
    decision = models.CharField(
        _("decision"), max_length=9, choices=Decision.choices, default=Decision.PENDING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = OfSubmissionQuerySet["SubmissionItem"].as_manager()

    class Meta:
        verbose_name = _("item of a profile")
        verbose_name_plural = _("items of profiles")
        ordering = ["submission", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "key"], name="submissionitem_once"),
            models.CheckConstraint(condition=Q(key__in=KEYS), name="submissionitem_key_known"),
            models.CheckConstraint(
                condition=Q(decision__in=["pending", "verified", "returned", "unchanged"]),
                name="submissionitem_decision_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.item.label)

    @property
    def item(self) -> Item:
        return BY_KEY[self.key]

    @property
    def is_changed(self) -> bool:
        return self.decision != self.Decision.UNCHANGED


class SubmissionCheck(Keyed):
    """What one automatic check said about a submitted profile when it was last checked.

    Computed anew before each decision, hence without history. The code and its facts are kept; the sentence is written when it is shown.
    """

    submission = models.ForeignKey(
        ProfileSubmission, models.CASCADE, related_name="checks", verbose_name=_("profile")
    )
    code = models.CharField(_("check"), max_length=40)
    item_key = models.CharField(_("item"), max_length=20)
    status = models.CharField(_("result"), max_length=4, choices=CheckStatus.choices)
    params = models.JSONField(_("facts"), default=dict)

    objects = OfSubmissionQuerySet["SubmissionCheck"].as_manager()

    class Meta:
        verbose_name = _("check of a profile")
        verbose_name_plural = _("checks of profiles")
        ordering = ["submission", "item_key", "code", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pass", "ask", "fail"]), name="submissioncheck_status_known"
            ),
            models.CheckConstraint(
                condition=Q(item_key__in=KEYS), name="submissioncheck_item_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.code


@tracked()
class Evidence(Keyed):
    """A copy of a paper that proves items of a profile, kept under the hash of its bytes.

    It belongs to a submission; before that, to the form (``client_key``) it was uploaded with.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        JPEG = "jpg", _("JPEG picture")
        PNG = "png", _("PNG picture")

    submission = models.ForeignKey(
        ProfileSubmission,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("profile"),
    )
    client_key = models.UUIDField(db_index=True, editable=False)
    title = models.CharField(_("paper"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    kind = models.CharField(_("kind"), max_length=3, choices=Kind.choices)
    size = models.PositiveIntegerField(_("size in bytes"))
    proves = ArrayField(
        models.CharField(max_length=20), verbose_name=_("proves"), default=list, blank=True
    )
    page = models.PositiveSmallIntegerField(_("page"), default=1)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))

    objects = OfSubmissionQuerySet["Evidence"].as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["submission", "uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pdf", "jpg", "png"]), name="evidence_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(proves__contained_by=list(KEYS)), name="evidence_proves_known"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="evidence_hash_whole"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title


@tracked()
class Verification(Keyed):
    """An item of a practitioner's profile was verified: from which source, by whom, when."""

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="verifications", verbose_name=_("practitioner")
    )
    field = models.CharField(_("item"), max_length=20)
    source = models.ForeignKey(
        ProfileSubmission,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="verifications",
        verbose_name=_("from the profile"),
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("verified by")
    )
    verified_at = models.DateTimeField(_("verified at"))

    objects = OfPractitionerQuerySet["Verification"].as_manager()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["practitioner", F("verified_at").desc(), "id"]
        constraints = [
            models.CheckConstraint(condition=Q(field__in=KEYS), name="verification_field_known"),
        ]

    @override
    def __str__(self) -> str:
        return str(BY_KEY[self.field].label)
