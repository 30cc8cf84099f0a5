"""Bring the care of people whose records were parted to what their visits give.

A place where both were seen while they were one record had one ground for both, and it stayed with
one of them. Whoever has a visit, a referral or a day of return at a place has a ground there. Care
that began on the day of a visit which is the other one's, where the person was never seen nor
registered, ends. Care that was written otherwise stays as it was.
"""

from django.conf import settings
from django.db import migrations

HELD = "visit.status NOT IN ('withdrawn', 'cancelled')"
DAY = f"({{}} AT TIME ZONE '{settings.TIME_ZONE}')::date"
CAME_ON = DAY.format("coalesce(visit.entered_at, visit.started_at)")
TODAY = DAY.format("now()")
PARTED = """
  SELECT id, survivor_id AS one, merged_id AS other FROM healthrecords_citizenmerge
  WHERE undone_at IS NOT NULL
  UNION ALL
  SELECT id, merged_id, survivor_id FROM healthrecords_citizenmerge WHERE undone_at IS NOT NULL
"""
GIVEN = f"""
WITH parted AS ({PARTED}), given AS (
  SELECT visit.citizen_id, visit.facility_id AS place, 'visit' AS ground, {CAME_ON} AS since,
    NULL::date AS until
  FROM healthrecords_visit visit WHERE {HELD}
  UNION ALL
  SELECT waiting.citizen_id, waiting.facility_id, 'appointment', {DAY.format("waiting.made_at")},
    waiting."on" + 30
  FROM healthrecords_appointment waiting JOIN healthrecords_visit visit ON visit.id = waiting.visit_id
  WHERE {HELD} AND waiting.cancelled_at IS NULL
  UNION ALL
  SELECT sent.citizen_id, sent.to_facility_id, 'referral', {DAY.format("sent.sent_at")},
    CASE WHEN sent.arrived_at IS NULL THEN sent.valid_until END
  FROM healthrecords_referral sent JOIN healthrecords_visit visit ON visit.id = sent.visit_id
  JOIN healthrecords_document paper ON paper.id = sent.document_id
  WHERE {HELD} AND paper.cancelled_at IS NULL AND sent.to_facility_id IS NOT NULL
)
INSERT INTO healthrecords_carerelation AS care
  (id, citizen_id, organisation_id, ground, since, until)
SELECT public.mach_uuid7(), citizen_id, place, ground, min(since),
  CASE WHEN bool_and(until IS NOT NULL) THEN max(until) END
FROM given
WHERE citizen_id IN (SELECT one FROM parted) AND (until IS NULL OR until >= {TODAY})
GROUP BY citizen_id, place, ground
ON CONFLICT (citizen_id, organisation_id, ground) DO UPDATE SET
  until = CASE WHEN EXCLUDED.until IS NOT NULL THEN greatest(care.until, EXCLUDED.until) END
WHERE care.until IS NOT NULL AND (EXCLUDED.until IS NULL OR EXCLUDED.until > care.until)
"""
ASTRAY = f"""
WITH parted AS ({PARTED})
UPDATE healthrecords_carerelation care SET until = {TODAY} - 1
FROM healthrecords_citizen citizen
WHERE citizen.id = care.citizen_id AND care.ground = 'visit' AND care.until IS NULL
  AND citizen.registered_at_id IS DISTINCT FROM care.organisation_id
  AND NOT EXISTS (
    SELECT FROM healthrecords_visit visit
    WHERE visit.citizen_id = care.citizen_id AND visit.facility_id = care.organisation_id AND {HELD}
  ) AND EXISTS (
    SELECT FROM parted JOIN healthrecords_visit visit ON visit.citizen_id = parted.other
    WHERE parted.one = care.citizen_id AND visit.facility_id = care.organisation_id
      AND visit.id > parted.id AND {HELD}
      AND care.since IN ({CAME_ON}, {DAY.format("visit.started_at")})
  )
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0055_slips_make_appointments")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GIVEN, ASTRAY)]
