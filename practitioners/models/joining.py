"""Two rows of the register are one person: who asked to join them, who did, and what was moved."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from practitioners.models.discrepancy import DiscrepancyCase
from practitioners.models.practitioner import Practitioner


@tracked()
class PractitionerJoining(Keyed):
    """One official asks that a row of the register speaks for another one; a colleague carries it out.

    ``survivor`` stays, ``joined`` is replaced by it. ``take`` names what the survivor is to say as
    the joined row did, ``choices`` how each contradiction between the two is resolved; ``taken``
    holds what the survivor said before and after. Parting is asked and carried out in the same way.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for a second official")
        DONE = "done", _("Joined")
        DROPPED = "dropped", _("Not joined")
        PARTED = "parted", _("Parted again")

    case = models.ForeignKey(
        DiscrepancyCase, models.PROTECT, related_name="joinings", verbose_name=_("case")
    )
    survivor = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="joinings", verbose_name=_("row that stays")
    )
    joined = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        related_name="replacements",
        verbose_name=_("row that is replaced"),
    )
    department = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("department")
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.ASKED)
    reason = models.CharField(_("why they are joined"), max_length=500)
    take = models.JSONField(_("to be taken from the replaced row"), default=list, blank=True)
    choices = models.JSONField(_("how contradictions are resolved"), default=dict, blank=True)
    taken = models.JSONField(_("taken from the replaced row"), default=dict, blank=True)
    # What leads from a row of one of the two to a row of the other, before they were joined.
    links = models.JSONField(default=list, blank=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.CharField(_("why they are not joined"), max_length=500, blank=True)
    parting_reason = models.CharField(_("why they are parted"), max_length=500, blank=True)
    parting_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("parting asked by"),
    )
    parting_asked_at = models.DateTimeField(_("parting asked at"), null=True, blank=True)
    parted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("parted by"),
    )
    parted_at = models.DateTimeField(_("parted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("joining of two rows of the register")
        verbose_name_plural = _("joinings of rows of the register")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "done", "dropped", "parted"]),
                name="practitionerjoining_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("joined")), name="practitionerjoining_two_rows"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="practitionerjoining_with_reason",
                violation_error_message=_("Write why the two rows are joined."),
                violation_error_code="joining_without_reason",
            ),
            models.UniqueConstraint(
                fields=["joined"],
                condition=Q(state__in=["asked", "done"]),
                name="practitionerjoining_once",
                violation_error_message=_("Joining this row was asked for or done already."),
                violation_error_code="joining_known",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_by=None, answered_at=None)
                | ~Q(state="asked") & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="practitionerjoining_answered_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "parted"]) | ~Q(answered_by=F("asked_by")),
                name="practitionerjoining_of_two_people",
                violation_error_message=_("One official asks for it, another carries it out."),
                violation_error_code="joining_of_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(answer=""),
                name="practitionerjoining_dropped_with_reason",
                violation_error_message=_("Write why the two rows are not joined."),
                violation_error_code="drop_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(parting_asked_by=None, parting_asked_at=None, parting_reason="")
                | Q(
                    parting_asked_by__isnull=False,
                    parting_asked_at__isnull=False,
                    state__in=["done", "parted"],
                )
                & ~Q(parting_reason=""),
                name="practitionerjoining_parting_asked_whole",
                violation_error_message=_("Write why the two rows are parted."),
                violation_error_code="parting_without_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="parted") & Q(parted_by=None, parted_at=None)
                | Q(
                    state="parted",
                    parted_by__isnull=False,
                    parted_at__isnull=False,
                    parting_asked_by__isnull=False,
                )
                & ~Q(parted_by=F("parting_asked_by")),
                name="practitionerjoining_parted_by_two_people",
                violation_error_message=_("One official asks for it, another carries it out."),
                violation_error_code="joining_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["survivor", "answered_at"], name="practitionerjoining_of"),
            models.Index(
                fields=["department", "asked_at"],
                condition=Q(state="asked"),
                name="practitionerjoining_waits",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.joined} → {self.survivor}"

    @property
    def is_parting_asked(self) -> bool:
        """Say whether the two rows are joined and somebody asked to part them."""
        return self.state == self.State.DONE and self.parting_asked_by_id is not None


@tracked()
class JoinedRow(Keyed):
    """A row that a joining moved or changed: whose it was, what it said before and since."""

    joining = models.ForeignKey(
        PractitionerJoining, models.PROTECT, related_name="rows", verbose_name=_("joining")
    )
    table = models.CharField(_("table"), max_length=100)
    column = models.CharField(_("column"), max_length=63)
    row_id = models.UUIDField(_("row"))
    home = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="rows_away", verbose_name=_("written for")
    )
    was = models.JSONField(_("said before"), default=dict, blank=True)
    now = models.JSONField(_("says since"), default=dict, blank=True)

    class Meta:
        verbose_name = _("row of a joined practitioner")
        verbose_name_plural = _("rows of joined practitioners")
        ordering = ["joining", "table", "column", "row_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["joining", "table", "column", "row_id"], name="joinedrow_once"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
