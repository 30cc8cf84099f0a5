"""Which profiles wait at the desk, in which order, narrowed to what?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.names import name_norm
from portal.places.models import Organisation
from portal.site.home import Chip
from practitioners.models import CheckStatus, ProfileSubmission
from practitioners.sentences import SHORT

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from portal.scope import Scope

KEPT = "desk_filter"
SHOWN, KNOWN = 12, 300
DUE = {"overdue": _("Overdue"), "today": _("Due today"), "week": _("Due in 7 days")}
RISK = {"fail": _("Something is wrong"), "ask": _("Something asks"), "pass": _("All passes")}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the desk is narrowed to; it stands in the address and stays until it is changed."""

    due: str = ""
    risk: str = ""
    facility: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Filter:
        """Read the filter from the address, else the one this person used last."""
        names = ("due", "risk", "facility")
        if any(name in request.GET for name in names):
            found = cls(*(request.GET.get(name, "") for name in names)).cleaned()
            if request.session.get(KEPT) != found.query:
                request.session[KEPT] = found.query
            return found
        kept = request.session.get(KEPT) or {}
        return cls(**{name: str(kept.get(name, "")) for name in names}).cleaned()

    def cleaned(self) -> Filter:
        try:
            facility = str(UUID(self.facility)) if self.facility else ""
        except ValueError:
            facility = ""
        return replace(
            self,
            due=self.due if self.due in DUE else "",
            risk=self.risk if self.risk in RISK else "",
            facility=facility,
        )

    @property
    def query(self) -> dict[str, str]:
        return {"due": self.due, "risk": self.risk, "facility": self.facility}

    @property
    def is_on(self) -> bool:
        return any(self.query.values())

    def address(self, **more: str) -> str:
        """Write the filter as the end of an address; nothing when nothing is chosen."""
        query = {name: value for name, value in {**self.query, **more}.items() if value}
        return f"?{urlencode(query)}" if query else ""

    def condition(self, today: date) -> Q:
        found = Q()
        if self.due == "overdue":
            found &= Q(due_on__lt=today)
        elif self.due == "today":
            found &= Q(due_on=today)
        elif self.due == "week":
            found &= Q(due_on__lte=today + timedelta(days=7))
        if self.risk:
            found &= Q(worst=self.risk)
        if self.facility:
            found &= Q(facility=self.facility)
        return found


def due_chip(due_on: date | None, today: date) -> Chip:
    """Say how many days are left."""
    if due_on is None:
        return Chip("", "clock", _("no due day"))
    left = (due_on - today).days
    if left < 0:
        text = ngettext("%(count)d day overdue", "%(count)d days overdue", -left)
        return Chip("bad", "warn", text % {"count": -left})
    if left == 0:
        return Chip("bad", "clock", _("due today"))
    text = ngettext("%(count)d day left", "%(count)d days left", left) % {"count": left}
    return Chip("warn" if left <= 1 else "", "clock", text)


def worst_chip(worst: str, code: str) -> Chip:
    """Say in a word what needs attention."""
    if worst == CheckStatus.FAIL:
        return Chip("bad", "bad", SHORT.get(code) or _("wrong"))
    if worst == CheckStatus.ASK:
        return Chip("warn", "warn", SHORT.get(code) or _("asks"))
    return Chip("ok", "ok", _("all passes"))


class Queue:
    """The waiting profiles of one official, narrowed; two queries however long it is."""

    def __init__(self, scope: Scope, chosen: Filter, today: date) -> None:
        self.scope, self.chosen, self.today = scope, chosen, today

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        waiting = ProfileSubmission.objects.within(self.scope).waiting()
        rows: Any = (
            waiting.filter(self.chosen.condition(self.today))
            .in_queue_order()
            .values(
                "id",
                "practitioner_id",
                "name",
                "title",
                "license_number",
                "due_on",
                "worst",
                "worst_code",
                "facility_id",
                "facility__name",
            )[:KNOWN]
        )
        return list(rows)

    @cached_property
    def ids(self) -> list[UUID]:
        return [row["id"] for row in self.rows]

    def after(self, current: UUID) -> UUID | None:
        """Return the profile after this one, else the first that is another."""
        return self._beside(current, 1)

    def before(self, current: UUID) -> UUID | None:
        return self._beside(current, -1)

    def _beside(self, current: UUID, step: int) -> UUID | None:
        if current in self.ids:
            place = self.ids.index(current) + step
            if 0 <= place < len(self.ids):
                return self.ids[place]
            return None if step < 0 else next((i for i in self.ids if i != current), None)
        return self.ids[0] if self.ids and step > 0 else None

    def shown(self, current: UUID, titles: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
        """Return the rows around the current one, ready to draw."""
        place = self.ids.index(current) if current in self.ids else 0
        first = max(0, min(place - 2, len(self.rows) - SHOWN))
        return [
            {
                **row,
                "title": titles.get(("professional_titles", row["title"]), row["title"]),
                "worst_chip": worst_chip(row["worst"], row["worst_code"]),
                "due_chip": due_chip(row["due_on"], self.today),
                "is_current": row["id"] == current,
            }
            for row in self.rows[first : first + SHOWN]
        ]


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures above the desk."""

    waiting: int
    due_today: int
    overdue: int
    done_today: int
    pace: int | None


def counts_of(request: HttpRequest, scope: Scope) -> Counts:
    """Count what waits and what this person decided today; one query per request."""
    kept: Counts | None = request.__dict__.get("_desk_counts")
    if kept is None:
        kept = _count(request.user, scope, timezone.now())
        request.__dict__["_desk_counts"] = kept
    return kept


def _count(user: Any, scope: Scope, now: datetime) -> Counts:
    today = timezone.localdate(now)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    waits = Q(state=ProfileSubmission.State.SUBMITTED)
    mine = Q(reviewer=user.pk, decided_at__gte=midnight) & ~waits
    found = (
        ProfileSubmission.objects.within(scope)
        .filter(waits | mine)
        .aggregate(
            waiting=Count("id", filter=waits),
            due_today=Count("id", filter=waits & Q(due_on=today)),
            overdue=Count("id", filter=waits & Q(due_on__lt=today)),
            done_today=Count("id", filter=mine),
            first=Min("decided_at", filter=mine),
        )
    )
    first, done = found.pop("first"), found["done_today"]
    hours = (now - first).total_seconds() / 3600 if first else 0
    pace = round(done / hours) if done > 2 and hours > 0.05 else None
    return Counts(**found, pace=pace)


def facilities_waiting(queue: Queue) -> list[tuple[str, str]]:
    """List the facilities that have profiles waiting, for the filter."""
    if not queue.chosen.is_on:
        names = {str(row["facility_id"]): row["facility__name"] for row in queue.rows}
        return sorted(names.items(), key=lambda item: name_norm(item[1]))
    waiting = ProfileSubmission.objects.within(queue.scope).waiting()
    rows = Organisation.objects.filter(pk__in=waiting.values("facility")).order_by("name_norm")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:200]]
