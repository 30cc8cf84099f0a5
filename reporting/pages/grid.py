"""A report as its official table: head, rows, cells with what is to be said of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.codelists.icd import icd_structure
from portal.codelists.lookup import titles_on
from portal.templatetags.portal import number
from reporting.computing import has_source, totals
from reporting.definitions import Column, Form, Row
from reporting.definitions.reading import covers, icd_ranges
from reporting.figures_of import Standing

MARK = "~"  # between row and column in an address
TOTAL = "total"  # the last line, as a row
GROUP = "group-"  # and its number: the line of a group of senders, as a row
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
FOLDED = {"categories", "diseases"}


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: what it says, and what it is (nought, typed, wrong, without a source)."""

    name: str
    text: str
    column: Column
    value: float | int | str | None = None
    is_zero: bool = False
    is_typed: bool = False
    is_wrong: bool = False
    is_none: bool = False
    opens: bool = False
    is_open: bool = False

    @property
    def classes(self) -> str:
        names = (
            ("zero", self.is_zero),
            ("bad", self.is_wrong),
            ("none", self.is_none),
            ("words", self.column.kind == "text"),
        )
        return " ".join(name for name, holds in names if holds)


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line of the table."""

    key: str
    label: str
    number: str = ""
    code: str = ""
    role: str = ""
    cells: list[GridCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grid:
    """The table; ``folded`` is how many rows without a figure are put away.

    ``hides`` where rows of a protected class are left out of the sums.
    """

    form: Form
    rows: list[GridRow]
    total: GridRow | None
    folded: int
    has_codes: bool
    hides: bool = False
    members: Mapping[str, Collection[str]] = field(default_factory=dict)  # of each group's line

    @property
    def lists_things(self) -> bool:
        """Say whether a row is a thing that its own cells name, with no words before them."""
        return self.form.rows_from == "items"

    @property
    def groups(self) -> list[tuple[str, int, Column]]:
        """Return the upper line of the head; a column without a group stands over both lines."""
        place, found = 0, []
        for label, span in self.form.groups:
            found.append((label, span, self.form.columns[place]))
            place += span
        return found

    @property
    def hidden_words(self) -> str:
        """Return what is to be said of the rows that are left out, if there are any."""
        return hidden_words() if self.hides else ""

    @property
    def grouped(self) -> list[Column]:
        """Return the lower line of the head."""
        return [column for column in self.form.columns if column.group]


def hidden_words() -> str:
    """Say why rows of a protected class have no figure, and that no sum holds them."""
    return _(
        "Rows of a protected class are not shown to you; the sums on this page leave them out "
        "(Law 71/2020/QH14, article 30)."
    )


def cell_of(name: str) -> tuple[str, str]:
    """Return row and column of a cell as its address names it."""
    row, _mark, column = name.partition(MARK)
    return row, column


def grid_of(
    standing: Standing,
    *,
    wrong: Collection[tuple[str, str]] = (),
    open_cell: tuple[str, str] = ("", ""),
    labels: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    shows_all: bool = True,
    may_open: bool = True,
    sees_restricted: bool = True,
) -> Grid:
    """Draw the figures of a report into its form.

    ``kinds`` are the kinds of the senders that are rows: a form may part them into groups.
    """
    form = standing.form
    maker = _Maker(standing, set(wrong), open_cell, may_open, sees_restricted)
    names = dict(labels or {}) | _category_titles(standing)
    rows: list[GridRow] = []
    folded = 0
    for place, (key, row) in enumerate(_rows(standing, names), start=1):
        cells = maker.cells(key, row)
        folds = not shows_all and form.rows_from in FOLDED and key not in standing.hidden
        if folds and not _says_something(standing, key):
            folded += 1
            continue
        label = row.label if row is not None and row.label else names.get(key, key)
        if form.rows_from == "items":
            label = ""
        code = row.icd if row is not None else key if form.rows_from == "categories" else ""
        role = row.role if row is not None else "category" if form.rows_from == "categories" else ""
        position = "" if role == "category" else str(place)
        rows.append(GridRow(key, label, position, code.replace(";", ", "), role, cells))
    groups = groups_of(form, kinds or {})
    if groups:
        rows = list(_grouped(rows, groups, standing, maker))
    sums = standing.totals if len(standing.figures) > 1 else {}
    total = GridRow(TOTAL, _("Total"), cells=maker.sums(sums)) if sums else None
    has_codes = form.rows_from in FOLDED or any(row.icd for row in form.rows)
    return Grid(form, rows, total, folded, has_codes, bool(standing.hidden), members_of(groups))


def groups_of(form: Form, kinds: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return the groups of senders that have rows: the name and the rows of each."""
    found = []
    for group in form.sender_groups:
        members = [key for key, kind in kinds.items() if kind in group.senders]
        if members:
            found.append((group.label, members))
    return found


def members_of(groups: Sequence[tuple[str, list[str]]]) -> dict[str, Collection[str]]:
    """Return the rows behind each group's line."""
    return {
        f"{GROUP}{n}": frozenset(members) for n, (_label, members) in enumerate(groups, start=1)
    }


def subtotals_of(standing: Standing, members: Collection[str]) -> dict[str, Any]:
    """Add up the rows of a group as the last line adds up all."""
    own = {key: cells for key, cells in standing.figures.items() if key in members}
    return totals(standing.form, standing.period, own)


def _grouped(
    rows: Sequence[GridRow],
    groups: Sequence[tuple[str, list[str]]],
    standing: Standing,
    maker: _Maker,
) -> Iterator[GridRow]:
    """Yield the line of each group with its rows below it; rows of no group come last."""
    left = {row.key: row for row in rows}
    place = 0
    for nth, (label, members) in enumerate(groups, start=1):
        key = f"{GROUP}{nth}"
        cells = maker.sums(subtotals_of(standing, set(members)), key)
        yield GridRow(key, label, ROMAN[nth - 1], role="head", cells=cells)
        for row in [left.pop(row.key) for row in rows if row.key in members]:
            place += 1
            yield replace(row, number=str(place))
    for row in left.values():
        place += 1
        yield replace(row, number=str(place))


def _says_something(standing: Standing, key: str) -> bool:
    cells = standing.figures.get(key, {})
    typed = any(row == key for row, _column in standing.typed)
    return typed or any(value not in (0, [0, 0], None) for value in cells.values())


def _rows(standing: Standing, names: Mapping[str, str]) -> Iterator[tuple[str, Row | None]]:
    """Yield the rows in the form's order; categories under their chapter, items as they were typed."""
    form, figures = standing.form, standing.figures
    if form.rows_from == "categories":
        yield from _chapters(standing)
        return
    if form.rows_from == "items":
        for key in sorted(figures, key=lambda key: (*_called(form, figures[key]), key)):
            yield key, form.row(key)
        return
    if set(names) & set(figures):
        for key in sorted(figures, key=lambda key: (names.get(key, ""), key)):
            yield key, form.row(key)
        return
    for row in form.rows:
        yield row.key, row


def _chapters(standing: Standing) -> Iterator[tuple[str, Row | None]]:
    form = standing.form
    fixed = {row.key for row in form.rows}
    bare = sorted(key for key in standing.figures if key not in fixed)
    for row in form.rows:
        yield row.key, row
        ranges = icd_ranges(row.icd)
        for key in bare:
            if row.icd and covers(ranges, key):
                yield key, None


def _called(form: Form, cells: Mapping[str, Any]) -> list[str]:
    """Return what a thing is called, to list things by: its texts from the name on."""
    texts = [column.key for column in form.columns if column.kind == "text"]
    return [str(cells.get(key, "")) for key in texts[1:] + texts[:1]]


def _category_titles(standing: Standing) -> dict[str, str]:
    """Name the categories that have figures, as ICD-10 calls them on the last day."""
    if standing.form.rows_from != "categories":
        return {}
    known = titles_on("icd10", standing.period.last)
    return {key: known.get(key) or _structure_title(key) for key in standing.figures}


def _structure_title(code: str) -> str:
    found = icd_structure(code)
    return found.title_en if found is not None else code


@dataclass(slots=True)
class _Maker:
    standing: Standing
    wrong: set[tuple[str, str]]
    open_cell: tuple[str, str]
    may_open: bool
    sees_restricted: bool

    def cells(self, key: str, row: Row | None) -> list[GridCell]:
        return [self._cell(key, row, column) for column in self.standing.form.columns]

    def _cell(self, key: str, row: Row | None, column: Column) -> GridCell:
        place = (key, column.key)
        value = self.standing.number(*place)
        hides = key in self.standing.hidden or (column.is_restricted and not self.sees_restricted)
        if hides:
            value = None
        known = has_source(self.standing.form, row, column) or column.ratio is not None
        is_typed, is_sealed = place in self.standing.typed, key in self.standing.sealed
        return GridCell(
            name=f"{key}{MARK}{column.key}",
            text=_("not shown") if hides else text_of(value, column),
            column=column,
            value=plain_of(value, column),
            is_zero=value in (0, [0, 0]),
            is_typed=is_typed,
            is_wrong=place in self.wrong,
            is_none=value is None and not is_typed and not known,
            opens=self.may_open and not hides and not is_sealed and (known or is_typed),
            is_open=place == self.open_cell,
        )

    def sums(self, sums: Mapping[str, Any], key: str = TOTAL) -> list[GridCell]:
        columns = self.standing.form.columns
        return [self._sum(key, sums.get(column.key), column) for column in columns]

    def _sum(self, key: str, value: Any, column: Column) -> GridCell:
        hides = column.is_restricted and not self.sees_restricted
        return GridCell(
            name=f"{key}{MARK}{column.key}",
            text=_("not shown") if hides else text_of(value, column),
            column=column,
            value=None if hides else plain_of(value, column),
            is_wrong=(key, column.key) in self.wrong,
            opens=self.may_open and not hides and value is not None,
            is_open=(key, column.key) == self.open_cell,
        )


def share_of(value: Any, column: Column) -> float | None:
    """Return a share or mean as the number that is shown; None where it has no denominator."""
    above, below = value
    if not below:
        return None
    return float(100 * above / below if column.kind == "percent" else above / below)


def text_of(value: Any, column: Column) -> str:
    """Write a figure as the form shows it; a share by its own rounding, nothing known as nothing."""
    if isinstance(value, list):
        share = share_of(value, column)
        return "–" if share is None else number(share, 1)
    if isinstance(value, int | float):
        whole = float(value).is_integer()
        return str(number_format(int(value), force_grouping=True)) if whole else number(value, 2)
    return "" if value is None else str(value)


def plain_of(value: Any, column: Column) -> float | int | str | None:
    """Return a figure for a workbook: numbers as numbers, shares to one decimal."""
    if isinstance(value, list):
        share = share_of(value, column)
        return None if share is None else round(share, 1)
    return value if isinstance(value, int | float | str) else None
