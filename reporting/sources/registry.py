"""Which sources are there? A measure nobody counts yet makes its cells ones that are typed in."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.sources.asked import Counts
from reporting.sources.cases import Cases
from reporting.sources.people import People
from reporting.sources.services import Services
from reporting.sources.visits import Visits

_sources: dict[str, Counts] = {
    source.name: source for source in (Visits(), People(), Services(), Cases())
}


def source_named(measure: str) -> Counts | None:
    """Return who counts a measure, written as source:measure; None where nobody does yet."""
    name, _colon, key = measure.partition(":")
    source = _sources.get(name)
    return source if source is not None and key in set(source.measures) else None


def measures() -> Mapping[str, Counts]:
    """Return every measure there is."""
    return {
        f"{name}:{measure}": source
        for name, source in _sources.items()
        for measure in source.measures
    }
