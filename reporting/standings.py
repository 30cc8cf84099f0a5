"""Count what every place has due, late, better or worse: one statement for the whole country.

The page of a place works the same out for itself, row by row; a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from facilities.dues import AHEAD as WARNED_DAYS
from facilities.services.equipment import due_by
from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from reporting.arrivals import WEEK, monday_of
from reporting.models.standing import COUNTS
from reporting.periods import Period, due_on
from reporting.senders import AHEAD, CDC, CLASSES, LOOKED_BACK, duties_of, lasting_duties

KINDS = (*Organisation.Kind.values, CDC)

COUNTED = f"""
WITH place AS (
  SELECT org.id, org.kind, org.valid_from, CASE WHEN EXISTS (
      SELECT FROM facilities_facility f WHERE f.organisation_id = org.id AND f.form = '{CDC.upper()}'
    ) THEN '{CDC}' ELSE org.kind END AS sender
  FROM places_organisation org
  WHERE (org.valid_until IS NULL OR org.valid_until >= %(on)s) AND (%(everywhere)s OR org.id = ANY(%(places)s))
), {CLASSES}, duty AS (
  SELECT * FROM unnest(%(codes)s::text[], %(senders)s::text[], %(firsts)s::date[],
    %(lasts)s::date[], %(dues)s::date[]) AS duty (code, sender, first_day, last_day, due_on)
), lasting AS (
  SELECT * FROM unnest(%(lasting_codes)s::text[], %(lasting_senders)s::text[],
    %(lasting_kinds)s::text[], %(since)s::date[], %(until)s::date[])
    AS lasting (code, sender, kind, since, until)
), owed AS (
  SELECT class.id, duty.code, duty.first_day, duty.last_day, duty.due_on, false AS is_older
  FROM class JOIN duty ON duty.sender = class.sender
    AND duty.last_day BETWEEN class.since AND class.until
  UNION ALL
  SELECT class.id, expected.code, expected.first_day, expected.last_day, expected.due_on, true
  FROM reporting_expectedreport expected JOIN class ON class.id = expected.organisation_id
    AND expected.last_day BETWEEN class.since AND class.until
  JOIN lasting ON lasting.code = expected.code AND lasting.sender = class.sender
    AND lasting.kind = expected.period
    AND expected.last_day BETWEEN lasting.since AND lasting.until
  WHERE NOT EXISTS (SELECT FROM duty WHERE duty.sender = class.sender
    AND duty.code = expected.code AND duty.first_day = expected.first_day
    AND duty.last_day = expected.last_day)
), sent AS (
  SELECT organisation_id, code, first_day, last_day,
    (array_agg(status ORDER BY number DESC))[1] AS status,
    bool_or(submitted_at IS NOT NULL) AS was_sent
  FROM reporting_report
  WHERE NOT is_summary AND organisation_id IN (SELECT id FROM place)
    AND (first_day, last_day) IN (SELECT first_day, last_day FROM owed)
  GROUP BY 1, 2, 3, 4
), report AS (
  SELECT owed.id,
    count(*) FILTER (WHERE status IS NULL OR status NOT IN ('submitted', 'approved')) AS due,
    count(*) FILTER (WHERE was_sent IS NOT TRUE AND owed.due_on < %(on)s) AS late,
    count(*) FILTER (WHERE status = 'returned') AS returned,
    count(*) FILTER (WHERE status = 'submitted') AS waiting
  FROM owed LEFT JOIN sent ON sent.organisation_id = owed.id AND sent.code = owed.code
    AND sent.first_day = owed.first_day AND sent.last_day = owed.last_day
  WHERE NOT owed.is_older OR status IS NULL OR status NOT IN ('submitted', 'approved')
  GROUP BY owed.id
), week AS (
  SELECT facility_id AS id,
    sum(visits) FILTER (WHERE day BETWEEN %(monday)s AND %(sunday)s) AS visits,
    sum(protected) FILTER (WHERE day BETWEEN %(monday)s AND %(sunday)s) AS protected,
    sum(visits) FILTER (WHERE day < %(monday)s) AS before,
    sum(protected) FILTER (WHERE day < %(monday)s) AS before_protected
  FROM reporting_arrivalday
  WHERE (day BETWEEN %(monday)s AND %(sunday)s OR day BETWEEN %(then_monday)s AND %(then_sunday)s)
    AND (%(everywhere)s OR facility_id = ANY(%(places)s))
  GROUP BY 1
), ill AS (
  SELECT facility_id AS id, count(*) AS waiting,
    count(*) FILTER (WHERE sensitivity <> '') AS waiting_protected,
    count(*) FILTER (WHERE due_at < %(at)s) AS late,
    count(*) FILTER (WHERE due_at < %(at)s AND sensitivity <> '') AS late_protected
  FROM reporting_casenotification WHERE status IN ('open', 'changed')
    AND (%(everywhere)s OR facility_id = ANY(%(places)s))
  GROUP BY 1
), device AS (
  SELECT id, count(*) AS due, count(*) FILTER (WHERE due_on < %(on)s) AS late
  FROM unnest(%(devices)s::uuid[], %(device_dues)s::date[]) AS device (id, due_on) GROUP BY 1
), license AS (
  SELECT facility_id AS id, count(*) AS due, count(*) FILTER (WHERE valid_until < %(on)s) AS late
  FROM facilities_operatinglicense license
  WHERE superseded_on IS NULL AND valid_until <= %(warned)s AND NOT EXISTS (
    SELECT FROM facilities_operatinglicenseevent event WHERE event.license_id = license.id
      AND event.kind = 'revoked' AND event.valid_from <= %(on)s)
  GROUP BY 1
), found AS (
  SELECT place.id,
    (SELECT max(day) FROM reporting_arrivalday WHERE facility_id = place.id) AS last_visit_on,
    now.value AS quality, before.value AS quality_before,
    coalesce(now.holds_gates, true) AS holds_gates,
    coalesce(week.visits, 0) AS week_visits, coalesce(week.protected, 0) AS week_protected,
    coalesce(week.before, 0) AS year_before_visits,
    coalesce(week.before_protected, 0) AS year_before_protected,
    coalesce(report.due, 0) AS reports_due, coalesce(report.late, 0) AS reports_late,
    coalesce(report.returned, 0) AS reports_returned,
    coalesce(report.waiting, 0) AS reports_waiting,
    coalesce(ill.waiting, 0) AS cases_waiting,
    coalesce(ill.waiting_protected, 0) AS cases_waiting_protected,
    coalesce(ill.late, 0) AS cases_late, coalesce(ill.late_protected, 0) AS cases_late_protected,
    coalesce(device.due, 0) AS equipment_due, coalesce(device.late, 0) AS equipment_late,
    coalesce(license.due, 0) AS licenses_due, coalesce(license.late, 0) AS licenses_late
  FROM place LEFT JOIN report USING (id) LEFT JOIN week USING (id) LEFT JOIN ill USING (id)
    LEFT JOIN device USING (id) LEFT JOIN license USING (id)
    LEFT JOIN LATERAL (SELECT value, holds_gates FROM reporting_qualityscore
      WHERE unit = 'facility' AND area_id IS NULL AND organisation_id = place.id
        AND day <= %(on)s ORDER BY day DESC LIMIT 1) now ON true
    LEFT JOIN LATERAL (SELECT value FROM reporting_qualityscore
      WHERE unit = 'facility' AND area_id IS NULL AND organisation_id = place.id
        AND day <= %(on)s::date - 7 ORDER BY day DESC LIMIT 1) before ON true
)
"""
NAMES = ("last_visit_on", "quality", "quality_before", "holds_gates", *COUNTS)
KEPT = f"""
{COUNTED}
INSERT INTO reporting_placestanding (id, place_id, counted_at, {", ".join(NAMES)})
SELECT public.mach_uuid7(), id, %(at)s, {", ".join(NAMES)} FROM found
ON CONFLICT (place_id) DO UPDATE SET counted_at = excluded.counted_at,
  {", ".join(f"{name} = excluded.{name}" for name in NAMES)}
"""
GONE = """
DELETE FROM reporting_placestanding WHERE place_id NOT IN (
  SELECT id FROM places_organisation WHERE valid_until IS NULL OR valid_until >= %(on)s)
"""


@transaction.atomic
def keep_standings(*, at: datetime, places: Sequence[UUID] | None = None) -> int:
    """Count some places anew, or all; return how many. A place that ended has no standing."""
    with connection.cursor() as cursor:
        params = _params(at, places)
        cursor.execute(GONE, {"on": params["on"]})
        cursor.execute(KEPT, params)
        return int(cursor.rowcount)


def _params(at: datetime, places: Sequence[UUID] | None) -> dict[str, Any]:
    on = timezone.localdate(at)
    week = last_week(on)
    then = week.year_before
    devices = list(due_by(on + WARNED_DAYS))
    return {
        "at": at,
        "on": on,
        "warned": on + WARNED_DAYS,
        "everywhere": places is None,
        "places": list(places or ()),
        "monday": week.first,
        "sunday": week.last,
        "then_monday": then.first,
        "then_sunday": then.last,
        "devices": [due.equipment.facility_id for due in devices],
        "device_dues": [due.due_on for due in devices],
        **_columns(_duties(on)),
        **_lasting(on),
    }


def last_week(on: date) -> Period:
    """Return the last week that is over."""
    return Period.holding("week", monday_of(on) - WEEK)


def _duties(on: date) -> Iterator[tuple[str, str, Period, date]]:
    """Yield which class of senders owes which form for which period until when."""
    periods = [
        period
        for kind, count in LOOKED_BACK.items()
        for period in Period.closed_before(kind, on, count)
    ]
    known = calendar_between(min(period.last for period in periods), on + AHEAD)
    for sender in KINDS:
        for definition, duty, period in duties_of(sender, periods):
            yield definition.code, sender, period, due_on(duty, period, known)


def _columns(duties: Iterable[tuple[str, str, Period, date]]) -> dict[str, list[Any]]:
    rows = list(duties)
    return {
        "codes": [code for code, _sender, _period, _due in rows],
        "senders": [sender for _code, sender, _period, _due in rows],
        "firsts": [period.first for _code, _sender, period, _due in rows],
        "lasts": [period.last for _code, _sender, period, _due in rows],
        "dues": [due for _code, _sender, _period, due in rows],
    }


def _lasting(on: date) -> dict[str, list[Any]]:
    """Return the duties whose form is still accepted, as columns: what is older stays owed by them."""
    rows = [
        (code, sender, kind, definition.valid_from, definition.valid_until or date.max)
        for (code, sender, kind), accepted in lasting_duties(on).items()
        for definition, _duty in accepted
    ]
    names = ("lasting_codes", "lasting_senders", "lasting_kinds", "since", "until")
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}
