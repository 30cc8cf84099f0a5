"""A case of a notifiable disease: opened by a diagnosis, reported against a clock."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from healthrecords.models.visit import HeldByVisit
from portal.audit.history import tracked
from reporting.models.outage import Outage
from reporting.models.outbreak import Outbreak
from reporting.querysets import CaseQuerySet


@tracked()
class CaseNotification(HeldByVisit):
    """One case of one person's disease, with what form 01 asks (Circular 15/2026/TT-BYT, article 10).

    A diagnosis opens it; who, where and by whom stand in the record and are frozen in ``sent`` with
    everything else when it is sent. Visits for the same illness that lie close together are one case.
    A case whose diagnosis was changed is dropped, or, when it had been sent, waits to be corrected; so
    does a sent one that somebody wrote something else into, or whose person died. What it is then sent
    as takes the place of what was sent, which stays in ``sent_before``, the oldest first.

    The clock starts at ``noticed_at``, the diagnosis: the beginning of the visit, or ``diagnosed_at``
    where somebody tells that moment. A death that the record knows has a deadline of its own: what was
    sent before waits again until then, and ``is_first_late`` keeps whether it had been sent in time.
    """

    beside: ClassVar[tuple[str, ...]] = ("closed_because",)

    class Status(models.TextChoices):
        OPEN = "open", _("To be reported")
        SENT = "sent", _("Reported")
        CHANGED = "changed", _("Reported, changed since")
        DROPPED = "dropped", _("Dropped")
        TAKEN_BACK = "taken_back", _("Taken back")

    class Origin(models.TextChoices):
        DIAGNOSIS = "diagnosis", _("opened by a diagnosis")
        HAND = "hand", _("opened by hand")
        PHONE = "phone", _("told by telephone")
        PAPER = "paper", _("from a paper form")

    class Subject(models.TextChoices):
        ILL = "ill", _("ill")
        CARRIER = "carrier", _("carries the germ")
        SUSPECTED = "suspected", _("suspected")
        CONTACT = "contact", _("contact")
        DIED = "died", _("died")

    class Vaccinated(models.TextChoices):
        YES = "yes", _("vaccinated")
        NO = "no", _("not vaccinated")
        UNKNOWN = "unknown", _("vaccination not known")

    class Certainty(models.TextChoices):
        CLINICAL = "clinical", _("clinical, suspected")
        LABORATORY = "laboratory", _("confirmed by the laboratory")

    class Test(models.TextChoices):
        RAPID = "rapid", _("rapid test")
        SEROLOGY = "serology", _("serology")
        PCR = "pcr", _("PCR, RT-PCR")
        OTHER = "other", _("other test")

    class Finding(models.TextChoices):
        POSITIVE = "positive", _("positive")
        NEGATIVE = "negative", _("negative")
        DOUBTFUL = "doubtful", _("doubtful")
        PENDING = "pending", _("no result yet")

    class Treatment(models.TextChoices):
        OUTPATIENT = "outpatient", _("outpatient")
        INPATIENT = "inpatient", _("inpatient")

    class Outcome(models.TextChoices):
        DISCHARGED = "discharged", _("discharged")
        TRANSFERRED = "transferred", _("transferred")
        DIED = "died", _("died")
        OTHER = "other", _("other outcome")

    disease = models.CharField(_("disease"), max_length=10)
    code = models.CharField(_("ICD-10"), max_length=10, blank=True)
    clock = models.CharField(_("deadline class"), max_length=10)
    origin = models.CharField(
        _("opened"), max_length=9, choices=Origin.choices, default=Origin.DIAGNOSIS
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    noticed_at = models.DateTimeField(_("noticed at"))
    diagnosed_at = models.DateTimeField(_("diagnosed at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"))
    death_due_at = models.DateTimeField(_("death due at"), null=True, blank=True, editable=False)
    death_sent_at = models.DateTimeField(_("death sent at"), null=True, blank=True, editable=False)
    is_first_late = models.BooleanField(_("first sent late"), default=False, editable=False)
    subject = models.CharField(
        _("kind of subject"), max_length=9, choices=Subject.choices, default=Subject.ILL
    )
    workplace = models.CharField(_("works or learns at"), max_length=300, blank=True)
    vaccinated = models.CharField(
        pgettext_lazy("case", "vaccination"), max_length=7, choices=Vaccinated.choices, blank=True
    )
    doses = models.PositiveSmallIntegerField(_("number of doses"), null=True, blank=True)
    certainty = models.CharField(
        _("class of the diagnosis"), max_length=10, choices=Certainty.choices, blank=True
    )
    onset_on = models.DateField(_("onset"), null=True, blank=True)
    is_sampled = models.BooleanField(_("sample taken"), null=True, blank=True)
    test = models.CharField(_("kind of test"), max_length=8, choices=Test.choices, blank=True)
    finding = models.CharField(
        _("result of the test"), max_length=8, choices=Finding.choices, blank=True
    )
    treatment = models.CharField(
        pgettext_lazy("case", "treatment"), max_length=10, choices=Treatment.choices, blank=True
    )
    admitted_on = models.DateField(_("admitted on"), null=True, blank=True)
    left_on = models.DateField(_("left, transferred or died on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome.choices, blank=True)
    exposure = models.TextField(_("epidemiological history"), blank=True)
    outbreak = models.ForeignKey(
        Outbreak,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("outbreak"),
    )
    linked_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="links",
        verbose_name=_("caught from or with"),
    )
    sent = models.JSONField(_("as it was sent"), default=dict, blank=True, editable=False)
    sent_before = models.JSONField(
        _("as it was sent before"), default=list, blank=True, editable=False
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("sent by"),
    )
    closed_because = models.CharField(_("why it was closed"), max_length=300, blank=True)
    outage = models.ForeignKey(
        Outage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("outage"),
    )
    paper_sent_at = models.DateTimeField(_("sent on paper at"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()  # type: ignore[misc, assignment]

    class Meta(HeldByVisit.Meta):
        verbose_name = _("notified case")
        verbose_name_plural = _("notified cases")
        ordering = ["due_at", "id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.UniqueConstraint(
                fields=["visit", "disease"],
                condition=Q(status__in=["open", "sent", "changed"]),
                name="casenotification_once",
                violation_error_message=_("This case is notified already."),
                violation_error_code="case_known",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__in": values}), name=f"casenotification_{name}_known"
                )
                for name, values in (
                    ("status", ["open", "sent", "changed", "dropped", "taken_back"]),
                    ("origin", ["diagnosis", "hand", "phone", "paper"]),
                    ("subject", ["ill", "carrier", "suspected", "contact", "died"]),
                    ("vaccinated", ["", "yes", "no", "unknown"]),
                    ("certainty", ["", "clinical", "laboratory"]),
                    ("test", ["", "rapid", "serology", "pcr", "other"]),
                    ("finding", ["", "positive", "negative", "doubtful", "pending"]),
                    ("treatment", ["", "outpatient", "inpatient"]),
                    ("outcome", ["", "discharged", "transferred", "died", "other"]),
                )
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "dropped"], sent_at=None)
                | Q(status__in=["sent", "changed", "taken_back"], sent_at__isnull=False),
                name="casenotification_sent_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["dropped", "taken_back"]) | ~Q(closed_because=""),
                name="casenotification_closed_with_reason",
                violation_error_message=_("Write why the case is not reported or taken back."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(doses=None) | Q(vaccinated="yes"),
                name="casenotification_doses_of_vaccinated",
                violation_error_message=_(
                    "A number of doses is told of the vaccinated only; check both."
                ),
                violation_error_code="doses_without_vaccination",
            ),
            models.CheckConstraint(
                condition=Q(admitted_on=None)
                | Q(onset_on=None)
                | Q(admitted_on__gte=F("onset_on")),
                name="casenotification_admitted_after_onset",
                violation_error_message=_(
                    "The admission comes before the illness began; check both days."
                ),
                violation_error_code="admitted_before_onset",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(admitted_on=None) | Q(left_on__gte=F("admitted_on")),
                name="casenotification_left_after_admission",
                violation_error_message=_(
                    "The person left before being admitted; check both days."
                ),
                violation_error_code="left_before_admission",
            ),
            models.CheckConstraint(
                condition=Q(diagnosed_at=None) | Q(noticed_at=F("diagnosed_at")),
                name="casenotification_clock_from_diagnosis",
            ),
            models.CheckConstraint(
                condition=Q(paper_sent_at=None, outage=None)
                | Q(paper_sent_at__isnull=False, outage__isnull=False)
                | Q(paper_sent_at__isnull=False, origin="paper"),
                name="casenotification_paper_needs_outage",
                violation_error_message=_(
                    "A case goes on paper only while the system is down; name the outage."
                ),
                violation_error_code="paper_without_outage",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "due_at"],
                condition=Q(status__in=["open", "changed"]),
                name="casenotification_waits",
            ),
            models.Index(fields=["disease", "noticed_at"], name="casenotification_of_disease"),
            models.Index(fields=["facility", "-noticed_at"], name="casenotification_at"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.disease} {self.noticed_at:%d/%m/%Y}"

    @property
    def was_late(self) -> bool:
        """Say whether the case, or the death of its person, was told after its deadline."""
        told, death = self.paper_sent_at or self.sent_at, self.death_due_at
        if death is None or self.is_first_late:
            return self.is_first_late or bool(told and told > self.due_at)
        return bool(self.death_sent_at and self.death_sent_at > min(death, self.due_at))

    @property
    def tells_death(self) -> bool:
        """Say whether the case was reported before and its person's death still is to be."""
        waits = self.death_due_at is not None and self.death_sent_at is None
        return self.status == self.Status.CHANGED and waits

    @property
    def asks_of_death(self) -> bool:
        """Say whether the person died and nobody has told of it here yet."""
        return self.death_due_at is not None and self.outcome != self.Outcome.DIED
