"""To what is the desk narrowed, and in which order does it show what is left?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

KEPT = "desk_filter"
DUE = {"overdue": _("Overdue"), "today": _("Due today"), "week": _("Due in 7 days")}
RISK = {"fail": _("Something is wrong"), "ask": _("Something asks"), "pass": _("All passes")}
WHO = {
    "mine": _("With me"),
    "free": _("With nobody"),
    "all": _("With colleagues too"),
}
ORDER = {
    "age": _("longest waiting first"),
    "risk": _("wrong ones first"),
    "facility": _("by facility"),
}
ZOOM = {"width": _("Width"), "page": _("Whole page"), "150": "150 %", "200": "200 %"}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "due": DUE,
    "risk": RISK,
    "who": WHO,
    "order": ORDER,
    "zoom": ZOOM,
}
NARROWING = ("due", "risk", "facility", "who")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the desk is narrowed to; it stands in the address and stays until it is changed."""

    due: str = ""
    risk: str = ""
    facility: str = ""
    who: str = ""
    order: str = ""
    zoom: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Filter:
        """Read the filter from the address, else the one this person used last."""
        names = [field.name for field in fields(cls)]
        kept = request.session.get(KEPT) or {}
        said = request.GET if any(name in request.GET for name in NARROWING) else None
        found = {name: str((said or kept).get(name, "")) for name in names}
        # How it is shown does not end with what it is narrowed to.
        for name in ("order", "zoom"):
            found[name] = request.GET.get(name, str(kept.get(name, "")))
        chosen = cls(**found).cleaned()
        if chosen.query != kept and (kept or chosen != cls()):
            request.session[KEPT] = chosen.query
        return chosen

    def cleaned(self) -> Filter:
        try:
            facility = str(UUID(self.facility)) if self.facility else ""
        except ValueError:
            facility = ""
        known = {
            name: value if (value := getattr(self, name)) in choices else ""
            for name, choices in CHOICES.items()
        }
        return replace(self, facility=facility, **known)

    @property
    def query(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def is_on(self) -> bool:
        return any(getattr(self, name) for name in NARROWING)

    def but(self, **changes: str) -> Filter:
        """Return this filter with something chosen otherwise."""
        return replace(self, **changes)

    def address(self, **more: str) -> str:
        """Write the filter as the end of an address; nothing when nothing is chosen."""
        query = {name: value for name, value in {**self.query, **more}.items() if value}
        return f"?{urlencode(query)}" if query else ""

    def whole_address(self) -> str:
        """Write the filter so that what is not chosen is chosen no longer."""
        return f"?{urlencode(self.query)}"

    def of_due(self, today: date) -> Q:
        if self.due == "overdue":
            return Q(due_on__lt=today)
        if self.due == "today":
            return Q(due_on=today)
        return Q(due_on__lte=today + timedelta(days=7)) if self.due == "week" else Q()

    def of_risk(self) -> Q:
        return Q(worst=self.risk) if self.risk else Q()

    def of_facility(self) -> Q:
        return Q(facility=self.facility) if self.facility else Q()

    def of_who(self, user: Any, at: datetime) -> Q:
        """Leave out what colleagues have on the desk, unless it is asked for."""
        free = Q(assignee=None) | Q(held_until__lte=at)
        if self.who == "mine":
            return Q(assignee=user.pk) & (Q(held_until=None) | Q(held_until__gt=at))
        if self.who == "free":
            return free
        return Q() if self.who == "all" else free | Q(assignee=user.pk)
