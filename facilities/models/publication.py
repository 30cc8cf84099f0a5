"""What a place of care must make public, and the proof that it did; which means it has."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, OfPlace
from facilities.querysets import AtFacilityQuerySet
from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.periods import VALIDITY


@tracked()
class Publication(OfPlace):
    """Something was made public on a day: the price list, who practises when, the self-assessment.

    ``duty`` is a code of the list publication_duties, which holds law and clock.
    """

    duty = models.CharField(_("what is published"), max_length=40)
    published_on = models.DateField(_("published on"))
    place = models.CharField(_("where"), max_length=300)
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("evidence"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = AtFacilityQuerySet["Publication"].as_manager()

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["facility", "-published_on", "id"]
        indexes = [
            models.Index(fields=["facility", "duty", "-published_on"], name="publication_latest"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.duty} {self.published_on:%d/%m/%Y}"


@tracked()
class Readiness(Dated, OfPlace):
    """A fact about connection and software, with what proves it: fibre since May, no PACS.

    ``topic`` is a code of the list readiness_topics. What nobody asked has no row: "no" is an
    answer. The licence needs some of it (Law 15/2023/QH15, articles 52 and 120).
    """

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        PARTLY = "partly", _("partly")
        NO = "no", _("no")

    topic = models.CharField(_("topic"), max_length=40)
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices)
    count = models.PositiveIntegerField(
        _("number"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    detail = models.CharField(_("product, provider, line"), max_length=200, blank=True)
    evidence_text = models.CharField(_("what proves it"), max_length=300, blank=True)
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("evidence"),
    )

    objects = AtFacilityQuerySet["Readiness"].as_manager()

    class Meta:
        verbose_name = _("readiness of connection and software")
        verbose_name_plural = _("readiness of connection and software")
        ordering = ["facility", "topic", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known("readiness", "answer", ["yes", "partly", "no"]),
            models.CheckConstraint(
                condition=Q(answer="no") | ~Q(evidence_text="") | Q(evidence__isnull=False),
                name="readiness_is_proven",
                violation_error_message=_(
                    "Say what proves it: contract, decision, test, or a file."
                ),
                violation_error_code="evidence_missing",
            ),
            ExclusionConstraint(
                name="readiness_one_answer_at_a_time",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("topic", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This was answered already for these days."),
                violation_error_code="readiness_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.topic}: {self.get_answer_display()}"
