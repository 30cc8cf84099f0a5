"""Write down which reports are owed, and count sent reports again: what measuring judges them by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.figures_of import period_of
from reporting.models import Recount, Report
from reporting.periods import Period, due_on
from reporting.senders import AHEAD, CDC, CLASSES, LOOKED_BACK, duties_of

# After so many days the records of a period have settled; a report that differed is counted on.
COUNTED_AGAIN = timedelta(days=62)
EXPECT = f"""
WITH place AS (
  SELECT org.id, org.valid_from, coalesce(org.valid_until, 'infinity') AS valid_until,
    CASE WHEN facility.form = %(cdc_form)s THEN %(cdc)s ELSE org.kind END AS sender
  FROM places_organisation org LEFT JOIN facilities_facility facility ON facility.organisation_id = org.id
), {CLASSES}
INSERT INTO reporting_expectedreport (id, organisation_id, code, period, first_day, last_day, due_on)
SELECT public.mach_uuid7(), place.id, duty.code, duty.period, duty.first_day, duty.last_day,
  duty.due_on
FROM unnest(%(senders)s::text[], %(codes)s::text[], %(periods)s::text[], %(firsts)s::date[],
  %(lasts)s::date[], %(dues)s::date[]) duty (sender, code, period, first_day, last_day, due_on)
JOIN class ON class.sender = duty.sender AND duty.last_day BETWEEN class.since AND class.until
JOIN place ON place.id = class.id AND duty.last_day BETWEEN place.valid_from AND place.valid_until
ON CONFLICT (organisation_id, code, first_day, last_day)
DO UPDATE SET due_on = excluded.due_on
WHERE reporting_expectedreport.due_on <> excluded.due_on
"""  # noqa: S608


def expect_reports(cursor: Any, on: date) -> int:
    """Write what each organisation owes of the last closed periods; return how many rows changed.

    A deadline that moved with the calendar of holidays moves here, too. One statement for all.
    """
    periods = [
        period
        for kind, count in LOOKED_BACK.items()
        for period in Period.closed_before(kind, on, count)
    ]
    known = calendar_between(min(period.last for period in periods), on + AHEAD)
    rows = [
        (sender, one.code, period.kind, period.first, period.last, due_on(duty, period, known))
        for sender in (*Organisation.Kind.values, CDC)
        for one, duty, period in duties_of(sender, periods)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], [], []]
    names = ("senders", "codes", "periods", "firsts", "lasts", "dues")
    words = {**dict(zip(names, columns, strict=True)), "cdc": CDC, "cdc_form": "CDC"}
    cursor.execute(EXPECT, words)
    return int(cursor.rowcount)


def recount_reports(*, at: datetime, only: Iterable[UUID] | None = None) -> list[UUID]:
    """Count sent reports again: those of young periods, or some; return which came out otherwise.

    All senders of a form and a period are counted together. A count that came out as before is
    left as it stands.
    """
    since = timezone.localdate(at) - COUNTED_AGAIN
    rows = Report.objects.standing().filter(is_summary=False)
    if only is None:
        rows = rows.filter(Q(last_day__gte=since) | Q(recount=None, submitted_at__date__gte=since))
    else:
        rows = rows.filter(pk__in=list(only))
    groups: dict[tuple[UUID, Period], list[Report]] = {}
    for report in rows.select_related("definition", "organisation").defer("figures", "sources"):
        groups.setdefault((report.definition_id, period_of(report)), []).append(report)
    found: list[Recount] = []
    for (_form, period), some in groups.items():
        before = dict(Recount.objects.filter(report__in=some).values_list("report", "figures"))
        found += [
            one
            for one in _again(some, period, at)
            if before.get(one.report_id) != json.loads(json.dumps(one.figures))
        ]
    Recount.objects.bulk_create(
        found,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["report"],
        update_fields=["figures", "counted_at"],
    )
    return [one.report_id for one in found]


def _again(reports: Sequence[Report], period: Period, at: datetime) -> list[Recount]:
    senders = {report.organisation_id: report.organisation for report in reports}
    figures = compute(reports[0].definition, period, list(senders.values()))
    return [
        Recount(report=report, figures=figures[report.organisation_id], counted_at=at)
        for report in reports
    ]
