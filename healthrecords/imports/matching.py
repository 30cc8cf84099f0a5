"""Whom do the staged rows of a batch speak of? Sure, doubtful, or nobody known: in SQL, all at once.

The order is that of the exchange standard: the visit itself, the personal number with the date of
birth, the card's number with the date of birth; name, birth, sex and commune alone are for a person
to decide, and so is a number that is known under another name.
"""

from __future__ import annotations

from django.db import connection

from portal.intake.comparing import pending
from portal.intake.models import Batch

FORGET = """
UPDATE intake_stagedrow SET subject_id = NULL, candidates = '[]'
WHERE batch_id = %(batch)s AND written_at IS NULL AND decision <> 'wrong' AND ruling = ''
  AND (subject_id IS NOT NULL OR candidates <> '[]')
"""
# A few thousand rows at a time, named by their ids: the planner takes a whole batch for one row, and a
# plan for one row takes hours with a hundred thousand.
FIND = """
WITH said AS MATERIALIZED (
  SELECT id, "values" ->> 'MA_LK' AS episode, ("values" -> '@' ->> 'facility')::uuid AS facility,
    "values" -> '@' ->> 'name_norm' AS name_norm, ("values" -> '@' ->> 'birth')::date AS birth,
    "values" -> '@' ->> 'precision' AS precision, "values" -> '@' ->> 'sex' AS sex,
    "values" -> '@' ->> 'number_kind' AS number_kind, "values" -> '@' ->> 'number' AS number,
    "values" -> '@' ->> 'tail' AS tail, "values" -> 'MA_THE_BHYT' ->> 0 AS card,
    ("values" -> '@' ->> 'area')::uuid AS area
  FROM intake_stagedrow
  WHERE id = ANY(%(rows)s)
), hit AS (
  SELECT said.id, visit.citizen_id, 1 AS rank, 'visit' AS ground
  FROM said JOIN healthrecords_visit visit
    ON visit.facility_id = said.facility AND visit.episode_key = said.episode
  WHERE said.episode <> '' AND visit.episode_key <> ''
  UNION ALL
  SELECT said.id, number.citizen_id, 2, 'number'
  FROM said JOIN healthrecords_citizenidentifier number
    ON number.value = said.number AND number.kind = said.number_kind AND number.ended_on IS NULL
  WHERE said.number <> ''
  UNION ALL
  SELECT said.id, number.citizen_id, 3, 'card'
  FROM said JOIN healthrecords_citizenidentifier number
    ON number.value = said.tail AND number.kind = 'insurance_number' AND number.ended_on IS NULL
  WHERE said.tail <> ''
  UNION ALL
  SELECT said.id, number.citizen_id, 3, 'card'
  FROM said JOIN healthrecords_citizenidentifier number
    ON number.value = said.card AND number.kind = 'insurance_card' AND number.ended_on IS NULL
  WHERE said.card <> ''
  UNION ALL
  SELECT said.id, citizen.id, 4, 'likeness'
  FROM said JOIN healthrecords_citizen citizen
    ON citizen.name_norm = said.name_norm
    AND citizen.birth_date BETWEEN date_trunc('year', said.birth)::date
      AND (date_trunc('year', said.birth) + interval '1 year - 1 day')::date
    AND citizen.merged_into_id IS NULL
    AND (citizen.sex = said.sex OR 'unknown' IN (citizen.sex, said.sex))
    AND (said.area IS NULL OR citizen.area_id IS NULL OR citizen.area_id = said.area)
), compared AS (
  SELECT DISTINCT hit.id, coalesce(citizen.merged_into_id, citizen.id) AS citizen_id, rank, ground,
    citizen.name_norm = said.name_norm AS has_name,
    CASE WHEN 'year' IN (said.precision, citizen.birth_precision)
      THEN extract(year FROM said.birth) = extract(year FROM citizen.birth_date)
    WHEN 'month' IN (said.precision, citizen.birth_precision)
      THEN date_trunc('month', said.birth) = date_trunc('month', citizen.birth_date)
    ELSE said.birth = citizen.birth_date END AS has_birth
  FROM hit JOIN said USING (id) JOIN healthrecords_citizen citizen ON citizen.id = hit.citizen_id
), judged AS (
  SELECT id, citizen_id, rank, ground, rank < 4 AND has_name AND has_birth AS is_sure
  FROM compared WHERE rank < 4 OR has_birth
), sure AS (
  SELECT id, rank, count(DISTINCT citizen_id) AS people, min(citizen_id::text)::uuid AS citizen_id,
    row_number() OVER (PARTITION BY id ORDER BY rank) AS place
  FROM judged WHERE is_sure GROUP BY id, rank
), settled AS (
  SELECT id, citizen_id FROM sure WHERE place = 1 AND people = 1
), best AS (
  SELECT DISTINCT ON (judged.id, judged.citizen_id) judged.id, judged.citizen_id, rank, ground
  FROM judged LEFT JOIN settled USING (id) WHERE settled.id IS NULL
  ORDER BY judged.id, judged.citizen_id, rank
), doubtful AS (
  SELECT id, jsonb_agg(
    jsonb_build_object('id', citizen_id, 'ground', ground) ORDER BY rank, citizen_id
  ) AS candidates
  FROM best GROUP BY id
)
UPDATE intake_stagedrow staged
SET subject_id = settled.citizen_id, candidates = coalesce(doubtful.candidates, '[]')
FROM said LEFT JOIN settled USING (id) LEFT JOIN doubtful USING (id)
WHERE staged.id = said.id AND (settled.id IS NOT NULL OR doubtful.id IS NOT NULL)
"""
CHUNK = 2_000


def match(batch: Batch) -> None:
    """Set ``subject_id`` of rows whose person is sure, ``candidates`` where a person must decide."""
    unruled = pending(batch).filter(ruling="").order_by("number", "id")
    ids = list(unruled.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"batch": batch.pk})
        for start in range(0, len(ids), CHUNK):
            cursor.execute(FIND, {"rows": ids[start : start + CHUNK]})
