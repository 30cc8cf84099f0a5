"""Can the laboratory values of an envelope be? A file keeps what its laboratory said: its sender is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext_lazy as _

from healthrecords.services.judging import Tests, number_in
from healthrecords.services.vitals import shown
from portal.intake.handler import Row
from portal.intake.problems import WARNING, Problem

TABLE, COLUMN = "XML4", "GIA_TRI"


def check_results(row: Row, tests: Tests, class_of: Callable[[str], str]) -> Iterator[Problem]:
    """Tell of each value that lies outside what is possible in its unit, by the tests of its day.

    What betrays a protected illness by its name is not told of: findings are read by more people.
    """
    for at, line in enumerate(row.tables.get(TABLE) or (), start=1):
        name = str(line.get("TEN_CHI_SO") or "")
        known = tests.find(name, str(line.get("MA_CHI_SO") or ""))
        number = number_in(str(line.get(COLUMN) or ""))
        if known is None or number is None or known.sensitivity or class_of(name):
            continue
        limits = known.range_in(str(line.get("DON_VI_DO") or ""))
        if limits is None or limits.is_possible(number):
            continue
        yield Problem(
            "result_impossible",
            _("%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s)."),
            _("Check the value and its unit with the laboratory; it is kept as it was sent."),
            {
                "title": known.title,
                "value": f"{shown(number)} {limits.unit}".strip(),
                "low": shown(limits.impossible_low),
                "high": f"{shown(limits.impossible_high)} {limits.unit}".strip(),
            },
            WARNING,
            column=COLUMN,
            table=TABLE,
            at=at,
            value=str(line[COLUMN]),
        )
