"""How is a file of visits undone: visits withdrawn, or as they were; people withdrawn who came with it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.imports import filed, hindering, results
from healthrecords.imports.hindering import WRITTEN
from healthrecords.imports.since import confirmed, with_joined
from healthrecords.models import Diagnosis, Medication, Visit, VisitNote, VitalSigns
from healthrecords.querysets import NOT_HELD
from healthrecords.services.amending import drop_unchanged_of
from healthrecords.services.later import settle_later
from healthrecords.services.number_cases import close_cases_of
from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow

PARTS = (Diagnosis, Medication, VitalSigns, VisitNote)
KEEP = """
UPDATE intake_stagedrow staged SET before = jsonb_build_object('visit', to_jsonb(visit)) {parts}
FROM healthrecords_visit visit
WHERE staged.id = ANY(%s) AND visit.id = staged.target_id
"""
KEPT_PARTS = "".join(
    f" || jsonb_build_object('{part._meta.db_table}', (SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]')"
    f" FROM {part._meta.db_table} part WHERE part.visit_id = visit.id))"
    for part in PARTS
)
BACK = """
WITH back AS (
  UPDATE healthrecords_citizen SET withdrawn_at = NULL
  WHERE withdrawn_at IS NOT NULL
    AND id IN (SELECT citizen_id FROM healthrecords_visit WHERE id = ANY(%s))
  RETURNING id
)
UPDATE intake_stagedrow SET makes_subject = true FROM back
WHERE subject_id = back.id AND written_at IS NULL AND decision = 'changed'
"""
# A person stays who has another visit, was met by another file, or by somebody at a desk. Who is sent
# on or is to come again is so by a visit.
STAYS = """
EXISTS (
  SELECT FROM healthrecords_visit other
  WHERE other.citizen_id = citizen.id AND other.status <> 'withdrawn'
    AND other.batch_id IS DISTINCT FROM %(batch)s
) OR EXISTS (
  SELECT FROM healthrecords_citizenidentifier number
  LEFT JOIN intake_batch bringer ON bringer.id = number.batch_id
  WHERE number.citizen_id = citizen.id AND number.batch_id IS DISTINCT FROM %(batch)s
    AND bringer.state IS DISTINCT FROM 'undone'
) OR EXISTS (
  SELECT FROM healthrecords_carerelation care
  WHERE care.citizen_id = citizen.id AND care.ground NOT IN ('visit', 'referral', 'appointment')
) OR EXISTS (SELECT FROM healthrecords_citizen twin WHERE twin.merged_into_id = citizen.id)
OR citizen.merged_into_id IS NOT NULL OR citizen.origin <> 'file'
"""
COUNT = f"""
SELECT
  count(*) FILTER (WHERE staged.before IS NULL), count(*) FILTER (WHERE before IS NOT NULL),
  (SELECT count(*) FROM healthrecords_citizen citizen WHERE NOT ({STAYS}) AND id IN (
    SELECT subject_id FROM intake_stagedrow staged WHERE {WRITTEN} AND makes_subject)),
  (SELECT count(*) FROM healthrecords_citizen citizen WHERE ({STAYS}) AND id IN (
    SELECT subject_id FROM intake_stagedrow staged WHERE {WRITTEN} AND makes_subject))
FROM intake_stagedrow staged WHERE {WRITTEN}
"""
WITHDRAW = f"""
UPDATE healthrecords_visit SET status = 'withdrawn' WHERE batch_id = %(batch)s AND id IN (
  SELECT target_id FROM intake_stagedrow staged WHERE {WRITTEN} AND before IS NULL
)
"""
# A row that changed papers alone kept no parts: they stand as they stood.
DROP_PARTS = f"""
DELETE FROM {{part}} WHERE visit_id IN (
  SELECT target_id FROM intake_stagedrow staged WHERE {WRITTEN} AND staged.before ? '{{part}}'
)
"""
GIVE_BACK = f"""
UPDATE healthrecords_visit visit SET {{columns}}
FROM intake_stagedrow staged,
  LATERAL jsonb_populate_record(NULL::healthrecords_visit, staged.before -> 'visit') old
WHERE {WRITTEN} AND staged.before ? 'healthrecords_diagnosis' AND visit.id = staged.target_id
"""
# Of a signed visit whose papers alone a file changed, nothing else goes back.
GIVE_FILE_BACK = f"""
UPDATE healthrecords_visit visit SET batch_id = old.batch_id
FROM intake_stagedrow staged,
  LATERAL jsonb_populate_record(NULL::healthrecords_visit, staged.before -> 'visit') old
WHERE {WRITTEN} AND staged.before IS NOT NULL AND NOT staged.before ? 'healthrecords_diagnosis'
  AND visit.id = staged.target_id
"""
# A merge in between moved the visit to another person: its parts go where the visit is.
GIVE_PARTS_BACK = f"""
INSERT INTO {{part}} ({{columns}})
SELECT {{old}} FROM intake_stagedrow staged
JOIN healthrecords_visit visit ON visit.id = staged.target_id,
  LATERAL jsonb_populate_recordset(NULL::{{part}}, staged.before -> '{{part}}') old
WHERE {WRITTEN} AND staged.before IS NOT NULL
"""
PEOPLE = f"""
UPDATE healthrecords_citizen citizen SET withdrawn_at = %(at)s
WHERE withdrawn_at IS NULL AND NOT ({STAYS}) AND id IN (
  SELECT subject_id FROM intake_stagedrow staged WHERE {WRITTEN} AND makes_subject
)
"""
SUBJECTS = f"SELECT subject_id FROM intake_stagedrow staged WHERE {WRITTEN}"
NUMBERS = f"""
UPDATE healthrecords_citizenidentifier number SET ended_on = %(on)s
FROM healthrecords_citizen citizen
WHERE number.batch_id = %(batch)s AND number.ended_on IS NULL AND NOT number.is_verified
  AND citizen.id = number.citizen_id AND citizen.withdrawn_at IS NULL
  AND number.citizen_id IN ({with_joined(SUBJECTS)}) AND NOT {confirmed("number")}
"""
CARE = f"""
UPDATE healthrecords_carerelation care SET until = %(on)s
WHERE care.ground = 'visit' AND care.until IS NULL
  AND (care.citizen_id, care.organisation_id) IN (
    SELECT visit.citizen_id, visit.facility_id FROM intake_stagedrow staged
    JOIN healthrecords_visit visit ON visit.id = staged.target_id WHERE {WRITTEN}
  ) AND NOT EXISTS (
    SELECT FROM healthrecords_visit visit
    WHERE visit.citizen_id = care.citizen_id AND visit.facility_id = care.organisation_id
      AND visit.status <> ALL(%(not_held)s)
  )
"""


def keep_before(rows: Sequence[UUID], *, papers_alone: Sequence[UUID] = ()) -> None:
    """Keep with each row what its visit was; with those that speak of papers alone no part of it."""
    with connection.cursor() as cursor:
        for keys, parts in ((rows, KEPT_PARTS), (papers_alone, "")):
            if keys:
                cursor.execute(KEEP.format(parts=parts), [list(keys)])


def bring_back(visits: Iterable[UUID]) -> None:
    """Bring back the people of visits that were withdrawn with an undone file."""
    ids = list(visits)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(BACK, [ids])


def consequences(batch: Batch) -> Consequences:
    """Tell how many visits and people an undo touches, and what stands in its way."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"batch": batch.pk})
        new, changed, people, staying = cursor.fetchone()
    obstacles, named = hindering.obstacles(batch)
    return Consequences(
        touched=[
            (_("new visits are withdrawn"), new),
            (_("changed visits get back what they said before"), changed),
            (_("people who came with this file are withdrawn"), people),
        ],
        kept=[(_("people who came with this file stay, for they have other records"), staying)],
        obstacles=obstacles,
        people=named,
    )


def undo(batch: Batch, at: datetime) -> None:
    """Withdraw what the batch brought and give back what it changed."""
    params: dict[str, Any] = {
        "batch": batch.pk,
        "at": at,
        "on": timezone.localdate(at),
        "not_held": list(NOT_HELD),
    }
    with connection.cursor() as cursor:
        for part in PARTS:
            cursor.execute(DROP_PARTS.format(part=part._meta.db_table), params)
        cursor.execute(WITHDRAW, params)
        own = [str(f.column) for f in Visit._meta.concrete_fields]
        columns = [name for name in own if name not in {"id", "citizen_id", "facility_id"}]
        given = ", ".join(f'"{name}" = old."{name}"' for name in columns)
        cursor.execute(GIVE_BACK.format(columns=given), params)
        cursor.execute(GIVE_FILE_BACK, params)
        for part in PARTS:
            names = [str(f.column) for f in part._meta.concrete_fields]
            old = ["visit" if name in {"citizen_id", "facility_id"} else "old" for name in names]
            cursor.execute(
                GIVE_PARTS_BACK.format(
                    part=part._meta.db_table,
                    columns=", ".join(f'"{name}"' for name in names),
                    old=", ".join(
                        f'{source}."{name}"' for source, name in zip(old, names, strict=True)
                    ),
                ),
                params,
            )
        results.undo(batch.pk, at)
        filed.undo(batch.pk, at)
        cursor.execute(PEOPLE, params)
        cursor.execute(NUMBERS, params)
        cursor.execute(CARE, params)
    close_cases_of(batch.pk, by=batch.undone_by, at=at)
    drop_unchanged_of(batch.pk, actor=None, at=at)
    settle_later(visits_of(batch))


def visits_of(batch: Batch) -> list[UUID]:
    """Return the visits a batch wrote."""
    rows = StagedRow.objects.filter(batch=batch, written_at__isnull=False)
    written = rows.exclude(target_id=None).values_list("target_id", flat=True)
    return [target for target in written if target is not None]
