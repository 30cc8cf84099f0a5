"""Who is recorded twice? Labelled twins, with the slips that registration desks make.

Which people have a twin, and of which kind, follows from the plan alone: nothing in the database
says so, and whoever measures draws them again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from healthrecords.population.people import Number, Person
from healthrecords.population.plan import CHUNK, Plan
from portal.invented.draw import keys
from portal.names import name_norm

TRIES = 60
# The keys of twins lie behind those of all people and of what each of them brings.
KEYS_BEFORE = 42
CHILD = 15 * 365


@dataclass(frozen=True, slots=True)
class Planted:
    """One person with two records: the first one, and the later one with a slip of a kind."""

    kind: str
    original: Person
    twin: Person


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody at a desk has at hand when a person is written down again."""

    plan: Plan
    people: Sequence[Person]
    rng: Random


Slip = Callable[[Desk, Person], Person | None]


def missing_marks(desk: Desk, person: Person) -> Person | None:
    """Write the name without its marks."""
    bare = name_norm(person.name).title()
    return replace(person, name=bare) if bare != person.name else None


def plain_d(desk: Desk, person: Person) -> Person | None:
    """Write D for Đ."""
    name = person.name.replace("Đ", "D").replace("đ", "d")
    return replace(person, name=name) if name != person.name else None


def moved_middle(desk: Desk, person: Person) -> Person | None:
    """Exchange the middle and the given name."""
    words = person.name.split()
    if len(words) < 3 or words[1] == words[-1]:
        return None
    words[1], words[-1] = words[-1], words[1]
    return replace(person, name=" ".join(words))


def day_for_month(desk: Desk, person: Person) -> Person | None:
    """Exchange day and month of the birth."""
    born = person.born
    if person.precision != "day" or born.day > 12 or born.day == born.month:
        return None
    return replace(person, born=date(born.year, born.day, born.month))


def year_only(desk: Desk, person: Person) -> Person | None:
    """Know the birth by its year only."""
    if person.precision != "day":
        return None
    return replace(person, born=date(person.born.year, 1, 1), precision="year")


def wrong_figure(desk: Desk, person: Person) -> Person | None:
    """Write one figure of the personal number wrong."""
    value = _number(person, "personal")
    if not value:
        return None
    place = desk.rng.randrange(6, 12)
    figure = (int(value[place]) + desk.rng.randrange(1, 10)) % 10
    return _with(person, Number("personal", f"{value[:place]}{figure}{value[place + 1 :]}"))


def old_card_again(desk: Desk, person: Person) -> Person | None:
    """Write the old card of nine figures of somebody known by the number of twelve."""
    personal = _number(person, "personal")
    if not personal or desk.plan.last_day.year - person.born.year < 25:
        return None
    old = _number(person, "old_card") or f"{personal[1:3]}{desk.rng.randrange(10**7):07d}"
    return _with(person, Number("old_card", old))


def old_address(desk: Desk, person: Person) -> Person | None:
    """Keep the commune where the person lived before."""
    places = desk.plan.places
    if len(places) < 2:
        return None
    place = places[desk.rng.randrange(len(places))]
    if place.area == person.place.area:
        return None
    return replace(person, place=place, address=f"Tổ {desk.rng.randrange(1, 30)}")


def mothers_number(desk: Desk, person: Person) -> Person | None:
    """Write a child down with the number and the phone of its mother."""
    if (desk.plan.last_day - person.born).days > CHILD:
        return None
    for _n in range(TRIES):
        mother = desk.people[desk.rng.randrange(len(desk.people))]
        age = person.born.year - mother.born.year
        value = _number(mother, "personal")
        if mother.sex == "female" and 18 <= age <= 40 and value:
            child = _with(person, Number("personal", value))
            return replace(child, phone=mother.phone)
    return None


SLIPS: Mapping[str, Slip] = {
    "missing_marks": missing_marks,
    "plain_d": plain_d,
    "moved_middle": moved_middle,
    "day_for_month": day_for_month,
    "year_only": year_only,
    "wrong_figure": wrong_figure,
    "old_card": old_card_again,
    "old_address": old_address,
    "mothers_number": mothers_number,
}


def _number(person: Person, kind: str) -> str:
    return next((number.value for number in person.numbers if number.kind == kind), "")


def _with(person: Person, number: Number) -> Person:
    return replace(person, numbers=[replace(number, is_verified=False)])


def plant(plan: Plan, chunk: int, people: Sequence[Person]) -> Iterator[Planted]:
    """Yield the twins among the people of a chunk: as many of a thousand as the plan says."""
    count = round(len(people) * plan.twins_per_thousand / 1000)
    if not count:
        return
    rng = Random(f"{plan.seed} {plan.citizens} {chunk} twins")  # noqa: S311
    key = keys(rng, (plan.chunks * KEYS_BEFORE + chunk) * CHUNK)
    desk = Desk(plan, people, rng)
    kinds = list(SLIPS)
    used: set[str] = set()
    for n in range(count):
        kind = kinds[n % len(kinds)]
        planted = _twin_of(desk, kind, used)
        if planted is not None:
            used.add(planted.original.key)
            planted.twin.key = key()
            yield planted


def _twin_of(desk: Desk, kind: str, used: set[str]) -> Planted | None:
    for _n in range(TRIES):
        person = desk.people[desk.rng.randrange(len(desk.people))]
        if person.key in used:
            continue
        twin = SLIPS[kind](desk, person)
        if twin is None:
            continue
        if twin.numbers is person.numbers:
            twin.numbers = []  # who shows the number is found by it, and not written down again
            if desk.rng.random() < 0.5:
                twin.phone = ""
        return Planted(kind, person, twin)
    return None
