"""Whom do the staged rows of a batch speak of? Sure, doubtful, or nobody known: in SQL, all at once.

The order is that of the exchange standard: the visit itself, the personal number with the date of
birth, the card's number with the date of birth, the facility's own patient number as its files wrote it
before; name, birth, sex and commune alone are for a person to decide, and so is a number that is known
under another name, or a patient number of somebody of the other sex or with another personal number.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from portal.intake.comparing import array_of, keys_of, pending
from portal.intake.models import Batch
from portal.intake.own_marks import in_sql

CHUNK = 20_000
PATIENTS_AT_MOST = 5  # of the last visits under one patient number
# A few thousand rows at a time, named by their ids: the planner takes a whole batch for one row, and a
# plan for one row takes hours with a hundred thousand. What is said travels with each hit, so that
# nothing whose size is a guess is joined with anything but a key.
FIND = f"""
WITH said AS MATERIALIZED (
  SELECT id, ruling, "values" ->> 'MA_LK' AS episode, {in_sql("MA_LK")} AS own, (at ->> 'facility')::uuid AS facility,
    at ->> 'name_norm' COLLATE "C" AS name_norm, (at ->> 'birth')::date AS birth,
    at ->> 'precision' AS precision, at ->> 'sex' AS sex, at ->> 'number_kind' AS number_kind,
    at ->> 'number' AS number, at ->> 'tail' AS tail, "values" -> 'MA_THE_BHYT' ->> 0 AS card,
    (at ->> 'area')::uuid AS area, at ->> 'facility' AS place, "values" ->> 'MA_BN' AS patient
  FROM intake_stagedrow, LATERAL (SELECT "values" -> '@' AS at) person
  WHERE id = ANY(%(rows)s::uuid[])
), held AS (
  SELECT id, name_norm, birth, precision, number_kind AS kind, number AS value, 2 AS rank,
    'number' AS ground FROM said WHERE number <> ''
  UNION ALL
  SELECT id, name_norm, birth, precision, 'insurance_number', tail, 3, 'card'
  FROM said WHERE tail <> ''
  UNION ALL
  SELECT id, name_norm, birth, precision, 'insurance_card', card, 3, 'card'
  FROM said WHERE card <> ''
), hit AS (
  SELECT said.id, said.name_norm, said.birth, said.precision, visit.citizen_id,
    visit.id AS visit_id, 1 AS rank, 'visit' AS ground, NULL AS sex, NULL AS number_kind, NULL AS number
  FROM said JOIN healthrecords_visit visit
    ON visit.facility_id = said.facility AND visit.episode_key = said.episode
  WHERE said.episode <> '' AND visit.episode_key <> ''
  UNION ALL
  SELECT said.id, said.name_norm, said.birth, said.precision, visit.citizen_id, visit.id, 1, 'visit',
    NULL, NULL, NULL
  FROM said JOIN healthrecords_visit visit ON visit.id = said.own
  JOIN places_organisation place ON place.id = visit.facility_id
    AND left(place.path, length(%(sender)s)) = %(sender)s
  WHERE said.own IS NOT NULL
  UNION ALL
  SELECT held.id, held.name_norm, held.birth, held.precision, number.citizen_id, NULL, held.rank,
    held.ground, NULL, NULL, NULL
  FROM held JOIN healthrecords_citizenidentifier number
    ON number.value = held.value AND number.kind = held.kind AND number.ended_on IS NULL
  UNION ALL
  SELECT DISTINCT said.id, said.name_norm, said.birth, said.precision, visit.citizen_id, NULL::uuid, 4,
    'patient', said.sex, said.number_kind, said.number
  FROM said, LATERAL (
    SELECT earlier.target_id FROM intake_stagedrow earlier
    WHERE earlier."values" -> '@' ->> 'facility' = said.place
      AND earlier."values" ->> 'MA_BN' = said.patient AND earlier."values" ->> 'MA_BN' <> ''
      AND earlier.written_at IS NOT NULL AND earlier.target_id IS NOT NULL
    ORDER BY earlier.id DESC LIMIT {PATIENTS_AT_MOST}
  ) last JOIN healthrecords_visit visit ON visit.id = last.target_id AND visit.status <> 'withdrawn'
  WHERE said.patient <> ''
  UNION ALL
  SELECT said.id, said.name_norm, said.birth, said.precision, citizen.id, NULL, 5, 'likeness',
    NULL, NULL, NULL
  FROM said JOIN healthrecords_citizen citizen
    ON citizen.name_norm = said.name_norm
    AND citizen.birth_date BETWEEN date_trunc('year', said.birth)::date
      AND (date_trunc('year', said.birth) + interval '1 year - 1 day')::date
    AND citizen.merged_into_id IS NULL AND citizen.withdrawn_at IS NULL
    AND (citizen.sex = said.sex OR 'unknown' IN (citizen.sex, said.sex))
    AND (said.area IS NULL OR citizen.area_id IS NULL OR citizen.area_id = said.area)
), meant AS (
  -- A record that was joined with another one goes by the names of both.
  SELECT *, citizen_id AS named_id FROM hit
  UNION ALL SELECT hit.*, joined.id
  FROM hit JOIN healthrecords_citizen joined ON joined.merged_into_id = hit.citizen_id
), compared AS (
  SELECT hit.id, coalesce(citizen.merged_into_id, citizen.id) AS citizen_id, visit_id, rank, ground,
    citizen.name_norm = hit.name_norm AS has_name,
    CASE WHEN 'year' IN (hit.precision, citizen.birth_precision)
      THEN extract(year FROM hit.birth) = extract(year FROM citizen.birth_date)
    WHEN 'month' IN (hit.precision, citizen.birth_precision)
      THEN date_trunc('month', hit.birth) = date_trunc('month', citizen.birth_date)
    ELSE hit.birth = citizen.birth_date END AS has_birth,
    -- Twins come under the number of their mother, and a number may be given out a second time.
    rank <> 4 OR (
      hit.sex = citizen.sex OR hit.sex IN ('', 'unknown') OR citizen.sex IN ('', 'unknown')
    ) AND NOT EXISTS (
      SELECT FROM healthrecords_citizenidentifier other
      WHERE other.citizen_id = coalesce(citizen.merged_into_id, citizen.id)
        AND other.kind = hit.number_kind AND other.value <> hit.number AND other.ended_on IS NULL
    ) AS agrees
  FROM meant hit JOIN healthrecords_citizen citizen ON citizen.id = hit.named_id
  -- Who was withdrawn with a file is nobody's twin, but the same visit brings them back.
  WHERE rank = 1 OR citizen.withdrawn_at IS NULL
), judged AS (
  SELECT *, min(rank) FILTER (WHERE rank < 5 AND has_name AND has_birth AND agrees)
    OVER (PARTITION BY id) AS surest
  -- Under a number that a facility writes for everybody stand people who share neither name nor birth.
  FROM compared WHERE rank < 4 OR has_birth OR (rank = 4 AND has_name)
), by_person AS (
  SELECT id, citizen_id, min(rank) AS rank, (array_agg(ground ORDER BY rank))[1] AS ground,
    (array_agg(visit_id ORDER BY rank))[1] AS visit_id,
    coalesce(bool_or(rank = surest AND has_name AND has_birth AND agrees), false) AS is_sure
  FROM judged GROUP BY id, citizen_id
  UNION ALL SELECT id, NULL, NULL, NULL, NULL, false FROM said
), found AS (
  SELECT id, (array_agg(visit_id) FILTER (WHERE visit_id IS NOT NULL))[1] AS target_id,
    CASE WHEN count(*) FILTER (WHERE is_sure) = 1
      THEN (array_agg(citizen_id) FILTER (WHERE is_sure))[1] END AS subject_id,
    CASE WHEN count(*) FILTER (WHERE is_sure) = 1 THEN '[]' ELSE coalesce(
      jsonb_agg(jsonb_build_object('id', citizen_id, 'ground', ground) ORDER BY rank, citizen_id)
        FILTER (WHERE citizen_id IS NOT NULL), '[]'
    ) END AS candidates
  FROM by_person GROUP BY id
)
UPDATE intake_stagedrow staged
SET target_id = found.target_id,
  subject_id = CASE WHEN ruling = '' THEN found.subject_id ELSE staged.subject_id END,
  candidates = CASE WHEN ruling = '' THEN found.candidates ELSE staged.candidates END
FROM found
WHERE staged.id = found.id AND (
  staged.target_id IS DISTINCT FROM found.target_id
  OR (ruling = '' AND (
    staged.subject_id IS DISTINCT FROM found.subject_id OR staged.candidates <> found.candidates
  ))
)
"""


# Since a batch was matched, which of its rows may be about people or visits that changed? History
# knows who changed; whoever had a name, a number or a visit before or after is asked for again.
SINCE = " WHERE pgh_xid >= %(since)s::text::xid8"
CHANGED = f"""
SELECT (SELECT count(*) FROM (SELECT FROM healthrecords_citizenhistory{SINCE} LIMIT %(most)s) c)
  + (SELECT count(*) FROM (SELECT FROM healthrecords_citizenidentifierhistory{SINCE} LIMIT %(most)s) n)
  + (SELECT count(*) FROM (SELECT FROM healthrecords_visithistory{SINCE} LIMIT %(most)s) v)
"""
TOUCHED = f"""
WITH person AS MATERIALIZED (
  SELECT id FROM healthrecords_citizenhistory{SINCE}
  UNION SELECT citizen_id FROM healthrecords_citizenidentifierhistory{SINCE}
), name AS MATERIALIZED (
  SELECT name_norm AS said FROM healthrecords_citizen WHERE id IN (SELECT id FROM person)
  UNION SELECT public.mach_name_norm(name) FROM healthrecords_citizenhistory{SINCE}
), number AS MATERIALIZED (
  SELECT value AS said FROM healthrecords_citizenidentifier
    WHERE citizen_id IN (SELECT id FROM person)
  UNION SELECT value FROM healthrecords_citizenidentifierhistory{SINCE}
), patient AS MATERIALIZED (
  SELECT "values" ->> 'MA_BN' AS said FROM intake_stagedrow
    WHERE id IN (SELECT id FROM healthrecords_visithistory{SINCE})
), episode AS MATERIALIZED (
  SELECT episode_key AS said FROM healthrecords_visithistory{SINCE} AND episode_key <> ''
  UNION SELECT 'MACH-' || replace(id::text, '-', '') FROM healthrecords_visithistory{SINCE}
)
SELECT staged.id::text FROM intake_stagedrow staged, LATERAL (SELECT "values" -> '@' AS at) person
WHERE batch_id = %(batch)s AND written_at IS NULL AND decision <> 'wrong' AND (
  at ->> 'name_norm' IN (SELECT said FROM name)
  OR at ->> 'number' IN (SELECT said FROM number)
  OR at ->> 'tail' IN (SELECT said FROM number)
  OR "values" -> 'MA_THE_BHYT' ->> 0 IN (SELECT said FROM number)
  OR "values" ->> 'MA_BN' IN (SELECT said FROM patient)
  OR "values" ->> 'MA_LK' IN (SELECT said FROM episode)
)
ORDER BY number, staged.id
"""
CHANGES_AT_MOST = 5_000


def match(batch: Batch) -> None:
    """Set the visit of rows that have one, the person where sure, the candidates where not.

    A batch that was matched before looks only at rows that the changes since then may concern.
    """
    with connection.cursor() as cursor:
        ids = _touched(cursor, batch) if batch.state == Batch.State.CONFIRMED else None
        if ids is None:
            ids = keys_of(pending(batch))
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        (batch.matched_before,) = cursor.fetchone()
        for start in range(0, len(ids), CHUNK):
            rows = array_of(ids[start : start + CHUNK])
            cursor.execute(FIND, {"rows": rows, "sender": batch.organisation.path})


def _touched(cursor: Any, batch: Batch) -> list[str] | None:
    """Return the rows to match again; None when too much has changed to tell them apart."""
    if batch.matched_before is None:
        return None
    words = {"since": batch.matched_before, "most": CHANGES_AT_MOST, "batch": batch.pk}
    cursor.execute(CHANGED, words)
    (changes,) = cursor.fetchone()
    if changes >= CHANGES_AT_MOST:
        return None
    if not changes:
        return []
    cursor.execute(TOUCHED, words)
    return [row_id for (row_id,) in cursor.fetchall()]
