"""Copies of papers that prove a profile, and what was verified from them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from practitioners.items import BY_KEY, KEYS
from practitioners.models.practitioner import Practitioner
from practitioners.models.submission import ProfileSubmission
from practitioners.querysets import OfPractitionerQuerySet, OfSubmissionQuerySet


@tracked()
class Evidence(Keyed):
    """A copy of a paper that proves items of a profile, kept under the hash of its bytes.

    It belongs to a submission; before that, to the form (``client_key``) it was uploaded with.
    ``pages`` says on which page an item stands, where it is not the first one.
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
    page_count = models.PositiveSmallIntegerField(_("pages"), null=True, blank=True)
    pages = models.JSONField(_("page of each item"), default=dict, blank=True)
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

    def page_of(self, key: str) -> int:
        """Return the page on which an item stands."""
        return int(self.pages.get(key) or self.page)


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
