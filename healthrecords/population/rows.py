"""How do invented people and visits become lines of COPY?"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from itertools import islice
from random import Random

from healthrecords.population.people import People, Person
from healthrecords.population.plan import CHUNK, Plan, Titled
from healthrecords.population.twins import plant
from healthrecords.population.visits import Dose, Encounter, Visits
from portal.invented.draw import keys
from portal.invented.names import key_of

PART = ("id", "visit_id", "citizen_id", "facility_id", "sensitivity")
# Tables in the order in which they are written, with the columns that are said; others take the
# default of their field.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "citizen": ("id", "name", "name_sort", "birth_date", "birth_precision", "sex", "ethnic_group", "occupation", "phone",
                "address", "area_id", "home_station_id", "registered_at_id", "origin"),
    "citizenidentifier": ("id", "citizen_id", "kind", "value", "issued_on", "valid_until", "ended_on", "is_verified", "origin"),
    "carerelation": ("id", "citizen_id", "organisation_id", "ground", "since"),
    "visit": ("id", "citizen_id", "facility_id", "sensitivity", "status", "kind", "coverage", "identified_by", "started_at",
              "ended_at", "entered_at", "reason", "outcome", "discharge", "next_visit_on"),
    "vitalsigns": (*PART, "measured_at", "pulse", "temperature", "systolic", "diastolic", "respiratory_rate",
                   "oxygen_saturation", "weight", "height", "glucose"),
    "diagnosis": (*PART, "rank", "position", "code", "title", "list_version_id"),
    "medication": (*PART, "position", "code", "name", "strength", "unit", "quantity", "morning", "noon", "evening",
                   "days", "instruction"),
}  # fmt: skip
MEASURES = COLUMNS["vitalsigns"][6:]
Lines = dict[str, list[str]]
# The keys of one chunk: people, then 40 milliseconds for whatever each of them brings.
KEYS_PER_PERSON = 40


def text(value: object) -> str:
    r"""Return a value as COPY reads it: \N for none, special characters escaped."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    said = str(value)
    return said.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def seeded(plan: Plan, chunk: int) -> Random:
    """Return the chance of a chunk: the same for the same plan, whichever process asks."""
    return Random(f"{plan.seed} {plan.citizens} {chunk}")  # noqa: S311


class Rows:
    """Writes chunks of a plan as lines; made once per process."""

    def __init__(self, plan: Plan, defaults: Mapping[str, str]) -> None:
        self.plan = plan
        self.people = People()
        self.visits = Visits(plan)
        self.ends = {table: f"{end}\n" for table, end in defaults.items()}
        self.tails: dict[tuple[object, ...], str] = {}

    def chunk(self, number: int, taken: Callable[[list[str]], set[str]]) -> Lines:
        """Return the lines of a chunk; numbers that are ``taken`` already are claimed only."""
        rng = seeded(self.plan, number)
        people = list(self.people.draw(self.plan, number, rng))
        held = taken([n.value for person in people for n in person.numbers if n.is_verified])
        lines: Lines = {table: [] for table in COLUMNS}
        key = keys(rng, (self.plan.chunks + number * KEYS_PER_PERSON) * CHUNK)
        for person in people:
            self.add(lines, person, self.visits.draw(rng, person), key, held)
        for planted in plant(self.plan, number, people):
            twin = planted.twin
            self.add(lines, twin, islice(self.visits.draw(rng, twin), 1), key, held)
        return lines

    def add(
        self,
        lines: Lines,
        person: Person,
        encounters: Iterable[Encounter],
        key: Callable[[], str],
        held: set[str],
    ) -> None:
        """Add a person with numbers, visits and the places that care for them."""
        self._person(lines, person)
        for number in person.numbers:
            is_verified = number.is_verified and number.value not in held
            lines["citizenidentifier"].append(
                f"{key()}\t{person.key}\t{number.kind}\t{number.value}\t{_day(number.issued_on)}\t"
                f"{_day(number.valid_until)}\t{_day(number.ended_on)}\t{'t' if is_verified else 'f'}\t"
                f"{'card' if is_verified else 'typed'}{self.ends['citizenidentifier']}"
            )
        known: set[str] = set()
        for encounter in encounters:
            if encounter.facility not in known:
                known.add(encounter.facility)
                lines["carerelation"].append(
                    f"{key()}\t{person.key}\t{encounter.facility}\tvisit\t{encounter.started_at.date()}"
                    f"{self.ends['carerelation']}"
                )
            self._visit(lines, person, encounter, key)

    def _person(self, lines: Lines, person: Person) -> None:
        place = person.place
        origin = "card" if person.numbers and person.numbers[0].is_verified else "typed"
        lines["citizen"].append(
            f"{person.key}\t{person.name}\t{key_of(person.name)}\t{person.born}\t{person.precision}\t"
            f"{person.sex}\t{person.group}\t{person.occupation}\t{person.phone}\t{person.address}\t"
            f"{place.area}\t{place.station}\t{place.station}\t{origin}{self.ends['citizen']}"
        )

    def _visit(
        self, lines: Lines, person: Person, encounter: Encounter, key: Callable[[], str]
    ) -> None:
        visit, sensitivity = key(), encounter.sensitivity
        begun, ended = _moment(encounter.started_at), _moment(encounter.ended_at)
        lines["visit"].append(
            f"{visit}\t{person.key}\t{encounter.facility}\t{sensitivity}\tfinished\t{encounter.kind}\t"
            f"{encounter.coverage}\t{encounter.identified_by}\t{begun}\t{ended}\t{ended}\t"
            f"{encounter.reason}\t{encounter.outcome}\t1\t{_day(encounter.next_visit_on)}{self.ends['visit']}"
        )
        part = f"\t{visit}\t{person.key}\t{encounter.facility}\t{sensitivity}\t"
        measured = encounter.measured
        if measured:
            values = "\t".join([str(measured.get(name, r"\N")) for name in MEASURES])
            lines["vitalsigns"].append(f"{key()}{part}{begun}\t{values}{self.ends['vitalsigns']}")
        for place, diagnosis in enumerate(encounter.diagnoses):
            tail = self.tails.get((diagnosis.code, place)) or self._diagnosis(diagnosis, place)
            lines["diagnosis"].append(f"{key()}{part}{tail}")
        for place, dose in enumerate(encounter.medicines, start=1):
            tail = self.tails.get((dose, place)) or self._medicine(dose, place)
            lines["medication"].append(f"{key()}{part}{tail}")

    def _diagnosis(self, diagnosis: Titled, place: int) -> str:
        cells = (
            "other" if place else "main",
            place or 1,
            diagnosis.code,
            diagnosis.title,
            self.plan.lists.icd_version,
        )
        return self._keep((diagnosis.code, place), cells, "diagnosis")

    def _medicine(self, dose: Dose, place: int) -> str:
        medicine = dose.medicine
        cells = (
            place,
            medicine.code,
            medicine.name,
            medicine.strength,
            medicine.unit,
            dose.quantity,
            *dose.times,
            dose.days,
            dose.instruction,
        )
        return self._keep((dose, place), cells, "medication")

    def _keep(self, name: tuple[object, ...], cells: Iterable[object], table: str) -> str:
        """Remember the end of a line: few differ among millions."""
        tail = "\t".join(map(text, cells)) + self.ends[table]
        self.tails[name] = tail
        return tail


def _day(value: date | None) -> str:
    return r"\N" if value is None else value.isoformat()


def _moment(value: datetime) -> str:
    return f"{value.isoformat(sep=' ')}+07"
