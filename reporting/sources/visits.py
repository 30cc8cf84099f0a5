"""What is counted of visits: how many came, who, with what, how it ended.

An out-patient visit counts on the day it began, a stay or a course of treatment on the day it ended:
what is not finished is not counted. Ages are completed years on that day; of a person known by year
alone, from 1 January.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection

from reporting.definitions.reading import OWN, Row, icd_ranges
from reporting.models.day import OF_DISEASE, OF_FACILITY
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.classes import classes_on

ZONE = "Asia/Ho_Chi_Minh"


def completed_years(born: str, on: str) -> str:
    """Return SQL for the completed years between two dates: whole numbers, cheap for millions."""
    # date_part and not extract: that makes a numeric of each part, at four times the cost.
    day = "(date_part('year', {0})::int * 10000 + date_part('month', {0})::int * 100 + date_part('day', {0})::int)"
    return f"(({day.format(on)} - {day.format(born)}) / 10000)"


# What each measure counts, of the facts below.
COUNTS: Mapping[str, str] = {
    "visits": "class = 'out'",
    "visits_female": "class = 'out' AND is_female",
    "visits_insured": "class = 'out' AND is_insured",
    "visits_traditional": "class = 'out' AND is_traditional",
    "visits_under_15": "class = 'out' AND age < 15",
    "visits_60_over": "class = 'out' AND age >= 60",
    "stays": "class = 'in'",
    "stays_female": "class = 'in' AND is_female",
    "stays_insured": "class = 'in' AND is_insured",
    "stays_under_15": "class = 'in' AND age < 15",
    "stay_days": "class = 'in'",
    "courses": "class = 'course'",
    "transfers": "is_transferred",
    "deaths": "class = 'in' AND has_died",
    "deaths_under_1": "class = 'in' AND has_died AND age < 1",
    "deaths_under_5": "class = 'in' AND has_died AND age < 5",
    "outpatients": "class = 'out'",
    "outpatients_female": "class = 'out' AND is_female",
    "outpatients_under_15": "class = 'out' AND age < 15",
    "dead_on_arrival": "class = 'out' AND came_dead",
    "inpatients": "class = 'in'",
    "inpatients_female": "class = 'in' AND is_female",
    "died": "class = 'in' AND has_died",
    "died_female": "class = 'in' AND has_died AND is_female",
    "inpatients_under_15": "class = 'in' AND age < 15",
    "inpatients_under_5": "class = 'in' AND age < 5",
    "died_under_15": "class = 'in' AND has_died AND age < 15",
    "died_under_5": "class = 'in' AND has_died AND age < 5",
    "moribund": "class = 'in' AND is_moribund",
}
# Added up, not counted.
SUMS = {"stay_days": "care_days"}
PLACES = "(%(everywhere)s OR visit.facility_id = ANY(%(places)s))"
# Two windows, for two clocks: a planner that saw one OR would read every visit there ever was.
CHOSEN = f"""
SELECT visit.id, visit.facility_id, visit.citizen_id, visit.outcome, visit.discharge,
  visit.coverage, visit.care_days, visit.sensitivity,
  'out' AS class, (visit.started_at AT TIME ZONE '{ZONE}')::date AS day
FROM healthrecords_visit visit
WHERE visit.status = 'finished' AND visit.kind = ANY(%(outpatient)s)
  AND visit.started_at >= %(begin)s AND visit.started_at < %(end)s AND {PLACES}
UNION ALL
SELECT visit.id, visit.facility_id, visit.citizen_id, visit.outcome, visit.discharge,
  visit.coverage, visit.care_days, visit.sensitivity,
  CASE WHEN visit.kind = ANY(%(inpatient)s) THEN 'in' ELSE 'course' END,
  (visit.ended_at AT TIME ZONE '{ZONE}')::date
FROM healthrecords_visit visit
WHERE visit.status = 'finished' AND visit.kind = ANY(%(stays_and_courses)s)
  AND visit.ended_at >= %(begin)s AND visit.ended_at < %(end)s AND {PLACES}
"""
FACTS = f"""
SELECT chosen.id, chosen.facility_id, chosen.citizen_id, chosen.sensitivity, chosen.class, chosen.day,
  coalesce(chosen.care_days, 0) AS care_days, person.sex = 'female' AS is_female,
  {completed_years("person.birth_date", "chosen.day")} AS age,
  chosen.coverage <> ALL(%(uninsured)s) AS is_insured,
  chosen.outcome = ANY(%(died)s) AS has_died,
  chosen.outcome = ANY(%(dead_on_arrival)s) AS came_dead,
  chosen.outcome = ANY(%(moribund)s) AS is_moribund,
  chosen.discharge = ANY(%(transferred)s) AS is_transferred
  {{more}}
FROM ({CHOSEN}) chosen
JOIN healthrecords_citizen person ON person.id = chosen.citizen_id
{{joined}}
"""
# One at most for each visit; joined, for to look it up visit by visit costs more than all the rest.
TRADITIONAL = ", traditional.id IS NOT NULL AS is_traditional"
OLD_MEDICINE = """LEFT JOIN healthrecords_diagnosis traditional
  ON traditional.visit_id = chosen.id AND traditional.rank = 'traditional'"""
MAIN = """LEFT JOIN healthrecords_diagnosis main
  ON main.visit_id = chosen.id AND main.rank = 'main'"""
CODE = ", coalesce(main.code, '') AS code"
SENDERS = "unnest(%(places)s::uuid[], %(senders)s::uuid[]) AS known(place, sender)"


def counted(names: Iterable[str]) -> str:
    """Return the columns that count these measures."""
    return ", ".join(
        f"coalesce(sum({SUMS[name]}) FILTER (WHERE {COUNTS[name]}), 0) AS {name}"
        if name in SUMS
        else f"count(*) FILTER (WHERE {COUNTS[name]}) AS {name}"
        for name in names
    )


def facts(names: Iterable[str], *, with_code: bool) -> str:
    """Return the facts these measures need, and no join more."""
    traditional = any("is_traditional" in COUNTS[name] for name in names)
    more = (TRADITIONAL if traditional else "") + (CODE if with_code else "")
    joined = " ".join(
        join for join, wanted in ((OLD_MEDICINE, traditional), (MAIN, with_code)) if wanted
    )
    return FACTS.format(more=more, joined=joined)


def class_params(asked: Asked) -> dict[str, Any]:
    """Return the codes of each class as they hold on the last day of the period."""
    classes = classes_on(asked.period.last)
    both = [*classes["inpatient"], *classes["course"]]
    return {**asked.params, **classes, "stays_and_courses": both}


class Visits:
    """Counts visits: all of a facility, or by the row their main diagnosis belongs to."""

    name = "visits"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count from the records, or from what was counted by day."""
        wanted = asked.wanted
        by_row = [name for name in OF_DISEASE if name in wanted]
        whole = [name for name in OF_FACILITY if name in wanted]
        if whole:
            for place, *counts in self._whole(asked, whole):
                yield from _spread(place, "", zip(whole, counts, strict=True), wanted)
        if by_row:
            for place, row, *counts in self._by_row(asked, by_row):
                yield from _spread(place, row, zip(by_row, counts, strict=True), wanted)

    def _whole(self, asked: Asked, names: list[str]) -> list[tuple[Any, ...]]:
        sums = ", ".join(f"sum({name})" for name in names)
        if asked.from_days:
            counts = f"""SELECT facility_id, {", ".join(names)} FROM reporting_facilityday visit
            WHERE day BETWEEN %(first)s AND %(last)s AND {PLACES}"""
        else:
            counts = f"""SELECT facility_id, {counted(names)}
            FROM ({facts(names, with_code=False)}) facts GROUP BY facility_id"""
        return _run(
            f"""SELECT coalesce(sender, facility_id), {sums} FROM ({counts}) counts
            LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1""",
            class_params(asked),
        )

    def _by_row(self, asked: Asked, names: list[str]) -> list[tuple[Any, ...]]:
        sums = ", ".join(f"sum({name})" for name in names)
        if asked.from_days:
            counts = f"""SELECT facility_id, category AS code, {sums_named(names)}
            FROM reporting_diseaseday visit
            WHERE day BETWEEN %(first)s AND %(last)s AND {PLACES} GROUP BY 1, 2"""
        else:
            counts = f"""SELECT facility_id, left(code, 3) AS code, {counted(names)}
            FROM ({facts(names, with_code=True)}) facts GROUP BY 1, 2"""
        return _run(
            f"""SELECT coalesce(sender, facility_id), coalesce(nullif(code, ''), 'none'), {sums}
            FROM ({counts}) counts LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1, 2""",
            class_params(asked),
        )

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the visits behind a cell; a chapter opens those of all its categories."""
        measure = next(measure for _row, _column, measure in asked.cells)
        by_row = measure in OF_DISEASE
        within = "TRUE"
        params: dict[str, Any] = {**class_params(asked), "limit": limit}
        if by_row and key not in {"", OWN}:
            within, more = code_condition(row, key)
            params |= more
        inner = facts([measure], with_code=True)
        found = _run(
            f"""SELECT citizen_id, id, day, code, sensitivity, facility_id, count(*) OVER (),
              sum(care_days) OVER ()
            FROM ({inner}) facts WHERE {COUNTS[measure]} AND {within}
            ORDER BY day, id LIMIT %(limit)s""",
            params,
        )
        lines = [Line(*line[:6]) for line in found]
        total = found[0][6] if found else 0
        return Lines(total, lines, adds_up="care_days" if measure in SUMS else "")


def sums_named(names: Iterable[str]) -> str:
    """Return the sums of measures that were counted by day."""
    return ", ".join(f"sum({name}) AS {name}" for name in names)


def code_condition(row: Row | None, key: str) -> tuple[str, dict[str, Any]]:
    """Return the condition that a code belongs to a row, or to the category the key names."""
    if row is None:
        return "left(code, 3) = %(category)s", {"category": key}
    if key == "none":
        return "code = ''", {}
    ranges = icd_ranges(row.icd)
    return (
        """EXISTS (SELECT FROM unnest(%(firsts)s::text[], %(lasts)s::text[]) AS range(first, last)
        WHERE first <= left(replace(code, '.', ''), length(first))
          AND left(replace(code, '.', ''), length(last)) <= last)""",
        {"firsts": [first for first, _last in ranges], "lasts": [last for _first, last in ranges]},
    )


def _spread(
    place: Any, row: str, counts: Iterable[tuple[str, Any]], wanted: Mapping[str, Any]
) -> Iterator[Value]:
    """Put each count into the cells that ask for it; a nought is not worth a line."""
    for name, count in counts:
        if count:
            for asked_row, column in wanted[name]:
                yield Value(place, row or asked_row or OWN, column, int(count))


def _run(statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
