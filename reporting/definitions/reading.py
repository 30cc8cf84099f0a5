"""A form's content, read once per version: rows × columns, rules, duties."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from reporting.models import ReportDefinition

FROM_ROW = "*"  # a column whose cells are computed as their row says
OWN = "own"  # the row of the sender itself, in forms with one row per facility


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the official table; ``number`` is how the form numbers it.

    ``source`` names the measure that computes its cells; without one, and without ``ratio``, nothing
    in the system knows the figure yet. ``how`` says in words what is counted.
    """

    key: str
    number: str
    label: str
    group: str = ""
    source: str = ""
    kind: str = "number"
    how: str = ""
    ratio: tuple[str, str] | None = None
    per_day: bool = False
    is_restricted: bool = False

    @property
    def is_additive(self) -> bool:
        """Say whether figures of several senders or rows may be added up."""
        return self.ratio is None and self.kind in {"number", "money"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the official table; ``icd`` are the codes that belong into it.

    ``unknown`` are the columns that no source knows in this row, though it knows them in others.
    """

    key: str
    label: str
    source: str = ""
    icd: str = ""
    role: str = ""
    how: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Figures that must agree: within a row, between rows, or with another form of the same period."""

    kind: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    message: str
    refuses: bool
    other: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who owes the form, and by when after the period: so many days, or before a day of the week."""

    sender: str
    count: int
    unit: str
    early_days: int = 0
    periods: tuple[str, ...] = ()

    def covers(self, sender: str, period: str) -> bool:
        return self.sender == sender and (not self.periods or period in self.periods)


@dataclass(frozen=True, slots=True)
class Group:
    """Senders that a sum of reports lists together, with a line of their own that adds them up."""

    label: str
    senders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One version of a form, as the pages, the counting and the checks read it."""

    code: str
    rows_from: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    duties: tuple[Duty, ...]
    receiver: str = ""
    has_totals: bool = True
    note: str = ""
    # Whose reports make up the province's; none named means all. Others tell of the same people again.
    summed: tuple[str, ...] = ()
    # How the senders of a sum are parted into groups; none named means one list.
    sender_groups: tuple[Group, ...] = ()
    by_key: Mapping[str, Column] = field(default_factory=dict)

    def duty_of(self, sender: str, period: str) -> Duty | None:
        return next((duty for duty in self.duties if duty.covers(sender, period)), None)

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def source_of(self, row: Row | None, column: Column) -> str:
        """Return the measure of a cell, or nothing when no source exists."""
        if row is not None and column.key in row.unknown:
            return ""
        if column.source == FROM_ROW:
            source = row.source if row is not None else ""
            # A row that counts people tells each column by its own word: all, women, minorities.
            return f"{source}:{column.key}" if source.startswith("staff:") else source
        return column.source

    def cells_with_source(self) -> Iterator[tuple[Row | None, Column, str]]:
        """Yield each column that is computed, row by row where rows have measures of their own."""
        for column in self.columns:
            if column.source != FROM_ROW:
                if column.source:
                    yield None, column, column.source
                continue
            for row in self.rows:
                if row.source:
                    yield row, column, self.source_of(row, column)

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Return the upper line of the head: each group with how many columns it spans."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and column.group and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans


def form_of(definition: ReportDefinition) -> Form:
    """Return the content of a version; read once for each digest."""
    return _read(definition.pk, definition.digest) or _parse(definition)


_known: dict[tuple[UUID, str], Form] = {}


def _read(pk: UUID, digest: str) -> Form | None:
    return _known.get((pk, digest))


def _parse(definition: ReportDefinition) -> Form:
    form = parse(definition.code, definition.content)
    if len(_known) > 200:
        _known.clear()
    _known[definition.pk, definition.digest] = form
    return form


def parse(code: str, content: Mapping[str, Any]) -> Form:
    """Read a content; a key that is missing is an error of the form and is told at loading."""
    columns = tuple(_column(said) for said in content["columns"])
    return Form(
        code=code,
        rows_from=content["rows_from"],
        columns=columns,
        rows=tuple(_row(said) for said in content.get("rows", ())),
        rules=tuple(_rule(said) for said in content.get("checks", ())),
        duties=tuple(_duty(said) for said in content.get("duties", ())),
        receiver=content.get("receiver", ""),
        has_totals=content.get("totals", True),
        note=content.get("note", ""),
        summed=tuple(content.get("summed", ())),
        sender_groups=tuple(
            Group(said["label"], tuple(said["senders"])) for said in content.get("groups", ())
        ),
        by_key={column.key: column for column in columns},
    )


def _column(said: Mapping[str, Any]) -> Column:
    ratio = said.get("ratio")
    rest = {key: value for key, value in said.items() if key != "ratio"}
    return Column(**rest, ratio=(ratio[0], ratio[1]) if ratio else None)


def _row(said: Mapping[str, Any]) -> Row:
    return Row(**{**said, "unknown": tuple(said.get("unknown", ()))})


def _rule(said: Mapping[str, Any]) -> Rule:
    return Rule(**{**said, "left": tuple(said["left"]), "right": tuple(said["right"])})


def _duty(said: Mapping[str, Any]) -> Duty:
    return Duty(**{**said, "periods": tuple(said.get("periods", ()))})


@lru_cache(maxsize=512)
def icd_ranges(text: str) -> tuple[tuple[str, str], ...]:
    """Read “A00-A09;B15” as first and last codes without full stop; one code is its own range."""
    found = []
    for part in filter(None, text.replace(" ", "").replace(".", "").split(";")):
        first, _dash, last = part.partition("-")
        found.append((first, last or first))
    return tuple(found)


def covers(ranges: Sequence[tuple[str, str]], code: str) -> bool:
    """Say whether a code lies in one of the ranges, its subdivisions included."""
    plain = code.replace(".", "")
    return any(
        first <= plain[: len(first)] and plain[: len(last)] <= last for first, last in ranges
    )
