"""Places under a body, line by line: by province, by commune, or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from portal.places.models import Area, Organisation
from reporting.board.matters import Matter, sums_of
from reporting.models import ArrivalDay, PlaceStanding
from reporting.periods import Period

PROVINCE, COMMUNE, PLACE = "tinh", "xa", "co-so"
KEYS: Mapping[str, Any] = {
    PROVINCE: Coalesce("place__area__parent_id", "place__area_id"),
    COMMUNE: F("place__area_id"),
    PLACE: F("place_id"),
}


@dataclass
class Line:
    """One province, commune or place with its counts."""

    key: UUID | None
    title: str
    about: str = ""
    places: int = 1
    counts: dict[str, int] = field(default_factory=dict)
    visits: int = 0
    visits_before: int = 0
    quality: Decimal | None = None
    change: Decimal | None = None
    last_visit_on: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table of places is asked: of whom, by what, which matters, for which week."""

    body: Organisation
    by: str
    matters: list[Matter]
    on: date
    sees_sensitive: bool
    week: Period | None = None
    area: Area | None = None
    only: Matter | None = None

    @property
    def rows(self) -> Any:
        """Return the standings of the places that are asked about."""
        rows = PlaceStanding.objects.below(self.body).order_by()
        return rows.filter(self.in_area("place__area"))

    def in_area(self, name: str) -> Q:
        """Return the condition of lying in the commune or the province that is asked about."""
        if self.area is None:
            return Q()
        return Q(**{name: self.area}) | Q(**{f"{name}__parent": self.area})


def lines_of(asked: Asked) -> list[Line]:
    """Return the lines, those with most of what is asked first; a constant number of queries."""
    amounts = {
        f"of_{m.name}": m.amount(asked.on, sees_sensitive=asked.sees_sensitive)
        for m in asked.matters
    }
    keyed = asked.rows.annotate(key=KEYS[asked.by], **amounts).values("key")
    found: Any = keyed.annotate(
        places=Count("pk"), **{m.name: Sum(f"of_{m.name}") for m in asked.matters}
    )
    lines = [
        Line(
            key=row["key"],
            title="",
            places=row["places"],
            counts={m.name: int(row[m.name] or 0) for m in asked.matters},
        )
        for row in found
    ]
    if asked.only is not None:
        lines = [line for line in lines if line.counts[asked.only.name]]
    _add_visits(lines, asked)
    _name(lines, asked)
    return sorted(lines, key=lambda line: order(line, asked))


def order(line: Line, asked: Asked) -> tuple[Any, ...]:
    """Put first what has most of the matter that is asked about, else what has most overdue."""
    if asked.only is not None:
        return (-line.counts[asked.only.name], line.title)
    late = sum(n for name, n in line.counts.items() if name.endswith("_late"))
    return (-late, line.title)


def _name(lines: list[Line], asked: Asked) -> None:
    keys = [line.key for line in lines if line.key]
    if asked.by == PLACE:
        places = Organisation.objects.filter(pk__in=keys).select_related("area", "standing")
        named: dict[Any, Any] = {place.pk: place for place in places}
    else:
        named = {
            area.pk: area for area in Area.objects.filter(pk__in=keys).select_related("parent")
        }
    for line in lines:
        found = named.get(line.key)
        line.title = found.name if found else _("Area not known")
        above = getattr(found, "area" if asked.by == PLACE else "parent", None)
        line.about = above.name if above else ""
        standing = getattr(found, "standing", None)
        if standing is not None:
            line.quality, line.change = standing.quality, standing.change
            line.last_visit_on = standing.last_visit_on


def _add_visits(lines: list[Line], asked: Asked) -> None:
    """Add the visits of the week: as they were last counted, or day by day for another week."""
    known = {line.key: line for line in lines}
    found = _counted(asked) if asked.week is None else _of_week(asked, asked.week)
    for key, number, before in found:
        if key not in known and asked.only is None:  # a place that ended since had visits then
            lines.append(known.setdefault(key, Line(key, "", places=0, counts=_none(asked))))
        if key in known:
            line = known[key]
            line.visits, line.visits_before = line.visits + number, line.visits_before + before


def _none(asked: Asked) -> dict[str, int]:
    return {matter.name: 0 for matter in asked.matters}


def _counted(asked: Asked) -> Iterator[tuple[UUID | None, int, int]]:
    names = ("week_visits", "week_protected", "year_before_visits", "year_before_protected")
    rows = asked.rows.annotate(key=KEYS[asked.by]).values("key")
    for row in rows.annotate(**{f"of_{name}": Sum(name) for name in names}):
        now, hidden, before, hidden_before = (row[f"of_{name}"] for name in names)
        if asked.sees_sensitive:
            hidden = hidden_before = 0
        yield row["key"], now - hidden, before - hidden_before


def _of_week(asked: Asked, week: Period) -> Iterator[tuple[UUID | None, int, int]]:
    key = {PROVINCE: "area__parent_id", COMMUNE: "area_id", PLACE: "id"}[asked.by]
    places = Organisation.objects.below(asked.body).filter(asked.in_area("area"))
    keys = {pk: (one or area) for pk, one, area in places.values_list("pk", key, "area_id")}
    for is_now, period in ((True, week), (False, week.year_before)):
        days = ArrivalDay.objects.filter(day__range=(period.first, period.last), facility__in=keys)
        found = (
            days.order_by().values("facility").annotate(n=Sum("visits"), hidden=Sum("protected"))
        )
        for row in found:
            number = row["n"] if asked.sees_sensitive else row["n"] - row["hidden"]
            yield keys[row["facility"]], number if is_now else 0, 0 if is_now else number


def totals_of(asked: Asked) -> dict[str, int]:
    """Return the matters added up over everything that is asked about."""
    found: dict[str, int] = sums_of(
        asked.rows, asked.matters, asked.on, sees_sensitive=asked.sees_sensitive
    )
    return found
