"""Where a practitioner is registered to practise, as what, and which techniques were added there."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from portal.places.models import Organisation
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfRegistrationQuerySet, RegistrationQuerySet

# Codes of the list staff_positions that make a person responsible for the facility's profession.
RESPONSIBLE = ("1", "3")


@tracked()
class Registration(Keyed):
    """A practitioner is registered to practise at a facility (Law 15/2023/QH15, articles 36 to 38).

    ``hours`` is the text of the paper (T2T3T4T5T6 0730-1630), the weekly slots are what it means.
    Practice begins when the registration is complete: one the facility has announced waits for the
    department until ``completed_on``. Joining and leaving are announced within the law's terms.
    """

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="registrations", verbose_name=_("practitioner")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="registrations", verbose_name=_("facility")
    )
    position = models.CharField(_("position"), max_length=4, blank=True)
    position_text = models.CharField(_("position as written"), max_length=200, blank=True)
    department_code = models.CharField(_("code of the department"), max_length=50, blank=True)
    department = models.CharField(_("department"), max_length=200, blank=True)
    is_full_time = models.BooleanField(_("full time"), default=True)
    hours = models.CharField(_("hours as written"), max_length=300, blank=True)
    # Codes of facilities where the facility says the person works too, apart by semicolons.
    other_facilities = models.CharField(
        _("also works at (facility codes)"), max_length=500, blank=True
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    added_on = models.DateField(_("taken on"), null=True, blank=True)
    announced_on = models.DateField(_("list sent to the department"), null=True, blank=True)
    completed_on = models.DateField(_("registration complete"), null=True, blank=True)
    leaving_announced_on = models.DateField(_("leaving announced"), null=True, blank=True)
    ended_because = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["facility", "practitioner", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="registration_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    # As text: who is asked for by the facility alone would be looked for in this
                    # index, all of it, because its price there is thought to be that of a B-tree.
                    (Cast("facility", models.TextField()), RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "This person is already registered here in this position in these days."
                ),
                violation_error_code="registration_overlap",
            ),
            ExclusionConstraint(
                name="registration_responsible_for_one",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(position__in=RESPONSIBLE),
                violation_error_message=_(
                    "A person may be responsible for the profession of one facility only"
                    " (Law 15/2023/QH15, article 36(2))."
                ),
                violation_error_code="responsible_twice",
            ),
            ExclusionConstraint(
                name="registration_one_responsible",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(position__in=RESPONSIBLE),
                violation_error_message=_(
                    "The facility already has a person responsible for its profession in these days."
                ),
                violation_error_code="responsible_taken",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="registration_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(completed_on=None)
                | Q(announced_on=None)
                | Q(completed_on__gte=F("announced_on")),
                name="registration_complete_after_announced",
                violation_error_message=_(
                    "The registration is complete before its list was sent; check both days."
                ),
                violation_error_code="completed_before_announced",
            ),
            # What slots hold by: practitioner and facility cannot drift from the registration's.
            models.UniqueConstraint(
                fields=["id", "practitioner", "facility"], name="registration_whole"
            ),
        ]
        indexes = [
            # Who is or was here, and until when, read from the index alone: the last day may lie
            # ahead, so no condition on it would hold for everybody a question is about.
            models.Index(
                fields=["facility", "practitioner"],
                include=["valid_until"],
                name="registration_place",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} – {self.facility}"

    @property
    def is_pending(self) -> bool:
        """Say whether the facility has announced it and the department has not completed it."""
        return self.announced_on is not None and self.completed_on is None

    def waits_on(self, day: date) -> bool:
        """Say whether the department had yet to complete, on a day, what the facility announced."""
        if self.announced_on is None:
            return False
        return self.completed_on is None or self.completed_on > day

    @property
    def is_responsible(self) -> bool:
        return self.position in RESPONSIBLE


@tracked()
class ExtraTechnique(Keyed):
    """A technique outside the licence's scope that a person was assigned at a facility, in writing.

    The person was trained for it and the one responsible for the profession assigned it; the
    licence does not change (Circular 38/2024/TT-BYT, article 9).
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="techniques", verbose_name=_("registration")
    )
    code = models.CharField(_("code of the technique"), max_length=20)
    name = models.CharField(_("technique"), max_length=300, blank=True)
    decision_no = models.CharField(_("number of the assignment"), max_length=60)
    decided_on = models.DateField(_("assigned on"))
    trained_at = models.CharField(_("learnt at"), max_length=200, blank=True)
    certificate_no = models.CharField(_("number of the certificate"), max_length=60, blank=True)
    # Where the technique was handed over by another facility: its code, the decision and its day.
    transferred_by = models.CharField(
        _("handed over by (facility code)"), max_length=20, blank=True
    )
    transfer_no = models.CharField(_("decision that hands it over"), max_length=60, blank=True)
    transferred_on = models.DateField(_("handed over on"), null=True, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = OfRegistrationQuerySet["ExtraTechnique"].as_manager()

    class Meta:
        verbose_name = _("technique assigned beyond the scope")
        verbose_name_plural = _("techniques assigned beyond the scope")
        ordering = ["registration", "code", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="extratechnique_once_at_a_time",
                expressions=[
                    ("registration", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This technique is assigned in these days already."),
                violation_error_code="technique_overlap",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(decision_no=""),
                name="extratechnique_assigned",
                violation_error_message=_(
                    "Name the technique by its code, and the written assignment."
                ),
                violation_error_code="assignment_missing",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="extratechnique_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()
