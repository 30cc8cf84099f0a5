"""What did a file say of people who were known before it? One statement a chunk, from staging.

People who came with a file need no word: where their record came from tells it (ADR 0024).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

# A word is written as ``values_of`` writes the value, of fields that the file changed.
SPEAK = """
INSERT INTO healthrecords_fieldsource
  (id, citizen_id, field, value, source, said_at, said_by_id, organisation_id, batch_id,
   set_aside_because)
SELECT mach_uuid7(), citizen.id, said.field, left(said.value, 1100), 'file',
       coalesce(batch.confirmed_at, batch.received_at), batch.sent_by_id, batch.organisation_id,
       batch.id, ''
FROM intake_stagedrow staged
JOIN intake_batch batch ON batch.id = staged.batch_id
JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
LEFT JOIN places_area area ON area.id = citizen.area_id
CROSS JOIN LATERAL (VALUES
  ('name', 'name', citizen.name),
  ('birth', 'birth_date', to_char(citizen.birth_date, CASE citizen.birth_precision
     WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY-MM-DD' END)),
  ('birth_time', 'birth_time', to_char(citizen.birth_time, 'HH24:MI')),
  ('sex', 'sex', citizen.sex),
  ('ethnic_group', 'ethnic_group', citizen.ethnic_group),
  ('occupation', 'occupation', citizen.occupation),
  ('nationality', 'nationality', citizen.nationality),
  ('phone', 'phone', citizen.phone),
  ('address', 'address', btrim(coalesce(area.code, '') || ' ' || citizen.address)),
  ('address', 'area_id', btrim(coalesce(area.code, '') || ' ' || citizen.address))
) said (field, of_file, value)
WHERE staged.id = ANY (%(rows)s) AND said.value <> ''
  AND staged.before -> 'fields' ? said.of_file
  AND NOT (said.of_file = 'area_id' AND staged.before -> 'fields' ? 'address')
"""


def keep_words(rows: Iterable[UUID]) -> int:
    """Keep what these rows said anew of known people; return how many words."""
    with connection.cursor() as cursor:
        cursor.execute(SPEAK, {"rows": list(rows)})
        return int(cursor.rowcount)
