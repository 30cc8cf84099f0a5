"""What was signed of a visit: its numbered versions, the seal on it, and its amendments."""

from collections.abc import Collection

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.sealed import seal_guard
from healthrecords.models.visit import Visit, VisitPart
from healthrecords.querysets import AmendmentQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.signing.models import Signature
from practitioners.models import Practitioner
from practitioners.practising import REASONS, Verdict


class VisitVersion(VisitPart):
    """What a visit said when it was signed: numbered, written once and never again.

    ``content`` is the canonical text that was signed, ``content_hash`` its SHA-256. Circular
    13/2025/TT-BYT: a correction is a new version, the old text stays readable. An addendum changed
    nothing of the visit itself: a result or a paper came after the signature and is signed, too.
    """

    append_only = True
    is_signed = False

    visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        related_name="versions",
        db_constraint=False,
        verbose_name=_("visit"),
    )
    number = models.PositiveSmallIntegerField(_("version"))
    format = models.CharField(_("format"), max_length=20)
    content = models.TextField(_("content"))
    content_hash = models.CharField("SHA-256", max_length=64)
    is_addendum = models.BooleanField(_("addendum"), default=False)
    reason = models.TextField(_("reason of the amendment"), blank=True)
    signature = models.OneToOneField(
        Signature, models.PROTECT, related_name="+", verbose_name=_("signature")
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signer")
    )
    signed_at = models.DateTimeField(_("signed at"))
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("practitioner"),
    )
    right = models.CharField(_("right to practise"), max_length=10, choices=Verdict.choices)
    right_reasons = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("reasons")
    )
    # Of each technique with a code: the day, the answer, its reason, the assignment it rests on.
    right_techniques = models.JSONField(_("answers about techniques"), default=list)

    class Meta(VisitPart.Meta):
        verbose_name = _("signed version")
        verbose_name_plural = _("signed versions")
        ordering = ["visit", "number"]
        triggers: list[pgtrigger.Trigger] = []
        constraints = [
            *VisitPart.Meta.constraints,
            models.UniqueConstraint(fields=["visit", "number"], name="visitversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="visitversion_counts_from_1"),
            models.CheckConstraint(
                condition=Q(is_addendum=False) | Q(number__gt=1),
                name="visitversion_addendum_to_a_version",
            ),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""), name="visitversion_amended_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(right__in=["yes", "no", "not_proven", "emergency"]),
                name="visitversion_right_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number}"

    def right_lines(self, codes: Collection[str]) -> list[str]:
        """Return what the register answered in words: each reason, then each technique.

        Of the techniques only those with one of ``codes``: a reader who may not see an operation is
        not told its code either.
        """
        found = [str(REASONS[reason][1]) for reason in self.right_reasons if reason in REASONS]
        for row in self.right_techniques:
            if row["code"] not in codes:
                continue
            said = f"{row['code']}: {Verdict(row['right']).label}"
            found.append(f"{said} ({row['assigned_by']})" if row["assigned_by"] else said)
        return found


@tracked()
class VisitAmendment(Keyed):
    """A visit is being changed after its day or its signature, for a reason.

    It is open until the visit is signed again or withdrawn; one that changed nothing is dropped.
    """

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")

    class Outcome(models.TextChoices):
        SIGNED = "signed", _("signed")
        DROPPED = "dropped", _("dropped: nothing was changed")
        WITHDRAWN = "withdrawn", _("the visit was withdrawn")

    visit = models.ForeignKey(
        Visit, models.PROTECT, related_name="amendments", verbose_name=_("visit")
    )
    based_on = models.PositiveSmallIntegerField(_("version it amends"), default=0)
    reason = models.TextField(_("reason"))
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    awaits = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who signed before"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=Outcome.choices, blank=True, default=""
    )

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["visit", "-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(closed_at=None),
                name="visitamendment_one_open",
                violation_error_message=_("An amendment of this visit is open already."),
                violation_error_code="amendment_open",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "file"]), name="visitamendment_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "signed", "dropped", "withdrawn"]),
                name="visitamendment_outcome_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="visitamendment_has_reason"),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="")
                | (Q(closed_at__gte=F("opened_at")) & ~Q(outcome="")),
                name="visitamendment_closed_with_outcome",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.reason


@tracked()
class VisitSeal(Keyed):
    """A visit is signed: its current version, and the amendment that is open on it.

    While no amendment is open, the database refuses every change of the visit and its parts. It
    notes whether results or papers came or changed since (``has_later``); those of a protected class
    apart, for who may not see them.
    """

    visit = models.OneToOneField(
        Visit, models.PROTECT, related_name="seal", verbose_name=_("visit")
    )
    version = models.ForeignKey(
        VisitVersion, models.PROTECT, related_name="+", verbose_name=_("current version")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    amendment = models.OneToOneField(
        VisitAmendment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("open amendment"),
    )
    has_later = models.BooleanField(_("something came after the signature"), default=False)
    has_protected_later = models.BooleanField(
        _("something protected came after the signature"), default=False
    )

    class Meta:
        verbose_name = _("seal of a visit")
        verbose_name_plural = _("seals of visits")
        ordering = ["visit"]
        triggers = [seal_guard()]
        indexes = [
            models.Index(
                fields=["visit"],
                condition=Q(has_later=True) | Q(has_protected_later=True),
                name="visitseal_to_add",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number}"


class SignedPaper(Keyed):
    """A paper that was made of a signed version, kept as it was signed."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("visit slip")
        PRESCRIPTION = "prescription", _("prescription")
        REFERRAL = "referral", _("referral")
        DISCHARGE = "discharge", _("discharge paper")
        SUMMARY = "summary", _("summary of the record")
        BIRTH = "birth", _("birth paper")
        PREGNANCY = "pregnancy", _("certificate of rest in pregnancy")
        SICK_LEAVE = "sick_leave", _("sick leave paper")
        REVISIT = "revisit", _("re-visit slip")

    append_only = True
    version = models.ForeignKey(
        VisitVersion, models.PROTECT, related_name="papers", verbose_name=_("signed version")
    )
    kind = models.CharField(_("paper"), max_length=12, choices=Kind.choices)
    sha256 = models.CharField("SHA-256", max_length=64)
    path = models.CharField(_("place in the storage"), max_length=200)
    size = models.PositiveIntegerField(_("size"))

    class Meta:
        verbose_name = _("signed paper")
        verbose_name_plural = _("signed papers")
        ordering = ["version", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="signedpaper_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "visit",
                        "prescription",
                        "referral",
                        "discharge",
                        "summary",
                        "birth",
                        "pregnancy",
                        "sick_leave",
                        "revisit",
                    ]
                ),
                name="signedpaper_kind_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()}"
