"""What is counted of visits: how many came, who, with what, how it ended.

An out-patient visit counts on the day it began, a stay or a course of treatment on the day it ended:
what is not finished is not counted. Ages are completed years on the day of the visit, of a stay on the
day of admission (form 14/BCT, columns 12 to 15), so that who died is of the age group that fell ill; of a
person known by year alone, from 1 January.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from reporting.definitions.reading import OWN, Row, icd_ranges
from reporting.models.day import OF_DISEASE, OF_FACILITY
from reporting.periods import Period
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.classes import classes_on

ZONE = "Asia/Ho_Chi_Minh"


def day_of(moment: str) -> str:
    """Return SQL for the day of the period on which a moment of it lies: a search among midnights.

    To ask the calendar of the zone for each of millions of visits costs ten times as much.
    """
    return f"(%(first)s::date + width_bucket({moment}, %(midnights)s::timestamptz[]) - 1)"


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
# In the number that tells kinds of visits apart: two bits of the class, then the least age.
CLASS_SHIFT, AGE_SHIFT = 7, 9
PLACES = "(%(everywhere)s OR visit.facility_id = ANY(%(places)s))"
# Two windows, for two clocks: a planner that saw one OR would read every visit there ever was.
CHOSEN = f"""
SELECT visit.id, visit.facility_id, visit.citizen_id, visit.outcome, visit.discharge,
  visit.coverage, visit.care_days, visit.sensitivity,
  'out' AS class, 0 AS class_mark, visit.started_at AS moment, NULL::date AS admitted
FROM healthrecords_visit visit
WHERE visit.status = 'finished' AND visit.kind = ANY(%(outpatient)s)
  AND visit.started_at >= %(begin)s AND visit.started_at < %(end)s AND {PLACES}
UNION ALL
SELECT visit.id, visit.facility_id, visit.citizen_id, visit.outcome, visit.discharge,
  visit.coverage, visit.care_days, visit.sensitivity,
  CASE WHEN visit.kind = ANY(%(inpatient)s) THEN 'in' ELSE 'course' END,
  CASE WHEN visit.kind = ANY(%(inpatient)s) THEN {1 << CLASS_SHIFT} ELSE {2 << CLASS_SHIFT} END,
  visit.ended_at, (visit.started_at AT TIME ZONE '{ZONE}')::date
FROM healthrecords_visit visit
WHERE visit.status = 'finished' AND visit.kind = ANY(%(stays_and_courses)s)
  AND visit.ended_at >= %(begin)s AND visit.ended_at < %(end)s AND {PLACES}
"""
# What is told of a visit, of the codes of the list that holds.
TOLD: Mapping[str, str] = {
    "is_female": "person.sex = 'female'",
    "is_insured": "chosen.coverage <> ALL(%(uninsured)s)",
    "has_died": "chosen.outcome = ANY(%(died)s)",
    "came_dead": "chosen.outcome = ANY(%(dead_on_arrival)s)",
    "is_moribund": "chosen.outcome = ANY(%(moribund)s)",
    "is_transferred": "chosen.discharge = ANY(%(transferred)s)",
}
DAY = day_of("chosen.moment")
# An out-patient visit begins on the day it counts; of a stay the zone is asked, for there are few.
BEGAN = f"coalesce(chosen.admitted, {DAY})"
PERSON = "JOIN healthrecords_citizen person ON person.id = chosen.citizen_id"
FACTS = f"""
SELECT chosen.id, chosen.facility_id, chosen.citizen_id, chosen.sensitivity, chosen.class, {DAY} AS day,
  coalesce(chosen.care_days, 0) AS care_days,
  {BEGAN} AS began, {completed_years("person.birth_date", BEGAN)} AS age,
  {", ".join(f"{condition} AS {name}" for name, condition in TOLD.items())}
  {{more}}
FROM ({CHOSEN}) chosen {PERSON}
{{joined}}
"""
# The first of a visit; joined, for to look it up visit by visit costs more than all the rest.
TRADITIONAL = ", traditional.visit_id IS NOT NULL AS is_traditional"
OLD_MEDICINE = """LEFT JOIN healthrecords_diagnosis traditional
  ON traditional.visit_id = chosen.id AND traditional.rank = 'traditional' AND NOT EXISTS (
    SELECT FROM healthrecords_diagnosis earlier WHERE earlier.visit_id = traditional.visit_id
      AND earlier.rank = 'traditional' AND earlier.id < traditional.id)"""
MAIN = """LEFT JOIN healthrecords_diagnosis main
  ON main.visit_id = chosen.id AND main.rank = 'main'"""
CODE = ", coalesce(main.code, '') AS code"
CATEGORY = "left(coalesce(main.code, ''), 3)"
SENDERS = "unnest(%(places)s::uuid[], %(senders)s::uuid[]) AS known(place, sender)"


# What of a visit reports tell apart, as one number: millions of visits are few kinds of visits, and each
# is looked at once, however many figures it counts in.
MARKS: Mapping[str, int] = {
    "is_female": 1,
    "is_insured": 2,
    "has_died": 4,
    "came_dead": 8,
    "is_moribund": 16,
    "is_transferred": 32,
    "is_traditional": 64,
}
AGES = (0, 1, 5, 15, 60)  # the ages that figures divide at


def counted(names: Iterable[str]) -> str:
    """Return the columns that count these measures, of kinds of visits with their number."""
    return ", ".join(
        f"coalesce(sum({SUMS.get(name, 'number')}) FILTER (WHERE {COUNTS[name]}), 0) AS {name}"
        for name in names
    )


def age_band(lived: str, exact: str) -> str:
    """Return SQL for the highest of the ages that figures divide at which somebody has reached.

    ``lived`` are days. So many years have one length give or take three days; near a birthday alone
    ``exact``, the completed years, is worked out, which costs ten times as much.
    """
    sure = [
        f"WHEN {lived} BETWEEN {_days(age) + 3} AND {_days(following) - 2} THEN {age}"
        for age, following in reversed(list(zip(AGES, (*AGES[1:], 200), strict=True)))
    ]
    near = [f"WHEN {exact} >= {age} THEN {age}" for age in reversed(AGES[1:])]
    return f"CASE {' '.join([sure[1], sure[0], *sure[2:], *near])} ELSE {AGES[0]} END"


def band_of_period(born: str, first: str, last: str, *, where: str, otherwise: str) -> str:
    """Return SQL for the same of whoever is of one band from the first day to the last, whenever seen.

    That is nearly everybody. Of whom a birthday divides the period, give or take three days, the day has
    to be known, and ``otherwise`` works it out; so it does where the condition ``where`` is not met.
    """
    within = [
        f"WHEN {where} AND {born} BETWEEN ({last} - interval '{following} years')::date + 3"
        f" AND ({first} - interval '{age} years')::date - 3 THEN {age}"
        for age, following in reversed(list(zip(AGES, (*AGES[1:], 200), strict=True)))
    ]
    return f"CASE {' '.join([within[1], within[0], *within[2:]])} ELSE {otherwise} END"


def _days(years: int) -> int:
    """Return the days of so many years, leap days included, if none falls out in a hundredth year."""
    return years * 365 + years // 4


# Who was admitted may have been younger then than on any day of the period.
AGE_BAND = band_of_period(
    "person.birth_date",
    "%(first)s::date",
    "%(last)s::date",
    where="chosen.admitted IS NULL",
    otherwise=age_band(
        f"({BEGAN} - person.birth_date)", completed_years("person.birth_date", BEGAN)
    ),
)


def kinds(names: Sequence[str], *, by: Sequence[str]) -> str:
    """Return how many visits of which kind there were, for each of ``by``: in one walk over them.

    ``by`` are ``facility_id``, ``day``, ``code`` (the category of the main diagnosis).
    """
    with_code = "code" in by
    traditional = any("is_traditional" in COUNTS[name] for name in names)
    marks = [name for name in MARKS if any(name in COUNTS[measure] for measure in names)]
    parts = [f"CASE WHEN {_mark(name)} THEN {MARKS[name]} ELSE 0 END" for name in marks]
    if any("age" in COUNTS[name] for name in names):
        parts.append(f"({AGE_BAND} << {AGE_SHIFT})")
    needs_person = any(word in COUNTS[name] for name in names for word in ("age", "is_female"))
    said = {"facility_id": "chosen.facility_id", "day": DAY, "code": CATEGORY}
    days = "coalesce(chosen.care_days, 0)" if any(name in SUMS for name in names) else "0"
    joins = ((PERSON, needs_person), (OLD_MEDICINE, traditional), (MAIN, with_code))
    columns = ", ".join(f"{said[name]} AS {name}" for name in by)
    groups = ", ".join([*by, "marks"])
    # OFFSET 0 has each mark worked out once, by the processes that read; without it the planner
    # thinks of as many kinds as visits and counts them in one process.
    return f"""
SELECT {", ".join(by)}, number, care_days, marks >> {AGE_SHIFT} AS age,
  (ARRAY['out', 'in', 'course'])[1 + (marks >> {CLASS_SHIFT} & 3)] AS class,
  {", ".join(f"marks & {bit} <> 0 AS {name}" for name, bit in MARKS.items())}
FROM (
  SELECT {", ".join(by)}, marks, count(*) AS number, sum(care_days) AS care_days
  FROM (
    SELECT {columns}, {days} AS care_days, {" + ".join(["chosen.class_mark", *parts])} AS marks
    FROM ({CHOSEN}) chosen {" ".join(join for join, wanted in joins if wanted)}
    OFFSET '0') told
  GROUP BY {groups}) kind"""


def _mark(name: str) -> str:
    return "traditional.visit_id IS NOT NULL" if name == "is_traditional" else TOLD[name]


def facts(names: Iterable[str], *, with_code: bool) -> str:
    """Return the visits these measures count with what is told of each, and no join more."""
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
    midnights = [Period(day, day, "").begin for day in asked.period.each_day]
    return {**asked.params, **classes, "stays_and_courses": both, "midnights": midnights}


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
            FROM ({kinds(names, by=["facility_id"])}) kinds GROUP BY facility_id"""
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
            counts = f"""SELECT facility_id, code, {counted(names)}
            FROM ({kinds(names, by=["facility_id", "code"])}) kinds GROUP BY 1, 2"""
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
