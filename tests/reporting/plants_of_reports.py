"""Defects of statutory reports: a year of reports of a place in which every rule holds, and one spoilt.

What is found of a report names its cells; the rule looks at the report as a whole.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from portal.places import services as places
from portal.places.models import Organisation
from reporting.computing import form_for
from reporting.definitions import load_definitions
from reporting.models import ExpectedReport, Report, ReportDefinition
from reporting.periods import ZONE, Period
from tests.reporting.growing import GROWN, SINCE
from tests.reporting.plants import plant

OF_REPORTS = ("Series", "Sum")
USUAL = (100, 102, 98, 101, 99, 100, 103, 97, 100, 102, 98, 101)  # visits of twelve months
SENT_AFTER = timedelta(days=2)  # the end of the month
_number = count(1)


@dataclass(frozen=True, slots=True)
class Series:
    """Twelve months of form 9/BCT of a place, the last one beside form 14/BCT; ``pk`` is the last."""

    pk: UUID
    place: Organisation
    period: Period


@dataclass(frozen=True, slots=True)
class Sum:
    """A month of a body and of the one place under it; ``pk`` is the body's sum."""

    pk: UUID
    part: UUID


def last_due() -> Period:
    """Return the last month whose reports are due already."""
    return Period.holding("month", timezone.localdate() - timedelta(days=45))


def prepare() -> None:
    """Load the forms, where nobody has."""
    if not ReportDefinition.objects.exists():
        load_definitions()


def grow_series(near: Organisation) -> Series:
    """Write a year of reports of a new place, each sent in time and whole."""
    place = _place("clinic", near.parent)
    period = last_due()
    periods = [period]
    while len(periods) < len(USUAL):
        periods.append(periods[-1].before)
    reports = [
        _report(place, "BC02", one, {"own": {"kham": visits}})
        for one, visits in zip(periods[::-1], USUAL, strict=True)
    ]
    _report(place, "BC01", period, {"none": {}})
    return Series(reports[-1].pk, place, period)


def grow_sum(near: Organisation) -> Sum:
    """Write the sum of a new body that its one place makes up."""
    body = _place("centre", near.parent)
    part = _place("clinic", body)
    own = _report(part, "BC02", last_due(), {"own": {"kham": 40}})
    whole = {str(part.pk): own.figures["own"]}
    return Sum(_report(body, "BC02", last_due(), whole, is_summary=True).pk, own.pk)


def _place(kind: str, parent: Organisation | None) -> Organisation:
    name = f"{GROWN} báo cáo {next(_number)}"
    return places.create_organisation(name=name, kind=kind, parent=parent, valid_from=SINCE)


def _report(
    place: Organisation, code: str, period: Period, rows: dict[str, dict[str, Any]], **said: Any
) -> Report:
    definition = ReportDefinition.objects.holding(period.last).get(code=code)
    columns = [one.key for one in form_for(definition, period).columns if one.ratio is None]
    figures = {row: dict.fromkeys(columns, 0) | cells for row, cells in rows.items()}
    return _sent(definition, place, period, figures, **said)


def _sent(
    definition: ReportDefinition,
    place: Organisation,
    period: Period,
    figures: dict[str, dict[str, Any]],
    **said: Any,
) -> Report:
    at = _noon(period.last + SENT_AFTER)
    return Report.objects.create(
        definition=definition,
        code=definition.code,
        organisation=place,
        period=period.kind,
        first_day=period.first,
        last_day=period.last,
        due_on=period.last + timedelta(days=8),
        figures=figures,
        computed_at=at,
        status="approved",
        digest="0" * 64,
        submitted_at=at,
        decided_at=at,
        **said,
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=ZONE)


def _corrected(report: UUID, **cells: Any) -> UUID:
    """Write the version after a report with other figures of the place; None takes a cell away.

    What was sent is frozen: a wrong figure comes with a new version.
    """
    before = Report.objects.select_related("definition", "organisation").get(pk=report)
    own = before.figures["own"] | cells
    figures = {"own": {name: value for name, value in own.items() if value is not None}}
    Report.objects.filter(pk=report).update(status="superseded")
    period = Period(before.first_day, before.last_day, before.period)
    after = _sent(
        before.definition, before.organisation, period, figures,
        number=2, supersedes=before, correction_reason="ghi lại",
    )  # fmt: skip
    return after.pk


def _owes(series: Series, period: Period, due: date) -> UUID:
    """Let the place owe the report of another month instead; return what it owes."""
    rows = ExpectedReport.objects.filter(organisation=series.place, code="BC02")
    owed = rows.get(first_day=series.period.first)
    ExpectedReport.objects.filter(pk=owed.pk).update(
        first_day=period.first, last_day=period.last, due_on=due
    )
    return owed.pk


def _months_before(period: Period, number: int) -> Period:
    for _n in range(number):
        period = period.before
    return period


@plant("F04", "report")
def never_sent(series: Series) -> UUID:
    month = _months_before(series.period, len(USUAL))
    return _owes(series, month, timezone.localdate() - timedelta(days=20))


@plant("L02", "sent")
def sent_after_it_was_due(series: Series) -> UUID:
    month = _months_before(series.period, 4)
    return _owes(series, month, month.last + SENT_AFTER - timedelta(days=1))


@plant("D07", "own~kham_yhct")
def more_than_the_records_hold(series: Series) -> UUID:
    return _corrected(series.pk, kham_yhct=3)


@plant("F05", "own~giuong_kh")
def a_cell_left_blank(series: Series) -> UUID:
    return _corrected(series.pk, giuong_kh=None)


@plant("U01", "tv")
def two_forms_that_differ(series: Series) -> UUID:
    return _corrected(series.pk, tv=3)


@plant("U02", "kham")
def thrice_the_months_before(series: Series) -> UUID:
    return _corrected(series.pk, kham=300)


@plant("U03", "kham")
def far_from_the_year_before(series: Series) -> UUID:
    return _corrected(series.pk, kham=125)


@plant("U04", "own~kham_f")
def more_women_than_people(series: Series) -> UUID:
    return _corrected(series.pk, kham_f=120)


@plant("U06", "kham")
def a_sum_its_senders_do_not_make_up(whole: Sum) -> UUID:
    _corrected(whole.part, kham=41)
    return whole.pk


def beside(spoilt: set[UUID]) -> set[UUID]:
    """Return the other reports of the places, and under the bodies, of which a report was spoilt."""
    mine = Report.objects.filter(pk__in=spoilt)
    owed = ExpectedReport.objects.filter(pk__in=spoilt)
    own = {
        *mine.values_list("organisation", flat=True),
        *owed.values_list("organisation", flat=True),
    }
    under = Organisation.objects.filter(parent__in=own).values_list("pk", flat=True)
    rows = Report.objects.filter(organisation__in={*own, *under}, first_day=last_due().first)
    return set(rows.values_list("pk", flat=True))
