"""Which tables and fields does the standard of insurance output have, under which decision? No Django.

The data files beside this module say it (Decisions 130, 4750 and 3176/QĐ-BYT); the reading child and
the checks both read them, once.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MAIN = "XML1"
CHECK_IN = "CHECKIN"


@dataclass(frozen=True, slots=True)
class Decision:
    """A text that holds from a day until the next one."""

    id: str
    title: str
    legal_basis: str
    valid_from: date
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    ``kind`` is text, number, day, days, moment or birth. ``need`` is must (the record cannot be
    written without it), x (the standard asks for it) or empty; ``when`` says in which lines:
    ``MA_NHOM=1,2`` one of these, ``GIA_TRI!`` none of these, an empty one being a blank. ``same``
    names the field of XML1 it repeats, ``after`` those it must not come before, ``values`` is a
    pattern, ``refers`` the register its numbers stand in.
    """

    table: str
    name: str
    label: str
    kind: str
    length: int
    need: str
    when: str
    since: str
    until: str
    same: str
    after: tuple[str, ...]
    values: str
    refers: str

    def holds_in(self, decision: str) -> bool:
        """Say whether a decision has the field."""
        at = order_of(decision)
        return (not self.since or order_of(self.since) <= at) and (
            not self.until or at <= order_of(self.until)
        )


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: the element that holds its fields, and whether its lines become records."""

    name: str
    title: str
    item: str
    fields: tuple[Field, ...]
    becomes_records: bool = False
    protected: bool = False
    sent_as: str = ""

    def fields_in(self, decision: str) -> list[Field]:
        """Return the fields a decision has; of a table that came later, those it came with."""
        later = [known.id for known in decisions()][order_of(decision) :]
        held = ([field for field in self.fields if field.holds_in(known)] for known in later)
        return next((fields for fields in held if fields), [])


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an amount may lie from the computed one."""

    value: Decimal
    legal_basis: str
    verified: bool


@cache
def _standard() -> dict[str, Any]:
    with (HERE / "standard.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def decisions() -> tuple[Decision, ...]:
    """Return the decisions, the oldest first."""
    return tuple(Decision(**said) for said in _standard()["decisions"])


@cache
def order_of(decision: str) -> int:
    """Return the place of a decision among them."""
    return [known.id for known in decisions()].index(decision)


def decision_on(day: date) -> Decision:
    """Return the decision in force on a day; before the first one, the first."""
    held = [known for known in decisions() if known.valid_from <= day]
    return held[-1] if held else decisions()[0]


@cache
def tolerance(name: str) -> Tolerance:
    """Return a tolerance by its name."""
    said = _standard()["tolerances"][name]
    return Tolerance(Decimal(said["value"]), said["legal_basis"], said["verified"])


@cache
def tables() -> dict[str, TableSpec]:
    """Return the tables by name, in the order of the standard."""
    labels = {line["name"]: line["label"] for line in _lines("labels.csv")}
    fields: dict[str, list[Field]] = {}
    for line in _lines("fields.csv"):
        field = Field(
            **{
                **line,
                "length": int(line["length"] or 0),
                "after": tuple(line["after"].split()),
            },
            label=labels[line["name"]],
        )
        fields.setdefault(field.table, []).append(field)
    return {
        said["name"]: TableSpec(
            name=said["name"],
            title=said["title"],
            item=said["item"],
            fields=tuple(fields[said["name"]]),
            becomes_records=said.get("becomes") == "records",
            protected=said.get("protected", False),
            sent_as=said.get("sent_as", ""),
        )
        for said in _standard()["tables"]
    }


def _lines(name: str) -> list[dict[str, Any]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
