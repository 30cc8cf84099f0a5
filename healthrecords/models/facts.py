"""What every fact known of a person over time has: who recorded it, where, how they know, whether it stands."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import SensitiveQuerySet
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


class Source(models.TextChoices):
    """How somebody knows what they write."""

    TOLD = "told", _("told by the person or family")
    PAPER = "paper", _("read on a paper")
    SEEN = "seen", _("seen here")


class Fact(Keyed):
    """Something known of a person outside any one visit: who recorded it, where and when.

    A mistaken row is marked as entered in error, with its reason, and stays.

    ``beside`` names what is written beside the matter itself. Its words do not hide the row, for who
    gives a medicine has to know the allergy; they are left out for those they may not be told to
    (``services.hushing``).
    """

    beside: ClassVar[tuple[str, ...]] = ("void_reason",)

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
