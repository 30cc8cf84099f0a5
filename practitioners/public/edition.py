"""One publication: what it adds, changes and withdraws, written in two statements whatever its size."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.db import connection

from portal.database.uuid7 import uuid7
from practitioners.models import RegisterChange
from practitioners.public.wording import public_of

if TYPE_CHECKING:
    from uuid import UUID

    from practitioners.public.facts import Facts

Kind = RegisterChange.Kind
# Entries are compared by who they are of; a change is told in the order in which it was found.
WRITE = """
WITH edition AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%s::jsonb) AS told(
    id uuid, change uuid, practitioner_id uuid, name text, title text, serial int,
    issuer_code text, kind text, facilities uuid[], is_listed boolean, public jsonb, digest text,
    turns_on date, told text)
), entry AS (
  INSERT INTO practitioners_registerentry (id, practitioner_id, name, title, serial, issuer_code,
    kind, facilities, is_listed, public, digest, changed_at, turns_on)
  SELECT id, practitioner_id, name, title, serial, issuer_code, kind, facilities, is_listed, public,
    digest, %s, turns_on
  FROM edition WHERE is_listed
  ON CONFLICT (practitioner_id) DO UPDATE SET name = excluded.name, title = excluded.title,
    serial = excluded.serial, issuer_code = excluded.issuer_code, kind = excluded.kind,
    facilities = excluded.facilities, is_listed = true, public = excluded.public,
    digest = excluded.digest, changed_at = excluded.changed_at, turns_on = excluded.turns_on
), withdrawn AS (
  UPDATE practitioners_registerentry AS entry SET is_listed = false, public = edition.public,
    digest = '', changed_at = %s, turns_on = NULL
  FROM edition
  WHERE NOT edition.is_listed AND entry.practitioner_id = edition.practitioner_id
), named AS (
  INSERT INTO practitioners_registername (id, name_norm)
  SELECT public.mach_uuid7(), said.name FROM (
    SELECT DISTINCT public.mach_name_norm(name) AS name FROM edition WHERE is_listed
  ) AS said
  ON CONFLICT (name_norm) DO NOTHING
)
INSERT INTO practitioners_registerchange (id, practitioner_id, kind, at, public)
SELECT change, practitioner_id, told, %s, public FROM edition
"""
TURN = """
UPDATE practitioners_registerentry AS entry SET turns_on = turned.turns_on
FROM jsonb_to_recordset(%s::jsonb) AS turned(practitioner_id uuid, turns_on date)
WHERE entry.practitioner_id = turned.practitioner_id
"""


class Known(NamedTuple):
    """What an entry was before."""

    is_listed: bool
    digest: str
    turns_on: date | None


@dataclass(slots=True)
class Edition:
    """What one publication tells, and what it only notes: on which day an entry changes by itself."""

    at: datetime
    told: list[dict[str, Any]] = field(default_factory=list)
    turned: list[dict[str, Any]] = field(default_factory=list)

    def compare(self, known: Known | None, facts: Facts, turns_on: date | None) -> None:
        """Take in somebody as they are today; who is published so already is not told again."""
        public = orjson.dumps(public_of(facts), option=orjson.OPT_SORT_KEYS)
        digest = sha256(public).hexdigest()
        is_listed = known is not None and known.is_listed
        if known is not None and is_listed and known.digest == digest:
            if known.turns_on != turns_on:
                self.turned.append({"practitioner_id": facts.id, "turns_on": turns_on})
            return
        serial, issuer, kind = facts.key
        self._tell(
            Kind.CHANGED if is_listed else Kind.ADDED,
            facts.id,
            public,
            name=facts.name,
            title=facts.title_code,
            serial=serial,
            issuer_code=issuer,
            kind=kind.lower(),
            facilities=sorted({place.facility_id for place in facts.places}),
            digest=digest,
            turns_on=turns_on,
        )

    def withdraw(self, person: UUID) -> None:
        """Take somebody out of the public register; that they were in it is all that stays."""
        self._tell(Kind.WITHDRAWN, person, orjson.dumps({"id": person}))

    def _tell(self, told: Kind, person: UUID, public: bytes, **found: Any) -> None:
        row = {
            "id": uuid7(),
            "change": uuid7(),
            "practitioner_id": person,
            "is_listed": told != Kind.WITHDRAWN,
            "public": orjson.Fragment(public),
            "told": str(told),
        }
        self.told.append({**row, **found})

    def write(self) -> int:
        """Write it; return how many entries were added or changed."""
        with connection.cursor() as cursor:
            if self.told:
                cursor.execute(WRITE, [_sent(self.told), self.at, self.at, self.at])
            if self.turned:
                cursor.execute(TURN, [_sent(self.turned)])
        return len(self.told)


def _sent(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
