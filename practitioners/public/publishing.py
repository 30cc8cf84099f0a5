"""How does the public register follow the register: who was touched is published anew.

One publisher at a time: an entry written from older rows never comes after one from newer rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef
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
    Sanction,
    WorkingSlot,
)
from practitioners.public.edition import Edition, Known
from practitioners.public.facts import TITLES, Facts, turning_day, write_facts
from practitioners.public.held import among, held_of
from practitioners.rules import rules_on

T = TypeVar("T")
AT_ONCE = 2_000
PUBLISHER_LOCK = 7_201_985


def publish_waiting(*, at: datetime) -> int:
    """Publish everybody whose rows were touched; return how many entries changed."""
    changed = 0
    while True:
        with transaction.atomic():
            alone()
            waiting = RegisterStale.objects.order_by("id").values_list("practitioner_id", flat=True)
            people = list(dict.fromkeys(waiting[:AT_ONCE]))
            if not people:
                return changed
            changed += _publish(people, at)


def publish_turned(*, at: datetime) -> int:
    """Publish the entries that have changed by the passing of days: a term ended, a ban began."""
    rows = RegisterEntry.objects.filter(is_listed=True, turns_on__lte=timezone.localdate(at))
    return publish(list(rows.values_list("practitioner_id", flat=True)), at=at)


REWORDED = """
SELECT entry.practitioner_id
FROM practitioners_registerentry AS entry
WHERE entry.is_listed AND (
  entry.public ->> 'title' IS DISTINCT FROM coalesce(%s::jsonb ->> entry.title, entry.title)
  OR EXISTS (
    SELECT FROM jsonb_to_recordset(entry.public -> 'facilities') AS said(id uuid, name text, commune text)
      JOIN places_organisation AS place ON place.id = said.id
      LEFT JOIN places_area AS area ON area.id = place.area_id
    WHERE said.name <> place.name OR said.commune <> coalesce(area.name, '')))
"""


def publish_reworded(*, at: datetime) -> int:
    """Publish the entries in which a facility, its commune or a title is called otherwise by now.

    Their rows are not the practitioner's: nothing notes who was touched when a hospital is renamed.
    """
    titles = orjson.dumps(dict(titles_on(TITLES, timezone.localdate(at)))).decode()
    with connection.cursor() as cursor:
        cursor.execute(REWORDED, [titles])
        people = [person for (person,) in cursor.fetchall()]
    return publish(people, at=at)


def publish_everybody(*, at: datetime) -> int:
    """Compare the whole register with what is published; for a first time, or after a repair."""
    people = Practitioner.objects.order_by("id").values_list("id", flat=True)
    return publish(people.iterator(chunk_size=AT_ONCE), at=at)


def batches(rows: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Cut rows into lists of a size."""
    walk = iter(rows)
    while some := list(islice(walk, size)):
        yield some


def publish(people: Iterable[UUID], *, at: datetime) -> int:
    """Publish these people anew, some thousands at a time; return how many entries changed."""
    changed = 0
    for some in batches(people):
        with transaction.atomic():
            alone()
            changed += _publish(some, at)
    return changed


def alone() -> None:
    """Wait until nobody else publishes; nobody else does until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s)", [PUBLISHER_LOCK])


def _after_all_others(at: datetime) -> datetime:
    """Return the moment of a change: later than every change before it.

    A run that waited for another, or is cut into batches, began before what it is told after; who
    has read up to a moment would miss it. A clock that was an hour ahead is not followed.
    """
    last: datetime | None = RegisterChange.objects.aggregate(last=Max("at"))["last"]
    if last is not None and at <= last < at + timedelta(hours=1):
        return last + timedelta(microseconds=1)
    return at


def _publish(people: Sequence[UUID], at: datetime) -> int:
    # First: what is touched from now on is noted anew, and read by the next publication.
    among(RegisterStale.objects.all(), people).delete()
    on = timezone.localdate(at)
    rows = among(RegisterEntry.objects.order_by(), people)
    known = {
        person: Known(is_listed, digest, turns_on)
        for person, is_listed, digest, turns_on in rows.values_list(
            "practitioner_id", "is_listed", "digest", "turns_on"
        )
    }
    edition = Edition(_after_all_others(at))
    with translation.override("vi"):
        for facts, turns_on in _found(people, on):
            edition.compare(known.pop(facts.id, None), facts, turns_on)
    for key, was in known.items():
        if was.is_listed:
            edition.withdraw(key)
    return edition.write()


def _found(people: Sequence[UUID], on: date) -> Iterator[tuple[Facts, date | None]]:
    """Yield people as they are today, and the next day on which that changes by itself."""
    begins = _begin(people, on)
    rules, titles = rules_on(on), titles_on(TITLES, on)
    for person in held_of(people, on):
        license = person.license_on(on)
        if license is None:
            continue
        facts = write_facts(person, license, on, rules, titles)
        turns = (turning_day(person, license, facts), begins.get(person.id))
        yield facts, min((day for day in turns if day), default=None)


def _begin(people: Sequence[UUID], on: date) -> dict[UUID, date]:
    """Return the first day after ``on`` on which something known today begins."""
    found: dict[UUID, date] = {}
    for model in (Registration, WorkingSlot, PracticeBan, Sanction):
        rows: Any = model._default_manager.filter(valid_from__gt=on).order_by()
        begun = among(rows, people).values("practitioner").annotate(first=Min("valid_from"))
        for person, first in begun.values_list("practitioner", "first"):
            found[person] = min(first, found.get(person, first))
    return found


def forget_unborne() -> int:
    """Take out names that nobody in the public register bears any more."""
    borne = RegisterEntry.objects.filter(is_listed=True, name_norm=OuterRef("name_norm"))
    count, _by_model = RegisterName.objects.filter(~Exists(borne)).delete()
    return count
