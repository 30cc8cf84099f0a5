"""What stands behind one cell: how it is counted, the records, and those this person may not open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from healthrecords.models import Citizen, Visit
from portal.audit.reads import note
from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.computing import places_of
from reporting.definitions import Column, Row
from reporting.figures_of import Standing
from reporting.models import ManualFigure, Report
from reporting.pages.grid import MARK, TOTAL, Grid, subtotals_of, text_of
from reporting.pages.parts import Part, parts_of_share, parts_of_sum, parts_of_total
from reporting.sources import Asked, Line, source_named

SHOWN = 200
MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """One record of the list, as this person may see it."""

    day: date | None
    name: str
    person_url: str
    about: str
    sex: str
    code: str
    visit_url: str
    place: str


@dataclass(frozen=True)
class Behind:
    """The open cell."""

    name: str
    row_label: str
    column: Column
    how: str
    value: str
    typed: ManualFigure | None = None
    computed: str = ""
    is_computed: bool = False
    total: int | None = None
    listed: list[Shown] = field(default_factory=list)
    hidden: int = 0
    page: Page[int] | None = None
    page_query: str = ""
    adds_up: str = ""
    is_of_things: bool = False
    parts: list[Part] | None = None


def cell_named(
    standing: Standing, name: str, grid: Grid, *, sees_restricted: bool
) -> tuple[str, Column]:
    """Return row and column of a cell in an address; one that is not shown has no page."""
    key, _mark, column_key = name.partition(MARK)
    column = standing.form.by_key.get(column_key)
    if column is None or key not in {*_keys(standing), *grid.members, TOTAL}:
        raise Http404(_("This report has no such cell."))
    closed = key in standing.hidden or key in standing.sealed
    if closed or (column.is_restricted and not sees_restricted):
        raise Http404(_("This report has no such cell."))
    return key, column


def made_of(
    standing: Standing, grid: Grid, name: str, place: tuple[str, Column], reports: Iterable[Report]
) -> Behind | None:
    """Open a cell that other figures make up: a share, a last line, a figure of a sum of reports."""
    key, column = place
    labels = {row.key: row.label for row in grid.rows}
    members = grid.members.get(key)
    if column.ratio is not None:
        parts = parts_of_share(standing, key, column, members)
    elif summed := list(reports):
        parts = parts_of_sum(summed, standing, key, column, members)
    elif key == TOTAL:
        parts = parts_of_total(standing, labels, column)
    else:
        return None
    if members is not None:
        value: Any = subtotals_of(standing, members).get(column.key)
    else:
        value = (
            standing.totals.get(column.key) if key == TOTAL else standing.number(key, column.key)
        )
    return Behind(
        name=name,
        row_label=_("Total") if key == TOTAL else labels.get(key, key),
        column=column,
        how=column.how,
        value=text_of(value, column),
        is_computed=True,
        parts=parts,
    )


def behind(
    request: HttpRequest, report: Report, standing: Standing, grid: Grid, name: str
) -> Behind:
    """Open a cell by its name in the address."""
    sees = report.organisation_id in scope_of(request.user, "see_sensitive")
    key, column = cell_named(standing, name, grid, sees_restricted=sees)
    reports: Iterable[Report] = ()
    if report.is_summary:
        keys = [one["report"] for one in report.sources]
        reports = Report.objects.filter(pk__in=keys).select_related("definition", "organisation")
    made = made_of(standing, grid, name, (key, column), reports)
    return made or _of_records(request, report, standing, grid, name)


def _of_records(
    request: HttpRequest, report: Report, standing: Standing, grid: Grid, name: str
) -> Behind:
    key, _mark, column_key = name.partition(MARK)
    column = standing.form.by_key[column_key]
    label = next((row.label for row in grid.rows if row.key == key), key)
    row = standing.form.row(key)
    measure = standing.form.source_of(row, column)
    source = source_named(measure)
    how = row.how if row is not None and row.how and not column.how else column.how
    found = Behind(
        name=name,
        row_label=label,
        column=column,
        how=how,
        value=text_of(standing.number(key, column_key), column),
        typed=standing.typed.get((key, column_key)),
        computed=text_of(report.figures.get(key, {}).get(column_key), column),
        is_computed=source is not None,
    )
    if source is None:
        return found
    number = _page_asked(request)
    asked_row = key if column.source == "*" else ""
    asked = Asked(
        standing.form,
        standing.period,
        [(asked_row, column_key, measure.partition(":")[2])],
        places_of([report.organisation], report.last_day),
    )
    lines = source.lines(asked, row, key, SHOWN * number)
    if lines is None:
        return found
    opened = Paginator(range(lines.total), SHOWN).get_page(number)
    of_page = lines.lines[SHOWN * (opened.number - 1) : SHOWN * opened.number]
    shown = _shown(request, of_page)
    people = [pk for pk, _line in shown if pk is not None]
    if people:
        note(request, people, action="listed", ground="report")
    return Behind(
        **{f: getattr(found, f) for f in ("name", "row_label", "column", "how", "value")},
        typed=found.typed,
        computed=found.computed,
        is_computed=True,
        total=lines.total,
        listed=[line for _pk, line in shown],
        hidden=len(of_page) - len(shown),
        page=opened,
        page_query=urlencode({**_kept(request), "o": name}) + "&",
        adds_up=lines.adds_up,
        is_of_things=any(line.needs for line in of_page),
    )


def _page_asked(request: HttpRequest) -> int:
    """Return which page of the records is asked for; what is no number is the first."""
    text = request.GET.get("trang", "")
    return max(1, int(text)) if text.isdecimal() and len(text) < MOST_DIGITS else 1


def _kept(request: HttpRequest) -> dict[str, str]:
    return {"het": "1"} if request.GET.get("het") == "1" else {}


def _keys(standing: Standing) -> set[str]:
    return {*standing.figures, *(row.key for row in standing.form.rows)}


def _shown(request: HttpRequest, lines: Iterable[Line]) -> list[tuple[UUID | None, Shown]]:
    """Return the records within this person's rights; counts are the law's, lists are not."""
    lines = list(lines)
    if any(line.needs for line in lines):
        return [(None, shown) for shown in _things(request, lines)]
    scope, sees = scope_of(request.user, "view_records"), scope_of(request.user, "see_sensitive")
    visits = _visits(scope, sees, {line.visit for line in lines if line.visit})
    wanted = {line.citizen for line in lines if line.citizen}
    people: dict[UUID, Any] = {
        row.pk: row for row in Citizen.objects.filter(pk__in=wanted).order_by()
    }
    mine = set(
        Citizen.objects.within(scope)
        .filter(pk__in={line.citizen for line in lines if not line.visit})
        .order_by()
        .values_list("pk", flat=True)
    )
    places = dict(
        Organisation.objects.filter(pk__in={line.facility for line in lines if line.facility})
        .order_by()
        .values_list("pk", "name")
    )
    found: list[tuple[UUID | None, Shown]] = []
    for line in lines:
        may_see = line.visit in visits if line.visit else line.citizen in mine
        hidden = bool(line.sensitivity) and line.facility not in sees
        if line.citizen is None or not may_see or hidden:
            continue
        found.append((line.citizen, _line(line, people[line.citizen], places)))
    return found


def _things(request: HttpRequest, lines: Iterable[Line]) -> list[Shown]:
    """Return the things of places whose things this person may see."""
    return [
        Shown(line.day, line.name, line.address, "", "", line.text, "", "")
        for line in lines
        if line.facility in scope_of(request.user, line.needs)
    ]


def _visits(scope: Any, sees: Any, wanted: set[UUID]) -> set[UUID]:
    rows = Visit.objects.within(scope).filter(pk__in=wanted)
    if not sees.everything:
        rows = rows.filter(Q(sensitivity="") | Q(facility__in=sees.ids))
    return set(rows.order_by().values_list("pk", flat=True))


def _line(line: Line, person: Citizen, places: dict[UUID, str]) -> Shown:
    visit_url = reverse("admin:healthrecords_visit_change", args=[line.visit]) if line.visit else ""
    return Shown(
        day=line.day,
        name=person.name,
        person_url=reverse("admin:healthrecords_citizen_change", args=[person.pk]),
        about=person.birth.age_text(line.day) if line.day else "",
        sex=str(person.get_sex_display()),
        code=line.text,
        visit_url=visit_url,
        place=places.get(line.facility, "") if line.facility else "",
    )


def row_of(standing: Standing, key: str) -> Row | None:
    """Return a row of the form."""
    return standing.form.row(key)
