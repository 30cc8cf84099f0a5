"""What a citizen allowed, for which purpose, in which words, and what was withdrawn."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import ConsentQuerySet
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class Consent(Keyed):
    """One answer of one citizen to one purpose, as it was asked (Law 91/2025/QH15).

    ``text`` keeps the words that were read out, ``list_version`` the edition they come from. A later
    answer takes the place of an earlier one; a withdrawal closes it. Care and legal reporting rest
    on law and need none.
    """

    beside: ClassVar[tuple[str, ...]] = ("proof", "withdrawal_proof")

    class Answer(models.TextChoices):
        GIVEN = "given", _("agrees")
        REFUSED = "refused", _("does not agree")

    class Giver(models.TextChoices):
        SELF = "self", _("the person")
        REPRESENTATIVE = "representative", _("the legal representative")
        BOTH = "both", _("the child and the legal representative")

    class Channel(models.TextChoices):
        PAPER = "paper", _("signed on paper")
        ELECTRONIC = "electronic", _("confirmed electronically")
        RECORDED = "recorded", _("spoken and recorded")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="consents", verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    purpose = models.CharField(_("purpose"), max_length=40)
    list_version = models.ForeignKey(
        CodeListVersion, models.PROTECT, related_name="+", verbose_name=_("edition of the text")
    )
    text = models.TextField(_("text as it was asked"))
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices)
    giver = models.CharField(_("given by"), max_length=14, choices=Giver.choices)
    representative_name = models.CharField(
        _("name of the representative"), max_length=255, blank=True
    )
    representative_relation = models.CharField(_("relation"), max_length=100, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    proof = models.CharField(_("proof"), max_length=255)
    given_on = models.DateField(_("given on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawal_proof = models.CharField(_("proof of the withdrawal"), max_length=255, blank=True)
    withdrawal_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawal recorded by"),
    )
    withdrawal_recorded_at = models.DateTimeField(
        _("withdrawal recorded at"), null=True, blank=True
    )
    client_key = models.UUIDField(null=True, unique=True, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_on", "-recorded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=["given", "refused"]), name="consent_answer_known"
            ),
            models.CheckConstraint(
                condition=Q(giver__in=["self", "representative", "both"]),
                name="consent_giver_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["paper", "electronic", "recorded"]),
                name="consent_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(giver="self") | ~Q(representative_name=""),
                name="consent_representative_named",
                violation_error_message=_("Write who gave the consent for this person."),
                violation_error_code="representative_missing",
            ),
            models.CheckConstraint(
                condition=~Q(proof=""),
                name="consent_has_proof",
                violation_error_message=_(
                    "Say where the proof is: the number of the paper, the file, the recording."
                ),
                violation_error_code="proof_missing",
            ),
            models.CheckConstraint(
                condition=Q(
                    withdrawn_on=None,
                    withdrawal_proof="",
                    withdrawal_recorded_by=None,
                    withdrawal_recorded_at=None,
                )
                | ~Q(withdrawn_on=None)
                & ~Q(withdrawal_recorded_by=None)
                & ~Q(withdrawal_recorded_at=None)
                & Q(withdrawn_on__gte=F("given_on")),
                name="consent_withdrawal_whole",
                violation_error_message=_("A consent is withdrawn after it was given."),
                violation_error_code="withdrawn_before_given",
            ),
        ]
        indexes = [models.Index(fields=["citizen", "purpose", "-given_on"], name="consent_of")]

    @override
    def __str__(self) -> str:
        return f"{self.purpose} {self.get_answer_display()}"
