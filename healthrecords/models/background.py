"""What is asked of a person and known over time: allergies, problems, medicines, vaccines, family."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import SensitiveQuerySet
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion
from portal.database.keys import Keyed
from portal.dates import PartialDate
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity

# A day, a month or a year, as FHIR writes it: such texts sort and compare as the days they name.
PARTIAL = r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"


def partial_date(name: Any) -> "models.CharField[str, str]":
    """Return the field of a date known to the day, the month or the year; blank is not known."""
    return models.CharField(name, max_length=10, blank=True)


def known_partial(*fields: str) -> list[models.BaseConstraint]:
    """Return the rules that these fields hold partial dates."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{field}__regex": PARTIAL}), name=f"%(class)s_{field}_partial"
        )
        for field in fields
    ]


def shown_partial(text: str) -> str:
    """Write a stored partial date as people do: 2019, 05/2019 or 12/05/2019."""
    return str(PartialDate.parse(text)) if text else ""


class Topic(models.TextChoices):
    """What a person is asked about, in the order of the paper form (Decision 831/QĐ-BYT, part B)."""

    ALLERGY = "allergy", _("Allergies")
    PROBLEM = "problem", _("Problems")
    MEDICINE = "medicine", _("Long-term medicines")
    IMMUNIZATION = "immunization", _("Vaccinations")
    FAMILY = "family", _("Family history")


class Source(models.TextChoices):
    """How somebody knows what they write."""

    TOLD = "told", _("told by the person or family")
    PAPER = "paper", _("read on a paper")
    SEEN = "seen", _("seen here")


@tracked()
class Inquiry(Keyed):
    """A person was asked about a topic on a day: there is nothing, or what is listed is all.

    Rows are only added. No row and nothing listed is "not asked"; what is listed now outweighs an
    older "none".
    """

    class Answer(models.TextChoices):
        NONE = "none", _("asked, none")
        LISTED = "listed", _("asked, listed")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="+", db_index=False, verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    topic = models.CharField(_("topic"), max_length=12, choices=Topic.choices)
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )

    class Meta:
        verbose_name = _("question about a person's history")
        verbose_name_plural = _("questions about people's history")
        ordering = ["citizen", "topic", "-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__in=Topic.values),
                name="inquiry_topic_known",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["none", "listed"]), name="inquiry_answer_known"
            ),
        ]
        indexes = [models.Index(fields=["citizen", "topic", "-asked_at"], name="inquiry_latest")]

    @override
    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.get_answer_display()}"


class Fact(Keyed):
    """Something known of a person outside any one visit: who recorded it, where and when.

    A mistaken row is marked as entered in error, with its reason, and stays.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        ENTERED_IN_ERROR = "entered_in_error", _("entered in error")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="+", db_index=False, verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded at"),
    )
    recorded_at = models.DateTimeField(_("recorded on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    client_key = models.UUIDField(null=True, unique=True, editable=False)
    source = models.CharField(
        _("how it is known"), max_length=5, choices=Source.choices, default=Source.TOLD
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    sensitivity = models.CharField(
        max_length=12,
        choices=Sensitivity.choices,
        default=Sensitivity.NONE,
        blank=True,
        editable=False,
    )
    status = models.CharField(
        _("state"), max_length=16, choices=Status.choices, default=Status.ACTIVE
    )
    voided_at = models.DateTimeField(_("marked as a mistake at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("marked as a mistake by"),
    )
    void_reason = models.CharField(_("why it is a mistake"), max_length=300, blank=True)

    objects = SensitiveQuerySet[Any].as_manager()

    class Meta:
        abstract = True
        ordering = ["citizen", "-recorded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="%(class)s_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="%(class)s_source_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "entered_in_error"]),
                name="%(class)s_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="active", void_reason="", voided_at=None, voided_by=None)
                | (
                    Q(status="entered_in_error", voided_at__isnull=False, voided_by__isnull=False)
                    & ~Q(void_reason="")
                ),
                name="%(class)s_mistake_has_reason",
                violation_error_message=_(
                    "Write why this entry is a mistake; it stays readable with the reason."
                ),
                violation_error_code="mistake_without_reason",
            ),
        ]
        indexes = [models.Index(fields=["citizen", "status"], name="%(class)s_of_citizen")]


def ends_after_start() -> models.CheckConstraint:
    """Return the rule that a fact does not end before it began, as exactly as both are known."""
    return models.CheckConstraint(
        condition=Q(ended="")
        | Q(since="")
        | Q(ended__gte=F("since"))
        | Q(since__startswith=F("ended")),
        name="%(class)s_ends_after_start",
        violation_error_message=_("The end comes before the beginning; check both days."),
        violation_error_code="fact_reversed",
    )


@tracked()
class Allergy(Fact):
    """A substance a person does not tolerate: the reaction, how severe, how certain."""

    class Category(models.TextChoices):
        MEDICINE = "medicine", _("medicine")
        FOOD = "food", _("food")
        CHEMICAL = "chemical", _("chemical, cosmetic")
        OTHER = "other", _("other")

    class Severity(models.TextChoices):
        SEVERE = "severe", _("severe")
        MODERATE = "moderate", _("moderate")
        MILD = "mild", _("mild")
        UNKNOWN = "unknown", _("severity not known")

    class Certainty(models.TextChoices):
        SUSPECTED = "suspected", _("suspected")
        CONFIRMED = "confirmed", _("confirmed")

    category = models.CharField(
        _("kind of substance"), max_length=8, choices=Category.choices, default=Category.OTHER
    )
    code = models.CharField(_("code"), max_length=40, blank=True)
    substance = models.CharField(_("substance"), max_length=200)
    list_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    reaction = models.CharField(_("reaction"), max_length=300, blank=True)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity.choices, default=Severity.UNKNOWN
    )
    certainty = models.CharField(
        _("certainty"), max_length=9, choices=Certainty.choices, default=Certainty.SUSPECTED
    )
    since = partial_date(_("since"))
    ended = partial_date(_("no longer since"))

    class Meta(Fact.Meta):
        verbose_name = _("allergy")
        verbose_name_plural = _("allergies")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("since", "ended"),
            ends_after_start(),
            models.CheckConstraint(
                condition=Q(category__in=["medicine", "food", "chemical", "other"]),
                name="allergy_category_known",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["severe", "moderate", "mild", "unknown"]),
                name="allergy_severity_known",
            ),
            models.CheckConstraint(
                condition=Q(certainty__in=["suspected", "confirmed"]),
                name="allergy_certainty_known",
            ),
            models.CheckConstraint(condition=~Q(substance=""), name="allergy_has_substance"),
        ]

    @override
    def __str__(self) -> str:
        return self.substance


@tracked()
class Problem(Fact):
    """An illness or state that lasts beyond one visit, with the ICD-10 title of its day.

    What one visit found is a Diagnosis; a problem is what is followed.
    """

    code = models.CharField(_("code"), max_length=10)
    title = models.CharField(_("title"), max_length=500)
    list_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    since = partial_date(_("since"))
    ended = partial_date(_("resolved"))

    class Meta(Fact.Meta):
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("since", "ended"),
            ends_after_start(),
            models.CheckConstraint(condition=~Q(code=""), name="problem_has_code"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.title}"


@tracked()
class LongTermMedicine(Fact):
    """A medicine a person takes over time, whoever prescribed it; what a visit gave is Medication."""

    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("medicine"), max_length=500)
    dose = models.CharField(_("how to take"), max_length=300, blank=True)
    reason_code = models.CharField(_("for the illness"), max_length=10, blank=True)
    reason_title = models.CharField(_("illness"), max_length=500, blank=True)
    since = partial_date(_("since"))
    ended = partial_date(_("stopped"))

    class Meta(Fact.Meta):
        verbose_name = _("long-term medicine")
        verbose_name_plural = _("long-term medicines")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("since", "ended"),
            ends_after_start(),
            models.CheckConstraint(condition=~Q(name=""), name="longtermmedicine_has_name"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class Immunization(Fact):
    """A dose of vaccine a person says or proves to have had; sessions and screening come apart."""

    code = models.CharField(_("code"), max_length=40, blank=True)
    vaccine = models.CharField(_("vaccine"), max_length=200)
    list_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    given = partial_date(_("given on"))
    dose_number = models.PositiveSmallIntegerField(_("dose number"), null=True, blank=True)
    lot = models.CharField(_("lot"), max_length=40, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("vaccination")
        verbose_name_plural = _("vaccinations")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("given"),
            models.CheckConstraint(condition=~Q(vaccine=""), name="immunization_has_vaccine"),
            models.CheckConstraint(
                condition=Q(dose_number=None) | Q(dose_number__range=(1, 20)),
                name="immunization_dose_number_possible",
                violation_error_message=_("The number of the dose is 1 to 20."),
                violation_error_code="dose_number_impossible",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.vaccine


@tracked()
class FamilyIllness(Fact):
    """An illness of a relative by blood."""

    class Relation(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        SIBLING = "sibling", _("brother or sister")
        CHILD = "child", _("child")
        GRANDPARENT = "grandparent", _("grandparent")
        AUNT_UNCLE = "aunt_uncle", _("aunt or uncle")
        OTHER = "other", _("other relative")

    relation = models.CharField(_("relative"), max_length=11, choices=Relation.choices)
    code = models.CharField(_("code"), max_length=10)
    title = models.CharField(_("illness"), max_length=500)
    list_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    age = models.PositiveSmallIntegerField(_("age when it began"), null=True, blank=True)
    died_of_it = models.BooleanField(_("died of it"), default=False)

    class Meta(Fact.Meta):
        verbose_name = _("illness in the family")
        verbose_name_plural = _("illnesses in the family")
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    relation__in=[
                        "mother",
                        "father",
                        "sibling",
                        "child",
                        "grandparent",
                        "aunt_uncle",
                        "other",
                    ]
                ),
                name="familyillness_relation_known",
            ),
            models.CheckConstraint(condition=~Q(code=""), name="familyillness_has_code"),
            models.CheckConstraint(
                condition=Q(age=None) | Q(age__lte=120),
                name="familyillness_age_possible",
                violation_error_message=_("The age is at most 120 years."),
                violation_error_code="age_impossible",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_relation_display()}: {self.title}"
