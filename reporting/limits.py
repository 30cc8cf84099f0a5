"""By which bounds and terms do rules ask, on a day? Each is a code of a list, with its source.

Those of data quality stand in one list, those of cases, outbreaks and reports in another. What the
list of the day does not hold is None: a rule without its bound judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from portal.codelists.holidays import calendar_between
from portal.codelists.loader import shipped_versions
from portal.codelists.lookup import Entry, codes_on
from portal.codelists.tables import read_table
from portal.dates import months_later
from portal.workdays import add_working_days

QUALITY, SURVEILLANCE = "quality_limits", "surveillance_rules"
LONGEST = timedelta(days=60)  # working days are counted back over so much of the calendar

UNITS: Mapping[str, StrOrPromise] = {
    "percent": "%",
    "metres": "m",
    "hours": pgettext_lazy("unit", "hours"),
    "calendar_days": pgettext_lazy("term", "days"),
    "working_days": _("working days"),
    "months": pgettext_lazy("unit", "months"),
    "cases": pgettext_lazy("unit", "cases"),
    "periods": pgettext_lazy("unit", "periods"),
    "times": "",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound as a page tells it; what is not in the list of the day has no value."""

    code: str
    title: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one day."""

    on: date
    by_code: Mapping[str, Entry]

    def number(self, code: str) -> Decimal | None:
        """Return a bound as a number; a percentage as its share of 1."""
        said = self.by_code.get(code)
        if said is None:
            return None
        value = Decimal(str(said.attributes["value"]))
        return value / 100 if said.attributes.get("unit") == "percent" else value

    def since(self, code: str) -> date | None:
        """Return the day so long before this one: what is older has waited too long."""
        number = self.number(code)
        if number is None:
            return None
        count, unit = int(number), self.by_code[code].attributes.get("unit")
        if unit == "working_days":
            return add_working_days(self.on, -count, calendar_between(self.on - LONGEST, self.on))
        if unit == "months":
            return months_later(self.on, -count)
        return self.on - timedelta(days=count)

    def days(self, code: str) -> int | None:
        """Return a bound as a whole number: of days, years or cases."""
        number = self.number(code)
        return None if number is None else int(number)

    def hours(self, code: str) -> timedelta | None:
        """Return a bound of hours as a length of time."""
        number = self.number(code)
        return None if number is None else timedelta(hours=float(number))

    def told(self) -> list[Bound]:
        """Return the bounds as a page tells them, each with the text its figure stands in."""
        return [_bound(entry) for entry in self.by_code.values()]

    def lacking(self) -> list[Bound]:
        """Return the bounds of data quality that this list does not hold, though rules ask for them.

        A department that loaded its own list before a bound was shipped lacks it: that part of the
        rule judges nothing, and who reads the score is to know.
        """
        return [
            Bound(code, title, "", "") for code, title in _shipped() if code not in self.by_code
        ]


def _bound(entry: Entry) -> Bound:
    said = entry.attributes
    unit, value = str(said.get("unit", "")), str(said["value"]).replace(".", ",")
    if unit == "yes_no":
        value = str(_("yes") if value == "1" else _("no"))
    value = f"{value} {UNITS.get(unit, '')}".strip()
    return Bound(entry.code, entry.title, value, str(said.get("source", "")))


@cache
def _shipped() -> list[tuple[str, str]]:
    """Return code and title of the bounds that the product ships."""
    [newest] = [one for one in shipped_versions() if one.key == QUALITY][-1:]
    table = read_table(newest.path.read_bytes(), newest.path.name, key=QUALITY)
    return [(row.code, row.title) for row in table.rows]


def limits_on(on: date, key: str = QUALITY) -> Limits:
    """Return the bounds that hold on a day."""
    return Limits(on, {entry.code: entry for entry in codes_on(key, on)})


def surveillance_on(on: date) -> Limits:
    """Return the terms and limits of cases, outbreaks and reports that hold on a day."""
    return limits_on(on, SURVEILLANCE)
