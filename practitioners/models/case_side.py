"""Who says what in a discrepancy case: its sides, their papers, and the steps it went through."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from practitioners.models.discrepancy import DiscrepancyCase
from practitioners.models.license import PracticeLicense
from practitioners.models.practitioner import PractitionerIdentifier
from practitioners.models.registration import Registration
from practitioners.models.submission import ProfileSubmission
from practitioners.querysets import CasePaperQuerySet, CaseSideQuerySet, OfCaseQuerySet


@tracked()
class CaseSide(Keyed):
    """One side of a case: who is asked, what its record says, its statement, until when.

    Without an organisation it is the practitioner who is asked.
    ``claim`` is what the side's record says, as fields of a profile. What a decision acts on are the
    rows the side stands for: a licence, a registration, an identifier, or a profile that waits.
    """

    class Stance(models.TextChoices):
        HOLDS = "holds", _("Our record is right")
        YIELDS = "yields", _("Our record is wrong and may be corrected")
        EXPLAINS = "explains", _("Both records are right; we explain why")

    case = models.ForeignKey(
        DiscrepancyCase, models.CASCADE, related_name="sides", verbose_name=_("case")
    )
    position = models.PositiveSmallIntegerField(_("side"))
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked"),
    )
    claim = models.JSONField(_("what its record says"), default=dict)
    license = models.ForeignKey(
        PracticeLicense,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("licence"),
    )
    registration = models.ForeignKey(
        Registration,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("registration"),
    )
    identifier = models.ForeignKey(
        PractitionerIdentifier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("identity number"),
    )
    submission = models.ForeignKey(
        ProfileSubmission,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="case_sides",
        verbose_name=_("submitted profile"),
    )
    due_on = models.DateField(_("statement due on"), null=True, blank=True)
    stance = models.CharField(_("stance"), max_length=8, choices=Stance.choices, blank=True)
    statement = models.TextField(_("statement"), blank=True)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("stated by"),
    )
    stated_at = models.DateTimeField(_("stated at"), null=True, blank=True)

    objects = CaseSideQuerySet.as_manager()

    class Meta:
        verbose_name = _("side of a case")
        verbose_name_plural = _("sides of cases")
        ordering = ["case", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stance__in=["", "holds", "yields", "explains"]),
                name="caseside_stance_known",
            ),
            models.CheckConstraint(
                condition=Q(stance="", statement="", stated_by=None, stated_at=None)
                | (
                    ~Q(stance="")
                    & ~Q(statement="")
                    & Q(stated_by__isnull=False, stated_at__isnull=False)
                ),
                name="caseside_stated_whole",
                violation_error_message=_("A statement says where the side stands, and why."),
                violation_error_code="statement_incomplete",
            ),
            models.UniqueConstraint(fields=["case", "position"], name="caseside_once"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "due_on"],
                condition=Q(stated_at=None),
                name="caseside_to_state",
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.organisation or self.case.name)

    @property
    def is_of_person(self) -> bool:
        """Say whether the practitioner is the one who is asked."""
        return self.organisation_id is None

    def is_late(self, on: date) -> bool:
        """Say whether the time to state is over without a word."""
        return self.stated_at is None and self.due_on is not None and self.due_on < on


@tracked()
class CasePaper(Keyed):
    """A paper one side laid before the department."""

    side = models.ForeignKey(
        CaseSide, models.CASCADE, related_name="papers", verbose_name=_("side")
    )
    stored = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    title = models.CharField(_("paper"), max_length=200)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))

    objects = CasePaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper of a case")
        verbose_name_plural = _("papers of cases")
        ordering = ["side", "uploaded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["side", "stored"], name="casepaper_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.title


@tracked()
class CaseStep(Keyed):
    """What happened in a case, in the order it happened; nothing is taken back."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        ASKED = "asked", _("Asked for a statement")
        STATED = "stated", _("Stated")
        EXTENDED = "extended", _("Given more time")
        DECIDED = "decided", _("Decided")
        EFFECT = "effect", _("Carried out")
        DROPPED = "dropped", _("Closed: no longer differs")

    case = models.ForeignKey(
        DiscrepancyCase, models.CASCADE, related_name="steps", verbose_name=_("case")
    )
    kind = models.CharField(_("step"), max_length=8, choices=Kind.choices)
    side = models.ForeignKey(
        CaseSide, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("side")
    )
    text = models.TextField(_("in words"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = OfCaseQuerySet["CaseStep"].as_manager()

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")
        ordering = ["case", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "opened",
                        "asked",
                        "stated",
                        "extended",
                        "decided",
                        "effect",
                        "dropped",
                    ]
                ),
                name="casestep_kind_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.get_kind_display())
