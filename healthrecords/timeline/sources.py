"""Which tables tell of what happened to a citizen, and how does each tell it?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Model,
    Q,
    Value,
)
from django.db.models.functions import Cast, ExtractYear, JSONObject
from django_stubs_ext import StrOrPromise

from healthrecords.models import CareAccess
from healthrecords.querysets import outside_hidden_visits
from healthrecords.services.hushing import beside_of
from portal.site.home import Chip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source as the one query of the timeline returns it."""

    source: str
    pk: UUID
    at: datetime
    place: UUID | None
    place_name: str
    from_file: bool
    signed: bool | None
    facts: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Return where a page ends: the next one begins after it."""
        return f"{self.at.timestamp():.6f}_{self.pk}"


@dataclass(slots=True)
class Entry:
    """One happening as the page draws it; ``coded`` are diagnoses and the like, code and title."""

    title: StrOrPromise
    url: str = ""
    icon: str = "visit"
    chips: list[Chip] = field(default_factory=list)
    coded: Sequence[tuple[str, str]] = ()
    says: StrOrPromise = ""
    small: StrOrPromise = ""
    foot: list[StrOrPromise] = field(default_factory=list)
    differences: Sequence[Any] = ()
    notes: Sequence[StrOrPromise] = ()
    row: Row | None = None

    @property
    def at(self) -> datetime | None:
        return self.row.at if self.row else None


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the timeline.

    ``model`` has a manager that answers ``.of(access)`` and ``.open_to(sees_sensitive=...)``: the
    reader calls both itself, so that no source can forget them, in its rows or in its counts.
    ``at`` is the field or expression of the moment; ``facts(sees_sensitive)`` is what ``tell`` needs,
    as one JSON object: where it reaches into other tables it leaves their sensitive rows out. Words
    beside the matter are hushed before they are told: a source names their columns as they are.
    ``without`` are rows that are not shown: withdrawn ones. ``signed`` is left out where
    a table knows no signatures.
    """

    key: str
    label: StrOrPromise
    model: type[Model]
    at: Any
    facts: Callable[[bool], Mapping[str, Any]]
    tell: Callable[[Row], Entry]
    without: Q | None = None
    from_file: Q | None = None
    signed: Any = None
    place: str = "facility"
    order: int = 100

    def rows(self, access: CareAccess, *, sees_sensitive: bool) -> Any:
        """Return the table's rows of one record that this access shows."""
        manager: Any = self.model._default_manager
        rows = manager.of(access).open_to(sees_sensitive=sees_sensitive)
        if not sees_sensitive:
            rows = outside_hidden_visits(rows)
        if self.without is not None:
            rows = rows.exclude(self.without)
        return rows.order_by().annotate(
            entry_at=Cast(self.at, DateTimeField()),
            entry_source=Value(self.key),
            entry_file=_truth(self.from_file),
            entry_signed=Value(None, BooleanField()) if self.signed is None else self.signed,
            entry_place=F(f"{self.place}_id"),
            entry_place_name=F(f"{self.place}__name"),
        )

    def beside(self) -> frozenset[str]:
        """Return which facts are words beside the matter of a row, for a reader without the right."""
        columns = beside_of(self.model)
        facts = self.facts(False) if columns else {}  # noqa: FBT003  (the registry's own call)
        return frozenset(
            name for name, said in facts.items() if isinstance(said, str) and said in columns
        )

    def counted(self, rows: Any) -> Any:
        """Count rows by what the filters ask for, as one subquery of the page's one query."""
        group = {
            "place": "entry_place",
            "place_name": "entry_place_name",
            "year": "entry_year",
            "from_file": "entry_file",
            "signed": "entry_signed",
        }
        grouped = rows.annotate(entry_year=ExtractYear("entry_at")).values(*group.values())
        return ArraySubquery(
            grouped.annotate(said=JSONObject(**group, number=Count("pk"))).values("said")
        )

    def told(self, rows: Any, *, sees_sensitive: bool) -> Any:
        """Ask for rows as the union of all sources needs them."""
        return rows.annotate(entry_facts=JSONObject(**self.facts(sees_sensitive))).values_list(
            "entry_source",
            "pk",
            "entry_at",
            "entry_place",
            "entry_place_name",
            "entry_file",
            "entry_signed",
            "entry_facts",
        )


def _truth(condition: Q | None) -> Any:
    if condition is None:
        return Value(value=False, output_field=BooleanField())
    return ExpressionWrapper(condition, output_field=BooleanField())


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Let a table take part in the timeline; a second registration of a key replaces the first."""
    _sources[source.key] = source


def sources() -> list[Source]:
    """Return the tables of the timeline in the order of their filters."""
    return sorted(_sources.values(), key=lambda source: (source.order, source.key))
