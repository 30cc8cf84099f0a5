"""A code list is replaced by a new dated version, never edited."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.database.periods import VALIDITY


@tracked()
class CodeList(Keyed):
    """A list of codes that a law or a standard fixes, such as ICD-10 or the ethnic groups."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    standard = models.CharField(_("standard"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("code list")
        verbose_name_plural = _("code lists")
        ordering = ["key"]

    @override
    def __str__(self) -> str:
        return self.title


class VersionQuerySet(models.QuerySet["CodeListVersion"]):
    """Reads of versions."""

    def holding(self, on: date) -> Self:
        """Return the versions that hold on a day: the day of the event picks the version."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


@tracked()
class CodeListVersion(Keyed):
    """A list as it holds from one day until another, with the law that says so."""

    class Origin(models.TextChoices):
        SHIPPED = "shipped", _("came with the product")
        UPLOADED = "uploaded", _("uploaded")

    code_list = models.ForeignKey(
        CodeList, models.PROTECT, related_name="versions", verbose_name=_("code list")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    # A newer law holds after this day, and nobody has loaded its list: this one serves meanwhile.
    lawful_until = models.DateField(_("asked for by law until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    source = models.CharField(_("source"), max_length=300, blank=True)
    is_verified = models.BooleanField(_("checked against the official text"), default=False)
    note = models.TextField(_("note"), blank=True)
    origin = models.CharField(
        _("came"), max_length=8, choices=Origin.choices, default=Origin.UPLOADED
    )
    digest = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a code list")
        verbose_name_plural = _("versions of code lists")
        ordering = ["code_list", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin__in=["shipped", "uploaded"]), name="codelistversion_origin_known"
            ),
            ExclusionConstraint(
                name="codelistversion_one_at_a_time",
                expressions=[
                    ("code_list", RangeOperators.EQUAL),
                    (
                        VALIDITY,
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Another version of this list holds in these days."),
                violation_error_code="version_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="codelistversion_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code_list} {self.valid_from:%d/%m/%Y}"


class CodeQuerySet(models.QuerySet["Code"]):
    """Reads of codes."""

    def of(self, key: str, on: date) -> Self:
        """Return the codes of a list as it holds on a day."""
        return self.filter(
            Q(version__valid_until=None) | Q(version__valid_until__gte=on),
            Q(valid_from=None) | Q(valid_from__lte=on),
            Q(valid_until=None) | Q(valid_until__gte=on),
            version__code_list__key=key,
            version__valid_from__lte=on,
        )


class Code(Keyed):
    """One code of one version; its history is the versions themselves.

    ``words`` is what a person may type for it: code, title and everyday synonyms. Its own first
    and last day are empty where they are the version's.
    """

    version = models.ForeignKey(
        CodeListVersion, models.CASCADE, related_name="codes", verbose_name=_("version")
    )
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=500)
    parent_code = models.CharField(_("parent"), max_length=40, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    words = models.TextField(_("words"), blank=True)
    words_norm = folded("words")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["version", "position", "code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="code_once_in_version"),
            models.CheckConstraint(
                condition=Q(valid_until=None)
                | Q(valid_from=None)
                | Q(valid_until__gte=F("valid_from")),
                name="code_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]
        indexes = [
            GinIndex(OpClass(F("words_norm"), "gin_trgm_ops"), name="code_words_trigram"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.title}"
