"""A dossier of an administrative procedure, and every step it took."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.dossiers import states
from portal.dossiers.querysets import DossierQuerySet
from portal.places.models import Organisation

IS_ENDED = Q(state__in=["granted", "refused", "withdrawn"])


@tracked(exclude=["name_norm"])
class Dossier(Keyed):
    """One request for an act of an authority, from its receipt to the decision.

    The law of the day it was filed is kept with it: term, basis, documents. Where another term begins
    with the appraisal, that one stands here from then on. ``clock_left`` are the
    days of the term that were left on ``clock_since``; ``due_on`` is the last day while the clock
    runs, and the day it would be while completeness is still to be checked. ``subject`` names whom
    or what it is about in the app that registered the act.
    """

    State = states.State
    Clock = states.Clock

    class OpenedBy(models.TextChoices):
        APPLICANT = "applicant", _("the applicant")
        AUTHORITY = "authority", _("the authority itself")

    class SubjectKind(models.TextChoices):
        PRACTITIONER = "practitioner", _("practitioner")
        FACILITY = "facility", _("facility")

    class Proposal(models.TextChoices):
        NONE = "", _("none yet")
        GRANT = "grant", pgettext_lazy("proposal", "grant")
        REFUSE = "refuse", pgettext_lazy("proposal", "refuse")

    class TermUnit(models.TextChoices):
        NONE = "", _("no term")
        CALENDAR_DAYS = "calendar_days", pgettext_lazy("term", "days")
        WORKING_DAYS = "working_days", _("working days")

    class CountedFrom(models.TextChoices):
        NOTHING = "", _("no term")
        COMPLETE = "complete", _("the complete dossier")
        VERIFICATION = "verification", _("the result of the verification")
        EXPIRY = "expiry", _("the last day before the licence expires")
        APPRAISAL = "appraisal", _("the minutes of the appraisal")

    procedure = models.CharField(_("procedure"), max_length=40)
    case = models.CharField(_("case"), max_length=40)
    opened_by = models.CharField(_("opened by"), max_length=9, choices=OpenedBy.choices)
    authority = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    receipt_number = models.CharField(_("receipt number"), max_length=60)
    tracking_code = models.CharField(_("tracking code"), max_length=12, unique=True)
    subject_kind = models.CharField(_("about"), max_length=12, choices=SubjectKind.choices)
    subject = models.UUIDField(_("known in the register as"), null=True, blank=True)
    applicant_name = models.CharField(_("applicant"), max_length=255)
    name_norm = folded("applicant_name")
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    identifier = models.CharField(_("personal number"), max_length=20, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=255, blank=True)
    submitter_name = models.CharField(_("handed in by"), max_length=255, blank=True)
    values = models.JSONField(_("what is asked for"), default=dict, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    needs_four_eyes = models.BooleanField(_("proposed and signed by two people"), default=False)
    term_count = models.PositiveSmallIntegerField(_("term"), null=True, blank=True)
    term_unit = models.CharField(
        _("unit of the term"), max_length=13, choices=TermUnit.choices, blank=True
    )
    term_from = models.CharField(
        _("counted from"), max_length=12, choices=CountedFrom.choices, blank=True
    )
    term_basis = models.CharField(_("basis of the term"), max_length=300, blank=True)
    term_is_verified = models.BooleanField(_("term checked against the law"), default=False)
    silence_keeps_valid = models.BooleanField(
        _("without an answer in time the licence stays valid"), default=False
    )
    filed_at = models.DateTimeField(_("filed at"))
    filed_on = models.DateField(_("filed on"))
    state = models.CharField(
        _("state"), max_length=12, choices=states.State.choices, default=states.State.RECEIVED
    )
    clock = models.CharField(
        _("clock"), max_length=7, choices=states.Clock.choices, default=states.Clock.WAITING
    )
    clock_since = models.DateField(_("clock so since"), null=True, blank=True)
    clock_left = models.SmallIntegerField(_("days left then"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    complete_on = models.DateField(_("complete since"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("with"),
    )
    proposal = models.CharField(
        _("proposed"), max_length=6, choices=Proposal.choices, blank=True, default=Proposal.NONE
    )
    proposal_reason = models.TextField(_("reason of the proposal"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed by"),
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    client_key = models.UUIDField(null=True, unique=True, editable=False)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "receipt_number"], name="dossier_receipt_once"
            ),
            models.CheckConstraint(
                condition=Q(opened_by__in=["applicant", "authority"]),
                name="dossier_opened_by_known",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind__in=["practitioner", "facility"]),
                name="dossier_subject_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.State.values), name="dossier_state_known"
            ),
            models.CheckConstraint(
                condition=Q(clock__in=states.Clock.values), name="dossier_clock_known"
            ),
            models.CheckConstraint(
                condition=Q(proposal__in=["", "grant", "refuse"]), name="dossier_proposal_known"
            ),
            models.CheckConstraint(
                condition=Q(term_unit__in=["", "calendar_days", "working_days"]),
                name="dossier_term_unit_known",
            ),
            models.CheckConstraint(
                condition=Q(term_from__in=["", "complete", "verification", "expiry", "appraisal"]),
                name="dossier_term_from_known",
            ),
            models.CheckConstraint(
                condition=IS_ENDED & Q(ended_on__isnull=False, clock="ended")
                | ~IS_ENDED & Q(ended_on=None) & ~Q(clock="ended"),
                name="dossier_ended_by_its_state",
            ),
            models.CheckConstraint(
                condition=Q(proposal="", proposed_by=None)
                | ~Q(proposal="") & Q(proposed_by__isnull=False),
                name="dossier_proposal_has_author",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signature", "granted", "refused"]) | ~Q(proposal=""),
                name="dossier_signed_after_proposal",
            ),
            models.CheckConstraint(
                condition=Q(needs_four_eyes=False)
                | Q(decided_by=None)
                | ~Q(decided_by=F("proposed_by")),
                name="dossier_four_eyes",
                violation_error_message=_(
                    "Whoever proposed this act cannot sign it; a second person signs."
                ),
                violation_error_code="four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(proposal="refuse") | ~Q(proposal_reason=""),
                name="dossier_refusal_in_writing",
                violation_error_message=_("A refusal needs its reason in writing."),
                violation_error_code="refusal_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(opened_by="authority") | Q(birth_date__isnull=False) | ~Q(phone=""),
                name="dossier_applicant_can_prove",
                violation_error_message=_(
                    "Give a birth date or a phone number; with it the applicant opens the dossier."
                ),
                violation_error_code="secret_missing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["authority", "subject_kind", "due_on", "id"],
                condition=~IS_ENDED,
                name="dossier_queue",
            ),
            models.Index(
                fields=["assigned_to", "due_on"], condition=~IS_ENDED, name="dossier_with"
            ),
            models.Index(fields=["authority", "filed_on"], name="dossier_filed"),
            models.Index(fields=["authority", "ended_on"], name="dossier_ended"),
            models.Index(fields=["subject", "procedure"], name="dossier_about"),
            models.Index(fields=["name_norm"], name="dossier_name"),
        ]

    @override
    def __str__(self) -> str:
        return self.receipt_number

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN_STATES

    @property
    def code_shown(self) -> str:
        """Return the tracking code in groups of four, as it is read out."""
        return "-".join(self.tracking_code[at : at + 4] for at in range(0, 12, 4))

    @property
    def has_fixed_day(self) -> bool:
        """Say whether the last day comes from the matter itself, and no stop moves it."""
        return self.term_from == self.CountedFrom.EXPIRY


class DossierStep(Keyed):
    """One thing done to a dossier: by whom, when, why, and what it made of the last day.

    Written once and never again. Without ``actor`` it was the applicant or the system; ``actor_name``
    says whom it was.
    """

    append_only = True
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="steps", verbose_name=_("dossier")
    )
    deed = models.CharField(_("deed"), max_length=9, choices=states.Deed.choices)
    state_before = models.CharField(
        _("state before"), max_length=12, choices=states.State.choices, blank=True
    )
    state_after = models.CharField(_("state after"), max_length=12, choices=states.State.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    actor_name = models.CharField(_("name"), max_length=255)
    at = models.DateTimeField(_("at"))
    on = models.DateField(_("on"))
    note = models.TextField(_("note"), blank=True)
    due_before = models.DateField(_("due before"), null=True, blank=True)
    due_after = models.DateField(_("due after"), null=True, blank=True)
    left_after = models.SmallIntegerField(_("days left after"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("with"),
    )

    class Meta:
        verbose_name = _("step of a dossier")
        verbose_name_plural = _("steps of dossiers")
        ordering = ["dossier", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deed__in=states.Deed.values), name="dossierstep_deed_known"
            ),
            models.CheckConstraint(
                condition=Q(state_before__in=["", *states.State.values]),
                name="dossierstep_state_before_known",
            ),
            models.CheckConstraint(
                condition=Q(state_after__in=states.State.values),
                name="dossierstep_state_after_known",
            ),
            models.CheckConstraint(
                condition=~Q(deed__in=["ask", "refuse", "send_back", "go_on", "withdraw"])
                | ~Q(note=""),
                name="dossierstep_has_reason",
                violation_error_message=_("Write the reason; the applicant reads it."),
                violation_error_code="reason_missing",
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "at", "id"], name="dossierstep_course"),
            models.Index(fields=["actor", "on"], name="dossierstep_of_official"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_deed_display()} {self.on:%d/%m/%Y}"
