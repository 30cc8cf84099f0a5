"""Whom do the staged rows of a batch speak of? Sure, doubtful, or nobody known: in SQL, all at once.

The order is that of the exchange standard: the visit itself, the personal number with the date of
birth, the card's number with the date of birth; name, birth, sex and commune alone are for a person
to decide, and so is a number that is known under another name.
"""

from __future__ import annotations

from django.db import connection

from portal.intake.models import Batch

# A table of its own, with statistics: the planner takes a batch it knows nothing of for one row, and a
# plan for one row takes hours with a hundred thousand.
SAID = """
CREATE TEMPORARY TABLE said ON COMMIT DROP AS
SELECT id, ruling, "values" ->> 'MA_LK' AS episode, (at ->> 'facility')::uuid AS facility,
  at ->> 'name_norm' COLLATE "C" AS name_norm, (at ->> 'birth')::date AS birth,
  at ->> 'precision' AS precision, at ->> 'sex' AS sex, at ->> 'number_kind' AS number_kind,
  at ->> 'number' AS number, at ->> 'tail' AS tail, "values" -> 'MA_THE_BHYT' ->> 0 AS card,
  (at ->> 'area')::uuid AS area
FROM intake_stagedrow, LATERAL (SELECT "values" -> '@' AS at) person
WHERE batch_id = %(batch)s AND written_at IS NULL AND decision <> 'wrong'
"""
HIT = """
CREATE TEMPORARY TABLE hit ON COMMIT DROP AS
SELECT said.id, visit.citizen_id, visit.id AS visit_id, 1 AS rank, 'visit' AS ground
FROM said JOIN healthrecords_visit visit
  ON visit.facility_id = said.facility AND visit.episode_key = said.episode
WHERE said.episode <> '' AND visit.episode_key <> ''
UNION ALL
SELECT held.id, number.citizen_id, NULL, held.rank, held.ground
FROM (
  SELECT id, number_kind AS kind, number AS value, 2 AS rank, 'number' AS ground
  FROM said WHERE number <> ''
  UNION ALL SELECT id, 'insurance_number', tail, 3, 'card' FROM said WHERE tail <> ''
  UNION ALL SELECT id, 'insurance_card', card, 3, 'card' FROM said WHERE card <> ''
) held JOIN healthrecords_citizenidentifier number
  ON number.value = held.value AND number.kind = held.kind AND number.ended_on IS NULL
UNION ALL
SELECT said.id, citizen.id, NULL, 4, 'likeness'
FROM said JOIN healthrecords_citizen citizen
  ON citizen.name_norm = said.name_norm
  AND citizen.birth_date BETWEEN date_trunc('year', said.birth)::date
    AND (date_trunc('year', said.birth) + interval '1 year - 1 day')::date
  AND citizen.merged_into_id IS NULL AND citizen.withdrawn_at IS NULL
  AND (citizen.sex = said.sex OR 'unknown' IN (citizen.sex, said.sex))
  AND (said.area IS NULL OR citizen.area_id IS NULL OR citizen.area_id = said.area)
"""
FIND = """
WITH compared AS (
  SELECT hit.id, coalesce(citizen.merged_into_id, citizen.id) AS citizen_id, visit_id, rank, ground,
    citizen.name_norm = said.name_norm AS has_name,
    CASE WHEN 'year' IN (said.precision, citizen.birth_precision)
      THEN extract(year FROM said.birth) = extract(year FROM citizen.birth_date)
    WHEN 'month' IN (said.precision, citizen.birth_precision)
      THEN date_trunc('month', said.birth) = date_trunc('month', citizen.birth_date)
    ELSE said.birth = citizen.birth_date END AS has_birth
  FROM hit JOIN said USING (id) JOIN healthrecords_citizen citizen ON citizen.id = hit.citizen_id
  -- Who was withdrawn with a file is nobody's twin, but the same visit brings them back.
  WHERE rank = 1 OR citizen.withdrawn_at IS NULL
), judged AS (
  SELECT *, min(rank) FILTER (WHERE rank < 4 AND has_name AND has_birth)
    OVER (PARTITION BY id) AS surest
  FROM compared WHERE rank < 4 OR has_birth
), by_person AS (
  SELECT id, citizen_id, min(rank) AS rank, (array_agg(ground ORDER BY rank))[1] AS ground,
    (array_agg(visit_id ORDER BY rank))[1] AS visit_id,
    coalesce(bool_or(rank = surest AND has_name AND has_birth), false) AS is_sure
  FROM judged GROUP BY id, citizen_id
), by_row AS (
  SELECT id, (array_agg(visit_id) FILTER (WHERE visit_id IS NOT NULL))[1] AS target_id,
    CASE WHEN count(*) FILTER (WHERE is_sure) = 1
      THEN (array_agg(citizen_id) FILTER (WHERE is_sure))[1] END AS subject_id,
    jsonb_agg(
      jsonb_build_object('id', citizen_id, 'ground', ground) ORDER BY rank, citizen_id
    ) AS candidates
  FROM by_person GROUP BY id
), found AS (
  SELECT said.id, said.ruling, by_row.subject_id, by_row.target_id,
    CASE WHEN by_row.subject_id IS NULL THEN coalesce(by_row.candidates, '[]') ELSE '[]' END
      AS candidates
  FROM said LEFT JOIN by_row USING (id)
)
UPDATE intake_stagedrow staged
SET target_id = found.target_id,
  subject_id = CASE WHEN found.ruling = '' THEN found.subject_id ELSE staged.subject_id END,
  candidates = CASE WHEN found.ruling = '' THEN found.candidates ELSE staged.candidates END
FROM found
WHERE staged.id = found.id AND (
  staged.target_id IS DISTINCT FROM found.target_id
  OR (found.ruling = '' AND (
    staged.subject_id IS DISTINCT FROM found.subject_id OR staged.candidates <> found.candidates
  ))
)
"""


def match(batch: Batch) -> None:
    """Set the visit of rows that have one, the person where sure, the candidates where not."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.said, pg_temp.hit")
        cursor.execute(SAID, {"batch": batch.pk})
        cursor.execute("ANALYZE said")
        cursor.execute(HIT)
        cursor.execute("ANALYZE hit")
        cursor.execute(FIND)
        cursor.execute("DROP TABLE pg_temp.said, pg_temp.hit")
