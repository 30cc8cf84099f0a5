"""What is counted of the people a station looks after: who lives there, was born, died."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import connection

from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.homes import PERSON, as_they_lived
from reporting.sources.visits import SENDERS, completed_years

ALIVE = "person.birth_date <= {on} AND (person.died_on IS NULL OR person.died_on > {on})"
MIDDLE = "%(middle)s::date"
AGE = completed_years("person.birth_date", MIDDLE)
AGE_AT_END = completed_years("person.birth_date", "%(last)s::date")
AGE_AT_DEATH = completed_years("person.birth_date", "person.died_on")
LIVES = ALIVE.format(on=MIDDLE)
BORN = "person.birth_date BETWEEN %(first)s AND %(last)s"
DIED = "person.died_on BETWEEN %(first)s AND %(last)s"
FEMALE = " AND person.sex = 'female'"
# The middle of the year is 1 July; of a shorter period its middle day.
COUNTS: Mapping[str, str] = {
    "residents": LIVES,
    "residents_female": LIVES + FEMALE,
    "under_5": f"{LIVES} AND {AGE} < 5",
    "under_15": f"{LIVES} AND {AGE} < 15",
    "women_15_49": f"{LIVES}{FEMALE} AND {AGE} BETWEEN 15 AND 49",
    "infants": f"{ALIVE.format(on='%(last)s::date')} AND {AGE_AT_END} < 1",
    "born": BORN,
    "born_female": BORN + FEMALE,
    "died": DIED,
    "died_female": DIED + FEMALE,
    "died_under_1": f"{DIED} AND {AGE_AT_DEATH} < 1",
    "died_under_1_female": f"{DIED} AND {AGE_AT_DEATH} < 1{FEMALE}",
    "died_under_5": f"{DIED} AND {AGE_AT_DEATH} < 5",
    "died_under_5_female": f"{DIED} AND {AGE_AT_DEATH} < 5{FEMALE}",
}
OURS = """person.merged_into_id IS NULL AND person.withdrawn_at IS NULL
AND person.home_station_id IS NOT NULL
AND (%(everywhere)s OR person.home_station_id = ANY(%(places)s))"""


def middle_of(first: date, last: date) -> date:
    """Return the day on which people are counted: 1 July of a year."""
    if first.month == 1 and last.month == 12:
        return date(last.year, 7, 1)
    return first + (last - first) / 2


class People:
    """Counts people by their home station."""

    name = "people"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count the people of each station in one statement."""
        wanted = asked.wanted
        names = [name for name in COUNTS if name in wanted]
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        statement, homes = as_they_lived(
            f"""SELECT coalesce(sender, person.home_station_id), {counts}
            FROM {PERSON}
            LEFT JOIN {SENDERS} ON place = person.home_station_id
            WHERE {OURS} GROUP BY 1""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes)
            for sender, *found in cursor.fetchall():
                for name, count in zip(names, found, strict=True):
                    for row, column in wanted[name] if count else ():
                        yield Value(sender, row or OWN, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the people behind a cell, of those the day that makes them count."""
        measure = next(measure for _row, _column, measure in asked.cells)
        day = "person.died_on" if measure.startswith("died") else "person.birth_date"
        statement, homes = as_they_lived(
            f"""SELECT person.id, NULL::uuid, {day}, '', '', person.home_station_id,
              count(*) OVER ()
            FROM {PERSON} WHERE {OURS} AND {COUNTS[measure]}
            ORDER BY {day} DESC, person.id LIMIT %(limit)s""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes | {"limit": limit})
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what a statement about people may name."""
    period = asked.period
    return {**asked.params, "middle": middle_of(period.first, period.last)}
