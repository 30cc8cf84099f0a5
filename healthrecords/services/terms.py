"""Which term or age does the law of a day fix, and on which day does a term end?"""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.codelists.holidays import calendar_between
from portal.codelists.lookup import Entry, code_on
from portal.workdays import Term, TermUnit

LIST = "protection_terms"
LOOK_AHEAD = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class LegalTerm:
    """A term as the list of the day has it."""

    term: Term
    extension: Term | None
    source: str

    def due(self, start: date) -> date:
        """Return the last day of the term, counted from the day after ``start``."""
        return self.term.due(start, calendar_between(start, start + LOOK_AHEAD))


def term_on(code: str, on: date, *, by_processor: bool = False) -> LegalTerm | None:
    """Return a term in force on a day, None when the list has none."""
    entry = code_on(LIST, code, on)
    if entry is None:
        return None
    said = entry.attributes
    count = said.get("count_by_processor") if by_processor else None
    unit = TermUnit(said["unit"])
    extension = said.get("extension")
    return LegalTerm(
        Term(int(count or said["count"]), unit),
        Term(int(extension), unit) if extension else None,
        str(said.get("source", "")),
    )


def age_on(code: str, on: date) -> tuple[int, str] | None:
    """Return an age the law fixes, in years, with its source; None when the list has none."""
    entry: Entry | None = code_on(LIST, code, on)
    if entry is None:
        return None
    return int(entry.attributes["count"]), str(entry.attributes.get("source", ""))
