"""Which dossiers wait at an authority, in which order, narrowed to what?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from portal.dossiers.definitions import procedures_on
from portal.dossiers.models import Dossier
from portal.dossiers.querysets import HANDLES
from portal.dossiers.states import ENDS, OPEN_STATES, Clock, State
from portal.dossiers.turns import lay_with
from portal.names import name_norm
from portal.scope import scope_of

if TYPE_CHECKING:
    from django.http import HttpRequest

KEPT = "dossier_filter"
SHOWN = 50
NAMES = ("who", "state", "procedure", "due", "q", "counted", "first", "last")
WHO = {"mine": _("with me"), "free": _("with nobody")}
DUE = {"overdue": _("Overdue"), "week": _("Due in 7 days"), "stopped": _("Clock stopped")}
ENDED = "ended"
LAIN = "lain"  # what lay with an official, whoever has it now
DECIDED = Q(state__in=[State.GRANTED, State.REFUSED])
COUNTED = {
    "filed": _("Filed from %(first)s to %(last)s"),
    "ended": _("Decided from %(first)s to %(last)s"),
    "in_time": _("Decided in time from %(first)s to %(last)s"),
    "late": _("Decided late from %(first)s to %(last)s"),
    "lain": _("With this official from %(first)s to %(last)s"),
}


def counted_in(first: date, last: date) -> dict[str, Q]:
    """Return which dossiers each waiting-time figure of a period is made of."""
    ended = DECIDED & Q(ended_on__range=(first, last))
    return {
        "filed": Q(filed_on__range=(first, last)),
        "ended": ended,
        "in_time": ended & Q(ended_on__lte=F("due_on")),
        "late": ended & Q(ended_on__gt=F("due_on")),
    }


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
    counted: str = ""  # a waiting-time figure, with the first and last day of its period
    first: str = ""
    last: str = ""

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
        """Return the filter without what cannot be meant: a figure of a period has no state or term."""
        is_counted = self.counted in COUNTED and is_day(self.first) and is_day(self.last)
        is_counted = is_counted and (self.counted != LAIN or is_key(self.who))
        return replace(
            self,
            counted=self.counted if is_counted else "",
            first=self.first if is_counted else "",
            last=self.last if is_counted else "",
            who=self.who if self.who in WHO or is_key(self.who) else "",
            state=self.state if self.state in {*OPEN_STATES, ENDED} and not is_counted else "",
            procedure=self.procedure[:40],
            due=self.due if self.due in DUE and not is_counted else "",
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

    @property
    def period(self) -> list[tuple[str, str]]:
        """Return the figure and its days as the address has them."""
        return [("counted", self.counted), ("first", self.first), ("last", self.last)]

    @property
    def counted_words(self) -> str:
        """Say which figure the list is made of, "" where it is the work list."""
        if not self.counted:
            return ""
        days = {"first": date.fromisoformat(self.first), "last": date.fromisoformat(self.last)}
        shown = {name: f"{day:%d/%m/%Y}" for name, day in days.items()}
        return str(COUNTED[self.counted]) % shown

    def condition(self, user: Any, on: date) -> Q:
        if self.counted:
            days = date.fromisoformat(self.first), date.fromisoformat(self.last)
            found = (
                Q(pk__in=lay_with(self.who, *days))
                if self.counted == LAIN
                else counted_in(*days)[self.counted] & self._who(user)
            )
            if self.procedure:
                found &= Q(procedure=self.procedure)
            return found & self._text()
        found = Q(state__in=ENDS if self.state == ENDED else OPEN_STATES)
        if self.state and self.state != ENDED:
            found &= Q(state=self.state)
        if self.procedure:
            found &= Q(procedure=self.procedure)
        return found & self._who(user) & self._due(on) & self._text()

    def _who(self, user: Any) -> Q:
        if self.who == "mine":
            return Q(assigned_to=user)
        if self.who == "free":
            return Q(assigned_to=None)
        return Q(assigned_to=self.who) if self.who else Q()

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
            | Q(identifier=plain.replace(" ", ""))
            | Q(phone=plain.replace(" ", "").replace(".", ""))
            | Q(name_norm__contains=name_norm(self.q))
        )


def is_key(text: str) -> bool:
    """Say whether a text is the key of an official."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def is_day(text: str) -> bool:
    """Say whether a text is a day as an address has it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def officials_with(user: Any) -> list[tuple[str, str]]:
    """Return with whom the open dossiers lie that somebody deals with, by name; one query."""
    rows = Dossier.objects.of_scopes(scopes_of(user)).open().exclude(assigned_to=None)
    found = rows.order_by("assigned_to__full_name", "assigned_to").distinct()
    named = found.values_list("assigned_to", "assigned_to__full_name")
    return [(str(key), name) for key, name in named]


def rows_of(user: Any, chosen: Filter, on: date, *, start: int = 0) -> list[Dossier]:
    """Return one page of the queue and one row more, which says that there are others."""
    rows = Dossier.objects.of_scopes(scopes_of(user)).filter(chosen.condition(user, on))
    if chosen.counted in {"filed", LAIN}:
        rows = rows.order_by("-filed_on", "-id")
    elif chosen.counted or chosen.state == ENDED:
        rows = rows.order_by("-ended_on", "-id")
    else:
        rows = rows.in_queue_order()
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
