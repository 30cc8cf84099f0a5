"""How is a list of people undone: new people withdrawn, known ones as they were before it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from healthrecords.imports.citizens.writing import WRITTEN as FIELDS
from healthrecords.imports.citizens.writing import as_json
from healthrecords.imports.since import confirmed, with_joined
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier
from healthrecords.services.number_cases import close_cases_of
from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow
from portal.intake.progress import Teller

CHUNK = 500
FIELD_OF = {str(field.attname): field for field in Citizen._meta.concrete_fields}
WRITTEN = "batch_id = %(batch)s AND written_at IS NOT NULL AND subject_id IS NOT NULL"
LATER = """
SELECT sent.file_name, sent.received_at, count(*) FROM intake_batch sent
JOIN intake_stagedrow later ON later.batch_id = sent.id AND later.written_at IS NOT NULL
JOIN intake_stagedrow staged ON staged.subject_id = later.subject_id
  AND staged.written_at < later.written_at
WHERE staged.batch_id = %(batch)s AND staged.subject_id IS NOT NULL
  AND sent.kind = %(kind)s AND sent.state = 'written' AND sent.id <> %(batch)s
GROUP BY sent.id, sent.file_name, sent.received_at ORDER BY sent.received_at LIMIT 20
"""
# A person stays who has visits, whom somebody else knows, or whose record was joined with another.
STAYS = """
EXISTS (
  SELECT FROM healthrecords_visit visit
  WHERE visit.citizen_id = citizen.id AND visit.status <> 'withdrawn'
) OR EXISTS (
  SELECT FROM healthrecords_citizenidentifier number
  WHERE number.citizen_id = citizen.id AND number.ended_on IS NULL
    AND (number.batch_id IS DISTINCT FROM %(batch)s OR number.is_verified)
) OR EXISTS (
  SELECT FROM healthrecords_carerelation care
  WHERE care.citizen_id = citizen.id AND care.until IS NULL
    AND care.organisation_id <> %(sender)s AND care.ground <> 'insurance'
) OR EXISTS (SELECT FROM healthrecords_citizen twin WHERE twin.merged_into_id = citizen.id)
OR citizen.merged_into_id IS NOT NULL OR citizen.origin <> 'file'
"""
MADE = f"SELECT subject_id FROM intake_stagedrow WHERE {WRITTEN} AND makes_subject"
COUNT = f"""
SELECT
  (SELECT count(*) FROM intake_stagedrow WHERE {WRITTEN} AND NOT makes_subject),
  (SELECT count(*) FROM healthrecords_citizen citizen WHERE NOT ({STAYS}) AND id IN ({MADE})),
  (SELECT count(*) FROM healthrecords_citizen citizen WHERE ({STAYS}) AND id IN ({MADE}))
"""
WITHDRAW = f"""
UPDATE healthrecords_citizen citizen SET withdrawn_at = %(at)s
WHERE withdrawn_at IS NULL AND NOT ({STAYS}) AND id IN ({MADE})
"""
# People whose record goes with the list, and people who were known before it.
LOSING = f"""
SELECT subject_id FROM intake_stagedrow JOIN healthrecords_citizen ON healthrecords_citizen.id = subject_id
WHERE {WRITTEN} AND (withdrawn_at IS NOT NULL OR NOT makes_subject)
"""
NUMBERS = f"""
UPDATE healthrecords_citizenidentifier number SET ended_on = %(on)s
WHERE batch_id = %(batch)s AND ended_on IS NULL AND NOT is_verified
  AND citizen_id IN ({with_joined(LOSING)}) AND NOT {confirmed("number")}
"""
CARE = f"""
UPDATE healthrecords_carerelation SET until = %(on)s
WHERE (until IS NULL OR until > %(on)s) AND (organisation_id = %(sender)s OR ground = 'insurance') AND citizen_id IN (
  SELECT id FROM healthrecords_citizen WHERE withdrawn_at = %(at)s AND id IN ({MADE})
)
"""


def _params(batch: Batch) -> dict[str, Any]:
    return {"batch": batch.pk, "sender": batch.organisation_id, "kind": batch.kind}


def consequences(batch: Batch) -> Consequences:
    """Tell how many people an undo touches, and which later lists stand in its way."""
    with connection.cursor() as cursor:
        cursor.execute(LATER, _params(batch))
        later = cursor.fetchall()
        cursor.execute(COUNT, _params(batch))
        changed, gone, staying = cursor.fetchone()
    return Consequences(
        touched=[
            (_("people who came with this file are withdrawn"), gone),
            (_("people who were known get back what was changed"), changed),
        ],
        kept=[(_("people who came with this file stay, for they have other records"), staying)],
        obstacles=[_obstacle(*line) for line in later],
    )


def _obstacle(name: str, received: datetime, people: int) -> str:
    return ngettext(
        "The file “%(name)s” of %(day)s changed %(count)d of these people later; undo that one first.",
        "The file “%(name)s” of %(day)s changed %(count)d of these people later; undo that one first.",
        people,
    ) % {
        "name": name,
        "day": timezone.localtime(received).strftime("%d/%m/%Y %H:%M"),
        "count": people,
    }


def undo(batch: Batch, at: datetime, teller: Teller) -> None:
    """Withdraw whom the batch brought, and give the others back what it changed.

    What somebody set right at a desk since then stays: only what still is as the file wrote it
    goes back.
    """
    params = {**_params(batch), "at": at, "on": timezone.localdate(at)}
    rows = StagedRow.objects.filter(batch=batch, before__isnull=False).exclude(written_at=None)
    ids = list(rows.order_by("number", "id").values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        part = StagedRow.objects.filter(pk__in=ids[start : start + CHUNK])
        kept = part.values_list("subject_id", "before")
        _give_back([(person, before or {}) for person, before in kept if before], at)
        teller.add(len(ids[start : start + CHUNK]))
    with connection.cursor() as cursor:
        for statement in (WITHDRAW, NUMBERS, CARE):
            cursor.execute(statement, params)
    close_cases_of(batch.pk, by=batch.undone_by, at=at)


def _give_back(rows: Sequence[tuple[UUID | None, dict[str, Any]]], at: datetime) -> None:
    people = Citizen.objects.select_for_update().in_bulk([person for person, _before in rows])
    for person, before in rows:
        if person is None or person not in people:
            continue
        citizen = people[person]
        for name, (old, new) in before["fields"].items():
            if as_json(getattr(citizen, name)) == new:
                setattr(citizen, name, FIELD_OF[name].to_python(old))
    Citizen.objects.bulk_update(people.values(), FIELDS, batch_size=CHUNK)
    _give_days_back([line for _person, before in rows for line in before["numbers"]])
    _give_care_back([line for _person, before in rows for line in before["care"]], at)


def _give_days_back(lines: Iterable[Sequence[Any]]) -> None:
    for key, old, new in lines:
        CitizenIdentifier.objects.filter(pk=key, valid_until=new).update(valid_until=old)


def _give_care_back(lines: Iterable[Sequence[Any]], at: datetime) -> None:
    """Give care its old end and beginning; what began with the file ends, what ended goes on."""
    for key, until, *since in lines:
        said: dict[str, date | None] = {"until": timezone.localdate(at)}
        if until is not None:
            said["until"] = date.fromisoformat(until) if until else None
        if since:
            said["since"] = date.fromisoformat(since[0])
        CareRelation.objects.filter(pk=key).update(**said)
