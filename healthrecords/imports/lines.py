"""Are the lines of an envelope's tables what the decision in force asks for? Nothing is converted.

The checks of a table are prepared once per decision, and for each set of fields that lines fill
(``Shape``); a line that is right costs one look-up for each value, for half a million of them come in
one file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import compress
from operator import contains
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from healthrecords.imports.tables import Decision, Field, tables
from portal.intake.declaration import Column, Need
from portal.intake.problems import ERROR, WARNING, Problem
from portal.intake.values import blank, decimal_of

Line = Mapping[str, str]
Condition = tuple[str, frozenset[str], bool]
REMEMBERED = 200_000  # values already found right
SHAPES = 2_000  # of a table; a good file has a few
MOMENT = re.compile(r"(\d{8})(?:([01]\d|2[0-3])[0-5]\d|2400)?")
READ_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d")
# What a record keeps of a medicine; the rest stays in the file.
KEPT = {"MA_THUOC": 40, "TEN_THUOC": 500, "HAM_LUONG": 200, "DON_VI_TINH": 50}
UNREADABLE: Mapping[str, tuple[str, StrOrPromise, StrOrPromise]] = {
    "number": (
        "not_a_number",
        _("“%(value)s” is not a number."),
        _("Write digits alone, without a unit, like 72 or 36.5."),
    ),
    "day": (
        "day_unreadable",
        _("“%(value)s” is not a date of eight digits like 20261005."),
        _("Correct the date in the hospital software and export the record again."),
    ),
    "moment": (
        "moment_unreadable",
        _("“%(value)s” is not a time of twelve digits like 202610050925."),
        _("Correct the time in the hospital software and export the record again."),
    ),
}


class _Right(set[str]):
    """Values of one kind that were found right; forgets all when it grows too large."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self.test = test

    def holds(self, value: str) -> bool:
        if value in self:
            return True
        if not self.test(value):
            return False
        if len(self) >= REMEMBERED:
            self.clear()
        self.add(value)
        return True


def _is_day(value: str) -> bool:
    if len(value) != 8 or not value.isdigit():
        return False
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def _is_moment(value: str) -> bool:
    if match := MOMENT.fullmatch(value):
        return _is_day(match[1])
    return READ_MOMENT.fullmatch(value) is not None


def _is_birth(value: str) -> bool:
    """Say whether it is a time of birth, where 0000 stands for an unknown month and day or hour."""
    if len(value) in {8, 12} and value[4:8] == "0000":
        return value.isdigit()
    return _is_moment(value)


def _are_days(value: str) -> bool:
    return all(_is_day(part.strip()) for part in value.split(";") if part.strip())


RIGHT: Mapping[str, _Right] = {
    "number": _Right(lambda value: decimal_of(value) is not None),
    "day": _Right(_is_day),
    "days": _Right(_are_days),
    "moment": _Right(_is_moment),
    "birth": _Right(_is_birth),
}


def _conditions(when: str) -> tuple[Condition, ...]:
    """Read ``MA_NHOM=1,2 MA_VAT_TU=``: the field, the values, and whether it must have one of them."""
    found = []
    for term in when.split():
        match = re.fullmatch(r"(\w+)([=!])(.*)", term)
        if match is None:
            message = f"not a condition: {term}"
            raise ValueError(message)
        found.append((match[1], frozenset(match[3].split(",")), match[2] == "="))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines that fill the same fields have in common.

    ``tested`` marks the fields whose values are looked at, each by one of ``rights``; ``order`` pairs
    a time with the one it must not come before; ``presence`` remembers what is missing, by what the
    conditions of the table hold.
    """

    rights: tuple[_Right, ...]
    tested: tuple[bool, ...]
    order: tuple[tuple[str, str], ...]
    asks: bool
    presence: dict[tuple[bool, ...], tuple[Problem, ...]] = field(default_factory=dict)


class LineCheck:
    """The checks of one table under one decision.

    ``read`` fields were read by somebody else, and ``answered`` ones asked for as well.
    """

    def __init__(
        self,
        table: str,
        decision: Decision,
        read: frozenset[str] = frozenset(),
        answered: frozenset[str] = frozenset(),
    ) -> None:
        spec = tables()[table]
        self.table, self.decision = table, decision
        held = spec.fields_in(decision.id)
        self.names = frozenset(field.name for field in held)
        fields = [field for field in held if field.name not in read]
        asked = [field for field in held if field.need == "x" and field.name not in answered]
        self.must = tuple(f.name for f in fields if f.need == "must")
        self.asked = tuple(f.name for f in asked if not f.when)
        self.conditional = tuple((f.name, _conditions(f.when)) for f in asked if f.when)
        self.typed = tuple(
            (kind, RIGHT[kind], tuple(f.name for f in fields if f.kind == kind)) for kind in RIGHT
        )
        self.lengths = tuple((f.name, f.length) for f in fields if f.length and f.kind == "text")
        self.values = tuple(_values(f) for f in fields if f.values)
        self.order = tuple((f.name, f.after) for f in fields if f.after)
        self.kept = KEPT if table == "XML2" else {}
        self.wanted = frozenset((*self.must, *self.asked))
        # A line is right when each of its values has been found right in its field before.
        self.right = {name: _Right(test) for name, test in self._tests().items()}
        self.terms = tuple(
            dict.fromkeys((f, v) for _name, found in self.conditional for f, v, _wanted in found)
        )
        self.shapes: dict[tuple[str, ...], Shape] = {}
        # What becomes a record must be readable; of the rest a mistake only warns.
        self.severity = ERROR if spec.becomes_records and table != "XML1" else WARNING

    def _tests(self) -> dict[str, Callable[[str], bool]]:
        """Return, by field, what says of a value that ``_form`` and ``_length`` find nothing in it."""
        rights: dict[str, list[_Right]] = {}
        for name, right in [(n, r) for _kind, r, names in self.typed for n in names] + [
            *self.values
        ]:
            rights.setdefault(name, []).append(right)
        lengths = dict(self.lengths)
        for name, length in self.kept.items():
            lengths[name] = min(length, lengths.get(name, length))

        def test(name: str) -> Callable[[str], bool]:
            asked, length = rights.get(name, []), lengths.get(name)
            if length is None:
                return lambda value: all(right.holds(value) for right in asked)
            return lambda value: len(value) <= length and all(r.holds(value) for r in asked)

        return {name: test(name) for name in rights.keys() | lengths.keys()}

    def check(self, line: Line) -> Iterator[Problem]:
        """Yield what is wrong with a line, without its place."""
        said = line if all(line.values()) else {n: value for n, value in line.items() if value}
        names = tuple(said)
        shape = self.shapes.get(names) or self._shape(names)
        if shape.asks:
            get = said.get
            held = tuple([(get(name) or "") in values for name, values in self.terms])
            missing = shape.presence.get(held)
            if missing is None:
                missing = shape.presence[held] = tuple(self._presence(said))
            yield from missing
        values = compress(said.values(), shape.tested)
        if not all(map(contains, shape.rights, values)):
            yield from self._unseen(said)
        for name, earlier in shape.order:
            if said[name][:12] < said[earlier][:12]:
                yield from _out_of_order(name, said[name], earlier, said)

    def _shape(self, names: tuple[str, ...]) -> Shape:
        filled = frozenset(names)
        order = (
            (name, next((other for other in earlier if other in filled), ""))
            for name, earlier in self.order
            if name in filled
        )
        shape = Shape(
            rights=tuple(self.right[name] for name in names if name in self.right),
            tested=tuple(name in self.right for name in names),
            order=tuple(pair for pair in order if pair[1]),
            asks=bool(self.terms) or not self.wanted <= filled,
        )
        if len(self.shapes) >= SHAPES:
            self.shapes.clear()
        self.shapes[names] = shape
        return shape

    def _unseen(self, said: Line) -> Iterator[Problem]:
        """Look at values that were not found right before."""
        right = self.right
        for name, value in said.items():
            known = right.get(name)
            if known is not None and value not in known and not known.holds(value):
                yield from self._form(said)
                yield from self._length(said)
                break

    def _presence(self, line: Line) -> Iterator[Problem]:
        get = line.get
        for name in self.must:
            if not get(name):
                yield from (p.in_column(name) for p in blank(_REQUIRED))
        absent = [name for name in self.asked if not get(name)]
        absent += [
            name
            for name, conditions in self.conditional
            if not get(name) and all(((get(f) or "") in v) is wanted for f, v, wanted in conditions)
        ]
        if absent:
            yield self._absent(absent)

    def _form(self, line: Line) -> Iterator[Problem]:
        get = line.get
        for kind, right, names in self.typed:
            for name in names:
                value = get(name)
                if value and value not in right and not right.holds(value):
                    yield self._unreadable(name, kind, value)
        for name, right in self.values:
            value = get(name)
            if value and value not in right and not right.holds(value):
                yield self._unfit(name, value)

    def _length(self, line: Line) -> Iterator[Problem]:
        for name, length in self.lengths:
            value = line.get(name)
            if value and len(value) > length:
                yield _too_long(name, value, length)
        for name, length in self.kept.items():
            if len(line.get(name) or "") > length:
                yield _shortened(name, line[name], length)

    def _absent(self, names: list[str]) -> Problem:
        return Problem(
            "fields_blank",
            _("%(table)s leaves blank what %(basis)s asks for: %(fields)s."),
            _("Fill these in the hospital software; the visit itself is taken all the same."),
            {"table": self.table, "basis": self.decision.title, "fields": ", ".join(names)},
            WARNING,
            column=names[0] if len(names) == 1 else "",
            value="" if len(names) == 1 else ", ".join(names)[:300],
            by_value=len(names) > 1,
        )

    def _unreadable(self, name: str, kind: str, value: str) -> Problem:
        code, message, remedy = UNREADABLE.get(kind) or UNREADABLE["day"]
        shown = {"value": value[:80]}
        return Problem(code, message, remedy, shown, self.severity, column=name, value=value)

    def _unfit(self, name: str, value: str) -> Problem:
        return Problem(
            "value_unfit",
            _("“%(value)s” is not a value that %(field)s can have (%(basis)s)."),
            _("Choose one of the decision's values in the hospital software."),
            {"value": value[:80], "field": name, "basis": self.decision.title},
            WARNING,
            column=name,
            value=value,
            by_value=True,
        )


_REQUIRED = Column(name="", label="", need=Need.REQUIRED)


def _values(field: Field) -> tuple[str, _Right]:
    pattern = re.compile(field.values)
    return field.name, _Right(lambda value: pattern.fullmatch(value) is not None)


def _too_long(name: str, value: str, length: int) -> Problem:
    return Problem(
        "cell_too_long",
        _("The text has %(count)d characters; this column takes %(length)d."),
        _("Shorten the text, or check that it stands in the right column."),
        {"count": len(value), "length": length},
        WARNING,
        column=name,
        value=value,
    )


def _shortened(name: str, value: str, length: int) -> Problem:
    return Problem(
        "text_shortened",
        _("Of the %(count)d characters the record shows the first %(length)d; the file keeps all."),
        _("Nothing to do, unless the text stands in the wrong field."),
        {"count": len(value), "length": length},
        WARNING,
        column=name,
        value=value,
    )


def _out_of_order(name: str, value: str, first: str, line: Line) -> Iterator[Problem]:
    size = min(len(value), len(line[first]), 12)
    if value[:size] < line[first][:size]:
        yield Problem(
            "times_out_of_order",
            _("%(second)s comes before %(first)s."),
            _("Check both times in the hospital software."),
            {"first": first, "second": name},
            WARNING,
            column=name,
            value=value,
        )


@cache
def line_check(
    table: str,
    decision: Decision,
    read: frozenset[str] = frozenset(),
    answered: frozenset[str] = frozenset(),
) -> LineCheck | None:
    """Return the prepared checks of a table; None for a table that the standard does not have."""
    return LineCheck(table, decision, read, answered) if table in tables() else None


def unknown_field(table: str, name: str, decision: Decision, value: Any) -> Problem:
    """Say that a field is not one of the decision's; said once per field of a file."""
    return Problem(
        "field_unknown",
        _("%(field)s is not a field of %(table)s in %(basis)s; it is kept and not read."),
        _("Ask the maker of the hospital software for the present version of the export."),
        {"field": name[:60], "table": table, "basis": decision.title},
        WARNING,
        column=name[:60],
        value=str(value)[:80],
    )
