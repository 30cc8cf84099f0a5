"""What is counted of notified cases: how many fell ill, were confirmed, died; now, before, so far.

A case counts on the day of its onset, where that is not told on the day it was noticed. Cases that
were dropped or taken back do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.urls import reverse

from portal.codelists.lookup import lists_held
from reporting.definitions.reading import Row
from reporting.diseases import called_on
from reporting.models import CaseNotification
from reporting.periods import Period
from reporting.querysets import CaseQuerySet
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS, ZONE, completed_years

DAY = f"coalesce(found.onset_on, (found.noticed_at AT TIME ZONE '{ZONE}')::date)"
COUNTS: Mapping[str, str] = {
    "cases": "TRUE",
    "confirmed": "certainty = 'laboratory'",
    "under_15": "age < 15",
    "died": "has_died",
}
WINDOWS = ("year_before", "so_far")
OUTBREAKS = "outbreaks"
FACTS = f"""
SELECT found.id, found.facility_id, found.citizen_id, found.visit_id, found.disease, found.code,
  found.sensitivity, found.certainty, {DAY} AS day,
  {completed_years("person.birth_date", DAY)} AS age,
  found.outcome = 'died' OR found.subject = 'died' AS has_died
FROM reporting_casenotification found
JOIN healthrecords_citizen person ON person.id = found.citizen_id
WHERE found.status IN ('open', 'sent', 'changed') AND {DAY} BETWEEN %(first)s AND %(last)s
  AND found.subject IN ('ill', 'suspected', 'died')
  AND (%(everywhere)s OR found.facility_id = ANY(%(places)s))
"""


def cases_in(rows: CaseQuerySet, period: Period) -> Any:
    """Return the cases that count in a period, by the same day as the figures."""
    from django.db.models import Q

    by_notice = Q(onset_on=None, noticed_at__gte=period.begin, noticed_at__lt=period.end)
    days = Q(onset_on__range=(period.first, period.last)) | by_notice
    return rows.standing().filter(days, subject__in=["ill", "suspected", "died"])


def window_of(measure: str, period: Period) -> tuple[str, Period]:
    """Return what is counted, and when: in the period, the year before, or since January."""
    for window in WINDOWS:
        if measure.endswith(f"_{window}"):
            when = period.year_before if window == "year_before" else period.year_so_far
            return measure.removesuffix(f"_{window}"), when
    return measure, period


def row_of_case(asked: Asked, disease: str, code: str) -> str:
    """Return the row of a case; one of an older list stands where its code belongs today."""
    if asked.form.row(disease) is not None:
        return disease
    today = called_on(disease, code, asked.period.last)
    return today if asked.form.row(today) is not None else ""


class Cases:
    """Counts notified cases by disease."""

    name = "cases"
    knows_nought = True
    measures = (
        *COUNTS,
        *(f"{name}_{window}" for name in ("cases", "died") for window in WINDOWS),
        OUTBREAKS,
    )

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count in one statement for each window of time."""
        by_window: dict[Period, dict[str, list[tuple[str, str]]]] = {}
        for measure, cells in asked.wanted.items():
            if measure == OUTBREAKS:
                yield from self._outbreaks(asked, cells)
                continue
            name, when = window_of(measure, asked.period)
            by_window.setdefault(when, {})[name] = cells
        for when, wanted in by_window.items():
            yield from self._count(asked, when, wanted)

    @staticmethod
    def _count(
        asked: Asked, when: Period, wanted: Mapping[str, list[tuple[str, str]]]
    ) -> Iterator[Value]:
        names = list(wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), disease, code, {counts}
                FROM ({FACTS}) facts LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1, 2, 3""",
                asked.params | {"first": when.first, "last": when.last},
            )
            lines = cursor.fetchall()
        with lists_held():
            rows = {(d, c): row_of_case(asked, d, c) for _sender, d, c, *_found in lines}
        for sender, disease, code, *found in lines:
            row = rows[disease, code]
            for name, count in zip(names, found, strict=True):
                for _row, column in wanted[name] if count and row else ():
                    yield Value(sender, row, column, count)

    @staticmethod
    def _outbreaks(asked: Asked, cells: list[tuple[str, str]]) -> Iterator[Value]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, station_id), disease, count(*) FROM reporting_outbreak
                LEFT JOIN {SENDERS} ON known.place = station_id
                WHERE determined_at >= %(begin)s AND determined_at < %(end)s
                  AND (%(everywhere)s OR station_id = ANY(%(places)s)) GROUP BY 1, 2""",
                asked.params,
            )
            for station, disease, count in cursor.fetchall():
                for _row, column in cells:
                    yield Value(station, disease, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the cases or outbreaks behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        if measure == OUTBREAKS:
            return self._outbreak_lines(asked, key, limit)
        name, when = window_of(measure, asked.period)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, day, code, sensitivity, facility_id, disease
                FROM ({FACTS}) facts WHERE {COUNTS[name]} ORDER BY day, id""",
                asked.params | {"first": when.first, "last": when.last},
            )
            found = cursor.fetchall()
        mine = [Line(*line[:6]) for line in found if row_of_case(asked, line[6], line[3]) == key]
        return Lines(len(mine), mine[:limit])

    @staticmethod
    def _outbreak_lines(asked: Asked, disease: str, limit: int) -> Lines:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT id, station_id, name, (determined_at AT TIME ZONE '{ZONE}')::date
                FROM reporting_outbreak
                WHERE determined_at >= %(begin)s AND determined_at < %(end)s
                  AND station_id = ANY(%(places)s) AND disease = %(disease)s
                ORDER BY determined_at, id""",
                asked.params | {"disease": disease},
            )
            found = cursor.fetchall()
        lines = [
            Line(
                None, None, day, "", "", station, name=name,
                address=reverse("reporting:outbreak", args=[pk]), needs="view_reports",
            )
            for pk, station, name, day in found[:limit]
        ]  # fmt: skip
        return Lines(len(found), lines)


__all__ = ["CaseNotification", "Cases", "cases_in"]
