"""What do files say around a person: insurance for a time, addresses as received, blood group?

Filled set-based once a batch is written: what a file does not say costs one look at its rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from facilities.heirs import taken_over_on
from healthrecords.imports import cards
from healthrecords.imports.altered import ALTERED, KEEP, WRITTEN
from healthrecords.imports.record import GROUP
from healthrecords.imports.since import confirmed
from portal.database.planning import by_hashing
from portal.intake.models import Batch

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
# What a joined record says of where it lives is left as it is: it says so still.
AT_HOME = "NOT EXISTS (SELECT FROM healthrecords_mergedrow away WHERE away.row_id = {row}.id)"
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
    AND address.valid_until IS NULL AND {AT_HOME.format(row="address")}
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
      AND other.valid_until IS NULL AND {AT_HOME.format(row="other")}
  )
"""
# A row that a merge carried away is known to it by its key.
DROP_ADDRESSES = f"""
DELETE FROM healthrecords_citizenaddress address USING ({STAYED}) kept
WHERE address.id = kept.id AND kept.was = 'null' AND to_jsonb(address) @> kept.left
  AND address.batch_id = %(batch)s AND {AT_HOME.format(row="address")} AND NOT {confirmed("address")}
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
        "card": cards.CARD,
        "blood": GROUP,
        "by": batch.sent_by_id,
        "place": batch.organisation_id,
        **_heirs(at),
    }
    with connection.cursor() as cursor:
        with by_hashing(cursor):
            cursor.execute(cards.COVERAGE, params)
        for statement in (cards.INSURED, ADDRESSES, BLOOD, IDENTIFIED, MOVED):
            cursor.execute(statement, params)


def take_back(batch: Batch, at: datetime) -> None:
    """Give back what an undone batch altered around people, and end what came with it.

    Runs after the rows themselves went back: it asks whose numbers and addresses stand now.
    """
    params: dict[str, Any] = {"batch": batch.pk, "on": timezone.localdate(at), **_heirs(at)}
    with connection.cursor() as cursor:
        for statement in (
            BACK_STANDING,
            cards.HEIRS,
            cards.BACK_CARDS,
            cards.BACK,
            cards.INSURED,
            BACK_ADDRESSES,
            REOPEN_ADDRESSES,
            DROP_ADDRESSES,
        ):
            cursor.execute(statement, params)


def _heirs(at: datetime) -> dict[str, list[UUID]]:
    """Return the places that closed for another, and who continues for each."""
    heirs = taken_over_on(timezone.localdate(at))
    return {"closed": list(heirs), "heirs": list(heirs.values())}
