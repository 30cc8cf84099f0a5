"""Which sources are there? A measure nobody counts yet makes its cells ones that are typed in."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.sources.asked import Counts
from reporting.sources.births import Births
from reporting.sources.cases import Cases
from reporting.sources.chronic import Chronic
from reporting.sources.deaths import Deaths
from reporting.sources.growth import Growth
from reporting.sources.injuries import Injuries
from reporting.sources.nutrition import Nutrition
from reporting.sources.people import People
from reporting.sources.places import Places
from reporting.sources.services import Services
from reporting.sources.staff import Staff
from reporting.sources.supplies import Devices, Stock
from reporting.sources.vaccines import Vaccines
from reporting.sources.visits import Visits

ALL: tuple[Counts, ...] = (
    Visits(),
    People(),
    Services(),
    Cases(),
    Deaths(),
    Injuries(),
    Chronic(),
    Nutrition(),
    Growth(),
    Births(),
    Vaccines(),
    Places(),
    Staff(),
    Stock(),
    Devices(),
)
_sources: dict[str, Counts] = {source.name: source for source in ALL}
_measures: dict[str, Counts] = {
    f"{source.name}:{measure}": source for source in ALL for measure in source.measures
}


def source_named(measure: str) -> Counts | None:
    """Return who counts a measure, written as source:measure; None where nobody does yet."""
    return _measures.get(measure)


def measures() -> Mapping[str, Counts]:
    """Return every measure there is."""
    return _measures
