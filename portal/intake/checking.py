"""What do the cells of one row say, and what is wrong with them, by the declaration of their kind?

Half a million rows come this way: what a cell says is remembered by column, for most cells of a
file repeat, and a row leaves as the line that COPY takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from portal.database.uuid7 import uuid7_hexes
from portal.intake.codebook import CodeBook
from portal.intake.declaration import Column, Kind, Table
from portal.intake.handler import Handler, Row
from portal.intake.models import Batch
from portal.intake.problems import ERROR, Problem, msgid
from portal.intake.sheets import is_blank
from portal.intake.usual import usual_of
from portal.intake.values import read_cell, text_of

VALUE_SHOWN = 300
REMEMBERED = 20_000  # cells of one column; a column of names is forgotten now and then
Cell = Callable[[Problem], str]
Read = tuple[Any, tuple[Problem, ...]]
NOTHING: tuple[Problem, ...] = ()

STAGED = (
    "id", "batch_id", "sheet", "number", "sensitivity", "key", "subject_key", "values", "tables",
     "decision", "candidates", "changes", "ruling", "makes_subject",
)  # fmt: skip
FOUND = (
    "id", "batch_id", "row_id", "sheet", "number", "sensitivity", "cell", "column", "value",
    "code", "severity", "message", "remedy", "params", "cause",
)  # fmt: skip


@dataclass(slots=True)
class Checked:
    """One row as the lines of the two staging tables."""

    line: Sequence[Any]
    findings: list[Sequence[Any]]
    sensitivity: str


# What the cells of one column said before.
Memory = dict[Any, Read]


@dataclass(frozen=True, slots=True)
class Plan:
    """The columns of a row that a table declares."""

    # Name, column, what its cells said before, and the short way: which texts are kept as sent.
    cells: Sequence[tuple[str, Column, Memory, Callable[[str], bool] | None]]
    codes: Sequence[tuple[str, Column, Memory]]  # those of a list: which codes they meant on a day


@dataclass(slots=True)
class Checker:
    """Checks the rows of one batch; asks the database only for code lists, once each."""

    kind: Kind
    batch: Batch
    handler: Handler
    book: CodeBook
    on: date
    _problems: list[Problem] = field(default_factory=list)
    _cells: dict[tuple[str, str], Memory] = field(default_factory=dict)
    _codes: dict[tuple[str, str], Memory] = field(default_factory=dict)
    _plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    _words: dict[int, tuple[Any, str]] = field(default_factory=dict)
    _keys: Iterator[str] = field(default_factory=uuid7_hexes)
    batch_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.batch_id = self.batch.pk.hex

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
        values = self._read(self.kind.main, self.handler.cells(raw))
        further = [table for table in self.kind.tables[1:] if table.name in tables]
        read: dict[str, list[Any]] = {
            table.name: list(tables[table.name])
            if table.as_sent
            else [
                self._read(table, part, at) for at, part in enumerate(tables[table.name], start=1)
            ]
            for table in further
        }
        row = Row(number, values, {**{name: [] for name in tables}, **read}, sheet)
        self._problems += self.handler.check_row(row)
        wrong = any(problem.is_error for problem in self._problems)
        sensitivity = self.handler.sensitivity_of(row)
        row_id, sheet = next(self._keys), sheet[:100]
        line = (
            row_id,
            self.batch_id,
            sheet,
            number,
            sensitivity,
            self.kind.key_of(values),
            self.handler.subject_key(row)[:400],
            json(values),
            json(row.tables) if tables else "{}",
            "wrong" if wrong else "new",
            "[]",
            "[]",
            "",
            False,
        )
        at = (row_id, sheet, number, sensitivity)
        found = [self._finding(at, problem, cell) for problem in self._problems]
        return Checked(line, found, sensitivity)

    def _read(self, table: Table, raw: Mapping[str, Any], at: int = 0) -> dict[str, Any]:
        values: dict[str, Any] = {}
        found: list[Problem] = []
        plan = self._plan(table, raw)
        for name, column, memory, is_usual in plan.cells:
            sent = raw[name]
            read = None
            if type(sent) is str:
                if is_usual is not None and is_usual(sent):
                    values[name] = [sent] if column.separator else sent
                    continue
                read = memory.get(sent)
            value, problems = read or self._cell(column, memory, sent)
            if problems:
                found += problems
                # None says that the sender left the cell blank.
                if value is None and not is_blank(sent):
                    continue
            values[name] = value
        found += self._codes_of(plan, values)
        if table is not self.kind.main:
            found = [problem.in_table(table.name, at) for problem in found]
        self._problems += found
        return values

    def _codes_of(self, plan: Plan, values: dict[str, Any]) -> list[Problem]:
        """Put codes in the place of what was written for them."""
        found: list[Problem] = []
        for name, column, codes in plan.codes:
            if values.get(name) is not None:
                found += self._look_up(column, codes, values)
        return found

    def _plan(self, table: Table, raw: Mapping[str, Any]) -> Plan:
        """Return the table's columns among those of a row, each with what its cells said before."""
        key = (table.name, *raw)
        plan = self._plans.get(key)
        if plan is None:
            columns = [column for column in table.columns if column.name in raw]
            plan = self._plans[key] = Plan(
                [(c.name, c, self._memory(self._cells, table, c), usual_of(c)) for c in columns],
                [(c.name, c, self._memory(self._codes, table, c)) for c in columns if c.code_list],
            )
        return plan

    @staticmethod
    def _memory(memories: dict[tuple[str, str], Memory], table: Table, column: Column) -> Memory:
        return memories.setdefault((table.name, column.name), {})

    def _cell(self, column: Column, memory: Memory, sent: Any) -> Read:
        # 1, 1.0 and True are equal keys and different cells.
        key = sent if type(sent) is str else (type(sent), repr(sent))
        read = memory.get(key)
        if read is None:
            value, problems = self._parts(column, sent)
            shown = text_of(sent)[:VALUE_SHOWN] if problems else ""
            read = value, tuple([problem.in_column(column.name, shown) for problem in problems])
            _remember(memory, key, read)
        return read

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

    def _look_up(
        self, column: Column, codes: Memory, values: dict[str, Any]
    ) -> tuple[Problem, ...]:
        sent = values[column.name]
        said = (values.get(column.code_on) or "")[:10] if column.code_on else ""
        day = (_day(said) if said else None) or self.on
        key = (self.book.span(column.code_list, day), tuple(sent) if column.separator else sent)
        read = codes.get(key)
        if read is None:
            read = self._coded(column, sent, day)
            _remember(codes, key, read)
        if read[0] is None:
            del values[column.name]
        else:
            values[column.name] = read[0]
        return read[1]

    def _coded(self, column: Column, sent: Any, on: date) -> Read:
        read = [self.book.read(column, text, on) for text in (sent if column.separator else [sent])]
        codes = [code for code, _problems in read if code is not None]
        shown = "; ".join(sent) if column.separator else str(sent)
        problems = tuple(p.in_column(column.name, shown) for _code, found in read for p in found)
        return ((codes if column.separator else codes[0]) if codes else None), problems

    def _finding(
        self, at: tuple[str, str, int, str], problem: Problem, cell: Cell
    ) -> Sequence[Any]:
        row_id, sheet, number, sensitivity = at
        table = problem.table or self.kind.main.name
        cause = f"{table}.{problem.column}:{problem.code}"
        if problem.by_value:
            cause = f"{cause}:{problem.value}"
        return (
            next(self._keys),
            self.batch_id,
            row_id,
            sheet,
            number,
            sensitivity,
            cell(problem)[:140],
            problem.column,
            problem.value[:VALUE_SHOWN],
            problem.code,
            "error" if problem.severity == ERROR else "warning",
            self._said(problem.message),
            self._said(problem.remedy) if problem.remedy else "",
            json({name: _plain(value) for name, value in problem.params.items()}),
            cause[:200],
        )

    def _said(self, text: Any) -> str:
        """Return the untranslated words; those of a module are asked for once."""
        known = self._words.get(id(text))
        if known is None or known[0] is not text:
            if len(self._words) > REMEMBERED:
                self._words.clear()
            known = self._words[id(text)] = (text, msgid(text))
        return known[1]


def _remember(memory: Memory, key: Any, read: Read) -> None:
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = read


def json(value: Any) -> str:
    """Return JSON for a column of the staging table; a NUL, which PostgreSQL cannot hold, is dropped."""
    said = orjson.dumps(value).decode()
    return said.replace("\\u0000", "") if "\\u0000" in said else said


def day_of(value: Any) -> date | None:
    """Return the day of a read date or moment; None for a partial one."""
    text = str(value or "")[:10]
    return date.fromisoformat(text) if len(text) == 10 else None


_day = lru_cache(maxsize=4_096)(day_of)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
