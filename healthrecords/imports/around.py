"""What do files say around a person: insurance for a time, addresses as received, blood group?

Filled set-based once a batch is written: what a file does not say costs one look at its rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from portal.intake.models import Batch

WRITTEN = (
    "staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.subject_id IS NOT NULL"
)
CARD = r"^([A-Z]{2}[1-5]\d{2})?\d{10}$"
# Of one card from one day the last row of the file is kept; what somebody typed is only completed.
COVERAGE = f"""
INSERT INTO healthrecords_coverage AS known (
  id, citizen_id, number, benefit, registered_code, registered_at_id, valid_from, valid_until,
  five_years_on, origin, batch_id
)
SELECT DISTINCT ON (staged.subject_id, card.number, said.first)
  public.mach_uuid7(), staged.subject_id, card.number,
  CASE WHEN length(card.number) = 15 THEN substr(card.number, 3, 1) ELSE '' END,
  coalesce(said.code, ''), place.organisation_id, said.first,
  CASE WHEN said.first IS NULL OR said.last >= said.first THEN said.last END,
  nullif(staged.values ->> 'NAM_NAM_LIEN_TUC', '')::date, 'file', staged.batch_id
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
LEFT JOIN places_organisationidentifier place
  ON place.scheme = 'insurance' AND place.value = said.code AND place.valid_until IS NULL
WHERE {WRITTEN} AND card.number ~ %(card)s
  AND (said.first IS NOT NULL OR said.last IS NOT NULL OR said.code IS NOT NULL)
ORDER BY staged.subject_id, card.number, said.first, staged.number DESC
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
"""
# A new person's address is kept as received where its codes say more than the commune of today.
ADDRESSES = f"""
INSERT INTO healthrecords_citizenaddress (
  id, citizen_id, kind, text, area_id, province_code, district_code, commune_code, valid_from,
  origin, batch_id
)
SELECT public.mach_uuid7(), staged.subject_id, 'residence', citizen.address, citizen.area_id,
  left(coalesce(staged.values ->> 'MATINH_CU_TRU', ''), 3),
  left(coalesce(staged.values ->> 'MAHUYEN_CU_TRU', ''), 3),
  left(coalesce(staged.values ->> 'MAXA_CU_TRU', ''), 5),
  %(on)s, 'file', staged.batch_id
FROM intake_stagedrow staged
JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
LEFT JOIN places_area area ON area.id = citizen.area_id
WHERE {WRITTEN} AND staged.makes_subject AND (
  coalesce(staged.values ->> 'MAHUYEN_CU_TRU', '') NOT IN ('', '000')
  OR coalesce(staged.values ->> 'MAXA_CU_TRU', '') NOT IN ('', coalesce(area.code, ''))
) AND NOT EXISTS (
  SELECT FROM healthrecords_citizenaddress known WHERE known.citizen_id = citizen.id
)
"""
# Of people who came with the file alone: what a record says already an undo could not give back.
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
GROUP = r"^(AB|A|B|O)(?:RH)?\(?([+-])?\)?$"
# A list that moves people leaves where they lived before.
MOVED = f"""
WITH moved AS (
  SELECT citizen.id,
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
  RETURNING address.citizen_id
)
INSERT INTO healthrecords_citizenaddress (
  id, citizen_id, kind, text, area_id, province_code, district_code, commune_code, valid_until,
  origin, batch_id
)
SELECT public.mach_uuid7(), moved.id, 'residence', moved.text, moved.area, '', '', '',
  %(on)s::date - 1, 'typed', %(batch)s
FROM moved WHERE (moved.text <> '' OR moved.area IS NOT NULL)
  AND moved.id NOT IN (SELECT citizen_id FROM ended)
"""
BACK = """
UPDATE healthrecords_coverage SET withdrawn_on = %(on)s
WHERE batch_id = %(batch)s AND withdrawn_on IS NULL
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
    }
    with connection.cursor() as cursor:
        for statement in (COVERAGE, ADDRESSES, BLOOD, MOVED):
            cursor.execute(statement, params)


def take_back(batch: Batch, at: datetime) -> None:
    """Withdraw the insurance an undone batch brought, and end the addresses that came with it."""
    params: dict[str, Any] = {"batch": batch.pk, "on": timezone.localdate(at)}
    with connection.cursor() as cursor:
        cursor.execute(BACK, params)
        cursor.execute(BACK_ADDRESSES, params)
