"""Insurance as files say it: cards for a time and the care that hangs on them, written and given back.

Set-based statements on the rows of a batch; ``around`` executes them.
"""

from __future__ import annotations

from healthrecords.imports.altered import ALTERED, KEEP, WRITTEN
from healthrecords.imports.since import confirmed

# Twelve digits are the personal number, which may stand for the card's since 2025 (not compared with the law).
CARD = r"^(([A-Z]{2}[1-5]\d{2})?\d{10}|\d{12})$"
# Of one card from one day the last row of the file is kept; what somebody typed is only completed.
# What a card that was here said before is kept with the row that altered it. What is new to a known
# person is the file's word, what it says otherwise waits; a protected row says nothing (ADR 0024).
# Nobody knows how many cards a file brings: what was brought and what was written are joined by
# hashing, and what is looked up of each is fenced by OFFSET 0.
COVERAGE = f"""
WITH brought AS (
SELECT DISTINCT ON (staged.subject_id, card.number, said.first)
  staged.id AS row, staged.subject_id, card.number, staged.sensitivity = '' AS may_speak,
  staged.makes_subject, coalesce((staged.values #>> '{{@,facility}}')::uuid, %(place)s) AS sender,
  CASE WHEN length(card.number) = 15 THEN substr(card.number, 3, 1) ELSE '' END AS benefit,
  coalesce(said.code, '') AS code, place.organisation_id AS place, said.first,
  CASE WHEN said.first IS NULL OR said.last >= said.first THEN said.last END AS last,
  nullif(staged.values ->> 'NAM_NAM_LIEN_TUC', '')::date AS five_years_on
FROM intake_stagedrow staged
CROSS JOIN LATERAL jsonb_array_elements_text(
  CASE jsonb_typeof(staged.values -> 'MA_THE_BHYT')
    WHEN 'array' THEN staged.values -> 'MA_THE_BHYT' ELSE '[]' END
) WITH ORDINALITY card (number, at)
CROSS JOIN LATERAL (SELECT
  nullif(staged.values -> 'GT_THE_TU' ->> (card.at::int - 1), '')::date AS first,
  nullif(staged.values -> 'GT_THE_DEN' ->> (card.at::int - 1), '')::date AS last,
  nullif(left(staged.values -> 'MA_DKBD' ->> (card.at::int - 1), 5), '') AS code
) said
LEFT JOIN LATERAL (SELECT held.organisation_id FROM places_organisationidentifier held
  WHERE held.scheme = 'insurance' AND held.value = said.code
    AND held.valid_from <= %(on)s AND (held.valid_until IS NULL OR held.valid_until >= %(on)s::date)
  LIMIT 1) place ON true
WHERE {WRITTEN} AND card.number ~ %(card)s
  AND (said.first IS NOT NULL OR said.last IS NOT NULL OR said.code IS NOT NULL)
ORDER BY staged.subject_id, card.number, said.first, staged.number DESC
), written AS (
INSERT INTO healthrecords_coverage AS known (
  id, citizen_id, number, benefit, registered_code, registered_at_id, valid_from, valid_until,
  five_years_on, origin, batch_id
)
SELECT public.mach_uuid7(), subject_id, number, benefit, code, place, first, last, five_years_on,
  'file', %(batch)s
FROM brought
ON CONFLICT (citizen_id, number, valid_from) DO UPDATE SET
  valid_until = CASE known.origin WHEN 'file' THEN coalesce(EXCLUDED.valid_until, known.valid_until)
    ELSE coalesce(known.valid_until, EXCLUDED.valid_until) END,
  registered_code = CASE WHEN known.origin <> 'file' AND known.registered_code <> ''
    THEN known.registered_code ELSE coalesce(nullif(EXCLUDED.registered_code, ''), known.registered_code) END,
  registered_at_id = CASE WHEN known.origin <> 'file' AND known.registered_at_id IS NOT NULL
    THEN known.registered_at_id ELSE coalesce(EXCLUDED.registered_at_id, known.registered_at_id) END,
  five_years_on = coalesce(known.five_years_on, EXCLUDED.five_years_on),
  batch_id = CASE WHEN known.withdrawn_on IS NULL THEN known.batch_id ELSE EXCLUDED.batch_id END,
  withdrawn_on = NULL
WHERE known.withdrawn_on IS NOT NULL
  OR (known.valid_until, known.registered_code, known.five_years_on) IS DISTINCT FROM
     (EXCLUDED.valid_until, EXCLUDED.registered_code, EXCLUDED.five_years_on)
RETURNING known.*
), kept AS (
  SELECT brought.row, jsonb_agg(jsonb_build_object('table', 'healthrecords_coverage',
    'id', old.id, 'was', to_jsonb(old), 'left', to_jsonb(written))) AS said
  FROM written
  CROSS JOIN LATERAL (
    SELECT * FROM healthrecords_coverage card WHERE card.id = written.id OFFSET 0
  ) old
  JOIN brought ON brought.subject_id = written.citizen_id AND brought.number = written.number
    AND brought.first IS NOT DISTINCT FROM written.valid_from
  GROUP BY brought.row
), spoken AS (
  INSERT INTO healthrecords_fieldsource (id, citizen_id, row_id, field, value, source, said_at,
    said_by_id, organisation_id, batch_id, set_aside_because)
  SELECT public.mach_uuid7(), written.citizen_id, written.id, said.field, said.value, 'file', %(at)s,
    %(by)s, brought.sender, %(batch)s, ''
  FROM written
  JOIN brought ON brought.subject_id = written.citizen_id AND brought.number = written.number
    AND brought.first IS NOT DISTINCT FROM written.valid_from
  LEFT JOIN LATERAL (
    SELECT * FROM healthrecords_coverage card
    WHERE card.id = written.id AND card.withdrawn_on IS NULL OFFSET 0
  ) old ON true
  CROSS JOIN LATERAL (VALUES
    ('card_number', brought.number, old.number, written.number),
    ('card_place', brought.code, old.registered_code, written.registered_code),
    ('card_until', brought.last::text, old.valid_until::text, written.valid_until::text),
    ('card_years', brought.five_years_on::text, old.five_years_on::text, written.five_years_on::text)
  ) said (field, value, held, now)
  WHERE brought.may_speak AND said.value <> '' AND CASE WHEN old.id IS NULL
    THEN said.field = 'card_number' AND NOT brought.makes_subject
    ELSE said.value IS DISTINCT FROM said.held END
  AND (said.value = said.now OR NOT EXISTS (
    SELECT FROM healthrecords_fieldsource known
    WHERE known.citizen_id = written.citizen_id AND known.row_id = written.id
      AND known.field = said.field AND known.source = 'file' AND known.value = said.value
      AND known.organisation_id = brought.sender
      AND (known.set_aside_at IS NULL OR known.set_aside_by_id IS NOT NULL)
  ))
)
{KEEP}
"""
# The facility where people are insured, and who continues for it, cares for them as long as a card of
# theirs holds, and until the day before another one begins that brought care elsewhere
# (services.insurance_care); where the registration ended it does not begin again.
INSURED = """
WITH people AS (
  SELECT DISTINCT staged.subject_id AS id FROM intake_stagedrow staged
  WHERE staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL
    AND jsonb_typeof(staged.values -> 'MA_THE_BHYT') = 'array'
), heirs AS (
  SELECT * FROM unnest(%(closed)s::uuid[], %(heirs)s::uuid[]) AS taken_over (place, heir)
), held AS (
  SELECT card.citizen_id, care.id AS care_id, coalesce(named.heir, card.registered_at_id) AS place,
    card.valid_from, card.valid_until
  FROM healthrecords_coverage card
  LEFT JOIN heirs named ON named.place = card.registered_at_id
  JOIN healthrecords_carerelation care ON care.citizen_id = card.citizen_id
    AND care.ground = 'insurance' AND (care.until IS NULL OR care.until > %(on)s)
  LEFT JOIN heirs here ON here.place = care.organisation_id
  WHERE card.withdrawn_on IS NULL AND card.citizen_id IN (SELECT id FROM people)
    AND coalesce(here.heir, care.organisation_id) = coalesce(named.heir, card.registered_at_id)
), cards AS (
  SELECT care_id, CASE WHEN bool_and(last IS NOT NULL) THEN max(last) END AS last
  FROM (
    SELECT held.care_id, least(held.valid_until, (
      SELECT min(later.valid_from) - 1 FROM held later
      WHERE later.citizen_id = held.citizen_id
        AND later.valid_from > coalesce(held.valid_from, '-infinity')
        AND later.place <> held.place
        AND (later.valid_until IS NULL OR later.valid_until >= %(on)s)
    )) AS last FROM held
  ) term
  GROUP BY care_id
)
UPDATE healthrecords_carerelation care
SET until = CASE WHEN cards.last IS NOT NULL THEN greatest(cards.last, least(care.since, %(on)s)) END
FROM cards
WHERE care.id = cards.care_id AND care.until IS DISTINCT FROM cards.last
"""
# A later file that altered the same cards as this file left or brought them gives back, when it is undone
# in its turn, what stood before this one.
LATER = """
later.subject_id = card.citizen_id AND later.batch_id <> %(batch)s AND later.written_at IS NOT NULL
  AND later.around @> jsonb_build_array(
    jsonb_build_object('table', 'healthrecords_coverage', 'id', card.id))
  AND EXISTS (SELECT FROM intake_batch batch WHERE batch.id = later.batch_id AND batch.state <> 'undone')
"""
HEIRS = f"""
WITH mine AS (
  SELECT one ->> 'id' AS id, one -> 'left' AS left, (one -> 'was') - 'citizen_id' AS was
  {ALTERED} AND one ->> 'table' = 'healthrecords_coverage'
  UNION ALL
  SELECT id::text, jsonb_build_object('batch_id', batch_id, 'withdrawn_on', NULL),
    jsonb_build_object('withdrawn_on', %(on)s::date)
  FROM healthrecords_coverage WHERE batch_id = %(batch)s AND withdrawn_on IS NULL
), heirs AS (
  SELECT later.id, jsonb_object_agg(mine.id, jsonb_build_object('left', mine.left - 'citizen_id', 'was', mine.was)) AS cards
  FROM mine JOIN healthrecords_coverage card ON card.id = mine.id::uuid
  JOIN intake_stagedrow later ON {LATER}
  GROUP BY later.id
)
UPDATE intake_stagedrow later SET around = (
  SELECT jsonb_agg(CASE WHEN one -> 'was' @> (heirs.cards #> ARRAY[one ->> 'id', 'left'])
    THEN jsonb_set(one, '{{was}}', (one -> 'was') || (heirs.cards #> ARRAY[one ->> 'id', 'was']))
    ELSE one END ORDER BY place)
  FROM jsonb_array_elements(later.around) WITH ORDINALITY AS said (one, place)
)
FROM heirs WHERE later.id = heirs.id
"""
# A card that somebody or a later file changed since, or a person confirmed, stays as it is; whose it is a merge may change.
BACK_CARDS = f"""
UPDATE healthrecords_coverage card SET (
  valid_until, registered_code, registered_at_id, five_years_on, batch_id, withdrawn_on
) = (
  old.valid_until, old.registered_code, old.registered_at_id, old.five_years_on, old.batch_id,
  old.withdrawn_on
)
FROM (SELECT one -> 'was' AS was, one -> 'left' AS left, staged.written_at
  {ALTERED} AND one ->> 'table' = 'healthrecords_coverage') kept
CROSS JOIN LATERAL jsonb_populate_record(NULL::healthrecords_coverage, kept.was) old
WHERE card.id = old.id AND to_jsonb(card) @> (kept.left - 'citizen_id')
  AND NOT {confirmed("card", since="kept.written_at")}
"""
BACK = f"""
UPDATE healthrecords_coverage card SET withdrawn_on = %(on)s
WHERE batch_id = %(batch)s AND withdrawn_on IS NULL AND NOT {confirmed("card")}
  AND NOT EXISTS (SELECT FROM intake_stagedrow later WHERE {LATER})
"""
