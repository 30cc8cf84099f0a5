"""Which practitioners and facilities does a record name by number, and where does each stand first?"""

from __future__ import annotations

from functools import cache

from healthrecords.imports.tables import tables
from portal.intake.handler import Row

NUMBERS_AT_MOST = 40  # of one record; a hostile one names thousands
LENGTH = 60


@cache
def _referring(table: str) -> tuple[tuple[str, str], ...]:
    spec = tables().get(table)
    if spec is None:
        return ()
    return tuple((field.name, field.refers) for field in spec.fields if field.refers)


def named_in(row: Row, main: str) -> dict[str, str]:
    """Return ``register:number`` and the cell where it stands first: practitioner:0001/HNO-CCHN."""
    found: dict[str, str] = {}
    for name, register in _referring(main):
        said = row.values.get(name)
        if said:
            numbers = said if isinstance(said, list) else str(said).split(";")
            _add(found, register, numbers, f"{main}/{name}")
    for table, lines in row.tables.items():
        for name, register in _referring(table):
            for at, line in enumerate(lines, start=1):
                if said := line.get(name):
                    _add(found, register, said.split(";"), f"{table}[{at}]/{name}")
    return found


def _add(found: dict[str, str], register: str, numbers: list[str], cell: str) -> None:
    for number in numbers:
        key = f"{register}:{number.strip()[:LENGTH]}"
        if number.strip() and key not in found and len(found) < NUMBERS_AT_MOST:
            found[key] = cell
