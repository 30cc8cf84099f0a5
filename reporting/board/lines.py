"""Places under a body, line by line: by province, by commune, or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from portal.places.models import Area, Organisation
from reporting.board.matters import Matter, sums_of
from reporting.models import ArrivalDay, PlaceStanding
from reporting.periods import Period

PROVINCE, COMMUNE, PLACE = "tinh", "xa", "co-so"
NOWHERE = "khong-ro"  # in an address: the places whose area is not known
KEYS: Mapping[str, Any] = {
    PROVINCE: Coalesce("place__area__parent_id", "place__area_id"),
    COMMUNE: F("place__area_id"),
    PLACE: F("place_id"),
}

NAMES: Mapping[str, Any] = {
    PROVINCE: Coalesce("place__area__parent__code", "place__area__code"),
    COMMUNE: F("place__area__name_norm"),
    PLACE: F("place__name_norm"),
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
    # In a table of communes: what stands in no commune, whose area is a whole province.
    is_of_province: bool = False


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
    is_nowhere: bool = False

    @property
    def rows(self) -> Any:
        """Return the standings of the places that are asked about."""
        rows = PlaceStanding.objects.below(self.body).order_by()
        return rows.filter(self.in_area("place__area"))

    def in_area(self, name: str) -> Q:
        """Return the condition of lying in the commune or the province that is asked about."""
        if self.is_nowhere:
            return Q(**{f"{name}__isnull": True})
        if self.area is None:
            return Q()
        return Q(**{name: self.area}) | Q(**{f"{name}__parent": self.area})


def lines_of(asked: Asked, *, at_most: int | None = None) -> list[Line]:
    """Return the lines, those with most of what is asked first, still without names; one query or three.

    The order and the cut are the database's: a home page reads no line it does not show.
    """
    found = _summed(asked)
    if asked.only is not None:
        found = found.filter(**{f"{asked.only.name}__gt": 0})
    lines = [
        Line(
            key=row["key"],
            title="",
            places=row["places"],
            counts={matter.name: row[matter.name] or 0 for matter in asked.matters},
            visits=row["now"],
            visits_before=row["before"],
        )
        for row in (found if at_most is None else found[:at_most])
    ]
    if asked.week is not None:
        _set_visits(lines, asked, asked.week)
    return lines


def _summed(asked: Asked) -> Any:
    """Add standings up by what is asked for, in order."""
    amounts = {
        f"of_{m.name}": m.amount(asked.on, sees_sensitive=asked.sees_sensitive)
        for m in asked.matters
    }
    keyed = asked.rows.annotate(key=KEYS[asked.by], **amounts).values("key")
    late = [m.name for m in asked.matters if m.name.endswith("_late")]
    first = [asked.only.name] if asked.only is not None else late
    found: Any = keyed.annotate(
        places=Count("pk"),
        now=_visits("week_visits", "week_protected", asked),
        before=_visits("year_before_visits", "year_before_protected", asked),
        **{m.name: Sum(f"of_{m.name}") for m in asked.matters},
    )
    primary: Any = sum((F(name) for name in first[1:]), start=F(first[0])) if first else Value(0)
    found = found.annotate(first=primary, called=Min(NAMES[asked.by]))
    return found.order_by("-first", "called")


def _visits(name: str, protected: str, asked: Asked) -> Any:
    return Sum(name) if asked.sees_sensitive else Sum(F(name) - F(protected))


def named(lines: list[Line], asked: Asked) -> list[Line]:
    """Write names, and what is told of a single place, into the lines that are shown; one query."""
    keys = [line.key for line in lines if line.key]
    if asked.by == PLACE:
        places = Organisation.objects.filter(pk__in=keys).select_related("area", "standing")
        known: dict[Any, Any] = {place.pk: place for place in places}
    else:
        known = {
            area.pk: area for area in Area.objects.filter(pk__in=keys).select_related("parent")
        }
    for line in lines:
        found = known.get(line.key)
        line.title = found.name if found else _("Area not known")
        above = getattr(found, "area" if asked.by == PLACE else "parent", None)
        line.is_of_province = asked.by == COMMUNE and found is not None and above is None
        # A station is called by its commune already.
        is_told = above is not None and above.name.lower() in line.title.lower()
        line.about = above.name if above is not None and not is_told else ""
        standing = getattr(found, "standing", None)
        if standing is not None:
            line.quality, line.change = standing.quality, standing.change
    return lines


def _set_visits(lines: list[Line], asked: Asked, week: Period) -> None:
    """Write the visits of another week than the last one, counted day by day."""
    known = {line.key: line for line in lines}
    for line in lines:
        line.visits = line.visits_before = 0
    for key, number, before in _of_week(asked, week):
        if key not in known and asked.only is None:  # a place that ended since had visits then
            lines.append(known.setdefault(key, Line(key, "", places=0, counts=_none(asked))))
        if key in known:
            line = known[key]
            line.visits, line.visits_before = line.visits + number, line.visits_before + before


def _none(asked: Asked) -> dict[str, int]:
    return {matter.name: 0 for matter in asked.matters}


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
