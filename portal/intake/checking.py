"""What do the cells of one row say, and what is wrong with them, by the declaration of their kind?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.intake.codebook import CodeBook
from portal.intake.declaration import Column, Kind, Table
from portal.intake.handler import Handler, Row
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.problems import ERROR, Problem, msgid
from portal.intake.sheets import is_blank
from portal.intake.values import read_cell, text_of

VALUE_SHOWN = 300
Cell = Callable[[Problem], str]


@dataclass(slots=True)
class Checked:
    """One row ready to be stored, with what was found in it."""

    row: StagedRow
    findings: list[Finding]


@dataclass(slots=True)
class Checker:
    """Checks the rows of one batch; asks the database only for code lists, once each."""

    kind: Kind
    batch: Batch
    handler: Handler
    book: CodeBook
    on: date
    _problems: list[Problem] = field(default_factory=list)

    def check(
        self,
        *,
        sheet: str,
        number: int,
        raw: Mapping[str, Any],
        tables: Mapping[str, list[Mapping[str, Any]]],
        faults: Iterable[Problem],
        cell: Cell,
    ) -> Checked:
        """Read and check one row; ``cell`` says where a problem stands in the sender's eyes."""
        self._problems = list(faults)
        values = self._read(self.kind.main, raw)
        further = [table for table in self.kind.tables[1:] if table.name in tables]
        read: dict[str, list[Any]] = {
            table.name: list(tables[table.name])
            if table.as_sent
            else [
                self._read(table, part, at) for at, part in enumerate(tables[table.name], start=1)
            ]
            for table in further
        }
        as_sent = {table.name for table in further if table.as_sent}
        row = Row(number, values, {**{name: [] for name in tables}, **read})
        self._problems += self.handler.check_row(row)
        wrong = any(problem.is_error for problem in self._problems)
        staged = StagedRow(
            batch=self.batch,
            sheet=sheet[:100],
            number=number,
            key=self._key(values),
            subject_key=self.handler.subject_key(row)[:400],
            raw={**raw, **{name: rows for name, rows in tables.items() if name not in as_sent}},
            values=values,
            tables=dict(row.tables),
            decision=StagedRow.Decision.WRONG if wrong else StagedRow.Decision.NEW,
            sensitivity=self.handler.sensitivity_of(row),
        )
        return Checked(staged, [self._finding(staged, problem, cell) for problem in self._problems])

    def _key(self, values: Mapping[str, Any]) -> str:
        return "|".join(str(values.get(name) or "") for name in self.kind.key)[:200]

    def _read(self, table: Table, raw: Mapping[str, Any], at: int = 0) -> dict[str, Any]:
        values: dict[str, Any] = {}
        found: list[Problem] = []
        for column in table.columns:
            if column.name not in raw:
                continue
            value, problems = self._parts(column, raw[column.name])
            if value is not None or not problems or is_blank(raw[column.name]):
                values[column.name] = value  # None says that the sender left the cell blank
            shown = text_of(raw[column.name])[:VALUE_SHOWN]
            found += [problem.in_column(column.name, shown) for problem in problems]
        for column in table.columns:
            if column.code_list and values.get(column.name) is not None:
                found += self._look_up(column, values)
        name = "" if table is self.kind.main else table.name
        self._problems += [problem.in_table(name, at) for problem in found] if name else found
        return values

    @staticmethod
    def _parts(column: Column, raw: Any) -> tuple[Any, list[Problem]]:
        if not column.separator or not isinstance(raw, str):
            value, problems = read_cell(column, raw)
            return ([value] if column.separator and value is not None else value), problems
        parts = [read_cell(column, part) for part in raw.split(column.separator) if part.strip()]
        if not parts:
            return read_cell(column, "")
        values = [value for value, _problems in parts if value is not None]
        return values or None, [p.in_column("", "") for _value, found in parts for p in found]

    def _look_up(self, column: Column, values: dict[str, Any]) -> list[Problem]:
        on = day_of(values.get(column.code_on)) or self.on
        sent = values[column.name]
        read = [self.book.read(column, text, on) for text in (sent if column.separator else [sent])]
        codes = [code for code, _problems in read if code is not None]
        if codes:
            values[column.name] = codes if column.separator else codes[0]
        else:
            del values[column.name]
        shown = "; ".join(sent) if column.separator else str(sent)
        return [p.in_column(column.name, shown) for _code, found in read for p in found]

    def _finding(self, row: StagedRow, problem: Problem, cell: Cell) -> Finding:
        table = problem.table or self.kind.main.name
        cause = f"{table}.{problem.column}:{problem.code}"
        if problem.by_value:
            cause = f"{cause}:{problem.value}"
        return Finding(
            batch=self.batch,
            row=row,
            sheet=row.sheet,
            number=row.number,
            sensitivity=row.sensitivity,
            cell=cell(problem)[:140],
            column=problem.column,
            value=problem.value[:VALUE_SHOWN],
            code=problem.code,
            severity="error" if problem.severity == ERROR else "warning",
            message=msgid(problem.message),
            remedy=msgid(problem.remedy) if problem.remedy else "",
            params={name: _plain(value) for name, value in problem.params.items()},
            cause=cause[:200],
        )


def day_of(value: Any) -> date | None:
    """Return the day of a read date or moment; None for a partial one."""
    text = str(value or "")[:10]
    return date.fromisoformat(text) if len(text) == 10 else None


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
