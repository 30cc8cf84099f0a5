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

from healthrecords.imports.around import GROUP
from healthrecords.models import FieldSource
from healthrecords.services import deaths
from portal.intake.models import Batch

# Each word as ``values_of`` writes it, beside what stands here. What is said less exactly, or in a
# longer code, agrees; of addresses the commune is compared, for no two people write a village alike.
SPEAK = """
INSERT INTO healthrecords_fieldsource
  (id, citizen_id, field, value, source, said_at, said_by_id, organisation_id, batch_id,
   set_aside_because)
SELECT DISTINCT ON (citizen.id, said.field)
  public.mach_uuid7(), citizen.id, said.field, left(said.value, 1100), 'file', %(at)s, %(by)s,
  (at.told ->> 'facility')::uuid, staged.batch_id, ''
FROM intake_stagedrow staged
CROSS JOIN LATERAL (SELECT staged.values -> '@' AS told,
  regexp_match(upper(replace(staged.values ->> 'NHOM_MAU', ' ', '')), %(blood)s) AS blood) at
JOIN healthrecords_citizen citizen ON citizen.id = staged.subject_id
LEFT JOIN places_area area ON area.id = (at.told ->> 'area')::uuid
CROSS JOIN LATERAL (VALUES
  ('name', staged.values ->> 'HO_TEN', at.told ->> 'name_norm' = citizen.name_norm),
  ('birth', left(at.told ->> 'birth', CASE at.told ->> 'precision'
     WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END),
   starts_with(to_char(citizen.birth_date, CASE citizen.birth_precision
     WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY-MM-DD' END),
     left(at.told ->> 'birth', CASE at.told ->> 'precision'
     WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END))),
  ('sex', nullif(at.told ->> 'sex', 'unknown'), at.told ->> 'sex' = citizen.sex),
  ('ethnic_group', left(staged.values ->> 'MA_DANTOC', 2),
   left(staged.values ->> 'MA_DANTOC', 2) = citizen.ethnic_group),
  ('occupation', nullif(left(staged.values ->> 'MA_NGHE_NGHIEP', 5), '00000'),
   citizen.occupation <> '' AND starts_with(staged.values ->> 'MA_NGHE_NGHIEP', citizen.occupation)),
  ('phone', left(staged.values ->> 'DIEN_THOAI', 15),
   left(staged.values ->> 'DIEN_THOAI', 15) = citizen.phone),
  ('address', btrim(coalesce(area.code, '') || ' '
     || regexp_replace(coalesce(staged.values ->> 'DIA_CHI', ''), '\\s+', ' ', 'g')),
   CASE WHEN citizen.area_id IS NULL THEN area.id IS NULL AND citizen.address <> ''
     ELSE area.id IS NULL OR area.id = citizen.area_id END),
  ('blood_group', btrim(coalesce(at.blood[1], '') || CASE at.blood[2] WHEN '+' THEN ' positive'
     WHEN '-' THEN ' negative' ELSE '' END),
   at.blood[1] = citizen.blood_group AND (at.blood[2] IS NULL
     OR CASE at.blood[2] WHEN '+' THEN 'positive' ELSE 'negative' END = citizen.rhesus))
) said (field, value, agrees)
WHERE staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.subject_id IS NOT NULL
  AND NOT staged.makes_subject AND staged.sensitivity = ''
  AND coalesce(said.value, '') <> '' AND said.agrees IS NOT TRUE
  AND NOT EXISTS (
    SELECT FROM healthrecords_fieldsource known
    WHERE known.citizen_id = citizen.id AND known.field = said.field AND known.source = 'file'
      AND known.value = left(said.value, 1100)
      AND known.organisation_id = (at.told ->> 'facility')::uuid
      AND (known.batch_id IS NULL OR known.batch_id NOT IN (
        SELECT id FROM intake_batch WHERE state = 'undone'))
  )
ORDER BY citizen.id, said.field, staged.number DESC
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


UNSAY = """
UPDATE healthrecords_fieldsource SET set_aside_at = %(at)s, set_aside_because = %(why)s
WHERE batch_id = %(batch)s AND set_aside_at IS NULL AND confirmed_at IS NULL
  AND citizen_id IN (
    SELECT subject_id FROM intake_stagedrow WHERE batch_id = %(batch)s AND subject_id IS NOT NULL
  )
"""


def take_back(batch: Batch, at: datetime) -> None:
    """Set aside what an undone file said; what somebody took over meanwhile is theirs."""
    said = FieldSource.objects.filter(batch_id=batch.pk)
    why = str(_("The file “%(name)s” was undone.")) % {"name": batch.file_name}
    # A death is no detail: one that was taken over from the file goes with what it rested on.
    deaths.unsay(said, because=why, at=at)
    with connection.cursor() as cursor:
        cursor.execute(UNSAY, {"batch": batch.pk, "at": at, "why": why[:500]})
