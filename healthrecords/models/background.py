"""What is asked of a person and known over time: allergies, problems, medicines, vaccines, family."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.facts import Fact, ends_after_start, known_partial, partial_date
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion


@tracked()
class Allergy(Fact):
    """A substance a person does not tolerate: the reaction, how severe, how certain."""

    beside: ClassVar[tuple[str, ...]] = (*Fact.beside, "reaction", "note")

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

    beside: ClassVar[tuple[str, ...]] = (*Fact.beside, "stop_reason")

    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("medicine"), max_length=500)
    dose = models.CharField(_("how to take"), max_length=300, blank=True)
    reason_code = models.CharField(_("for the illness"), max_length=10, blank=True)
    reason_title = models.CharField(_("illness"), max_length=500, blank=True)
    since = partial_date(_("since"))
    ended = partial_date(_("stopped"))
    stop_reason = models.CharField(_("why it was stopped"), max_length=300, blank=True)
    stopped_at = models.DateTimeField(_("noted at"), null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("noted by"),
    )

    class Meta(Fact.Meta):
        verbose_name = _("long-term medicine")
        verbose_name_plural = _("long-term medicines")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("since", "ended"),
            ends_after_start(),
            models.CheckConstraint(condition=~Q(name=""), name="longtermmedicine_has_name"),
            models.CheckConstraint(
                condition=~Q(ended="") | Q(stop_reason="", stopped_at=None, stopped_by=None),
                name="longtermmedicine_reason_of_an_end",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | (~Q(stop_reason="") & Q(stopped_by__isnull=False)),
                name="longtermmedicine_stopped_with_reason",
                violation_error_message=_("Write why the medicine is stopped."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class Immunization(Fact):
    """A dose of vaccine a person says or proves to have had; sessions and screening come apart."""

    beside: ClassVar[tuple[str, ...]] = (*Fact.beside, "place", "note")

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
