"""Whom do the rows of a list of people speak of? Sure, doubtful, or nobody known: in SQL, all at once.

In the order of the exchange standard, after the mark of an own export: the personal number with the date of birth, the card's number
with the date of birth, the sender's own code of an earlier list. Name, birth, sex and commune alone
are for a person to decide, and so is a number that is known under another name.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from healthrecords.imports.citizens.checks import SAME, hold_back
from portal.intake.comparing import array_of, keys_of, pending
from portal.intake.models import Batch
from portal.intake.own_marks import hold_unknown, in_sql

CHUNK = 5_000
# A few thousand rows at a time, named by their ids: the planner takes a whole batch for one row.
FIND = f"""
WITH said AS MATERIALIZED (
  SELECT id, ruling, key, {in_sql("MA_BN")} AS own, at ->> 'name_norm' COLLATE "C" AS name_norm,
    (at ->> 'birth')::date AS birth, at ->> 'precision' AS precision, at ->> 'sex' AS sex,
    at ->> 'number_kind' AS number_kind, at ->> 'number' AS number, at ->> 'tail' AS tail,
    "values" -> 'MA_THE_BHYT' ->> 0 AS card, (at ->> 'area')::uuid AS area
  FROM intake_stagedrow, LATERAL (SELECT "values" -> '@' AS at) person
  WHERE id = ANY(%(rows)s::uuid[]) AND key !~ '^='
), held AS (
  SELECT id, number_kind AS kind, number AS value, 2 AS rank, 'number' AS ground
  FROM said WHERE number <> ''
  UNION ALL SELECT id, 'insurance_number', tail, 3, 'card' FROM said WHERE tail <> ''
  UNION ALL SELECT id, 'insurance_card', card, 3, 'card' FROM said WHERE card <> ''
), hit AS (
  SELECT held.id, number.citizen_id, held.rank, held.ground
  FROM held JOIN healthrecords_citizenidentifier number
    ON number.value = held.value AND number.kind = held.kind AND number.ended_on IS NULL
  UNION ALL
  SELECT said.id, earlier.subject_id, 4, 'code'
  FROM said JOIN intake_batch sent
    ON sent.organisation_id = %(sender)s AND sent.kind = %(kind)s AND sent.id <> %(batch)s
    AND sent.written_at IS NOT NULL
  JOIN intake_stagedrow earlier ON earlier.batch_id = sent.id AND earlier.key = said.key
    AND earlier.written_at IS NOT NULL AND earlier.subject_id IS NOT NULL
  UNION ALL
  SELECT said.id, citizen.id, 1, 'own'
  FROM said JOIN healthrecords_citizen citizen ON citizen.id = said.own
  UNION ALL
  SELECT said.id, citizen.id, 5, 'likeness'
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
  SELECT hit.id, coalesce(citizen.merged_into_id, citizen.id) AS citizen_id, rank, ground,
    citizen.name_norm = said.name_norm AS has_name,
    CASE WHEN 'year' IN (said.precision, citizen.birth_precision)
      THEN extract(year FROM said.birth) = extract(year FROM citizen.birth_date)
    WHEN 'month' IN (said.precision, citizen.birth_precision)
      THEN date_trunc('month', said.birth) = date_trunc('month', citizen.birth_date)
    ELSE said.birth = citizen.birth_date END AS has_birth
  FROM meant hit JOIN said ON said.id = hit.id
  JOIN healthrecords_citizen citizen ON citizen.id = hit.named_id
  -- Who was withdrawn with a list is nobody's twin, but the same row brings them back.
  WHERE rank IN (1, 4) OR citizen.withdrawn_at IS NULL
), judged AS (
  -- A mark or the sender's own code bears the correction of a name or of a birth, not of both at once.
  SELECT *, CASE WHEN rank IN (1, 4) THEN has_name OR has_birth
    ELSE rank < 4 AND has_name AND has_birth END AS agrees
  FROM compared WHERE rank < 5 OR has_birth
), ranked AS (
  SELECT *, min(rank) FILTER (WHERE agrees) OVER (PARTITION BY id) AS surest FROM judged
), by_person AS (
  SELECT id, citizen_id, min(rank) AS rank, (array_agg(ground ORDER BY rank))[1] AS ground,
    coalesce(bool_or(agrees AND rank = surest), false) AS is_sure
  FROM ranked GROUP BY id, citizen_id
  UNION ALL SELECT id, NULL, NULL, NULL, false FROM said
), found AS (
  SELECT id,
    CASE WHEN count(*) FILTER (WHERE is_sure) = 1
      THEN (array_agg(citizen_id) FILTER (WHERE is_sure))[1] END AS subject_id,
    CASE WHEN count(*) FILTER (WHERE is_sure) = 1 THEN '[]' ELSE coalesce(
      jsonb_agg(jsonb_build_object('id', citizen_id, 'ground', ground) ORDER BY rank, citizen_id)
        FILTER (WHERE citizen_id IS NOT NULL), '[]'
    ) END AS candidates
  FROM by_person GROUP BY id
)
UPDATE intake_stagedrow staged
SET subject_id = found.subject_id, candidates = found.candidates
FROM found
WHERE staged.id = found.id AND ruling = '' AND (
  staged.subject_id IS DISTINCT FROM found.subject_id OR staged.candidates <> found.candidates
)
"""  # noqa: S608  (the expression is one of our own)


def match(batch: Batch) -> None:
    """Set the person where sure, the candidates where not; hold back who is met twice."""
    ids = keys_of(pending(batch))
    params: dict[str, Any] = {
        "batch": batch.pk,
        "sender": batch.organisation_id,
        "kind": batch.kind,
    }
    with connection.cursor() as cursor:
        for start in range(0, len(ids), CHUNK):
            cursor.execute(FIND, {**params, "rows": array_of(ids[start : start + CHUNK])})
    hold_unknown(batch, "MA_BN", "subject_id IS NULL AND candidates = '[]'")
    hold_back(batch, SAME)
