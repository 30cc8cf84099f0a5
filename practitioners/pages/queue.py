"""Which profiles wait at the desk, in which order, and which stands before and after this one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Case, DateField, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.site.home import Chip
from practitioners.models import CheckStatus, ProfileSubmission
from practitioners.sentences import SHORT

if TYPE_CHECKING:
    from datetime import datetime

    from portal.scope import Scope
    from practitioners.pages.filters import Filter
    from practitioners.querysets import ProfileSubmissionQuerySet

BEFORE, AFTER = 2, 12
NEVER = date(9999, 12, 31)
RANKS = {CheckStatus.FAIL: 0, CheckStatus.ASK: 1, CheckStatus.PASS: 2}
# By which keys each order goes; the last ones make it whole.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "": ("due_key", "submitted_at", "id"),
    "age": ("submitted_at", "id"),
    "risk": ("risk_key", "due_key", "submitted_at", "id"),
    "facility": ("place_key", "due_key", "submitted_at", "id"),
}
KEYS: Mapping[str, Any] = {
    "due_key": Coalesce("due_on", Value(NEVER), output_field=DateField()),
    "risk_key": Case(
        *(When(worst=status, then=Value(rank)) for status, rank in RANKS.items()),
        output_field=IntegerField(),
    ),
    "place_key": F("facility__name_norm"),
}
DRAWN = (
    "id",
    "practitioner_id",
    "name",
    "title",
    "license_number",
    "due_on",
    "submitted_at",
    "worst",
    "worst_code",
    "facility__name",
    "assignee_id",
    "assignee__full_name",
    "held_until",
)


def due_chip(due_on: date | None, today: date) -> Chip:
    """Say how many days are left."""
    if due_on is None:
        return Chip("", "clock", _("no due day"))
    left = (due_on - today).days
    if left < 0:
        text = ngettext("%(count)d day overdue", "%(count)d days overdue", -left) % {"count": -left}
        return Chip("bad", "warn", text)
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
    """The waiting profiles of one official, narrowed; as quick among ten as among ten thousand."""

    def __init__(self, scope: Scope, chosen: Filter, *, user: Any, at: datetime) -> None:
        self.scope, self.chosen, self.user, self.at = scope, chosen, user, at
        self.today = timezone.localdate(at)
        self.keys = ORDERS[chosen.order]

    @cached_property
    def waiting(self) -> ProfileSubmissionQuerySet:
        """Return what waits, in the chosen order, narrowed."""
        chosen = self.chosen
        condition = chosen.of_due(self.today) & chosen.of_risk() & chosen.of_facility()
        rows: Any = ProfileSubmission.objects.within(self.scope).waiting()
        rows = rows.filter(condition & chosen.of_who(self.user, self.at)).annotate(**KEYS)
        found: ProfileSubmissionQuerySet = rows.order_by(*self.keys)
        return found

    def first(self, *, but: UUID | None = None) -> UUID | None:
        """Return the first profile of the queue."""
        rows = self.waiting if but is None else self.waiting.exclude(pk=but)
        found: UUID | None = rows.values_list("pk", flat=True).first()
        return found

    def holds(self, pk: UUID) -> bool:
        return self.waiting.filter(pk=pk).exists()

    def top(self, count: int) -> list[dict[str, Any]]:
        """Return the first rows, ready to draw."""
        return list(self.waiting.values(*DRAWN)[:count])

    def following(self, current: ProfileSubmission) -> UUID | None:
        """Return the next one after a profile."""
        rows = self.waiting.exclude(pk=current.pk).filter(_past(_keys_of(current, self.keys), "gt"))
        found: UUID | None = rows.values_list("pk", flat=True).first()
        return found

    def around(self, current: ProfileSubmission) -> Around:
        """Return what stands before and after a profile, whether or not it still waits; one query."""
        keys = _keys_of(current, self.keys)
        backwards = [f"-{name}" for name in self.keys]
        named = (*DRAWN, *(name for name in self.keys if name not in DRAWN))
        rows = self.waiting.exclude(pk=current.pk).values(*named)
        before = rows.filter(_past(keys, "lt")).order_by(*backwards)[: BEFORE + 1]
        after = rows.filter(_past(keys, "gt"))[:AFTER]
        found = sorted(
            before.union(after, all=True), key=lambda row: [row[name] for name in self.keys]
        )
        mine = list(keys.values())
        place = sum([row[name] for name in self.keys] < mine for row in found)
        return Around(found[:place], found[place:])


class Around:
    """The rows before and after a profile, nearest in the middle."""

    def __init__(self, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        self.before, self.after = before, after

    @property
    def previous(self) -> UUID | None:
        return self.before[-1]["id"] if self.before else None

    @property
    def following(self) -> UUID | None:
        return self.after[0]["id"] if self.after else None

    @property
    def is_whole_before(self) -> bool:
        """Say whether the queue begins within these rows."""
        return len(self.before) <= BEFORE

    def rows(self, current: ProfileSubmission) -> list[dict[str, Any]]:
        """Return what the queue's pane shows: the current profile among its neighbours."""
        mine = {
            "id": current.pk,
            "practitioner_id": current.practitioner_id,
            "name": current.name,
            "title": current.title,
            "license_number": current.license_number,
            "due_on": current.due_on,
            "worst": current.worst,
            "worst_code": current.worst_code,
            "facility__name": current.facility.name,
            "assignee_id": None,
            "is_current": True,
        }
        return [*self.before[-BEFORE:], mine, *self.after][:AFTER]


def drawn(
    rows: Sequence[dict[str, Any]], titles: Mapping[tuple[str, str], str], user: Any, at: datetime
) -> list[dict[str, Any]]:
    """Return rows of the queue with their words and chips."""
    today = timezone.localdate(at)
    return [
        {
            "is_current": False,
            **row,
            "title": titles.get(("professional_titles", row["title"]), row["title"]),
            "worst_chip": worst_chip(row["worst"], row["worst_code"]),
            "due_chip": due_chip(row["due_on"], today),
            "with": _with(row, user, at),
        }
        for row in rows
    ]


def _with(row: Mapping[str, Any], user: Any, at: datetime) -> str:
    """Return who has a profile on the desk, if it is somebody else."""
    until = row.get("held_until")
    if row["assignee_id"] in {None, user.pk} or (until is not None and until <= at):
        return ""
    return str(row["assignee__full_name"])


def _keys_of(row: ProfileSubmission, names: Sequence[str]) -> dict[str, Any]:
    values = {
        "due_key": row.due_on or NEVER,
        "risk_key": RANKS[CheckStatus(row.worst)],
        "place_key": row.facility.name_norm,
        "submitted_at": row.submitted_at,
        "id": row.pk,
    }
    return {name: values[name] for name in names}


def _past(keys: Mapping[str, Any], way: str) -> Q:
    """Return the condition of standing beyond a place in an order of several keys."""
    found, same = Q(pk__in=[]), Q()
    for name, value in keys.items():
        found |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    return found
