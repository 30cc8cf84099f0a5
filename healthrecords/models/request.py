"""What a citizen asks for about their own data, and what was done about it, by whom, in time."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import DataRequestQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class DataRequest(Keyed):
    """One request of a person about the data the house keeps of them (Law 91/2025/QH15).

    The clocks are counted when it is received, by the terms in force that day, and kept with it.
    What happened to it are its steps; it is closed by an outcome. What the person asks in their own
    words is read by who answers it; the desk is told it as words beside the matter.
    """

    beside: ClassVar[tuple[str, ...]] = ("asked",)

    class Kind(models.TextChoices):
        SEE = "see", _("see the data")
        COPY = "copy", _("have a copy or a summary")
        CORRECT = "correct", _("have the data corrected")
        DELETE = "delete", _("have the data deleted")
        RESTRICT = "restrict", _("have the processing restricted")
        LIFT = "lift", _("have a restriction of the processing lifted")
        WITHDRAW = "withdraw", _("withdraw a consent")

    class Asker(models.TextChoices):
        SELF = "self", _("the person")
        REPRESENTATIVE = "representative", _("the legal representative")

    class Channel(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        POST = "post", _("by post")
        ELECTRONIC = "electronic", _("electronically")

    class Outcome(models.TextChoices):
        OPEN = "", _("open")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("taken back by the person")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="data_requests", verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("received at")
    )
    kind = models.CharField(_("asks to"), max_length=8, choices=Kind.choices)
    purpose = models.CharField(_("purpose of the consent"), max_length=40, blank=True)
    asked = models.TextField(_("what is asked"))
    asker = models.CharField(_("asked by"), max_length=14, choices=Asker.choices)
    asker_name = models.CharField(_("name of the representative"), max_length=255, blank=True)
    asker_relation = models.CharField(
        _("relation and paper that proves it"), max_length=255, blank=True
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    identity_proof = models.CharField(_("how identity was checked"), max_length=255)
    through_processor = models.BooleanField(_("carried out by a processor"), default=False)
    received_on = models.DateField(_("received on"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("received by")
    )
    received_at = models.DateTimeField(_("recorded at"))
    reply_due_on = models.DateField(_("reply due"))
    due_on = models.DateField(_("due"))
    legal_basis = models.CharField(_("legal basis of the terms"), max_length=255, blank=True)
    replied_on = models.DateField(_("replied on"), null=True, blank=True)
    extended_from = models.DateField(_("due before the extension"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome of the request"), max_length=8, choices=Outcome.choices, blank=True
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    answer = models.TextField(_("answer to the person"), blank=True)
    refusal_basis = models.CharField(_("law the refusal rests on"), max_length=255, blank=True)
    client_key = models.UUIDField(null=True, unique=True, editable=False)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about one's data")
        verbose_name_plural = _("requests about one's data")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["see", "copy", "correct", "delete", "restrict", "lift", "withdraw"]
                ),
                name="datarequest_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(asker__in=["self", "representative"]), name="datarequest_asker_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["in_person", "post", "electronic"]),
                name="datarequest_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "done", "refused", "dropped"]),
                name="datarequest_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_on=None) | ~Q(outcome="") & ~Q(closed_on=None),
                name="datarequest_closed_by_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(answer="") & ~Q(refusal_basis=""),
                name="datarequest_refusal_in_writing",
                violation_error_message=_(
                    "A refusal needs its reason in writing and the law it rests on."
                ),
                violation_error_code="refusal_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(asker="self") | ~Q(asker_name="") & ~Q(asker_relation=""),
                name="datarequest_representative_named",
                violation_error_message=_(
                    "Write who asks for this person, and the paper that proves it."
                ),
                violation_error_code="representative_missing",
            ),
            models.CheckConstraint(
                condition=Q(kind="withdraw") & ~Q(purpose="") | ~Q(kind="withdraw") & Q(purpose=""),
                name="datarequest_withdrawal_names_purpose",
                violation_error_message=_("Choose which consent is withdrawn."),
                violation_error_code="purpose_missing",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("received_on")), name="datarequest_due_after_receipt"
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "due_on"], condition=Q(closed_on=None), name="datarequest_open"
            ),
            models.Index(fields=["citizen", "received_on"], name="datarequest_of"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"

    @property
    def number(self) -> str:
        """Return the number on the receipt."""
        return f"YC-{self.received_on:%Y}-{self.pk.hex[-8:].upper()}"

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def restricts(self) -> bool:
        """Whether this request led to a restriction, in force or ended."""
        return self.kind == self.Kind.RESTRICT and self.outcome == self.Outcome.DONE


@tracked()
class DataRequestStep(Keyed):
    """One deed on a request: who, when, why."""

    class Deed(models.TextChoices):
        RECEIVED = "received", _("received")
        REPLIED = "replied", _("replied")
        EXTENDED = "extended", _("extended, the person was told")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("taken back by the person")
        LIFTING = "lifting", _("end of the restriction proposed")
        LIFTED = "lifted", _("end of the restriction decided, the person was told")
        KEPT = "kept", _("restriction kept")

    request = models.ForeignKey(
        DataRequest, models.PROTECT, related_name="steps", verbose_name=_("request")
    )
    deed = models.CharField(_("deed"), max_length=8, choices=Deed.choices)
    on = models.DateField(_("on"))
    reason = models.TextField(_("reason"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a request")
        verbose_name_plural = _("steps of requests")
        ordering = ["request", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    deed__in=[
                        "received",
                        "replied",
                        "extended",
                        "done",
                        "refused",
                        "dropped",
                        "lifting",
                        "lifted",
                        "kept",
                    ]
                ),
                name="datarequeststep_deed_known",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(deed="extended"),
                name="datarequeststep_one_extension",
                violation_error_message=_("The term was extended before; the law allows it once."),
                violation_error_code="extended_before",
            ),
            models.CheckConstraint(
                condition=~Q(deed__in=["extended", "refused", "lifting", "lifted", "kept"])
                | ~Q(reason=""),
                name="datarequeststep_has_reason",
                violation_error_message=_("Write the reason; the person reads it."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_deed_display()} {self.on:%d/%m/%Y}"
