"""Two sides say different things of one practitioner: the case and how it may end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import (
    DiscrepancyCaseQuerySet,
)


class Outcome(models.TextChoices):
    """How a case ends: whose word holds, or that both may stand."""

    FIRST_HOLDS = "first_holds", _("What the first side says holds")
    SECOND_HOLDS = "second_holds", _("What the second side says holds")
    BOTH_STAND = "both_stand", _("Both may stand beside each other")
    OTHER_PERSON = "other_person", _("They are two different people")
    ONE_PERSON = "one_person", _("They are one person")


@tracked()
class DiscrepancyCase(Keyed):
    """Two sides say different things of one practitioner; both are heard before anybody decides.

    ``key`` names what clashes, so that the same clash has one open case however often it is met.
    ``facts`` holds what the sentence of the case needs. ``department`` decides.
    """

    class Kind(models.TextChoices):
        TWO_LICENSES = "two_licenses", _("Two licences")
        IDENTIFIER_CHANGED = "identifier_changed", _("Identity number changed")
        TWIN = "twin", _("Perhaps one person twice")
        HOURS_OVERLAP = "hours_overlap", _("Hours overlap")
        RESPONSIBLE_TWICE = "responsible_twice", _("Responsible at two facilities")

    class State(models.TextChoices):
        OPEN = "open", _("Both sides are asked")
        DECIDED = "decided", _("Decided")
        DROPPED = "dropped", _("No longer differs")

    class Origin(models.TextChoices):
        CHECKS = "checks", _("automatic checks")
        FILE = "file", _("a file")
        OFFICIAL = "official", _("an official")

    kind = models.CharField(_("kind"), max_length=18, choices=Kind.choices)
    key = models.CharField(_("what clashes"), max_length=200, editable=False)
    department = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("decided by the department")
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discrepancies",
        verbose_name=_("practitioner"),
    )
    name = models.CharField(_("full name"), max_length=255)
    facts = models.JSONField(_("facts"), default=dict)
    origin = models.CharField(_("found by"), max_length=8, choices=Origin.choices)
    batch_id = models.UUIDField(_("from the file"), null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("opened by"),
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = DiscrepancyCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("discrepancy case")
        verbose_name_plural = _("discrepancy cases")
        ordering = ["opened_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "two_licenses",
                        "identifier_changed",
                        "twin",
                        "hours_overlap",
                        "responsible_twice",
                    ]
                ),
                name="discrepancycase_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "decided", "dropped"]),
                name="discrepancycase_state_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["checks", "file", "official"]),
                name="discrepancycase_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "",
                        "first_holds",
                        "second_holds",
                        "both_stand",
                        "other_person",
                        "one_person",
                    ]
                ),
                name="discrepancycase_outcome_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided")
                | (
                    ~Q(outcome="")
                    & ~Q(reason="")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="discrepancycase_decided_with_reason",
                violation_error_message=_(
                    "A case is decided by a person, with an outcome and a written reason."
                ),
                violation_error_code="case_without_reason",
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="open"), name="discrepancycase_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["department", "opened_at", "id"], name="discrepancycase_list"),
            models.Index(fields=["key", "-decided_at"], name="discrepancycase_key"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def people(self) -> list[UUID]:
        """Return the two rows of the register a case is about; nothing where it is about one."""
        return [UUID(key) for key in self.facts.get("people", ())]

    @property
    def outcomes(self) -> list[tuple[str, Any]]:
        """Return how the case may end: of twins it is asked whether they are one person."""
        of_two = {Outcome.ONE_PERSON, Outcome.OTHER_PERSON}
        if self.kind == self.Kind.TWIN:
            return [one for one in Outcome.choices if one[0] in of_two]
        return [one for one in Outcome.choices if one[0] != Outcome.ONE_PERSON or self.people]

    @property
    def person_ids(self) -> list[UUID]:
        """Return whom a page with this case shows, for the read log; a new person is the case's."""
        known = [self.practitioner_id] if self.practitioner_id else []
        return list(dict.fromkeys([*known, *self.people])) or [self.id]
