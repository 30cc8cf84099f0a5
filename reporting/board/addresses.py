"""Where do the figures of places lead: to the table of places, to the page of one?"""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from reporting.board.lines import NOWHERE, PLACE, PROVINCE, Line
from reporting.board.matters import Matter

OF_CASES = {"cases_waiting": "cho", "cases_late": "qua-han"}


def places_url(matter: Matter | None = None, **more: str) -> str:
    """Return the address of the table of places, narrowed to a matter."""
    query = ({"muc": matter.slug} if matter else {}) | more
    address = reverse("reporting:places")
    return f"{address}?{urlencode(query)}" if query else address


def line_url(line: Line, by: str, **more: str) -> str:
    """Return where a line of a table of places leads: one step down."""
    if by == PLACE:
        return reverse("reporting:place", args=[line.key])
    name = "xa" if by == PROVINCE else PLACE
    return places_url(None, theo=name, vung=str(line.key or NOWHERE), **more)


def figure_url(line: Line, by: str, matter: Matter) -> str:
    """Return where the rows behind one figure of a line stand."""
    if by == PLACE and matter.name in OF_CASES:
        query = urlencode({"noi": str(line.key), "loc": OF_CASES[matter.name]})
        return f"{reverse('reporting:cases')}?{query}"
    if by == PLACE:
        return f"{reverse('reporting:place', args=[line.key])}#{matter.section}"
    return places_url(matter, theo=PLACE, vung=str(line.key or NOWHERE))


def week_url(line: Line, by: str, monday: str) -> str:
    """Return where the visits of a week of a line are told: place by place, or day by day."""
    if by == PLACE:
        return f"{reverse('reporting:place', args=[line.key])}?tuan={monday}#tuan"
    return places_url(None, theo=PLACE, vung=str(line.key or NOWHERE), tuan=monday)
