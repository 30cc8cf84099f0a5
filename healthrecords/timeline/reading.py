"""One page of the timeline in one query, and its counts as facts of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.glance import Asking
from healthrecords.services.hushing import Hush
from healthrecords.timeline.filters import Counted, Facet, Filters
from healthrecords.timeline.sources import Entry, Row, Source, sources

PAGE = 20


@dataclass
class Page:
    """Some entries, what the filters would show, and the key of the next page where there is one."""

    entries: Sequence[Entry]
    filters: Filters
    counts: Sequence[Counted] = ()
    older: str = ""

    @property
    def rows(self) -> list[Row]:
        return [entry.row for entry in self.entries if entry.row is not None]

    @property
    def years(self) -> list[tuple[str, list[Entry]]]:
        """Return the entries by year."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.at is not None:
                found.setdefault(f"{timezone.localdate(entry.at):%Y}", []).append(entry)
        return list(found.items())

    @cached_property
    def total(self) -> int:
        """Return how many entries the filters let through."""
        return sum(c.number for c in self.counts if self.filters.passes(c))

    @property
    def more(self) -> int:
        """Return how many are left after the first page."""
        return self.total - len(self.entries)

    @property
    def kinds(self) -> Facet:
        return self.filters.facet("kind", _("Kind"), self.counts)

    @property
    def facets(self) -> list[Facet]:
        """Return the other filters, those that would choose between nothing left out."""
        labels = {
            "place": _("Facility"),
            "year": _("Year"),
            "signed": _("Signature"),
            "origin": _("Source"),
        }
        found = [self.filters.facet(name, label, self.counts) for name, label in labels.items()]
        return [facet for facet in found if len(facet.choices) > 2 or facet.chosen]


def read(asking: Asking, filters: Filters | None = None, before: str = "") -> Page:
    """Return a page of what happened to a citizen, from every facility, without its counts."""
    filters = filters or Filters()
    rows = _rows(asking, filters, _read_key(before))
    older = rows[PAGE - 1].key if len(rows) > PAGE else ""
    teller = {source.key: source for source in sources()}
    shown = rows[:PAGE] if asking.sees_sensitive else _hushed(rows[:PAGE])
    entries = [_told(teller[row.source], row) for row in shown]
    return Page(entries, filters, older=older)


def count_facts(asking: Asking) -> dict[str, Any]:
    """Return the counts to read beside other facts; no filter tells of a row that is left out."""
    return {
        f"count_{source.key}": source.counted(
            source.rows(asking.access, sees_sensitive=asking.sees_sensitive)
        )
        for source in sources()
    }


def counts_of(facts: Mapping[str, Sequence[Any]], *, sees_sensitive: bool) -> list[Counted]:
    """Read the counts out of the facts."""
    hush = Hush(sees_sensitive=sees_sensitive)
    return [
        Counted(
            kind=source.key,
            **{
                **said,
                "year": int(said["year"]),
                "place_name": hush.place(said["place_name"]),
            },
        )
        for source in sources()
        for said in facts[f"count_{source.key}"]
    ]


def _hushed(rows: Sequence[Row]) -> list[Row]:
    """Return rows with the words beside their matter as a reader without the right is told them."""
    beside, hush = {source.key: source.beside() for source in sources()}, Hush(sees_sensitive=False)
    return [
        replace(
            row,
            place_name=hush.place(row.place_name),
            facts={
                name: hush.text(said) if name in beside[row.source] else said
                for name, said in row.facts.items()
            },
        )
        for row in rows
    ]


def _told(source: Source, row: Row) -> Entry:
    entry = source.tell(row)
    entry.row = row
    return entry


def _rows(asking: Asking, filters: Filters, key: tuple[datetime, UUID] | None) -> list[Row]:
    """Take one page of each source, in one query, and the newest of all."""
    branches = []
    for source in filters.asked():
        rows = filters.narrow(source.rows(asking.access, sees_sensitive=asking.sees_sensitive))
        if key is not None:
            moment, pk = key
            rows = rows.filter(Q(entry_at__lt=moment) | Q(entry_at=moment, pk__lt=pk))
        told = source.told(rows, sees_sensitive=asking.sees_sensitive)
        branches.append(told.order_by("-entry_at", "-pk")[: PAGE + 1])
    if not branches:
        return []
    first, *rest = branches
    both = first.union(*rest, all=True).order_by("-entry_at", "-pk") if rest else first
    return [Row(*row) for row in both[: PAGE + 1]]


def _read_key(text: str) -> tuple[datetime, UUID] | None:
    moment, _mark, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), tz=timezone.get_default_timezone()), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None
