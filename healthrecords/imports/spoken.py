"""What do files of visits say of people who were known before them? Kept where it is not what stands here.

A visit's file changes nobody's administrative part: its words stand beside the values (ADR 0024), and
somebody takes them over or keeps what stands. Rows of a protected class say nothing here: a word
names the place it came from.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from healthrecords.imports.record import GROUP
from healthrecords.imports.since import with_joined
from healthrecords.models import FieldSource
from healthrecords.services import deaths
from portal.intake.models import Batch

# Each word as ``values_of`` writes it, beside what stands here. What is said less exactly, or in a
# longer code, agrees; of addresses the commune is compared, for no two people write a village alike.
# The rows are taken out first: of a batch just copied the planner expects one row, and beside the
# cost of finding it an index or a walk through all communes for each row are all the same to it.
SPEAK = """
WITH spoken AS MATERIALIZED (
  SELECT staged.subject_id, staged.number, staged.values -> '@' AS told,
    regexp_match(upper(replace(staged.values ->> 'NHOM_MAU', ' ', '')), %(blood)s) AS blood,
    left(staged.values -> '@' ->> 'birth', CASE staged.values -> '@' ->> 'precision'
      WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END) AS birth,
    staged.values ->> 'HO_TEN' AS name, left(staged.values ->> 'MA_DANTOC', 2) AS ethnic_group,
    staged.values ->> 'MA_NGHE_NGHIEP' AS occupation,
    left(staged.values ->> 'DIEN_THOAI', 15) AS phone,
    regexp_replace(coalesce(staged.values ->> 'DIA_CHI', ''), '\\s+', ' ', 'g') AS address
  FROM intake_stagedrow staged
  WHERE staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.subject_id IS NOT NULL
    AND NOT staged.makes_subject AND staged.sensitivity = ''
)
INSERT INTO healthrecords_fieldsource
  (id, citizen_id, field, value, source, said_at, said_by_id, organisation_id, batch_id,
   set_aside_because)
SELECT DISTINCT ON (citizen.id, said.field)
  public.mach_uuid7(), citizen.id, said.field, left(said.value, 1100), 'file', %(at)s, %(by)s,
  (row.told ->> 'facility')::uuid, %(batch)s, ''
FROM spoken row
JOIN healthrecords_citizen citizen ON citizen.id = row.subject_id
LEFT JOIN places_area area ON area.id = (row.told ->> 'area')::uuid
CROSS JOIN LATERAL (VALUES
  ('name', row.name, row.told ->> 'name_norm' = citizen.name_norm),
  ('birth', row.birth,
   starts_with(to_char(citizen.birth_date, CASE citizen.birth_precision
     WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY-MM-DD' END), row.birth)),
  ('sex', nullif(row.told ->> 'sex', 'unknown'), row.told ->> 'sex' = citizen.sex),
  ('ethnic_group', row.ethnic_group, row.ethnic_group = citizen.ethnic_group),
  ('occupation', nullif(left(row.occupation, 5), '00000'),
   citizen.occupation <> '' AND starts_with(row.occupation, citizen.occupation)),
  ('phone', row.phone, row.phone = citizen.phone),
  ('address', btrim(coalesce(area.code, '') || ' ' || row.address),
   CASE WHEN citizen.area_id IS NULL THEN area.id IS NULL AND citizen.address <> ''
     ELSE area.id IS NULL OR area.id = citizen.area_id END),
  ('blood_group', btrim(coalesce(row.blood[1], '') || CASE row.blood[2] WHEN '+' THEN ' positive'
     WHEN '-' THEN ' negative' ELSE '' END),
   row.blood[1] = citizen.blood_group AND (row.blood[2] IS NULL
     OR CASE row.blood[2] WHEN '+' THEN 'positive' ELSE 'negative' END = citizen.rhesus))
) said (field, value, agrees)
WHERE coalesce(said.value, '') <> '' AND said.agrees IS NOT TRUE
  AND NOT EXISTS (
    SELECT FROM healthrecords_fieldsource known
    WHERE known.citizen_id = citizen.id AND known.field = said.field AND known.source = 'file'
      AND known.value = left(said.value, 1100)
      AND known.organisation_id = (row.told ->> 'facility')::uuid
      AND (known.batch_id IS NULL OR known.batch_id NOT IN (
        SELECT id FROM intake_batch WHERE state = 'undone'))
  )
ORDER BY citizen.id, said.field, row.number DESC
"""


# A visit that ended with a death says so of the person, whoever brought the person's record; the day
# is that of its end. What a person set aside is not said again.
DEATHS = """
INSERT INTO healthrecords_fieldsource
  (id, citizen_id, field, value, source, said_at, said_by_id, organisation_id, batch_id, visit_id,
   set_aside_because)
SELECT DISTINCT ON (citizen.id)
  public.mach_uuid7(), citizen.id, 'death', said.day, 'file', %(at)s, %(by)s,
  (staged.values -> '@' ->> 'facility')::uuid, staged.batch_id, said.visit, ''
FROM intake_stagedrow staged
CROSS JOIN LATERAL (SELECT
  left(coalesce(staged.values ->> 'NGAY_RA', staged.values ->> 'NGAY_VAO'), 10) AS day,
  coalesce(staged.target_id, staged.id) AS visit) said
JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
WHERE staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.sensitivity = ''
  AND staged.values ->> 'KET_QUA_DTRI' = ANY (
    SELECT code.code FROM codelists_code code
    JOIN codelists_codelistversion version ON version.id = code.version_id
    JOIN codelists_codelist list ON list.id = version.code_list_id
    WHERE list.key = 'treatment_outcomes' AND code.attributes ->> 'death' = '1'
      AND said.day::date BETWEEN version.valid_from AND coalesce(version.valid_until, 'infinity')
  )
  AND citizen.died_on IS DISTINCT FROM said.day::date
  AND NOT EXISTS (
    SELECT FROM healthrecords_fieldsource known
    WHERE known.visit_id = said.visit AND known.field = 'death' AND known.value = said.day
      AND (known.set_aside_at IS NULL OR known.set_aside_by_id IS NOT NULL)
  )
ORDER BY citizen.id, staged.number DESC
"""
# What an earlier file said of a visit that now says otherwise.
OUTDATED = """
SELECT word.id FROM healthrecords_fieldsource word
JOIN intake_stagedrow staged ON staged.target_id = word.visit_id
WHERE word.field = 'death' AND word.source = 'file' AND word.set_aside_at IS NULL
  AND staged.batch_id = %(batch)s AND staged.written_at = %(at)s
  AND staged.values ? 'KET_QUA_DTRI'
  AND NOT (staged.values ->> 'KET_QUA_DTRI' = ANY (
      SELECT code.code FROM codelists_code code
      JOIN codelists_codelistversion version ON version.id = code.version_id
      JOIN codelists_codelist list ON list.id = version.code_list_id
      WHERE list.key = 'treatment_outcomes' AND code.attributes ->> 'death' = '1'
    ) AND word.value = left(coalesce(staged.values ->> 'NGAY_RA', staged.values ->> 'NGAY_VAO'), 10))
"""


def keep_words(batch: Batch, at: datetime) -> int:
    """Keep what the rows written at this moment say otherwise of known people; return how many words."""
    said: dict[str, Any] = {
        "batch": batch.pk,
        "at": at,
        "by": batch.sent_by_id,
        "blood": GROUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(SPEAK, said)
        words = int(cursor.rowcount)
        cursor.execute(OUTDATED, said)
        outdated = [key for (key,) in cursor.fetchall()]
    because = gettext("The visit no longer says that the person died.")
    deaths.unsay(FieldSource.objects.filter(pk__in=outdated), because=because, at=at)
    with connection.cursor() as cursor:
        cursor.execute(DEATHS, said)
        return words + int(cursor.rowcount)


# A joining or parting since carried words to the record that speaks for the person now.
SUBJECTS = (
    "SELECT subject_id FROM intake_stagedrow WHERE batch_id = %(batch)s AND subject_id IS NOT NULL"
)
UNSAY = f"""
UPDATE healthrecords_fieldsource SET set_aside_at = %(at)s, set_aside_because = %(why)s
WHERE batch_id = %(batch)s AND set_aside_at IS NULL AND confirmed_at IS NULL
  AND citizen_id IN ({with_joined(SUBJECTS)})
"""


def take_back(batch: Batch, at: datetime) -> None:
    """Set aside what an undone file said; what somebody took over meanwhile is theirs."""
    said = FieldSource.objects.filter(batch_id=batch.pk)
    why = str(_("The file “%(name)s” was undone.")) % {"name": batch.file_name}
    # A death is no detail: one that was taken over from the file goes with what it rested on.
    deaths.unsay(said, because=why, at=at)
    with connection.cursor() as cursor:
        cursor.execute(UNSAY, {"batch": batch.pk, "at": at, "why": why[:500]})
