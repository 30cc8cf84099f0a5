"""Are people who are written down twice found while somebody types, and is nobody else warned?"""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from uuid import UUID

from django.utils import timezone

from healthrecords.models import Citizen, TwinCase, TwinSweep
from healthrecords.population.build import make_plan
from healthrecords.population.people import People, Person
from healthrecords.population.plan import Plan
from healthrecords.population.rows import seeded
from healthrecords.population.twins import Planted, plant
from healthrecords.services import CitizenEntry, NumberEntry, find_twins
from healthrecords.services.sweeps import sweep
from portal.dates import PartialDate
from portal.places.models import Area
from portal.scope import EVERYWHERE
from tests.bench.database import SEED, TWINS, UNTIL
from tests.bench.people import in_turn
from tests.bench.registry import Figure, NotHere, bench, measured, note

YEARS = 2
CHUNKS = 40
NEW_PEOPLE = 400


@cache
def plan(seed: int = SEED) -> Plan:
    """Return the plan that this database was filled from, or one of people it has never met."""
    last = date.fromisoformat(UNTIL)
    citizens = round(Citizen.objects.count() / (1 + TWINS / 1000) / 1000) * 1000
    return make_plan(
        citizens=citizens,
        seed=seed,
        visits_per_citizen=3.0,
        first_day=last - timedelta(days=YEARS * 365),
        last_day=last,
        twins_per_thousand=TWINS,
    )


@cache
def planted() -> list[Planted]:
    """Return twins from chunks all over the register."""
    found: list[Planted] = []
    people, whole = People(), plan()
    step = max(1, whole.chunks // CHUNKS)
    for chunk in range(0, whole.chunks, step):
        drawn = list(people.draw(whole, chunk, seeded(whole, chunk)))
        found += plant(whole, chunk, drawn)
    keys = [UUID(one.twin.key) for one in found]
    there = set(Citizen.objects.filter(pk__in=keys).values_list("pk", flat=True))
    if len(there) < len(found):
        message = "this database was not filled with these twins"
        raise NotHere(message)
    return found


def entry_of(person: Person) -> CitizenEntry:
    born = person.born
    birth = PartialDate(born.year) if person.precision == "year" else PartialDate.of(born)
    return CitizenEntry(
        name=person.name,
        sex=person.sex,
        birth=birth,
        area=Area.objects.get(pk=person.place.area),
        address=person.address,
        phone=person.phone,
        numbers=[
            NumberEntry(number.kind, number.value)
            for number in person.numbers
            if number.ended_on is None
        ],
    )


@bench("twins")
def twins() -> Iterator[Figure]:
    """Type each planted twin once more, as if its record were not there yet."""
    found, total = Counter[str](), Counter[str]()
    for one in planted():
        itself = Citizen(pk=UUID(one.twin.key))
        candidates = find_twins(entry_of(one.twin), scope=EVERYWHERE, besides=itself)
        total[one.kind] += 1
        found[one.kind] += UUID(one.original.key) in [twin.citizen.pk for twin in candidates]
    for kind in total:
        yield Figure(f"twins_recall_{kind}", 100 * found[kind] / total[kind], "%")
    yield Figure("twins_recall_at_5", 100 * found.total() / total.total(), "%")
    note(f"{total.total()} twins of {len(total)} kinds were typed again")
    strangers = new_people()
    entries = [entry_of(person) for person in strangers]
    warned = [
        person
        for person, entry in zip(strangers, entries, strict=True)
        if any(twin.asks for twin in find_twins(entry, scope=EVERYWHERE))
    ]
    yield Figure("twins_false_per_100", 100 * len(warned) / len(strangers), "warnings")
    both = [*entries[:100], *(entry_of(one.twin) for one in planted()[:100])]
    Random(1).shuffle(both)  # noqa: S311
    find = in_turn(lambda one: find_twins(one, scope=EVERYWHERE), both)
    size = "1m" if plan().citizens == 1_000_000 else f"{plan().citizens // 1000}k"
    for figure in measured("twins", find, repeats=150):
        yield Figure(f"{figure.name}_{size}", figure.value, figure.unit)


def new_people() -> list[Person]:
    """Return people of another population; their numbers are as good as anybody's."""
    other = plan(SEED + 40)
    rng = Random("new people")  # noqa: S311
    people = People()
    found: list[Person] = []
    for chunk in rng.sample(range(other.chunks), min(4, other.chunks)):
        drawn = list(people.draw(other, chunk, seeded(other, chunk)))
        found += rng.sample(drawn, NEW_PEOPLE // 4)
    return found


@bench("twins_sweep", short=False)
def twins_sweep() -> Iterator[Figure]:
    """Search the whole register once, and count which of the planted twins it put before people."""
    TwinSweep.objects.filter(ended_at=None).delete()
    begun = time.perf_counter()
    run = sweep(at=timezone.now())
    yield Figure("twins_sweep_s", time.perf_counter() - begun, "s")
    kept = {frozenset(pair) for pair in TwinCase.objects.values_list("older", "newer")}
    pairs = {frozenset((UUID(one.original.key), UUID(one.twin.key))) for one in planted()}
    yield Figure("twins_sweep_recall", 100 * len(pairs & kept) / len(pairs), "%")
    yield Figure("twins_sweep_pairs", TwinCase.objects.count(), "pairs")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("twins_sweep_mb", peak, "MB")
    note(f"{run.people} people were compared, {run.found} pairs found in this run")
