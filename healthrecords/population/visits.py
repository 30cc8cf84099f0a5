"""What happens at an invented visit: when, why, what is measured, found and given?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from healthrecords.population.illness import (
    ACUTE,
    BANDS,
    CHRONIC,
    FEVER,
    Illness,
    band_of,
    by_band_and_sex,
)
from healthrecords.population.measures import Body, measure
from healthrecords.population.people import Person
from healthrecords.population.plan import Medicine, Plan, PopulationError, Titled
from portal.invented.draw import shares, table

# How often people of each age band come, against the average.
OFTEN = (2.6, 1.6, 0.72, 0.67, 1.1, 1.83)
MEASURED, SECOND_CODE, GIVEN = 0.5, 0.2, 0.62
ELSEWHERE = 0.07
MORNING, AFTERNOON = 7 * 60 + 10, 13 * 60 + 35
IDENTIFIED = (
    ("chip_card", 46),
    ("vneid", 14),
    ("insurance_card", 28),
    ("known_to_staff", 9),
    ("other_paper", 3),
)
OUTCOMES = "2 62 1 22 3 14 4 0.6 7 1.4"
COUNTED = {"viên", "gói", "ống"}
DOSES = {1: "Sáng {}", 2: "Sáng {0}, tối {0}", 3: "Sáng {0}, trưa {0}, tối {0}"}


@dataclass(frozen=True, slots=True)
class Dose:
    """A medicine as it is given with an illness."""

    medicine: Medicine
    per_day: int
    days: int

    @property
    def is_counted(self) -> bool:
        """Say whether it is counted out; a tube or a bottle is given whole."""
        return self.medicine.unit in COUNTED

    @property
    def quantity(self) -> int:
        return self.per_day * self.days if self.is_counted else 1

    @property
    def times(self) -> tuple[int | None, int | None, int | None]:
        """Return how much is taken in the morning, at noon and in the evening."""
        if not self.is_counted or self.per_day not in DOSES:
            return None, None, None
        return 1, 1 if self.per_day > 2 else None, 1 if self.per_day > 1 else None

    @property
    def instruction(self) -> str:
        """Say the use as a nurse writes it: “Sáng 1 viên, tối 1 viên, 28 ngày: 56 viên.”"""
        unit = self.medicine.unit
        if not self.is_counted:
            usual = self.medicine.usual or "dùng theo chỉ dẫn"
            return f"{usual[:1].upper()}{usual[1:]}, {self.days} ngày: 1 {unit}."
        times = DOSES.get(self.per_day, f"Ngày {self.per_day} lần, mỗi lần {{}}")
        return f"{times.format(f'1 {unit}')}, {self.days} ngày: {self.quantity} {unit}."


@dataclass(slots=True)
class Encounter:
    """An invented visit with its parts."""

    facility: str
    started_at: datetime
    ended_at: datetime
    kind: str
    coverage: str
    identified_by: str
    reason: str
    outcome: str
    sensitivity: str
    next_visit_on: date | None
    diagnoses: list[Titled]
    medicines: list[Dose]
    measured: dict[str, float | int] = field(default_factory=dict)


class Visits:
    """Draws visits under a plan; the tables are spread once per process."""

    def __init__(self, plan: Plan) -> None:
        known = plan.lists.diagnoses
        self.plan = plan
        self.days = plan.working_days()
        self.acute = self._tables(by_band_and_sex(ACUTE, known))
        if len(self.acute) < 2 * len(BANDS):
            message = "The loaded ICD-10 list lacks the diagnoses that visits are made of."
            raise PopulationError(message)
        chronic = by_band_and_sex(CHRONIC, known)
        self.chronic = self._tables(chronic)
        self.often_ill = {
            key: sum(weight for _illness, weight in rows) / 100 for key, rows in chronic.items()
        }
        self.doses = {illness.code: self._doses(illness) for illness in (*ACUTE, *CHRONIC)}
        self.identified = table(IDENTIFIED, 500)
        self.outcomes = table(shares(OUTCOMES), 500)
        strictest = ("hiv", "mental", "reproductive", "tb", "")
        self.strictness = {value: rank for rank, value in enumerate(strictest)}

    @staticmethod
    def _tables(
        rows: dict[tuple[int, str], list[tuple[Illness, float]]],
    ) -> dict[tuple[int, str], list[Illness]]:
        return {key: table(weighted, 2000) for key, weighted in rows.items() if weighted}

    def _doses(self, illness: Illness) -> list[Dose]:
        parts = (item.split(":") for item in illness.medicines)
        listed = self.plan.lists.medicines
        return [
            Dose(listed[code], int(per_day), int(days))
            for code, per_day, days in parts
            if code in listed
        ]

    def draw(self, rng: Random, person: Person) -> Iterator[Encounter]:
        """Yield the visits of a person, the earliest first."""
        random = rng.random
        age = (self.plan.last_day - person.born).days // 365
        band = band_of(age)
        mean = self.plan.visits_per_citizen * OFTEN[band]
        count = int(rng.expovariate(1.0) * mean + random()) if mean else 0
        days = self._days(rng, person, count)
        if not days:
            return
        key = (band, person.sex)
        body = Body.draw(rng)
        sick = key in self.chronic and random() < self.often_ill[key]
        own = self.chronic[key][int(random() * len(self.chronic[key]))] if sick else None
        for day in days:
            if own is not None and random() < 0.75:
                yield self.visit(rng, person, day, own, body)
                continue
            then = band_of((day - person.born).days // 365)
            acute = self.acute[then, person.sex]
            yield self.visit(rng, person, day, acute[int(random() * len(acute))], body)

    def _days(self, rng: Random, person: Person, count: int) -> list[date]:
        random, days = rng.random, self.days
        if not days:
            return []
        found = sorted({days[int(random() * len(days))] for _n in range(count)})
        return (
            found if not found or found[0] > person.born else [d for d in found if d > person.born]
        )

    def visit(
        self, rng: Random, person: Person, day: date, illness: Illness, body: Body
    ) -> Encounter:
        """Draw one visit for an illness on a day."""
        random = rng.random
        started_at, ended_at = self._times(rng, day)
        diagnoses = self._found(random, person, illness)
        doses = self.doses[illness.code]
        given = doses if doses and random() < GIVEN else []
        if len(given) > 1 and random() < 0.5:
            given = given[:1]
        place = person.place
        facility = place.station
        if place.elsewhere and random() < ELSEWHERE:
            facility = place.elsewhere[int(random() * len(place.elsewhere))]
        is_regular = illness.bands[5] >= 40 or "theo hẹn" in illness.reason
        insured = bool(person.insured) and random() < 0.96
        age = (day - person.born).days // 365
        always = illness.marks and illness.marks != "b"
        return Encounter(
            facility=facility,
            started_at=started_at,
            ended_at=ended_at,
            kind="05" if is_regular and given else "01",
            coverage=("1.1" if facility == place.station else "1.2") if insured else "9",
            identified_by=self.identified[int(random() * len(self.identified))],
            reason=illness.reason,
            outcome=self.outcomes[int(random() * len(self.outcomes))],
            sensitivity=min((d.sensitivity for d in diagnoses), key=self.strictness.__getitem__),
            next_visit_on=day + timedelta(days=28) if is_regular and given else None,
            diagnoses=diagnoses,
            medicines=given,
            measured=measure(rng, person.sex, age, illness.marks, body)
            if random() < (0.7 if always else MEASURED - 0.2)
            else {},
        )

    def _times(self, rng: Random, day: date) -> tuple[datetime, datetime]:
        random = rng.random
        begin = MORNING if random() < 0.68 else AFTERNOON
        started_at = datetime(day.year, day.month, day.day) + timedelta(  # noqa: DTZ001
            minutes=begin + int(random() * random() * 225), seconds=int(random() * 60)
        )
        return started_at, started_at + timedelta(minutes=8 + int(random() * 32))

    def _found(self, random: Callable[[], float], person: Person, illness: Illness) -> list[Titled]:
        known = self.plan.lists.diagnoses
        found = [known[illness.code]]
        if illness.others and random() < (0.45 if FEVER not in illness.marks else SECOND_CODE):
            other = known.get(illness.others[int(random() * len(illness.others))])
            if other is not None and other.code != illness.code:
                found.append(other)
        return found
