"""Which communes have more cases than they should? Counted for all of them in two statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from facilities.heirs import heirs_on
from portal.codelists.lookup import lists_held
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope
from reporting.diseases import called_on, titles_of
from reporting.guarding import protected_diseases
from reporting.models import CaseNotification
from reporting.outbreaks import Level, Verdict, judge, largest_chain, rules_on
from reporting.periods import Period
from reporting.sources.cases import cases_in
from reporting.sources.visits import ZONE

# Cases are those of the people of a commune, wherever they were found; what they were called by the
# list of their day, and the diagnosis that says what they are called today.
COUNTED = f"""
SELECT person.home_station_id, found.disease, found.code,
  extract(year FROM day)::int AS year, count(*) AS cases
FROM (SELECT citizen_id, disease, code,
    coalesce(onset_on, (noticed_at AT TIME ZONE '{ZONE}')::date) AS day
  FROM reporting_casenotification
  WHERE status IN ('open', 'sent', 'changed') AND subject IN ('ill', 'suspected', 'died')) found
JOIN healthrecords_citizen person ON person.id = found.citizen_id
WHERE person.home_station_id = ANY(%(places)s)
  AND extract(month FROM day) = %(month)s AND day <= %(until)s
  AND day >= %(since)s
GROUP BY 1, 2, 3, 4
"""
# Since when anything is known of the people of a place: its first visit, or their first case.
RECORDED = f"""
SELECT place.id, (least(
    (SELECT min(started_at) FROM healthrecords_visit WHERE facility_id = place.id),
    (SELECT min(found.noticed_at) FROM reporting_casenotification found
      JOIN healthrecords_citizen person ON person.id = found.citizen_id
      WHERE person.home_station_id = place.id)
  ) AT TIME ZONE '{ZONE}')::date
FROM unnest(%(places)s::uuid[]) AS place (id)
"""
Pair = tuple[UUID, str]  # a commune's station and a disease as it is called today


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


class Watched:
    """The communes that are looked at on a day, with the places that they continue for."""

    def __init__(self, stations: Iterable[Organisation], on: date) -> None:
        self.on, self.month = on, Period.holding("month", on)
        self.rules = rules_on(on)
        self.first_year = on.year - (self.rules.years or 0)
        self.stations = {station.pk: station for station in stations}
        followed = {old: new for old, new in heirs_on(on).items() if new in self.stations}
        self.station_of: dict[UUID, UUID] = {pk: pk for pk in self.stations} | followed
        self.places = list(self.station_of)

    def pair(self, place: UUID, disease: str, code: str) -> Pair:
        """Return whose case it is today, and what it is called today."""
        return self.station_of[place], called_on(disease, code, self.on)

    def counts(self) -> dict[Pair, dict[int, int]]:
        """Return the cases of this month of each year, by commune and disease."""
        found: dict[Pair, dict[int, int]] = {}
        for place, disease, code, year, cases in self._rows(COUNTED):
            by_year = found.setdefault(self.pair(place, disease, code), {})
            by_year[year] = by_year.get(year, 0) + cases
        return found

    def years(self) -> dict[UUID, list[int]]:
        """Return the years before whose month a commune was recording: of the others nothing is known."""
        since: dict[UUID, date] = {}
        for place, first in self._rows(RECORDED):
            station = self.station_of[place]
            if first is not None:
                since[station] = min(first, since.get(station, first))
        years = range(self.first_year, self.on.year)
        month = self.month.first.month
        return {
            station: [year for year in years if first <= date(year, month, 1)]
            for station, first in since.items()
        }

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                statement,
                {
                    "places": self.places,
                    "month": self.month.first.month,
                    "until": self.on,
                    "since": date(self.first_year, 1, 1),
                },
            )
            return list(cursor.fetchall())

    def chains(self) -> dict[Pair, int]:
        """Return the largest chain of linked cases of the month, by commune and disease."""
        rows: Any = cases_in(CaseNotification.objects.all(), self.month)
        rows = rows.filter(citizen__home_station__in=self.places).order_by()
        links: dict[Pair, dict[UUID, UUID | None]] = {}
        for pk, other, place, disease, code in rows.values_list(
            "pk", "linked_to_id", "citizen__home_station_id", "disease", "code"
        ):
            links.setdefault(self.pair(place, disease, code), {})[pk] = other
        return {key: largest_chain(cases) for key, cases in links.items()}

    def ever_seen(self) -> set[Pair]:
        """Return which diseases had been seen in a commune before the month."""
        rows = CaseNotification.objects.standing().filter(
            citizen__home_station__in=self.places, noticed_at__lt=self.month.begin
        )
        told = rows.order_by().values_list("citizen__home_station_id", "disease", "code")
        return {self.pair(*row) for row in told.distinct()}


def signals(
    stations: Iterable[Organisation], on: date, *, sees: Scope = EVERYWHERE
) -> list[Signal]:
    """Return alarms and outbreaks of the month of a day, the gravest first.

    ``sees`` is where diseases of a protected class may be named.
    """
    with lists_held():
        return _signals(Watched(stations, on), sees)


def _signals(watched: Watched, sees: Scope) -> list[Signal]:
    on = watched.on
    counts, years = watched.counts(), watched.years()
    grouped, seen = watched.chains(), watched.ever_seen()
    titles = titles_of({disease for _station, disease in counts}, on)
    groups, protected = _groups(on), protected_diseases(on)
    found = []
    for (station, disease), by_year in counts.items():
        cases = by_year.get(on.year, 0)
        if not cases or (disease in protected and station not in sees):
            continue
        history = tuple(by_year.get(year, 0) for year in years.get(station, ()))
        chain = grouped.get((station, disease), 0)
        verdict = judge(
            cases,
            history if any(history) else (),
            watched.rules,
            largest_chain=chain,
            group=groups.get(disease, ""),
            was_seen_ever=(station, disease) in seen,
        )
        if verdict.level != Level.QUIET:
            place = watched.stations[station]
            found.append(Signal(place, disease, titles[disease], cases, history, chain, verdict))
    return sorted(found, key=lambda s: (not s.is_outbreak, -s.cases, s.station.path, s.disease))


def _groups(on: date) -> dict[str, str]:
    """Return the group of each disease, where its list says one."""
    from portal.codelists.lookup import codes_on
    from reporting.diseases import LIST

    return {entry.code: str(entry.attributes.get("group", "")) for entry in codes_on(LIST, on)}
