"""Who was sent on and who was to come again, and came, as a file of visits tells.

Found set-based once a batch is written; what a visit at the desk does at once (services.receiving,
services.appointments), with the same limits. A file that sends somebody on often comes after they
arrived: what it says is looked up among the visits that are here already. An undone batch takes it
back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from healthrecords.models import Visit
from healthrecords.querysets import NOT_HELD
from healthrecords.services.appointments import EARLY, LATE
from healthrecords.services.receiving import MINUTE, release
from portal.intake.models import Batch, StagedRow

NOW = "staged.batch_id = %(batch)s AND staged.written_at = %(at)s"
EVER = "staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL"
CAME = f"""
FROM intake_stagedrow staged JOIN healthrecords_visit visit ON visit.id = staged.target_id
WHERE {NOW} AND visit.status <> ALL(%(not_held)s)
"""
# What is looked up of each row is fenced by OFFSET 0: a file fills these tables within its own
# transaction, nothing is counted about them yet, and a plan for one row walks all of them for each.
# Visits of people who are waited for by what a file says, where they are waited for.
CAME_BEFORE = """
FROM (
  SELECT DISTINCT waiting.citizen_id, waiting.{place} AS place FROM intake_stagedrow staged
  CROSS JOIN LATERAL (
    SELECT * FROM {table} held WHERE held.visit_id = staged.target_id OFFSET 0
  ) waiting
  WHERE {rows} AND waiting.{come} IS NULL AND waiting.{place} IS NOT NULL
) sent CROSS JOIN LATERAL (
  SELECT * FROM healthrecords_visit held WHERE held.citizen_id = sent.citizen_id OFFSET 0
) visit
WHERE visit.facility_id = sent.place AND visit.status <> ALL(%(not_held)s)
"""
SENT = {"table": "healthrecords_referral", "place": "to_facility_id", "come": "arrived_at"}
TOLD = {"table": "healthrecords_appointment", "place": "facility_id", "come": "kept_by_id"}
# OFFSET 0 has papers looked up by the person: the planner, who expects one visit, would else walk
# through all that wait at the facility for each of them.
# A referral brings a person once, by their first visit; a visit follows from the latest referral.
# The ground to the record there goes on without end, as when the visit is entered at a desk.
ARRIVED = """
WITH came AS (
  SELECT visit.id, visit.citizen_id, visit.facility_id, visit.started_at, {by} AS by_id,
    (visit.started_at AT TIME ZONE %(zone)s)::date AS on_day
  {came} AND NOT EXISTS (
    SELECT FROM healthrecords_referral told WHERE told.arrived_visit_id = visit.id
  )
), first AS (
  SELECT DISTINCT ON (referral.id) referral.id, referral.sent_at, came.id AS visit_id,
    came.citizen_id, came.facility_id, came.started_at, came.on_day, came.by_id
  FROM came CROSS JOIN LATERAL (
    SELECT * FROM healthrecords_referral WHERE citizen_id = came.citizen_id OFFSET 0
  ) referral
  JOIN healthrecords_document paper ON paper.id = referral.document_id
  JOIN healthrecords_visit sender ON sender.id = referral.visit_id
  WHERE referral.to_facility_id = came.facility_id AND referral.arrived_at IS NULL AND paper.cancelled_at IS NULL
    AND sender.status <> ALL(%(not_held)s)
    AND referral.sent_at < came.started_at + %(minute)s
    AND (referral.valid_until IS NULL OR referral.valid_until >= came.on_day)
  ORDER BY referral.id, came.started_at, came.id
), latest AS (
  SELECT DISTINCT ON (visit_id) * FROM first ORDER BY visit_id, sent_at DESC, id DESC
), told AS (
  UPDATE healthrecords_referral referral
  SET arrived_at = greatest(latest.started_at, referral.sent_at), arrived_by_id = latest.by_id,
    arrived_visit_id = latest.visit_id
  FROM latest WHERE referral.id = latest.id
), ground AS (
INSERT INTO healthrecords_carerelation AS care
  (id, citizen_id, organisation_id, ground, since, until)
SELECT public.mach_uuid7(), citizen_id, facility_id, 'referral', min(on_day), NULL
FROM latest GROUP BY citizen_id, facility_id
ON CONFLICT (citizen_id, organisation_id, ground) DO UPDATE SET until = NULL
WHERE care.until IS NOT NULL
)
SELECT count(*) FROM latest
"""
# What services.appointments asks: the day itself or the same illness near it. A file names no department.
FITS = """
  (appointment."on" = came.on_day OR EXISTS (
    SELECT FROM healthrecords_diagnosis here JOIN healthrecords_diagnosis there
      ON left(there.code, 3) = left(here.code, 3)
    WHERE here.visit_id = came.id AND there.visit_id = appointment.visit_id AND here.code <> ''
  ))
"""
# A visit keeps the appointment that lies nearest to its day, an appointment is kept by one visit.
KEPT = f"""
WITH came AS (
  SELECT visit.id, visit.citizen_id, visit.facility_id, visit.started_at,
    (visit.started_at AT TIME ZONE %(zone)s)::date AS on_day
  {{came}} AND NOT EXISTS (
    SELECT FROM healthrecords_appointment told WHERE told.kept_by_id = visit.id
  )
), nearest AS (
  SELECT DISTINCT ON (appointment.id) appointment.id, came.id AS visit_id,
    abs(appointment."on" - came.on_day) AS days
  FROM came CROSS JOIN LATERAL (
    SELECT * FROM healthrecords_appointment WHERE citizen_id = came.citizen_id OFFSET 0
  ) appointment
  JOIN healthrecords_visit maker
    ON maker.id = appointment.visit_id AND maker.started_at <= came.started_at
  WHERE appointment.facility_id = came.facility_id
    AND appointment.cancelled_at IS NULL AND appointment.kept_by_id IS NULL
    AND appointment.visit_id <> came.id
    AND appointment."on" BETWEEN came.on_day - %(late)s AND came.on_day + %(early)s
    AND {FITS}
  ORDER BY appointment.id, days, came.id
), kept AS (
  SELECT DISTINCT ON (visit_id) id, visit_id FROM nearest ORDER BY visit_id, days, id
), told AS (
  UPDATE healthrecords_appointment appointment SET kept_by_id = kept.visit_id
  FROM kept WHERE appointment.id = kept.id
)
SELECT count(*) FROM kept
"""


def note(batch: Batch, at: datetime) -> None:
    """Let the visits written at this moment tell who came that was sent or was to come again.

    As at a desk each visit answers one referral and keeps one appointment; who came twice answers
    the next one then, so what is left is looked at again. Whoever is waited for since this moment
    may be here already.
    """
    params = _params(batch, at)
    _tell(ARRIVED.format(came=CAME, by="%(by)s::uuid"), params)
    _tell(KEPT.format(came=CAME), params)
    _look_back(NOW, params)


def look_again(batch: Batch, at: datetime) -> None:
    """Let those who are waited for again, since a batch was undone, have come if they are here."""
    _look_back(EVER, _params(batch, at))


def _look_back(rows: str, params: dict[str, Any]) -> None:
    came = CAME_BEFORE.format(rows=rows, **SENT)
    _tell(ARRIVED.format(came=came, by="coalesce(visit.entered_by_id, %(by)s::uuid)"), params)
    _tell(KEPT.format(came=CAME_BEFORE.format(rows=rows, **TOLD)), params)


def _tell(statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        told = True
        while told:
            cursor.execute(statement, params)
            told = bool(cursor.fetchone()[0])


def _params(batch: Batch, at: datetime) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "at": at,
        "by": batch.sent_by_id,
        "zone": timezone.get_current_timezone_name(),
        "not_held": list(NOT_HELD),
        "minute": MINUTE,
        "early": EARLY.days,
        "late": LATE.days,
    }


def take_back(batch: Batch, at: datetime) -> None:
    """Let nobody have come by a visit that an undone batch withdrew."""
    written = StagedRow.objects.filter(batch=batch, written_at__isnull=False)
    targets = written.exclude(target_id=None).values("target_id")
    withdrawn = Visit.objects.filter(pk__in=targets, status=Visit.Status.WITHDRAWN)
    release(withdrawn, on=timezone.localdate(at))
