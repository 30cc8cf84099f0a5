"""What a practitioner has learnt and passed: diplomas, specialities, examinations, languages."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfPractitionerQuerySet

REVERSED = _("The last day of validity comes before the first.")


@tracked()
class Qualification(Keyed):
    """A diploma a practitioner holds: level, field, school, number.

    One from abroad counts when it is recognised (Decree 96/2023/NĐ-CP): by which decision, when.
    """

    class Level(models.TextChoices):
        INTERMEDIATE = "intermediate", _("Intermediate diploma")
        COLLEGE = "college", _("College diploma")
        UNIVERSITY = "university", _("University degree")
        RESIDENT = "resident", _("Resident doctor")
        SPECIALIST_1 = "specialist_1", _("Specialist level I")
        SPECIALIST_2 = "specialist_2", _("Specialist level II")
        MASTER = "master", _("Master")
        DOCTORATE = "doctorate", _("Doctorate")
        OTHER = "other", _("Other certificate")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="qualifications", verbose_name=_("practitioner")
    )
    level = models.CharField(_("level"), max_length=14, choices=Level.choices)
    field = models.CharField(_("field"), max_length=200, blank=True)
    school = models.CharField(_("school"), max_length=200, blank=True)
    diploma_number = models.CharField(_("diploma number"), max_length=60, blank=True)
    register_number = models.CharField(_("number in the school's book"), max_length=60, blank=True)
    country = models.CharField(_("country of the school"), max_length=60, default="VN")
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    recognition_no = models.CharField(_("decision that recognises it"), max_length=60, blank=True)
    recognised_on = models.DateField(_("recognised on"), null=True, blank=True)

    objects = OfPractitionerQuerySet["Qualification"].as_manager()

    class Meta:
        verbose_name = _("diploma")
        verbose_name_plural = _("diplomas")
        ordering = ["practitioner", F("issued_on").desc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    level__in=[
                        "intermediate",
                        "college",
                        "university",
                        "resident",
                        "specialist_1",
                        "specialist_2",
                        "master",
                        "doctorate",
                        "other",
                    ]
                ),
                name="qualification_level_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.field}".strip()


@tracked()
class Speciality(Keyed):
    """A speciality a practitioner holds: the code that compares, beside the words as printed.

    A specialist's scope needs a specialist's diploma (Decree 96/2023/NĐ-CP, article 127(1)).
    """

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="specialities", verbose_name=_("practitioner")
    )
    code = models.CharField(_("speciality"), max_length=40, blank=True)
    text = models.CharField(_("as printed"), max_length=300)
    qualification = models.ForeignKey(
        Qualification,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="specialities",
        verbose_name=_("by the diploma"),
    )
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = OfPractitionerQuerySet["Speciality"].as_manager()

    class Meta:
        verbose_name = _("speciality")
        verbose_name_plural = _("specialities")
        ordering = ["practitioner", F("valid_from").desc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None)
                | Q(valid_from=None)
                | Q(valid_until__gte=F("valid_from")),
                name="speciality_valid_period",
                violation_error_message=REVERSED,
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text


@tracked()
class ExaminationResult(Keyed):
    """A result of the competency examination of the National Medical Council (Law 15/2023/QH15, article 24).

    Needed for a licence from the day the list of professional titles names for the title.
    """

    class Result(models.TextChoices):
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")
        ANNULLED = "annulled", _("annulled")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="examinations", verbose_name=_("practitioner")
    )
    title = models.CharField(_("professional title"), max_length=40)
    group = models.CharField(_("group of the examination"), max_length=120, blank=True)
    council = models.CharField(_("council"), max_length=200, blank=True)
    sat_on = models.DateField(_("examined on"))
    result = models.CharField(_("result"), max_length=8, choices=Result.choices)
    result_no = models.CharField(_("number of the result"), max_length=60, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = OfPractitionerQuerySet["ExaminationResult"].as_manager()

    class Meta:
        verbose_name = _("examination result")
        verbose_name_plural = _("examination results")
        ordering = ["practitioner", "-sat_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=["passed", "failed", "annulled"]),
                name="examinationresult_result_known",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "title", "sat_on"],
                name="examinationresult_once_a_day",
                violation_error_message=_("The result of this sitting is in the profile already."),
                violation_error_code="examination_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("sat_on")),
                name="examinationresult_valid_after_sitting",
                violation_error_message=REVERSED,
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.sat_on:%d/%m/%Y}"


@tracked()
class PracticeLanguage(Keyed):
    """The language a practitioner treats patients in (Law 15/2023/QH15, article 21).

    A foreigner is recognised as fluent in Vietnamese, or registers a language and an interpreter.
    """

    class Way(models.TextChoices):
        FLUENT = "fluent", _("recognised as fluent in Vietnamese")
        OWN = "own", _("speaks the patients' language")
        INTERPRETER = "interpreter", _("with an interpreter")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="languages", verbose_name=_("practitioner")
    )
    language = models.CharField(_("language"), max_length=60)
    way = models.CharField(_("way of speaking"), max_length=11, choices=Way.choices)
    interpreter = models.CharField(_("interpreter"), max_length=200, blank=True)
    certificate_no = models.CharField(_("number of the certificate"), max_length=60, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = OfPractitionerQuerySet["PracticeLanguage"].as_manager()

    class Meta:
        verbose_name = _("language of practice")
        verbose_name_plural = _("languages of practice")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["fluent", "own", "interpreter"]),
                name="practicelanguage_way_known",
            ),
            models.CheckConstraint(
                condition=~Q(way="interpreter") | ~Q(interpreter=""),
                name="practicelanguage_interpreter_named",
                violation_error_message=_("Name the interpreter."),
                violation_error_code="interpreter_missing",
            ),
            ExclusionConstraint(
                name="practicelanguage_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("language", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This language is registered in these days already."),
                violation_error_code="language_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practicelanguage_valid_period",
                violation_error_message=REVERSED,
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.language
