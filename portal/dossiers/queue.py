"""Which dossiers wait at an authority, in which order, narrowed to what?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from portal.dossiers.definitions import procedures_on
from portal.dossiers.models import Dossier
from portal.dossiers.querysets import HANDLES
from portal.dossiers.states import ENDS, OPEN_STATES, Clock, State
from portal.names import name_norm
from portal.scope import scope_of

if TYPE_CHECKING:
    from django.http import HttpRequest

KEPT = "dossier_filter"
SHOWN = 50
NAMES = ("who", "state", "procedure", "due", "q")
WHO = {"mine": _("with me"), "free": _("with nobody")}
DUE = {"overdue": _("Overdue"), "week": _("Due in 7 days"), "stopped": _("Clock stopped")}
ENDED = "ended"


def scopes_of(user: Any) -> list[tuple[str, Any]]:
    """Return where somebody deals with dossiers, by what they are about."""
    return [(kind, scope_of(user, capability)) for kind, capability in HANDLES.items()]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the desk is narrowed to; it stands in the address and stays until it is changed."""

    who: str = ""
    state: str = ""
    procedure: str = ""
    due: str = ""
    q: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Filter:
        """Read the filter from the address, else the one this person used last."""
        if any(name in request.GET for name in NAMES):
            found = cls(**{name: request.GET.get(name, "") for name in NAMES}).cleaned()
            if request.session.get(KEPT) != found.query:
                request.session[KEPT] = found.query
            return found
        kept: Mapping[str, Any] = request.session.get(KEPT) or {}
        return cls(**{name: str(kept.get(name, "")) for name in NAMES}).cleaned()

    def cleaned(self) -> Filter:
        return replace(
            self,
            who=self.who if self.who in WHO else "",
            state=self.state if self.state in {*OPEN_STATES, ENDED} else "",
            procedure=self.procedure[:40],
            due=self.due if self.due in DUE else "",
            q=" ".join(self.q.split())[:60],
        )

    @property
    def query(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in NAMES}

    @property
    def is_on(self) -> bool:
        return any(self.query.values())

    def address(self, **more: str) -> str:
        """Write the filter as the end of an address, with something changed."""
        query = {**self.query, **more}
        return f"?{urlencode({name: value for name, value in query.items() if value} or {'q': ''})}"

    def condition(self, user: Any, on: date) -> Q:
        found = Q(state__in=ENDS if self.state == ENDED else OPEN_STATES)
        if self.state and self.state != ENDED:
            found &= Q(state=self.state)
        if self.procedure:
            found &= Q(procedure=self.procedure)
        return found & self._who(user) & self._due(on) & self._text()

    def _who(self, user: Any) -> Q:
        if self.who == "mine":
            return Q(assigned_to=user)
        return Q(assigned_to=None) if self.who == "free" else Q()

    def _due(self, on: date) -> Q:
        if self.due == "overdue":
            return Q(due_on__lt=on) & ~Q(clock=Clock.STOPPED)
        if self.due == "week":
            return Q(due_on__lte=on + timedelta(days=7))
        return Q(clock=Clock.STOPPED) if self.due == "stopped" else Q()

    def _text(self) -> Q:
        if not self.q:
            return Q()
        plain = self.q.upper().replace("-", "")
        return (
            Q(receipt_number__startswith=self.q.upper())
            | Q(tracking_code=plain)
            | Q(name_norm__contains=name_norm(self.q))
        )


def rows_of(user: Any, chosen: Filter, on: date, *, start: int = 0) -> list[Dossier]:
    """Return one page of the queue and one row more, which says that there are others."""
    rows = Dossier.objects.of_scopes(scopes_of(user)).filter(chosen.condition(user, on))
    ended = chosen.state == ENDED
    rows = rows.order_by("-ended_on", "-id") if ended else rows.in_queue_order()
    rows = rows.select_related("assigned_to", "authority")
    return list(rows[start : start + SHOWN + 1])


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open dossiers wait, by what is asked first."""

    open: int
    mine: int
    free: int
    overdue: int
    stopped: int
    signature: int


def counts_of(user: Any, on: date) -> Counts:
    """Count the open dossiers somebody deals with; one query."""
    rows = Dossier.objects.of_scopes(scopes_of(user)).open()
    return Counts(
        **rows.aggregate(
            open=Count("id"),
            mine=Count("id", filter=Q(assigned_to=user)),
            free=Count("id", filter=Q(assigned_to=None)),
            overdue=Count("id", filter=Q(due_on__lt=on) & ~Q(clock=Clock.STOPPED)),
            stopped=Count("id", filter=Q(clock=Clock.STOPPED)),
            signature=Count("id", filter=Q(state=State.SIGNATURE)),
        )
    )


def procedure_choices(on: date) -> Sequence[tuple[str, str]]:
    """Return the procedures to narrow to."""
    return [(row.code, row.title) for row in procedures_on(on)]
