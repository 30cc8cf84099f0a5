"""What was decided against a person: bans and sanctions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfPractitionerQuerySet

if TYPE_CHECKING:
    from practitioners.models.proposals import BanProposal


@tracked()
class PracticeBan(Keyed):
    """A person is barred from practising in some days, whatever licence they hold (Law 15/2023/QH15, article 20)."""

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="bans", verbose_name=_("practitioner")
    )
    ground_code = models.CharField(_("ground"), max_length=40)
    ground = models.TextField(_("ground in words"), blank=True)
    decision_no = models.CharField(_("decision number"), max_length=60)
    decided_on = models.DateField(_("decided on"))
    authority = models.CharField(_("decided by"), max_length=200, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("proposed by"),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)
    # Whether one official recorded it, before two were needed; nothing writes it any more.
    is_of_one = models.BooleanField(_("recorded by one official"), default=False, editable=False)

    objects = OfPractitionerQuerySet["PracticeBan"].as_manager()

    class Meta:
        verbose_name = _("ban from practising")
        verbose_name_plural = _("bans from practising")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision_no=""),
                name="practiceban_decided",
                violation_error_message=_("A ban names its decision: number and day."),
                violation_error_code="decision_missing",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practiceban_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by=None)
                | Q(is_of_one=True)
                | (Q(proposed_by__isnull=False) & ~Q(proposed_by=F("recorded_by"))),
                name="practiceban_of_two_people",
                violation_error_message=_("One official proposes a ban, another confirms it."),
                violation_error_code="ban_of_one",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.ground_code} {self.valid_from:%d/%m/%Y}"

    @property
    def endings(self) -> list[BanProposal]:
        """Return the decisions that ended it, in the order they were made; the last one holds."""
        rows = (row for row in self.proposed_ends.all() if row.state == "confirmed")
        return sorted(rows, key=lambda row: (row.decided_on, row.answered_at, row.pk))

    def ending_on(self, day: date) -> BanProposal | None:
        """Return the decision on its end that was made last, by a day."""
        return next((row for row in reversed(self.endings) if row.decided_on <= day), None)

    def last_day_on(self, day: date) -> date | None:
        """Return its last day as it was decided by a day: no end that was decided later."""
        ending, endings = self.ending_on(day), self.endings
        if ending is not None:
            return ending.valid_until
        return endings[0].was_until if endings else self.valid_until


@tracked()
class Sanction(Keyed):
    """A penalty or disciplinary measure; it stops nobody by itself (Decree 90/2026/NĐ-CP).

    What may be published, and how long, is decided by hand: ``published_until`` is empty where the
    public register shows nothing.
    """

    class Kind(models.TextChoices):
        WARNING = "warning", _("Warning")
        FINE = "fine", _("Fine")
        DISCIPLINE = "discipline", _("Disciplinary measure")
        REMEDY = "remedy", _("Duty to make good")
        OTHER = "other", _("Other measure")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="sanctions", verbose_name=_("practitioner")
    )
    kind = models.CharField(_("measure"), max_length=10, choices=Kind.choices)
    decision_no = models.CharField(_("decision number"), max_length=60)
    decided_on = models.DateField(_("decided on"))
    authority = models.CharField(_("decided by"), max_length=200, blank=True)
    ground = models.TextField(_("ground"), blank=True)
    amount = models.DecimalField(
        _("amount (đồng)"), max_digits=14, decimal_places=0, null=True, blank=True
    )
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until"), null=True, blank=True)
    published_text = models.TextField(_("what the public reads"), blank=True)
    published_until = models.DateField(_("published until"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)

    objects = OfPractitionerQuerySet["Sanction"].as_manager()

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["warning", "fine", "discipline", "remedy", "other"]),
                name="sanction_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(decision_no=""),
                name="sanction_decided",
                violation_error_message=_("A sanction names its decision: number and day."),
                violation_error_code="decision_missing",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="sanction_amount_positive",
                violation_error_message=_("A fine is more than 0 đồng."),
                violation_error_code="amount_not_positive",
            ),
            models.CheckConstraint(
                condition=Q(published_until=None) | ~Q(published_text=""),
                name="sanction_published_in_words",
                violation_error_message=_("Write what the public is to read."),
                violation_error_code="published_text_missing",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="sanction_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.decision_no}"
