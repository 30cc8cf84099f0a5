"""A table of records, and what each rule asks of one of them: pieces of SQL that are put together.

All rules of a source are judged in one walk over it, of everything or of the records that changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# Who wrote a record when: its key tells the millisecond it was made in (RFC 9562, UUID version 7).
MADE_AT = "to_timestamp(('x' || left(replace({key}::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"
# What is written where nothing is known; lower case, without marks.
PLACEHOLDERS = (
    r"^([.,\-_?*/ ]+|x+|0+|n/?a|null|none|test|khong ro|khong biet|chua ro|chua biet|khong co ten)$"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's question to the records of a source.

    ``failing`` is an array of the names of what is wrong, empty where the record passes;
    ``judged`` says of which records it is asked; ``fields`` are all names it may return.
    ``is_daily``: the answer changes by itself as days go by, so it is asked of all each time.
    """

    rule: str
    failing: str
    fields: Sequence[str]
    judged: str = "true"
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The records of a kind: where they stand, whose they are, which changes touch them.

    ``rows`` is what follows FROM, the record as ``o``; ``changed`` selects the keys that history
    touched, ``@since`` standing for "since the last measuring". ``sensitivity`` is the class of a
    record, ``finding`` that of what a rule found there (``asked``) where the record has none. ``before`` are
    tables reckoned once beforehand; ``counted`` the rows without them, where counting needs none.
    """

    label: str
    rows: str
    facility: str
    changed: str
    checks: Sequence[Check]
    where: str = "true"
    key: str = "o.id"
    sensitivity: str = "''"
    finding: str = "''"
    before: str = ""
    counted: str = ""
    words: Callable[[date], Mapping[str, Any]] = field(default=lambda _on: {})

    @property
    def is_daily(self) -> bool:
        """Say whether every answer may change by itself, so that all records are asked anyway."""
        return all(check.is_daily for check in self.checks)


SOURCES: list[Source] = []


def source(made: Source) -> Source:
    """Let the records of a source take part in measuring."""
    SOURCES.append(made)
    return made


def when(condition: str, name: str) -> str:
    """Return the name of a field where a condition says that it is wrong."""
    return f"CASE WHEN {condition} THEN '{name}' END"


def listed(*cases: str) -> str:
    """Return the array of the names that cases give."""
    return f"array_remove(ARRAY[{', '.join(cases)}]::text[], NULL)"


def misshapen(column: str) -> str:
    """Return the condition that a text is no clean text, or stands for nothing."""
    return (
        f"({column} IS NOT NFC NORMALIZED OR {column} ~ '[[:cntrl:]]|^\\s|\\s$|\\s\\s'"
        f" OR {stands_for_nothing(column)})"
    )


def stands_for_nothing(column: str) -> str:
    """Return the condition that a text is a mere placeholder."""
    return (
        f"(lower(public.mach_name_norm({column})) ~ %(placeholders)s"
        f" OR {column} ~ '^[.,_?*/ 0-]+$')"
    )


# The number's parts: province, then century with sex, then two figures of the year (Decree
# 70/2024/NĐ-CP; Circular 59/2021/TT-BCA, article 7). The person is ``o``, the number ``number``.
CENTURY = "substr(number.value, 4, 1)::int"
NUMBER_WRONG = f"""CASE WHEN number.value !~ '^0[0-9]{{11}}$' THEN true ELSE
  {CENTURY} / 2 <> extract(year FROM o.birth_date)::int / 100 - 19
  OR substr(number.value, 5, 2)::int <> extract(year FROM o.birth_date)::int %% 100
  OR (o.sex <> 'unknown' AND {CENTURY} %% 2 <> (o.sex = 'female')::int)
END"""
PHONE = "^0[235789][0-9]{8,9}$"
EMAIL = "^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$"


def ended_area(column: str) -> str:
    """Return the condition that a commune is none of the two-level administration of today."""
    return f"""NOT EXISTS (SELECT FROM places_area a JOIN places_area p ON p.id = a.parent_id
      WHERE a.id = {column} AND a.kind = 'commune' AND a.valid_until IS NULL
        AND p.valid_until IS NULL)"""


def unlisted(column: str, codes: str) -> str:
    """Return the condition that a code is said and is none of a list."""
    return f"{column} <> '' AND {column} <> ALL (%({codes})s)"
