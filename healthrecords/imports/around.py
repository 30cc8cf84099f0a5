"""What do files say around a person: insurance for a time, addresses as received, blood group?

Filled set-based once a batch is written: what a file does not say costs one look at its rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from healthrecords.imports.record import GROUP
from healthrecords.imports.since import confirmed
from portal.database.planning import by_hashing
from portal.intake.models import Batch

WRITTEN = (
    "staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.subject_id IS NOT NULL"
)
# What a row altered around its person stands with the row, so that an undo can give it back.
KEEP = """
UPDATE intake_stagedrow altered SET around = coalesce(altered.around, '[]') || kept.said
FROM kept WHERE altered.id = kept.row AND altered.batch_id = %(batch)s
"""
CARD = r"^([A-Z]{2}[1-5]\d{2})?\d{10}$"
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
# The facility where people are insured cares for them as long as a card of theirs holds; where the
# registration ended it does not begin again.
INSURED = """
WITH cards AS (
  SELECT citizen_id, registered_at_id,
    CASE WHEN bool_and(valid_until IS NOT NULL) THEN max(valid_until) END AS last
  FROM healthrecords_coverage
  WHERE withdrawn_on IS NULL AND registered_at_id IS NOT NULL AND citizen_id IN (
    SELECT staged.subject_id FROM intake_stagedrow staged
    WHERE staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL
      AND jsonb_typeof(staged.values -> 'MA_THE_BHYT') = 'array'
  )
  GROUP BY citizen_id, registered_at_id
)
UPDATE healthrecords_carerelation care
SET until = CASE WHEN cards.last IS NOT NULL THEN greatest(cards.last, care.since) END
FROM cards
WHERE care.citizen_id = cards.citizen_id AND care.organisation_id = cards.registered_at_id
  AND care.ground = 'insurance' AND (care.until IS NULL OR care.until > %(on)s)
  AND care.until IS DISTINCT FROM cards.last
"""
# The codes of an address as they were received, and whether they say more than the commune of today.
CODES = """
left(coalesce(staged.values ->> 'MATINH_CU_TRU', ''), 3),
  left(coalesce(staged.values ->> 'MAHUYEN_CU_TRU', ''), 3),
  left(coalesce(staged.values ->> 'MAXA_CU_TRU', ''), 5)
"""
SAY_MORE = """(
  coalesce(staged.values ->> 'MAHUYEN_CU_TRU', '') NOT IN ('', '000')
  OR coalesce(staged.values ->> 'MAXA_CU_TRU', '') NOT IN ('', coalesce(area.code, ''))
)"""
# A new person's address is kept as received where its codes say more than the commune of today. The
# rows are taken out first, see ``spoken``.
ADDRESSES = f"""
WITH made AS MATERIALIZED (
  SELECT staged.subject_id, staged.values FROM intake_stagedrow staged
  WHERE {WRITTEN} AND staged.makes_subject
    AND (staged.values ? 'MAHUYEN_CU_TRU' OR staged.values ? 'MAXA_CU_TRU')
)
INSERT INTO healthrecords_citizenaddress (
  id, citizen_id, kind, text, area_id, province_code, district_code, commune_code, valid_from,
  origin, batch_id
)
SELECT public.mach_uuid7(), staged.subject_id, 'residence', citizen.address, citizen.area_id,
  {CODES}, %(on)s, 'file', %(batch)s
FROM made staged
JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
LEFT JOIN places_area area ON area.id = citizen.area_id
WHERE {SAY_MORE} AND NOT EXISTS (
  SELECT FROM healthrecords_citizenaddress known WHERE known.citizen_id = citizen.id
)
"""
# Of people who came with the file alone: what a record says already an undo could not give back. Who
# is new has it from the beginning (``record.blood_of``); here it is said of who came back.
BLOOD = f"""
UPDATE healthrecords_citizen citizen SET blood_group = said.parts[1],
  rhesus = CASE said.parts[2] WHEN '+' THEN 'positive' WHEN '-' THEN 'negative'
    ELSE citizen.rhesus END
FROM (
  SELECT DISTINCT ON (staged.subject_id) staged.subject_id,
    regexp_match(upper(replace(staged.values ->> 'NHOM_MAU', ' ', '')), %(blood)s) AS parts
  FROM intake_stagedrow staged
  WHERE {WRITTEN} AND staged.makes_subject AND coalesce(staged.values ->> 'NHOM_MAU', '') <> ''
  ORDER BY staged.subject_id, staged.number DESC
) said
WHERE citizen.id = said.subject_id AND said.parts IS NOT NULL AND citizen.blood_group = ''
"""
# Who was not identified, or newborn, is known once a file brings a personal number.
IDENTIFIED = f"""
WITH met AS (
  SELECT DISTINCT ON (citizen.id) staged.id AS row, citizen.id AS citizen, citizen.standing,
    staged.sensitivity
  FROM intake_stagedrow staged JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
  WHERE {WRITTEN} AND NOT staged.makes_subject AND citizen.standing <> 'known' AND EXISTS (
    SELECT FROM healthrecords_citizenidentifier number
    WHERE number.citizen_id = citizen.id AND number.kind = 'personal' AND number.ended_on IS NULL
  )
  ORDER BY citizen.id, staged.number
), named AS (
  UPDATE healthrecords_citizen citizen SET standing = 'known' FROM met WHERE citizen.id = met.citizen
), spoken AS (
  INSERT INTO healthrecords_fieldsource (id, citizen_id, field, value, source, said_at, said_by_id,
    organisation_id, batch_id, set_aside_because)
  SELECT public.mach_uuid7(), met.citizen, 'standing', 'known', 'file', %(at)s, %(by)s, %(place)s,
    %(batch)s, ''
  FROM met WHERE met.sensitivity = ''
), kept AS (
  SELECT met.row, jsonb_build_array(jsonb_build_object('table', 'healthrecords_citizen', 'id', met.citizen,
    'was', jsonb_build_object('standing', met.standing))) AS said
  FROM met
)
{KEEP}
"""
# A list that moves people leaves where they lived before, and keeps the codes of where they live now.
MOVED = f"""
WITH moved AS (
  SELECT citizen.id, staged.id AS row,
    coalesce(staged.before #>> '{{fields,address,0}}', citizen.address) AS text,
    CASE WHEN staged.before -> 'fields' ? 'area_id'
      THEN nullif(staged.before #>> '{{fields,area_id,0}}', '')::uuid ELSE citizen.area_id END AS area
  FROM intake_stagedrow staged JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
  WHERE {WRITTEN} AND (staged.before -> 'fields' ? 'address' OR staged.before -> 'fields' ? 'area_id')
), ended AS (
  UPDATE healthrecords_citizenaddress address
  SET valid_until = greatest(%(on)s::date - 1, coalesce(address.valid_from, %(on)s::date - 1))
  FROM moved WHERE address.citizen_id = moved.id AND address.kind = 'residence'
    AND address.valid_until IS NULL
  RETURNING address.id, address.citizen_id, address.valid_until
), left_behind AS (
INSERT INTO healthrecords_citizenaddress (
  id, citizen_id, kind, text, area_id, province_code, district_code, commune_code, valid_until,
  origin, batch_id
)
SELECT public.mach_uuid7(), moved.id, 'residence', moved.text, moved.area, '', '', '',
  %(on)s::date - 1, 'typed', %(batch)s
FROM moved WHERE (moved.text <> '' OR moved.area IS NOT NULL)
  AND moved.id NOT IN (SELECT citizen_id FROM ended)
RETURNING id, citizen_id, valid_until
), received AS (
INSERT INTO healthrecords_citizenaddress (
  id, citizen_id, kind, text, area_id, province_code, district_code, commune_code, valid_from,
  origin, batch_id
)
SELECT public.mach_uuid7(), citizen.id, 'residence', citizen.address, citizen.area_id, {CODES},
  %(on)s, 'file', %(batch)s
FROM moved JOIN intake_stagedrow staged ON staged.id = moved.row
JOIN healthrecords_citizen citizen ON citizen.id = moved.id
LEFT JOIN places_area area ON area.id = citizen.area_id
WHERE {SAY_MORE}
RETURNING id, citizen_id, valid_from
), kept AS (
  SELECT moved.row, jsonb_agg(jsonb_build_object('table', 'healthrecords_citizenaddress',
    'id', touched.id, 'was', touched.was,
    'left', touched.left)) AS said
  FROM moved JOIN (
    SELECT id, citizen_id, jsonb_build_object('valid_until', valid_until) AS left,
      '{{"valid_until": null}}'::jsonb AS was FROM ended
    UNION ALL SELECT id, citizen_id, jsonb_build_object('valid_until', valid_until), NULL
      FROM left_behind
    UNION ALL SELECT id, citizen_id, jsonb_build_object('valid_from', valid_from), NULL
      FROM received
  ) touched ON touched.citizen_id = moved.id
  GROUP BY moved.row
)
{KEEP}
"""
ALTERED = """
FROM intake_stagedrow staged, jsonb_array_elements(staged.around) one
WHERE staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL AND staged.around IS NOT NULL
"""
# Who is left without a personal number is what they were, unless somebody said otherwise since.
BACK_STANDING = f"""
UPDATE healthrecords_citizen citizen SET standing = kept.standing
FROM (SELECT (one ->> 'id')::uuid AS id, one #>> '{{was,standing}}' AS standing
  {ALTERED} AND one ->> 'table' = 'healthrecords_citizen') kept
WHERE citizen.id = kept.id AND citizen.standing = 'known' AND citizen.merged_into_id IS NULL
  AND NOT EXISTS (
    SELECT FROM healthrecords_citizenidentifier number
    WHERE number.citizen_id = citizen.id AND number.kind = 'personal' AND number.ended_on IS NULL
  )
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
# Only of people who live again where they lived before the list: who moved on since keeps both.
STAYED = f"""
SELECT (one ->> 'id')::uuid AS id, one -> 'was' AS was, one -> 'left' AS left
{ALTERED} AND one ->> 'table' = 'healthrecords_citizenaddress' AND EXISTS (
  SELECT FROM healthrecords_citizen citizen
  WHERE citizen.id = staged.subject_id
    AND citizen.address = coalesce(staged.before #>> '{{fields,address,0}}', citizen.address)
    AND (NOT staged.before -> 'fields' ? 'area_id' OR citizen.area_id IS NOT DISTINCT FROM
      nullif(staged.before #>> '{{fields,area_id,0}}', '')::uuid)
)
"""
REOPEN_ADDRESSES = f"""
UPDATE healthrecords_citizenaddress address SET valid_until = NULL
FROM ({STAYED}) kept
WHERE address.id = kept.id AND kept.was <> 'null' AND to_jsonb(address) @> kept.left
  AND NOT EXISTS (
    SELECT FROM healthrecords_citizenaddress other
    WHERE other.citizen_id = address.citizen_id AND other.kind = 'residence'
      AND other.valid_until IS NULL
  )
"""
# A row that a merge carried away is known to it by its key.
DROP_ADDRESSES = f"""
DELETE FROM healthrecords_citizenaddress address USING ({STAYED}) kept
WHERE address.id = kept.id AND kept.was = 'null' AND to_jsonb(address) @> kept.left
  AND address.batch_id = %(batch)s AND NOT EXISTS (
    SELECT FROM healthrecords_mergedrow away WHERE away.row_id = address.id
  ) AND NOT {confirmed("address")}
"""
BACK = f"""
UPDATE healthrecords_coverage card SET withdrawn_on = %(on)s
WHERE batch_id = %(batch)s AND withdrawn_on IS NULL AND NOT {confirmed("card")}
  AND NOT EXISTS (SELECT FROM intake_stagedrow later WHERE {LATER})
"""
BACK_ADDRESSES = """
UPDATE healthrecords_citizenaddress SET valid_until = greatest(%(on)s::date, valid_from)
WHERE batch_id = %(batch)s AND valid_until IS NULL
"""


def fill(batch: Batch, at: datetime) -> None:
    """Keep what the rows written at this moment say around their people."""
    params: dict[str, Any] = {
        "batch": batch.pk,
        "at": at,
        "on": timezone.localdate(at),
        "card": CARD,
        "blood": GROUP,
        "by": batch.sent_by_id,
        "place": batch.organisation_id,
    }
    with connection.cursor() as cursor:
        with by_hashing(cursor):
            cursor.execute(COVERAGE, params)
        for statement in (INSURED, ADDRESSES, BLOOD, IDENTIFIED, MOVED):
            cursor.execute(statement, params)


def take_back(batch: Batch, at: datetime) -> None:
    """Give back what an undone batch altered around people, and end what came with it.

    Runs after the rows themselves went back: it asks whose numbers and addresses stand now.
    """
    params: dict[str, Any] = {"batch": batch.pk, "on": timezone.localdate(at)}
    with connection.cursor() as cursor:
        for statement in (
            BACK_STANDING,
            HEIRS,
            BACK_CARDS,
            BACK,
            INSURED,
            BACK_ADDRESSES,
            REOPEN_ADDRESSES,
            DROP_ADDRESSES,
        ):
            cursor.execute(statement, params)
