"""Which records may already be this person?

Every search goes by an index of its own and ends at a few rows: with five million citizens all
of them together stay under 80 ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
from healthrecords.services.entries import CitizenEntry, NumberEntry
from portal.dates import PartialDate
from portal.names import name_norm
from portal.scope import Scope

FEW = 5
YEARS_ASTRAY = 2
# The weight of each ground; a record found on two grounds stands above one found on either.
WEIGHTS = {
    TwinCase.Ground.NUMBER: 100,
    TwinCase.Ground.NAME_AND_BIRTH: 60,
    TwinCase.Ground.LIKENESS: 35,
    TwinCase.Ground.PHONE: 25,
}
ASKED_FROM = 35


@dataclass(slots=True)
class Twin:
    """A record that may be the same person, and the grounds for thinking so."""

    citizen: Citizen
    grounds: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    in_scope: bool = False

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[TwinCase.Ground(ground)] for ground in self.grounds)

    @property
    def asks(self) -> bool:
        """Say whether saving waits for an answer; the same phone alone is a household."""
        return self.weight >= ASKED_FROM

    @property
    def ground(self) -> str:
        """Return the weightiest ground."""
        return max(self.grounds, key=lambda ground: WEIGHTS[TwinCase.Ground(ground)])


def find_twins(
    entry: CitizenEntry, *, scope: Scope, besides: Citizen | None = None, limit: int = FEW
) -> list[Twin]:
    """Return the likeliest twins of what was entered, weightiest first.

    People outside ``scope`` are found by an exact number only; their names are not to be shown.
    """
    rows = Citizen.objects.current().select_related("area")
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    found: dict[Any, Twin] = {}
    _take_numbers(found, rows, entry.numbers)
    mine = rows.within(scope)
    for ground, condition in _searches(entry):
        for citizen in mine.filter(condition).order_by("name_norm", "birth_date", "id")[:FEW]:
            twin = found.setdefault(citizen.pk, Twin(citizen))
            twin.grounds.add(ground)
            twin.in_scope = True
    _mark_scope(found, mine)
    return sorted(found.values(), key=lambda twin: -twin.weight)[:limit]


def _take_numbers(found: dict[Any, Twin], rows: Any, numbers: Iterable[NumberEntry]) -> None:
    wanted = Q(pk__in=())
    for number in numbers:
        wanted |= Q(kind=number.kind, value=number.value)
    held = CitizenIdentifier.objects.filter(wanted, ended_on=None, citizen__in=rows)
    for identifier in held.select_related("citizen__area")[: 2 * FEW]:
        twin = found.setdefault(identifier.citizen_id, Twin(identifier.citizen))
        twin.grounds.add(TwinCase.Ground.NUMBER)
        twin.numbers.add(identifier.value)


def _mark_scope(found: dict[Any, Twin], mine: Any) -> None:
    unsure = [key for key, twin in found.items() if not twin.in_scope]
    if unsure:
        for key in mine.filter(pk__in=unsure).values_list("pk", flat=True):
            found[key].in_scope = True


def _searches(entry: CitizenEntry) -> list[tuple[str, Q]]:
    folded = Q(name_norm=name_norm(entry.name))
    ground = TwinCase.Ground
    searches = [
        (str(ground.NAME_AND_BIRTH), folded & _may_be(entry.birth)),
        (str(ground.LIKENESS), folded & _about_as_old(entry.birth) & _lives_there(entry)),
    ]
    if entry.phone:
        searches.append((str(ground.PHONE), Q(phone=entry.phone)))
    return searches


def _may_be(birth: PartialDate) -> Q:
    """Born on a day both dates leave open, or with day and month exchanged."""
    same = Q(birth_date__range=(birth.earliest, birth.latest))
    year = Q(birth_date=date(birth.year, 1, 1), birth_precision="year")
    month = Q(birth_date=birth.earliest.replace(day=1), birth_precision="month")
    exchanged = Q(pk__in=())
    if birth.is_full and birth.day and birth.month and birth.day <= 12:
        exchanged = Q(birth_date=date(birth.year, birth.day, birth.month), birth_precision="day")
    return same | year | month | exchanged


def _about_as_old(birth: PartialDate) -> Q:
    astray = timedelta(days=366 * YEARS_ASTRAY)
    return Q(birth_date__range=(birth.earliest - astray, birth.latest + astray))


def _lives_there(entry: CitizenEntry) -> Q:
    return Q(area=entry.area) if entry.area is not None else Q(pk__in=())


def keep_cases(
    *, citizen: Citizen, twins: Iterable[Twin], answered: frozenset[Any], actor: Any, at: datetime
) -> None:
    """Keep what was found: a claimed number stays an open case, the rest was answered."""
    for twin in twins:
        different = twin.citizen.pk in answered
        for number in twin.numbers:
            _keep(twin.citizen, citizen, TwinCase.Ground.NUMBER, number=number, at=at)
        if different and not twin.numbers and actor is not None:
            case = _keep(twin.citizen, citizen, twin.ground, number="", at=at)
            case.answer, case.answered_at, case.answered_by = "different", at, actor
            case.save(update_fields=["answer", "answered_at", "answered_by"])


def _keep(older: Citizen, newer: Citizen, ground: str, *, number: str, at: datetime) -> TwinCase:
    case, _created = TwinCase.objects.get_or_create(
        older=older, newer=newer, ground=ground, number=number, defaults={"found_at": at}
    )
    return case
