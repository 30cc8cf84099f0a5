"""A profile a facility sent in, its items, and what the automatic checks said of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.places.models import Organisation
from practitioners.items import BY_KEY, KEYS, Item
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfSubmissionQuerySet, ProfileSubmissionQuerySet


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
    each decision, so that two officials do not decide over one another. ``assignee`` has the
    profile on the desk: until released, or until ``held_until`` where merely opening it held it.
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
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("with"),
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("given by"),
    )
    assigned_at = models.DateTimeField(_("with them since"), null=True, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)

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
            models.CheckConstraint(
                condition=Q(assignee=None, assigned_by=None, assigned_at=None, held_until=None)
                | Q(assignee__isnull=False, assigned_by__isnull=False, assigned_at__isnull=False),
                name="profilesubmission_assigned_whole",
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
            models.Index(
                fields=["license_number"],
                condition=Q(state="submitted"),
                name="profilesubmission_license",
            ),
            models.Index(
                KT("values__identifier"),
                condition=Q(state="submitted"),
                name="profilesubmission_number",
            ),
            models.Index(
                fields=["assignee"],
                condition=Q(state="submitted", assignee__isnull=False),
                name="profilesubmission_in_hand",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.SUBMITTED

    def holder_at(self, at: datetime) -> Any:
        """Return who has this profile on the desk at a moment; None where nobody has."""
        over = self.held_until is not None and self.held_until <= at
        return None if over else self.assignee

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
