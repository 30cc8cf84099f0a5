"""Which communes have more cases than they should? Counted for all of them in two statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from portal.places.models import Organisation
from reporting.diseases import titles_of
from reporting.models import CaseNotification
from reporting.outbreaks import YEARS, Level, Verdict, judge, largest_chain
from reporting.periods import Period
from reporting.sources.cases import cases_in
from reporting.sources.visits import ZONE

# Cases are those of the people of a commune, wherever they were found.
COUNTED = f"""
SELECT person.home_station_id, found.disease,
  extract(year FROM day)::int AS year, count(*) AS cases
FROM (SELECT citizen_id, disease,
    coalesce(onset_on, (noticed_at AT TIME ZONE '{ZONE}')::date) AS day
  FROM reporting_casenotification
  WHERE status IN ('open', 'sent', 'changed') AND subject IN ('ill', 'suspected', 'died')) found
JOIN healthrecords_citizen person ON person.id = found.citizen_id
WHERE person.home_station_id = ANY(%(stations)s)
  AND extract(month FROM day) = %(month)s AND day <= %(until)s
  AND day >= %(since)s
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Signal:
    """A commune and a disease whose figures say something."""

    station: Organisation
    disease: str
    title: str
    cases: int
    history: tuple[int, ...]
    chain: int
    verdict: Verdict

    @property
    def is_outbreak(self) -> bool:
        return self.verdict.level == Level.OUTBREAK


def signals(stations: Iterable[Organisation], on: date) -> list[Signal]:
    """Return alarms and outbreaks of the month of a day, the gravest first."""
    known = {station.pk: station for station in stations}
    month = Period.holding("month", on)
    counts = _counts(list(known), month, on)
    grouped = _chains(list(known), month)
    seen = _ever_seen(list(known), month)
    titles = titles_of({disease for _station, disease in counts}, on)
    groups = _groups(on)
    found = []
    for (station, disease), by_year in counts.items():
        cases = by_year.get(on.year, 0)
        if not cases:
            continue
        history = tuple(by_year.get(on.year - n, 0) for n in range(YEARS, 0, -1))
        chain = grouped.get((station, disease), 0)
        verdict = judge(
            cases,
            history if any(history) else (),
            largest_chain=chain,
            group=groups.get(disease, ""),
            was_seen_ever=(station, disease) in seen,
        )
        if verdict.level != Level.QUIET:
            found.append(
                Signal(known[station], disease, titles[disease], cases, history, chain, verdict)
            )
    return sorted(found, key=lambda s: (not s.is_outbreak, -s.cases, s.station.path, s.disease))


def _counts(
    stations: list[UUID], month: Period, on: date
) -> dict[tuple[UUID, str], dict[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED,
            {
                "stations": stations,
                "month": month.first.month,
                "until": on,
                "since": date(on.year - YEARS, 1, 1),
            },
        )
        found: dict[tuple[UUID, str], dict[int, int]] = {}
        for station, disease, year, cases in cursor.fetchall():
            found.setdefault((station, disease), {})[year] = cases
    return found


def _chains(stations: list[UUID], month: Period) -> dict[tuple[UUID, str], int]:
    """Return the largest chain of linked cases of the month, by commune and disease."""
    rows: Any = cases_in(CaseNotification.objects.all(), month)
    rows = rows.filter(citizen__home_station__in=stations).order_by()
    links: dict[tuple[UUID, str], dict[UUID, UUID | None]] = {}
    for pk, other, disease, station in rows.values_list(
        "pk", "linked_to_id", "disease", "citizen__home_station_id"
    ):
        links.setdefault((station, disease), {})[pk] = other
    return {key: largest_chain(cases) for key, cases in links.items()}


def _ever_seen(stations: list[UUID], month: Period) -> set[tuple[UUID, str]]:
    """Return which diseases had been seen in a commune before the month."""
    rows = CaseNotification.objects.standing().filter(
        citizen__home_station__in=stations, noticed_at__lt=month.begin
    )
    return set(rows.order_by().values_list("citizen__home_station_id", "disease").distinct())


def _groups(on: date) -> dict[str, str]:
    """Return the group of each disease, where its list says one."""
    from portal.codelists.lookup import codes_on
    from reporting.diseases import LIST

    return {entry.code: str(entry.attributes.get("group", "")) for entry in codes_on(LIST, on)}
