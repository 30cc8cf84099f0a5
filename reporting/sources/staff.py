"""What is counted of staff: practitioners registered on the last day, by title and highest degree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.urls import reverse

from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS

ALL, OTHERS = "row_01", "row_28"
DOCTORS = (
    ("doctorate", "row_02"),
    ("specialist_2", "row_03"),
    ("master", "row_04"),
    ("specialist_1", "row_05"),
)
AFTER_UNIVERSITY = frozenset({"doctorate", "specialist_2", "master", "specialist_1", "resident"})
# Title: rows of degrees above university, university, college, intermediate.
BY_LEVEL: Mapping[str, tuple[str, str, str, str]] = {
    "medical_technologist": ("row_13", "row_14", "row_15", "row_16"),
    "nurse": ("row_17", "row_18", "row_19", "row_20"),
    "midwife": ("row_21", "row_21", "row_22", "row_23"),
}
ROWS = (
    ALL,
    *(row for _level, row in DOCTORS),
    "row_06",
    "row_12",
    *(f"row_{n}" for n in range(13, 24)),
    OTHERS,
)
COLUMNS = ("tong", "nu", "dtts")
FACTS = f"""
SELECT DISTINCT coalesce(sender, post.facility_id), person.id, person.name, person.sex, license.title,
  person.ethnic_group NOT IN ('', '01') AS is_minority,
  (SELECT array_agg(degree.level::text) FROM practitioners_qualification degree
   WHERE degree.practitioner_id = person.id
     AND (degree.issued_on IS NULL OR degree.issued_on <= %(last)s)) AS levels
FROM practitioners_registration post
JOIN practitioners_practitioner person ON person.id = post.practitioner_id
LEFT JOIN LATERAL (
  SELECT title FROM practitioners_practicelicense held
  WHERE held.practitioner_id = person.id AND held.issued_on <= %(last)s
  ORDER BY held.issued_on DESC, held.id DESC LIMIT 1) license ON TRUE
LEFT JOIN {SENDERS} ON place = post.facility_id
WHERE person.replaced_by_id IS NULL AND post.valid_from <= %(last)s AND (post.valid_until IS NULL OR post.valid_until >= %(last)s)
  AND (%(everywhere)s OR post.facility_id = ANY(%(places)s))
"""


def row_of(title: str, levels: Collection[str]) -> str:
    """Return the row of a person: one, that of the title and the highest degree."""
    if title == "doctor":
        return next((row for level, row in DOCTORS if level in levels), "row_06")
    if title in BY_LEVEL:
        above, university, college, intermediate = BY_LEVEL[title]
        by_degree = (
            (bool(AFTER_UNIVERSITY & set(levels)), above),
            ("university" in levels, university),
            ("college" in levels, college),
        )
        return next((row for holds, row in by_degree if holds), intermediate)
    return "row_12" if title == "assistant_doctor" else OTHERS


class Post(NamedTuple):
    """One practitioner at a sender, and the rows and columns they are counted in."""

    sender: UUID
    person: UUID
    name: str
    title: str
    rows: tuple[str, str]
    columns: frozenset[str]


class Staff:
    """Counts the practitioners of a facility, each once."""

    name = "staff"
    knows_nought = True
    measures = tuple(f"{row}:{column}" for row in ROWS for column in COLUMNS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Put each registered person into one row, and into the total."""
        asked_for = set(asked.wanted)
        for post in _posts(asked):
            for row in post.rows:
                for column in post.columns:
                    if f"{row}:{column}" in asked_for:
                        yield Value(post.sender, row, column, 1)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the practitioners behind a cell; who may see practitioners opens them."""
        column = next(column for _row, column, _measure in asked.cells)
        found = [post for post in _posts(asked) if key in post.rows and column in post.columns]
        lines = [
            Line(
                None, None, None, post.title, "", post.sender, name=post.name,
                address=reverse("admin:practitioners_practitioner_change", args=[post.person]),
                needs="view_practitioners",
            )
            for post in sorted(found, key=lambda post: post.name)[:limit]
        ]  # fmt: skip
        return Lines(len(found), lines)


def _posts(asked: Asked) -> Iterator[Post]:
    with connection.cursor() as cursor:
        cursor.execute(FACTS, asked.params)
        people = cursor.fetchall()
    for sender, person, name, sex, title, is_minority, levels in people:
        holds = dict(zip(COLUMNS, (True, sex == "female", is_minority), strict=True))
        columns = frozenset(column for column, counts in holds.items() if counts)
        rows = (ALL, row_of(title or "", levels or ()))
        yield Post(sender, person, name, title or "", rows, columns)
