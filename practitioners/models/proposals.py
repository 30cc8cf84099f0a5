"""What one official proposes and another confirms: bans from practising, their ends, duties done."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.keys import Keyed
from practitioners.models.conduct import PracticeBan
from practitioners.models.license import LicenseEvent, PracticeLicense
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfLicenseQuerySet, OfPractitionerQuerySet


class Proposed(Keyed):
    """Nothing holds by what one official writes: another compares it with the paper and answers.

    Who proposed it may take it back, and never confirms it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waits for a second official")
        CONFIRMED = "confirmed", _("Confirmed")
        DROPPED = "dropped", _("Not confirmed")

    paper = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("copy of the paper"),
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    reason = models.CharField(_("why it was not confirmed"), max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "confirmed", "dropped"]),
                name="%(class)s_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None, answered_at=None)
                | ~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="%(class)s_answered_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(answered_by=F("proposed_by")),
                name="%(class)s_confirmed_by_another",
                violation_error_message=_("One official proposes it, another confirms it."),
                violation_error_code="confirmed_by_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(reason=""),
                name="%(class)s_dropped_with_reason",
                violation_error_message=_("Write why it is not confirmed."),
                violation_error_code="drop_without_reason",
            ),
        ]

    @property
    def recorded_by_id(self) -> UUID | None:
        """Return who let it hold: what is confirmed is recorded by whoever confirmed it."""
        return self.answered_by_id if self.state == self.State.CONFIRMED else None

    @property
    def recorded_at(self) -> datetime | None:
        """Return since when it holds in the register."""
        return self.answered_at if self.state == self.State.CONFIRMED else None


@tracked()
class BanProposal(Proposed):
    """An official proposes to bar a person from practising, or to end a ban; another confirms it.

    Nobody is barred before that, and nobody is free before that. ``ends`` is the ban whose last day
    is to be ``valid_until``; empty where the person is to be barred. A ban ends by a decision of its
    own: number, day, authority and ``ground`` are that decision's then, and ``was_until`` the last
    day the ban had before it.
    """

    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        related_name="ban_proposals",
        verbose_name=_("practitioner"),
    )
    ends = models.ForeignKey(
        PracticeBan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposed_ends",
        verbose_name=_("ban that is to end"),
    )
    ground_code = models.CharField(_("ground"), max_length=40)
    ground = models.TextField(_("ground in words"), blank=True)
    decision_no = models.CharField(_("decision number"), max_length=60)
    decided_on = models.DateField(_("decided on"))
    authority = models.CharField(_("decided by"), max_length=200, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    was_until = models.DateField(_("in force until before"), null=True, blank=True)
    # Whether it ended a ban before an end had a decision of its own; nothing writes it any more.
    is_undecided = models.BooleanField(
        _("end without a decision of its own"), default=False, editable=False
    )

    objects = OfPractitionerQuerySet["BanProposal"].as_manager()

    class Meta(Proposed.Meta):
        abstract = False
        verbose_name = _("proposed ban from practising")
        verbose_name_plural = _("proposed bans from practising")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Proposed.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(decision_no=""),
                name="banproposal_decided",
                violation_error_message=_("A ban names its decision: number and day."),
                violation_error_code="decision_missing",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="banproposal_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(valid_until__isnull=False),
                name="banproposal_ends_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(is_undecided=True) | ~Q(authority="") & ~Q(ground=""),
                name="banproposal_end_decided",
                violation_error_message=_(
                    "The end of a ban names its decision: number, day, who decided it and why."
                ),
                violation_error_code="decision_missing",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "decision_no"],
                condition=Q(state="open", ends=None),
                name="banproposal_once",
                violation_error_message=_("This ban is proposed already; a colleague confirms it."),
                violation_error_code="ban_proposed_already",
            ),
            models.UniqueConstraint(
                fields=["ends"],
                condition=Q(state="open"),
                name="banproposal_one_end",
                violation_error_message=_(
                    "The end of this ban is proposed already; a colleague confirms it."
                ),
                violation_error_code="end_proposed_already",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.decision_no} ({self.valid_from:%d/%m/%Y})"


@tracked()
class DutyProof(Proposed):
    """The paper that shows the duty of a suspension done, such as a certificate of what was learnt.

    The law lets a suspension ask for learning before the return (Law 15/2023/QH15, article 34); what
    ends the duty is that it was done, no further decision. Two officials suspended the licence, so
    that a paper satisfies the duty is not for one of them to say: one records it, another confirms.
    """

    license = models.ForeignKey(
        PracticeLicense, models.PROTECT, related_name="duty_proofs", verbose_name=_("licence")
    )
    suspension = models.ForeignKey(
        LicenseEvent, models.PROTECT, related_name="duty_proofs", verbose_name=_("suspension")
    )
    paper_no = models.CharField(_("number of the paper"), max_length=60)
    authority = models.CharField(_("issued by"), max_length=200)
    done_on = models.DateField(_("done on"))

    objects = OfLicenseQuerySet["DutyProof"].as_manager()

    class Meta(Proposed.Meta):
        abstract = False
        verbose_name = _("proof of a duty done")
        verbose_name_plural = _("proofs of duties done")
        ordering = ["license", "proposed_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Proposed.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(paper_no="") & ~Q(authority=""),
                name="dutyproof_of_a_paper",
                violation_error_message=_(
                    "A duty is done by a paper: its number, and who issued it."
                ),
                violation_error_code="paper_missing",
            ),
            models.UniqueConstraint(
                fields=["suspension"],
                condition=Q(state="open"),
                name="dutyproof_once",
                violation_error_message=_(
                    "That this duty is done is recorded already; a colleague confirms it."
                ),
                violation_error_code="duty_recorded_already",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.paper_no} ({self.done_on:%d/%m/%Y})"
