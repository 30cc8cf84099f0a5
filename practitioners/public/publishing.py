"""How does the public register follow the register: who was touched is published anew.

One publisher at a time: an entry written from older rows never comes after one from newer rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone, translation

from portal.codelists.lookup import titles_on
from practitioners.models import (
    PracticeBan,
    Practitioner,
    RegisterChange,
    RegisterEntry,
    RegisterName,
    RegisterStale,
    Registration,
    WorkingSlot,
)
from practitioners.public import facts as reading
from practitioners.public.wording import public_of
from practitioners.rules import rules_on

T = TypeVar("T")
AT_ONCE = 1_000
PUBLISHER_LOCK = 7_201_985
Kind = RegisterChange.Kind
FOUND_BY = ("name", "title", "serial", "issuer_code", "kind", "facilities")
UPDATED = (*FOUND_BY, "is_listed", "public", "digest", "changed_at", "turns_on")


@dataclass(slots=True)
class _Edition:
    """What one publication adds and changes."""

    added: list[RegisterEntry] = field(default_factory=list)
    changed: list[RegisterEntry] = field(default_factory=list)
    turned: list[RegisterEntry] = field(default_factory=list)
    changes: list[RegisterChange] = field(default_factory=list)


def publish_waiting(*, at: datetime) -> int:
    """Publish everybody whose rows were touched; return how many entries changed."""
    changed = 0
    while True:
        with transaction.atomic():
            _alone()
            rows = RegisterStale.objects.select_for_update(skip_locked=True).order_by("id")
            waiting = list(rows.values_list("id", "practitioner_id")[:AT_ONCE])
            if not waiting:
                return changed
            changed += _publish(list(dict.fromkeys(person for _id, person in waiting)), at)
            RegisterStale.objects.filter(pk__in=[row for row, _person in waiting]).delete()


def publish_turned(*, at: datetime) -> int:
    """Publish the entries that have changed by the passing of days: a term ended, a ban began."""
    on, changed = timezone.localdate(at), 0
    rows = RegisterEntry.objects.filter(is_listed=True, turns_on__lte=on)
    people = list(rows.values_list("practitioner_id", flat=True))
    for some in batches(people):
        changed += publish(some, at=at)
    return changed


def publish_everybody(*, at: datetime) -> int:
    """Compare the whole register with what is published; for a first time, or after a repair."""
    changed = 0
    people = Practitioner.objects.order_by("id").values_list("id", flat=True)
    for some in batches(people.iterator(chunk_size=AT_ONCE)):
        changed += publish(some, at=at)
    return changed


def batches(rows: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Cut rows into lists of a size."""
    walk = iter(rows)
    while some := list(islice(walk, size)):
        yield some


@transaction.atomic
def publish(people: Sequence[UUID], *, at: datetime) -> int:
    """Publish these people anew; return how many entries changed."""
    _alone()
    return _publish(people, at)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s)", [PUBLISHER_LOCK])


def _publish(people: Sequence[UUID], at: datetime) -> int:
    on = timezone.localdate(at)
    known = {row.practitioner_id: row for row in _entries(people)}
    edition = _Edition()
    with translation.override("vi"):
        for found in _found(people, on):
            _compare(edition, known.pop(found.practitioner_id, None), found, at)
    for row in known.values():
        if row.is_listed:
            _withdraw(edition, row, at)
    _write(edition)
    return len(edition.added) + len(edition.changed)


def _entries(people: Sequence[UUID]) -> Iterable[RegisterEntry]:
    rows = RegisterEntry.objects.filter(practitioner__in=people).defer("public")
    return rows.select_for_update(of=("self",))


def _found(people: Sequence[UUID], on: date) -> Iterator[RegisterEntry]:
    """Make the entries of people as they are today."""
    begins = _begin(people, on)
    rules, titles = rules_on(on), titles_on(reading.TITLES, on)
    for person in reading.register(on).filter(pk__in=people):
        license = reading.license_on(person, on)
        if license is None:
            continue
        facts = reading.write_facts(person, license, on, rules, titles)
        public = public_of(facts)
        turns = (reading.turning_day(person, license, facts), begins.get(person.pk))
        serial, issuer, kind = facts.key
        yield RegisterEntry(
            practitioner=person,
            name=facts.name,
            title=facts.title_code,
            serial=serial,
            issuer_code=issuer,
            kind=kind.lower(),
            facilities=sorted({place.facility_id for place in facts.places}),
            public=public,
            digest=digest_of(public),
            turns_on=min((day for day in turns if day), default=None),
        )


def _begin(people: Sequence[UUID], on: date) -> dict[UUID, date]:
    """Return the first day after ``on`` on which something known today begins."""
    found: dict[UUID, date] = {}
    for model in (Registration, WorkingSlot, PracticeBan):
        rows: Any = model._default_manager.filter(practitioner__in=people, valid_from__gt=on)
        begun = rows.order_by().values("practitioner").annotate(first=Min("valid_from"))
        for row in begun.values_list("practitioner", "first"):
            found[row[0]] = min(row[1], found.get(row[0], row[1]))
    return found


def digest_of(public: dict[str, Any]) -> str:
    """Return the hash by which two states of an entry compare."""
    return sha256(orjson.dumps(public, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _compare(
    edition: _Edition, known: RegisterEntry | None, found: RegisterEntry, at: datetime
) -> None:
    found.changed_at = at
    if known is None:
        edition.added.append(found)
        _tell(edition, Kind.ADDED, found)
        return
    found.pk = known.pk
    if known.is_listed and known.digest == found.digest:
        if known.turns_on != found.turns_on:
            edition.turned.append(found)
        return
    edition.changed.append(found)
    _tell(edition, Kind.CHANGED if known.is_listed else Kind.ADDED, found)


def _withdraw(edition: _Edition, row: RegisterEntry, at: datetime) -> None:
    row.is_listed, row.changed_at, row.turns_on = False, at, None
    row.public, row.digest = {"id": str(row.practitioner_id)}, ""
    edition.changed.append(row)
    _tell(edition, Kind.WITHDRAWN, row)


def _tell(edition: _Edition, kind: str, row: RegisterEntry) -> None:
    edition.changes.append(
        RegisterChange(
            practitioner_id=row.practitioner_id, kind=kind, at=row.changed_at, public=row.public
        )
    )


def _write(edition: _Edition) -> None:
    RegisterEntry.objects.bulk_create(edition.added)
    RegisterEntry.objects.bulk_update(edition.changed, UPDATED)
    RegisterEntry.objects.bulk_update(edition.turned, ["turns_on"])
    RegisterChange.objects.bulk_create(edition.changes)
    _learn([row.name for row in (*edition.added, *edition.changed) if row.is_listed])


LEARN = """
INSERT INTO practitioners_registername (id, name_norm)
SELECT public.mach_uuid7(), said.name FROM (
  SELECT DISTINCT public.mach_name_norm(name) AS name FROM unnest(%s::text[]) AS name
) AS said
ON CONFLICT (name_norm) DO NOTHING
"""


def _learn(names: Sequence[str]) -> None:
    """Let the names be found by their words."""
    if names:
        with connection.cursor() as cursor:
            cursor.execute(LEARN, [list(names)])


def forget_unborne() -> int:
    """Take out names that nobody in the public register bears any more."""
    borne = RegisterEntry.objects.filter(is_listed=True).values("name_norm")
    count, _by_model = RegisterName.objects.exclude(name_norm__in=borne).delete()
    return count
