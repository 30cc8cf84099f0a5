"""Search the whole register for twins, a year of birth at a time: what nobody met while typing.

People of one year are compared in memory, and only those who share what twins share: the words of
the name with the day, the commune or the phone; the day with all but one word; a number but for one
figure. So the work grows with the people and not with their pairs, and the memory with the largest
year of birth. A joined record is compared by what it said; the one that stays is asked about. Those of different years are met at the end where they share a number, or the name with
the phone, or the name with the commune and the day of the year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Max, Min
from django.utils import timezone

from healthrecords.models import Citizen, CitizenMerge, TwinCase, TwinSweep
from healthrecords.services import merged_rows
from healthrecords.services.belongings import belongings
from healthrecords.services.likeness import FIGURES, Evidence, Facts, Held, weigh
from healthrecords.services.number_cases import reopen_cases
from healthrecords.services.standing import hold_trees, roots_of
from healthrecords.services.twins import (
    ASKED_FROM,
    WEIGHTIEST_FIRST,
    born_as,
    likelihood_of,
    namesakes_of,
)

# What would be asked while somebody types is put before people at night.
KEPT_FROM = ASKED_FROM
# People of one year of birth, against all of the register who have the same name.
NAMESAKES_PER_COHORT = 40
# More people than these in one place share too little to be told apart by it.
CROWD = 60
# A joined record holds no numbers of its own, and is left out where the one that stays is withdrawn.
MEMBERS = """
SELECT c.id, coalesce(c.merged_into_id, c.id), c.name_norm, c.birth_date, c.birth_precision, c.sex,
  c.phone, c.area_id, ARRAY(
  SELECT kind || ':' || value || CASE WHEN ended_on IS NULL THEN '' ELSE '!' END
  FROM healthrecords_citizenidentifier held
  WHERE held.citizen_id = coalesce(c.merged_into_id, c.id)
    AND held.kind NOT IN ('birth_paper', 'birth_registration', 'facility_number'))
FROM healthrecords_citizen c
WHERE c.withdrawn_at IS NULL AND c.standing <> 'unknown'
  AND (SELECT stays.withdrawn_at FROM healthrecords_citizen stays
       WHERE stays.id = c.merged_into_id) IS NULL
"""
COHORT = f"""{MEMBERS}
  AND c.birth_date BETWEEN make_date(%s, 1, 1) AND make_date(%s, 12, 31) ORDER BY c.id
"""
# Those of one name who share a phone, or the commune with day and month, in different years. The first
# of January stands for "some day of the year" on many papers.
ACROSS = """
WITH person AS NOT MATERIALIZED (
  SELECT id, name_norm, phone, area_id, birth_precision, date_part('year', birth_date) AS born_in,
    to_char(birth_date, 'MMDD') AS day
  FROM healthrecords_citizen
  WHERE withdrawn_at IS NULL AND standing <> 'unknown'
)
SELECT array_agg(id ORDER BY id) FROM person WHERE phone <> ''
GROUP BY name_norm, phone
HAVING count(*) BETWEEN 2 AND %(crowd)s AND min(born_in) <> max(born_in)
UNION
SELECT array_agg(id ORDER BY id) FROM person
WHERE area_id IS NOT NULL AND birth_precision = 'day' AND day <> '0101'
GROUP BY name_norm, area_id, day
HAVING count(*) BETWEEN 2 AND %(crowd)s AND min(born_in) <> max(born_in)
"""
WEIGHED_AT_ONCE = 2_000
SHARED = """
SELECT held.value, array_agg(held.citizen_id ORDER BY held.citizen_id)
FROM healthrecords_citizenidentifier held JOIN healthrecords_citizen c ON c.id = held.citizen_id
WHERE held.ended_on IS NULL AND c.merged_into_id IS NULL AND c.withdrawn_at IS NULL
  AND held.kind NOT IN ('birth_paper', 'birth_registration', 'facility_number')
GROUP BY held.kind, held.value HAVING count(*) BETWEEN 2 AND 20
"""


@dataclass(frozen=True, slots=True)
class Member:
    """What one record of a year of birth says, and of whom: the record that speaks for it."""

    row: UUID
    key: UUID
    facts: Facts
    words: tuple[str, ...]

    @property
    def day(self) -> tuple[int, int] | None:
        """Return month and day, whichever is which; none where only the year is known."""
        birth = self.facts.birth
        if not birth.is_full or birth.day is None or birth.month is None:
            return None
        days = (min(birth.day, birth.month), max(birth.day, birth.month))
        return None if days == (1, 1) else days


Keys = Callable[[Member], Iterable[Hashable]]


def sweep(*, at: datetime, years: int | None = None) -> TwinSweep:
    """Search on where the last search stopped, or begin anew; at most so many years of birth.

    Each year is a transaction of its own: a search that is stopped loses no more than one.
    """
    run = TwinSweep.objects.filter(ended_at=None).first() or TwinSweep.objects.create(started_at=at)
    said = Citizen.objects.filter(withdrawn_at=None)
    span = said.aggregate(first=Min("birth_date"), last=Max("birth_date"))
    first = span["first"].year if span["first"] else 0
    last = span["last"].year if span["last"] else -1
    begun = max(first, run.reached + 1)
    for year in range(begun, last + 1)[:years]:
        with transaction.atomic():
            _sweep_year(run, year, at)
    if run.reached >= last:
        with transaction.atomic():
            run.found += _keep(_with_one_number(), at)
            run.found += _keep(_across_years(), at)
            run.ended_at = timezone.now()
            run.save()
    return run


def _sweep_year(run: TwinSweep, year: int, at: datetime) -> None:
    people = list(_cohort(year))
    counts = Counter(member.facts.name for member in people)
    pairs = {pair for keys in SHARES for pair in _pairs(people, keys)}
    likely = []
    for i, j in sorted(pairs):
        one, other = people[i], people[j]
        if one.key == other.key:
            continue  # two records that were joined
        rarer = min(counts[one.facts.name], counts[other.facts.name])
        evidence = weigh(one.facts, other.facts, namesakes=rarer * NAMESAKES_PER_COHORT)
        if evidence.bits >= KEPT_FROM and evidence.grounds:
            likely.append((one.key, other.key, evidence))
    run.people += sum(member.row == member.key for member in people)
    run.found += _keep(likely, at)
    run.reached = year
    run.save()


def _across_years() -> Iterator[tuple[UUID, UUID, Evidence]]:
    """Yield likely pairs of different years of birth, of which a figure of the year may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute(ACROSS, {"crowd": CROWD})
        groups = [keys for (keys,) in cursor.fetchall()]
    pairs = sorted({pair for keys in groups for pair in combinations(keys, 2)})
    for begin in range(0, len(pairs), WEIGHED_AT_ONCE):
        part = pairs[begin : begin + WEIGHED_AT_ONCE]
        people = {one.row: one for one in _members(MEMBERS + "AND c.id = ANY(%s)", [_keys(part)])}
        counts = namesakes_of({one.facts.name for one in people.values()})
        for row, rival in part:
            if row not in people or rival not in people:
                continue  # withdrawn meanwhile
            one, other = people[row], people[rival]
            if one.facts.birth.year == other.facts.birth.year or one.key == other.key:
                continue  # they met in their year, or were joined
            evidence = weigh(one.facts, other.facts, namesakes=counts[one.facts.name])
            if evidence.bits >= KEPT_FROM and evidence.grounds:
                yield one.key, other.key, evidence


def _keys(pairs: Iterable[tuple[UUID, UUID]]) -> list[UUID]:
    return sorted({key for pair in pairs for key in pair})


def _cohort(year: int) -> Iterator[Member]:
    return _members(COHORT, [year, year])


def _members(question: str, params: Sequence[Any]) -> Iterator[Member]:
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        for row, key, name, day, precision, sex, phone, area, held in cursor:
            numbers: set[Held] = set()
            former: set[Held] = set()
            for text in held:
                kind, _colon, value = text.partition(":")
                (former if value.endswith("!") else numbers).add((kind, value.rstrip("!")))
            birth = born_as(day, precision)
            facts = Facts(name, birth, sex, phone, area, frozenset(numbers), frozenset(former))
            yield Member(row, key, facts, tuple(sorted(name.split())))


def _by_day(member: Member) -> Iterator[Hashable]:
    if member.day is not None:
        yield member.words, member.day


def _by_place(member: Member) -> Iterator[Hashable]:
    if member.facts.area is not None:
        yield member.words, member.facts.area


def _by_phone(member: Member) -> Iterator[Hashable]:
    if member.facts.phone:
        yield member.words, member.facts.phone


def _by_other_words(member: Member) -> Iterator[Hashable]:
    """Yield the day with the name, whole and with each word left out."""
    if member.day is None:
        return
    words = member.facts.name.split()
    yield member.day, tuple(words)
    for n in range(len(words)):
        yield member.day, (*words[:n], *words[n + 1 :])


def _by_number(member: Member) -> Iterator[Hashable]:
    """Yield each number with one figure hidden, and whole where it is an earlier one."""
    for kind, value in member.facts.numbers | member.facts.former:
        yield kind, value
        if kind in FIGURES:
            for n in range(len(value)):
                yield kind, f"{value[:n]}*{value[n + 1 :]}"


SHARES: Sequence[Keys] = (_by_day, _by_place, _by_phone, _by_other_words, _by_number)


def _pairs(people: Sequence[Member], keys: Keys) -> Iterator[tuple[int, int]]:
    buckets: dict[Hashable, list[int]] = defaultdict(list)
    for n, member in enumerate(people):
        for key in keys(member):
            buckets[key].append(n)
    for found in buckets.values():
        if 1 < len(found) <= CROWD:
            yield from combinations(dict.fromkeys(found), 2)


def _with_one_number() -> Iterator[tuple[UUID, UUID, Evidence]]:
    """Yield those who claim one number, whenever they were born."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED)
        rows = cursor.fetchall()
    for value, holders in rows:
        for one, other in combinations(sorted(set(holders)), 2):
            yield one, other, Evidence(0.0, {TwinCase.Ground.NUMBER}, {value})


def _keep(pairs: Iterable[tuple[UUID, UUID, Evidence]], at: datetime) -> int:
    """Keep pairs that nobody was asked about yet, nor has answered; return how many."""
    found: dict[tuple[UUID, UUID], Evidence] = {}
    for one, other, evidence in pairs:
        pair = min(one, other), max(one, other)
        if pair not in found or evidence.bits > found[pair].bits:
            found[pair] = evidence
    again = reopen_cases(_keys(found))
    known = _known(found.keys())
    cases = [
        _case(one, other, evidence, at)
        for (one, other), evidence in found.items()
        if frozenset((one, other)) not in known
    ]
    TwinCase.objects.bulk_create(cases, ignore_conflicts=True, batch_size=1_000)
    return again + len(cases)


def _known(pairs: Iterable[tuple[UUID, UUID]]) -> set[frozenset[UUID]]:
    """Return of whom somebody is asked or has answered; a number given up says nothing of the two."""
    everybody = _keys(pairs)
    rows = TwinCase.objects.filter(older__in=everybody, newer__in=everybody)
    rows = rows.exclude(answer=TwinCase.Answer.GIVEN_UP)
    return {frozenset(pair) for pair in rows.values_list("older", "newer")}


def _case(one: UUID, other: UUID, evidence: Evidence, at: datetime) -> TwinCase:
    ground = next(ground for ground in WEIGHTIEST_FIRST if ground in evidence.grounds)
    older, newer = sorted((one, other))
    return TwinCase(
        older_id=older,
        newer_id=newer,
        ground=ground,
        number=min(evidence.shared)[:20] if ground == TwinCase.Ground.NUMBER else "",
        likelihood=likelihood_of(evidence.bits),
        found_at=at,
    )


def gather_late_rows() -> int:
    """Bring rows that were written for a joined record after it was joined to the one that stays."""
    in_force = CitizenMerge.objects.filter(undone_at=None)
    late: dict[UUID, CitizenMerge] = {}
    for belonging in belongings():
        joined = f"{belonging.field.name}__joinings"
        rows = belonging.alone.filter(**{f"{joined}__in": in_force, "pk__gt": F(f"{joined}__pk")})
        for key in set(rows.values_list(f"{joined}__pk", flat=True)):
            late[key] = in_force.get(pk=key)
    moved = 0
    for merge in late.values():
        with transaction.atomic():
            moved += merged_rows.settle(roots_of(hold_trees(merge.survivor_id)), merge=merge)
    return moved
