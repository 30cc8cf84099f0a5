"""Who is waited for by what a file says: sent on to another place, or to come again on a day?

Found set-based once a batch is written; what a referral or a visit at the desk does at once
(services.referrals, services.appointments). An undone batch takes it back.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from healthrecords.models import Referral
from healthrecords.querysets import NOT_HELD
from healthrecords.services.appointments import LATE
from healthrecords.services.receiving import end_ground
from portal.intake.models import Batch, StagedRow

WRITTEN = """staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL
  AND staged.target_id IS NOT NULL"""
# As services.access.care_for: one that ended begins again, one that holds is lengthened.
CARE = """
INSERT INTO healthrecords_carerelation AS care
  (id, citizen_id, organisation_id, ground, since, until)
SELECT public.mach_uuid7(), citizen_id, place, %(ground)s, min(since),
  CASE WHEN bool_and(until IS NOT NULL) THEN max(until) END
FROM ({given}) given
GROUP BY citizen_id, place
ON CONFLICT (citizen_id, organisation_id, ground) DO UPDATE SET
  since = CASE WHEN care.until < EXCLUDED.since THEN EXCLUDED.since ELSE care.since END,
  until = CASE WHEN EXCLUDED.until IS NOT NULL THEN greatest(care.until, EXCLUDED.until) END
WHERE care.until IS NOT NULL
"""
JUST_WRITTEN = """
FROM intake_stagedrow staged JOIN healthrecords_visit visit ON visit.id = staged.target_id
"""
AT_ONCE = "staged.batch_id = %(batch)s AND staged.written_at = %(at)s"
# Where the person has come the way stays open: how long care lasts is not known.
SENT_ON = f"""
SELECT referral.citizen_id, referral.to_facility_id AS place,
  (referral.sent_at AT TIME ZONE %(zone)s)::date AS since,
  CASE WHEN referral.arrived_at IS NULL AND referral.valid_until IS NOT NULL
    THEN greatest(referral.valid_until, (referral.sent_at AT TIME ZONE %(zone)s)::date) END AS until
{JUST_WRITTEN} JOIN healthrecords_referral referral ON referral.visit_id = visit.id
JOIN healthrecords_document paper ON paper.id = referral.document_id
WHERE {{rows}} AND visit.status <> ALL(%(not_held)s) AND referral.to_facility_id IS NOT NULL
  AND paper.origin = 'file' AND paper.cancelled_at IS NULL
"""
# The day that the visit names, else the earliest on its slips, with its class: of those that everybody
# sees and of those that are protected (a slip is never more open than its visit).
WANTED = """(
  SELECT visit.next_visit_on AS day, visit.sensitivity AS class
  WHERE visit.status = 'finished' AND visit.next_visit_on IS NOT NULL
  UNION ALL
  (SELECT DISTINCT ON (slip.day) slip.day, slip.class FROM (
    SELECT DISTINCT ON (paper.sensitivity <> '') (paper.content ->> 'on')::date AS day,
      paper.sensitivity AS class
    FROM healthrecords_document paper
    WHERE paper.visit_id = visit.id AND paper.kind = 'revisit' AND paper.cancelled_at IS NULL
      AND paper.content ->> 'on' <> ''
      AND visit.status = 'finished' AND visit.next_visit_on IS NULL
    ORDER BY paper.sensitivity <> '', (paper.content ->> 'on')::date
  ) slip
  ORDER BY slip.day, slip.class <> '')
) wanted"""
NO_OTHER = """NOT EXISTS (
  SELECT FROM healthrecords_appointment other
  WHERE other.visit_id = visit.id AND other.cancelled_at IS NULL
    AND (other."on" = wanted.day OR (other.sensitivity <> '') = (wanted.class <> ''))
)"""
LET_GO = f"""
UPDATE healthrecords_appointment appointment SET cancelled_at = %(at)s, kept_by_id = NULL
{JUST_WRITTEN}
WHERE {{rows}} AND appointment.visit_id = visit.id AND appointment.cancelled_at IS NULL
  AND (appointment.kept_by_id IS NULL OR visit.status = 'withdrawn')
  AND NOT EXISTS (SELECT FROM {WANTED} WHERE wanted.day = appointment."on")
"""
RECLASS = f"""
UPDATE healthrecords_appointment appointment SET sensitivity = wanted.class
{JUST_WRITTEN} CROSS JOIN LATERAL {WANTED}
WHERE {{rows}} AND appointment.visit_id = visit.id AND appointment.cancelled_at IS NULL
  AND appointment."on" = wanted.day AND appointment.sensitivity <> wanted.class
"""
STAND_AGAIN = f"""
UPDATE healthrecords_appointment appointment SET cancelled_at = NULL
{JUST_WRITTEN} CROSS JOIN LATERAL {WANTED}
WHERE {WRITTEN} AND appointment.visit_id = visit.id AND appointment."on" = wanted.day
  AND appointment.cancelled_at = staged.written_at AND {NO_OTHER}
"""
APPOINT = f"""
INSERT INTO healthrecords_appointment
  (id, visit_id, citizen_id, facility_id, sensitivity, "on", reason, made_at)
SELECT public.mach_uuid7(), visit.id, visit.citizen_id, visit.facility_id, wanted.class,
  wanted.day, left(visit.reason, 300), %(at)s
{JUST_WRITTEN} CROSS JOIN LATERAL {WANTED}
WHERE {AT_ONCE} AND {NO_OTHER}
"""
TO_COME = f"""
SELECT visit.citizen_id, visit.facility_id AS place,
  (visit.started_at AT TIME ZONE %(zone)s)::date AS since, wanted.day + %(late)s AS until
{JUST_WRITTEN} CROSS JOIN LATERAL {WANTED} WHERE {AT_ONCE}
"""
# The way stays open as long as the last day that the person is still waited for gives it.
NOT_TO_COME = f"""
UPDATE healthrecords_carerelation care SET until = given.until
FROM (
  SELECT given.id, greatest(%(on)s, given.since, max(waiting."on") + %(late)s) AS until
  FROM healthrecords_carerelation given LEFT JOIN healthrecords_appointment waiting
    ON waiting.citizen_id = given.citizen_id AND waiting.facility_id = given.organisation_id
    AND waiting.cancelled_at IS NULL
  WHERE given.ground = 'appointment' AND (given.citizen_id, given.organisation_id) IN (
    SELECT visit.citizen_id, visit.facility_id {JUST_WRITTEN} WHERE {WRITTEN}
  )
  GROUP BY given.id
) given
WHERE care.id = given.id AND (care.until IS NULL OR care.until > given.until)
"""


def _common(batch: Batch, at: datetime) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "at": at,
        "zone": timezone.get_current_timezone_name(),
        "not_held": list(NOT_HELD),
        "late": LATE.days,
    }


def note(batch: Batch, at: datetime) -> None:
    """Let referrals written at this moment open the way where they go, and days of return be kept."""
    said = _common(batch, at)
    with connection.cursor() as cursor:
        cursor.execute(
            CARE.format(given=SENT_ON.format(rows=AT_ONCE)), {**said, "ground": "referral"}
        )
        cursor.execute(LET_GO.format(rows=AT_ONCE), said)
        cursor.execute(RECLASS.format(rows=AT_ONCE), said)
        cursor.execute(APPOINT, said)
        cursor.execute(CARE.format(given=TO_COME), {**said, "ground": "appointment"})


def take_back(batch: Batch, at: datetime) -> None:
    """Close the ways that papers of an undone batch opened, and let nobody be waited for by it."""
    on = timezone.localdate(at)
    written = StagedRow.objects.filter(batch=batch, written_at__isnull=False)
    visits = written.exclude(target_id=None).values("target_id")
    close_ways(Referral.objects.filter(visit__in=visits, document__origin="file"), on)
    said: dict[str, Any] = {**_common(batch, at), "on": on}
    with connection.cursor() as cursor:
        # A paper that the file had left out stands again, and so does the way it opened.
        given = SENT_ON.format(rows=WRITTEN)
        cursor.execute(CARE.format(given=given), {**said, "ground": "referral"})
        cursor.execute(LET_GO.format(rows=WRITTEN), said)
        cursor.execute(STAND_AGAIN, said)
        cursor.execute(RECLASS.format(rows=WRITTEN), said)
        cursor.execute(NOT_TO_COME, said)


def close_ways(referrals: Any, on: date) -> None:
    """Take back the ground that referrals gave, as far as no other one goes on giving it.

    Nobody has come by a paper that was taken back; an answer stays with the arrival it speaks of.
    """
    keys = list(referrals.values_list("pk", flat=True))
    gone = Referral.objects.filter(document__cancelled_at__isnull=False, answered_at=None)
    gone.filter(pk__in=keys).update(arrived_at=None, arrived_by=None, arrived_visit=None)
    if keys:
        end_ground(keys, on=on)
