"""Every read of dossiers that is used twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from portal.dossiers.states import OPEN_STATES, Clock
from portal.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from portal.dossiers.models import (  # noqa: F401  (named in the strings below)
        Authority,
        Dossier,
    )

# Which capability opens the dossiers about what.
HANDLES = {"practitioner": "review_practitioners", "facility": "decide_licenses"}


class AuthorityQuerySet(models.QuerySet["Authority"]):
    """Reads of authorities."""

    def holding(self, on: date) -> Self:
        """Return the authorities of a day."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


class DossierQuerySet(ScopedQuerySet["Dossier"]):
    """Reads of dossiers."""

    place = "authority"

    def of_scopes(self, scopes: Iterable[tuple[str, Scope]]) -> Self:
        """Return the dossiers about each kind of subject within the scope for that kind."""
        found = Q(pk__in=())
        for kind, scope in scopes:
            if scope:
                found |= Q(subject_kind=kind) & (Q() if scope.everything else self.in_scope(scope))
        return self.filter(found)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def overdue(self, on: date) -> Self:
        """Return the open ones whose last day is over while the clock is with the authority."""
        return self.open().filter(due_on__lt=on).exclude(clock=Clock.STOPPED)

    def in_queue_order(self) -> Self:
        """Order by due day; what has none comes last, the oldest first."""
        return self.order_by(F("due_on").asc(nulls_last=True), "filed_on", "id")

    def about(self, subject: UUID | Any) -> Self:
        return self.filter(subject=subject)
