"""Which records may already be this person?

Every search goes by an index of its own and ends at a few rows; what they find is weighed by
:mod:`healthrecords.services.likeness`. With a million citizens all of it stays under 80 ms. What a
record said that was joined with another is still known: the one that stays answers for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
from healthrecords.services.entries import CitizenEntry
from healthrecords.services.likeness import (
    NUMBER,
    Evidence,
    Facts,
    any_near,
    orders_of,
    other_years,
    same_days,
    weigh,
)
from portal.dates import PartialDate
from portal.names import name_norm
from portal.scope import Scope

FEW = 5
WEIGHED_AT_MOST = 40
COUNTED_AT_MOST = 500
# From so many bits on a record is worth showing, and worth an answer before saving.
SHOWN_FROM, ASKED_FROM = -9.0, -1.5
WEIGHTIEST_FIRST = (
    TwinCase.Ground.NUMBER,
    TwinCase.Ground.NEAR_NUMBER,
    TwinCase.Ground.NAME_AND_BIRTH,
    TwinCase.Ground.LIKENESS,
    TwinCase.Ground.PHONE,
)
SAID = """SELECT id, coalesce(merged_into_id, id), name,
    name_norm, birth_date, birth_precision, sex, phone, area_id
  FROM healthrecords_citizen
  WHERE withdrawn_at IS NULL AND standing <> 'unknown'"""
SEARCH = " UNION ".join(
    f"({SAID} AND {condition})"
    for condition in (
        """id IN (SELECT citizen_id FROM healthrecords_citizenidentifier
          WHERE value = ANY(%(numbers)s)) LIMIT 60""",
        "name_norm = ANY(%(names)s) AND birth_date BETWEEN %(first)s AND %(last)s LIMIT 300",
        "name_norm = %(name)s AND birth_date = ANY(%(years)s) LIMIT 100",
        "birth_date = ANY(%(days)s) LIMIT 1500",
        "phone = %(phone)s AND phone <> '' LIMIT 20",
    )
)
NAMESAKES = """
SELECT folded, (SELECT count(*) FROM (
  SELECT FROM healthrecords_citizen WHERE name_norm = folded COLLATE "C" LIMIT %s) namesakes)
FROM unnest(%s::text[]) AS asked (folded)
"""


@dataclass(slots=True)
class Said:
    """What a record says; ``root`` is the record that speaks for it now."""

    key: UUID
    root: UUID
    name: str
    facts: Facts


@dataclass(slots=True)
class Twin:
    """A record that may be the same person, and the grounds for thinking so.

    ``formerly`` is the name in a record joined with this one, where that is what is like.
    """

    citizen: Citizen
    grounds: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    in_scope: bool = False
    bits: float = 0.0
    formerly: str = ""

    @property
    def asks(self) -> bool:
        """Say whether saving waits for an answer; the same phone alone is a household."""
        return TwinCase.Ground.NUMBER in self.grounds or self.bits >= ASKED_FROM

    @property
    def ground(self) -> str:
        """Return the weightiest ground."""
        return next(ground for ground in WEIGHTIEST_FIRST if ground in self.grounds)

    @property
    def likelihood(self) -> int:
        """Return how likely it is one person, of a hundred."""
        return likelihood_of(self.bits)


def likelihood_of(bits: float) -> int:
    """Return what bits of evidence mean, of a hundred."""
    against: float = 2.0 ** -max(min(bits, 60.0), -60.0)
    return round(100 / (1 + against))


def facts_of(entry: CitizenEntry) -> Facts:
    """Return what was entered as it is compared."""
    return Facts(
        name=name_norm(entry.name),
        birth=entry.birth,
        sex=entry.sex,
        phone=entry.phone,
        area=entry.area.pk if entry.area is not None else None,
        numbers=frozenset((str(number.kind), number.value) for number in entry.numbers),
    )


def find_twins(
    entry: CitizenEntry, *, scope: Scope, besides: Citizen | None = None, limit: int = FEW
) -> list[Twin]:
    """Return the likeliest twins of what was entered, likeliest first.

    People outside ``scope`` are found by an exact number only; their names are not to be shown.
    """
    if entry.standing == Citizen.Standing.UNKNOWN and not entry.numbers:
        return []  # a description is no name: who somebody unknown was is found out by people
    return find_like(facts_of(entry), scope=scope, besides=besides, limit=limit)


def find_like(
    facts: Facts, *, scope: Scope, besides: Citizen | None = None, limit: int = FEW
) -> list[Twin]:
    """Return the likeliest twins of a person of whom this is known."""
    mine = None if besides is None else besides.pk
    known = {said.key: said for said in _search(facts) if mine not in {said.key, said.root}}
    holders = _with_numbers(facts, known)
    likely = _weigh(facts, known, holders)
    # Of the records that were joined the likeliest tells, the one that stays before others.
    nearest: dict[UUID, Said] = {}
    for key in sorted(likely, key=lambda key: (likely[key].bits, key == known[key].root)):
        nearest[known[key].root] = known[key]
    people: Any = Citizen.objects.current().select_related("area").in_bulk(nearest)
    in_scope = _mine(people, scope)
    found = [
        twin
        for key, citizen in people.items()
        if (twin := _twin(citizen, nearest[key], likely, in_scope=key in in_scope)) is not None
    ]
    return sorted(found, key=lambda twin: -twin.bits)[:limit]


def _search(facts: Facts) -> list[Said]:
    birth = facts.birth
    exact = [value for _kind, value in facts.numbers | facts.former]
    with connection.cursor() as cursor:
        cursor.execute(
            SEARCH,
            {
                "numbers": [*exact, *any_near(facts.numbers)],
                "names": orders_of(facts.name),
                "name": facts.name,
                "first": date(birth.year, 1, 1),
                "last": date(birth.year, 12, 31),
                "years": other_years(birth),
                "days": same_days(birth),
                "phone": facts.phone,
            },
        )
        return [Said(key, root, name, _facts(row)) for key, root, name, *row in cursor]


def born_as(day: date, precision: str) -> PartialDate:
    """Return a stored date of birth as exactly as it is known."""
    if precision == Citizen.Precision.YEAR:
        return PartialDate(day.year)
    return PartialDate(day.year, day.month, day.day if precision == Citizen.Precision.DAY else None)


def _facts(row: Sequence[Any]) -> Facts:
    name, day, precision, sex, phone, area = row
    return Facts(name, born_as(day, precision), sex, phone, area)


def _with_numbers(facts: Facts, known: dict[UUID, Said]) -> set[UUID]:
    """Give the likeliest their numbers; return who holds one of the numbers that were entered.

    The numbers of a joined record stand with the one that speaks for it.
    """
    said = facts.numbers | facts.former
    values = {value for _kind, value in said} | set(any_near(facts.numbers))
    rough = {key: weigh(facts, one.facts, namesakes=1).bits for key, one in known.items()}
    likeliest = sorted(
        (key for key, bits in rough.items() if bits >= SHOWN_FROM - NUMBER),
        key=lambda key: -rough[key],
    )[:WEIGHED_AT_MOST]
    roots = {known[key].root for key in likeliest}
    rows = CitizenIdentifier.objects.filter(citizen__in=roots)
    if values and len(likeliest) < len(known):
        everybody = {one.root for one in known.values()}
        rows |= CitizenIdentifier.objects.filter(value__in=values, citizen__in=everybody)
    held: dict[UUID, tuple[set[Any], set[Any]]] = {root: (set(), set()) for root in roots}
    rows = rows.exclude(kind__in=CitizenIdentifier.LOCAL)
    for root, kind, value, ended in rows.values_list("citizen_id", "kind", "value", "ended_on"):
        held.setdefault(root, (set(), set()))[ended is not None].add((kind, value))
    for key in [key for key, one in known.items() if one.root not in held]:
        del known[key]
    for one in known.values():
        numbers, former = map(frozenset, held[one.root])
        one.facts = replace(one.facts, numbers=numbers, former=former)
    return {key for key, one in known.items() if one.facts.numbers & facts.numbers}


def _weigh(facts: Facts, known: dict[UUID, Said], holders: set[UUID]) -> dict[UUID, Evidence]:
    counts = namesakes_of({one.facts.name for one in known.values()})
    found = {
        key: weigh(facts, one.facts, namesakes=counts.get(one.facts.name, 1))
        for key, one in known.items()
    }
    return {
        key: evidence
        for key, evidence in found.items()
        if key in holders or evidence.bits >= SHOWN_FROM
    }


def namesakes_of(names: Iterable[str]) -> dict[str, int]:
    """Return how many people of the register have each folded name, counted to a bound."""
    with connection.cursor() as cursor:
        cursor.execute(NAMESAKES, [COUNTED_AT_MOST, list(names)])
        return dict(cursor.fetchall())


def _mine(keys: Iterable[UUID], scope: Scope) -> set[UUID]:
    rows = Citizen.objects.within(scope).filter(pk__in=list(keys))
    return set(rows.values_list("pk", flat=True))


def _twin(
    citizen: Citizen, said: Said, likely: Mapping[UUID, Evidence], *, in_scope: bool
) -> Twin | None:
    """Return a twin as its finder may see it; outside the scope only for an exact number."""
    evidence = likely[said.key]
    grounds = evidence.grounds if in_scope else evidence.grounds & {TwinCase.Ground.NUMBER}
    if not grounds:
        return None
    formerly = said.name if in_scope and said.name != citizen.name else ""
    return Twin(citizen, grounds, evidence.shared, in_scope, evidence.bits, formerly)


def keep_cases(
    *, citizen: Citizen, twins: Iterable[Twin], answered: frozenset[Any], actor: Any, at: datetime
) -> None:
    """Keep what was found: a claimed number stays an open case, the rest was answered."""
    for twin in twins:
        different = twin.citizen.pk in answered
        for number in twin.numbers:
            _keep(twin, citizen, TwinCase.Ground.NUMBER, number=number, at=at)
        if different and not twin.numbers and actor is not None:
            _keep(twin, citizen, twin.ground, number="", at=at)
            open_ones = _between(twin, citizen).filter(answer=TwinCase.Answer.OPEN)
            for case in open_ones.exclude(ground=TwinCase.Ground.NUMBER):
                case.answer, case.answered_at, case.answered_by = "different", at, actor
                case.save(update_fields=["answer", "answered_at", "answered_by"])


def _between(twin: Twin, other: Citizen) -> Any:
    """Return the questions about two records, whichever of them stood first."""
    pair = [twin.citizen.pk, other.pk]
    return TwinCase.objects.filter(older__in=pair, newer__in=pair)


def _keep(twin: Twin, other: Citizen, ground: str, *, number: str, at: datetime) -> None:
    if _between(twin, other).filter(ground=ground, number=number).exists():
        return
    older, newer = sorted([twin.citizen.pk, other.pk])
    TwinCase.objects.get_or_create(
        older_id=older,
        newer_id=newer,
        ground=ground,
        number=number,
        defaults={"found_at": at, "likelihood": twin.likelihood},
    )
