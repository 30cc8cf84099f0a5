"""Who are the invented people: age, sex, people, numbers, address, work?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from healthrecords.population.plan import CHUNK, SERIALS, Place, Plan
from portal.invented.draw import keys, shares, table
from portal.invented.names import Names
from portal.invented.words import PEOPLES

# Of a hundred people, those of each five years of age (mid-2020s).
PYRAMID = (7.0, 8.0, 8.2, 7.2, 6.6, 7.0, 8.0, 8.0, 7.4, 6.8, 6.2, 5.5, 4.8, 3.8, 2.4, 1.4, 0.9, 0.8)
OLDEST = 95
KNOWN_BY_YEAR = {60: 0.02, 70: 0.12, 80: 0.3}
INSURED = 0.93
NUMBERED = 0.985
# Multipliers that make serials look random and stay one to one under their powers of ten.
SCATTER, SCATTER_CARD, SCATTER_INSURANCE = 387_421, 7_368_787, 48_210_727
OLD_CARD_ENDED = date(2024, 12, 31)
FIRST_CHIP_CARD = date(2021, 3, 1)
PREFIXES = ["032", "033", "034", "035", "036", "037", "038", "039", "086", "096", "097", "098", "070", "076", "077", "078", "079", "089", "090", "093", "081", "082", "083", "084", "085", "088", "091", "094", "056", "058", "092", "059", "099", "087"]  # fmt: skip
STREETS = ("Trần Phú", "Lê Lợi", "Nguyễn Trãi", "Hùng Vương", "Nguyễn Huệ", "Quang Trung", "Lý Thường Kiệt", "Hoàng Văn Thụ",
           "Phan Đình Phùng", "Võ Nguyên Giáp", "Trần Hưng Đạo", "Điện Biên Phủ", "Bà Triệu", "Hai Bà Trưng")  # fmt: skip
VILLAGES = ("Co Mỵ", "Pá Nậm", "Huổi Chan", "Nà Pheo", "Na Sang", "Pa Ít", "Hua Huổi", "Nậm Khăn", "Phiêng Ban", "Noong Bua",
            "Huổi Sứa", "Nà Sự", "Pom Cại", "Tin Tốc", "Che Căn", "Bó Mạy", "Lọng Hỏm", "Pá Khoang")  # fmt: skip
HIGHLAND_PROVINCES = {"04", "08", "11", "12", "14", "15", "20"}
ELDERS = ("HT3", "HT3", "GD4", "GD4", "BT2")
WORKERS = ("GD4", "GD4", "GD4", "DN4", "DN4", "DN4", "CN3", "HN1")
OCCUPATIONS = {
    True: "52 22 24 9 41 8 75 9 81 8 51 7 83 6 71 6 23 6 92 5 22 3 21 4 33 4 91 3 95 3",
    False: "63 34 61 20 92 15 62 6 71 6 75 5 52 5 83 3 23 2 41 2 22 1",
}


@dataclass(slots=True)
class Number:
    """A number a person is known by."""

    kind: str
    value: str
    issued_on: date | None = None
    valid_until: date | None = None
    ended_on: date | None = None
    is_verified: bool = True


@dataclass(slots=True)
class Person:
    """An invented person of one commune."""

    key: str
    name: str
    sex: str
    born: date
    precision: str
    group: str
    place: Place
    phone: str = ""
    address: str = ""
    occupation: str = ""
    insured: str = ""
    numbers: list[Number] = field(default_factory=list)


class People:
    """Draws people; the tables are spread once per process."""

    def __init__(self) -> None:
        self.names = Names()
        self.ages = table(enumerate(PYRAMID))
        self.groups = {province: self._groups(line) for province, line in PEOPLES.items()}
        self.occupations = {town: table(shares(line)) for town, line in OCCUPATIONS.items()}

    @staticmethod
    def _groups(line: str) -> list[str]:
        others = shares(line)
        return table([("01", 100 - sum(share for _group, share in others)), *others], 2000)

    def draw(self, plan: Plan, chunk: int, rng: Random) -> Iterator[Person]:
        """Yield the people of a chunk, commune by commune; numbers never meet those of another."""
        key = keys(rng, chunk * CHUNK)
        dealer = Dealer(plan, chunk)
        for index, count in plan.people_in(chunk):
            place = plan.places[index]
            groups = self.groups.get(place.province) or ["01"]
            for _n in range(count):
                yield self._person(rng, key(), place, groups, dealer)

    def _person(
        self, rng: Random, key: str, place: Place, groups: list[str], dealer: "Dealer"
    ) -> Person:
        random = rng.random
        plan = dealer.plan
        sex = "male" if random() < 0.502 else "female"
        group = groups[int(random() * len(groups))]
        born, precision, age = self._birth(rng, plan.last_day)
        person = Person(
            key=key,
            name=self.names.draw(rng, sex, group, born.year, int(place.province)),
            sex=sex,
            born=born,
            precision=precision,
            group=group,
            place=place,
        )
        if 15 <= age < 80 and random() < 0.72:
            prefix = PREFIXES[int(random() * len(PREFIXES))]
            person.phone = f"{prefix}{int(random() * 10_000_000):07d}"
        person.address = self._address(rng, place)
        if age >= 16:
            work = self.occupations[place.is_urban]
            person.occupation = work[int(random() * len(work))]
        dealer.number(rng, person, age)
        return person

    def _birth(self, rng: Random, today: date) -> tuple[date, str, int]:
        random = rng.random
        band = self.ages[int(random() * len(self.ages))]
        days = int(
            (band * 5 + random() * (OLDEST - 85 if band == len(PYRAMID) - 1 else 5)) * 365.25
        )
        born = today - timedelta(days=days)
        age = days * 100 // 36525
        share = max((s for years, s in KNOWN_BY_YEAR.items() if age >= years), default=0.0)
        if share and random() < share:
            return date(born.year, 1, 1), "year", age
        return born, "day", age

    @staticmethod
    def _address(rng: Random, place: Place) -> str:
        random = rng.random
        if place.is_urban:
            if random() < 0.55:
                street = STREETS[int(random() * len(STREETS))]
                return f"Số {1 + int(random() * 380)} đường {street}"
            return f"Tổ dân phố {1 + int(random() * 24)}"
        if place.province in HIGHLAND_PROVINCES:
            return f"Bản {VILLAGES[int(random() * len(VILLAGES))]} {1 + int(random() * 3)}"
        return f"{'Thôn' if int(place.province) < 70 else 'Ấp'} {1 + int(random() * 14)}"


class Dealer:
    """Deals out numbers: valid in structure, and none twice in a population."""

    def __init__(self, plan: Plan, chunk: int) -> None:
        self.plan = plan
        self.first_serial = chunk * plan.serials_per_chunk
        self.position = chunk * CHUNK
        self.offset = plan.seed * 7919
        self.dealt: dict[str, int] = defaultdict(int)

    def number(self, rng: Random, person: Person, age: int) -> None:
        """Give a person the numbers that someone of this age has."""
        random = rng.random
        self.position += 1
        codes = person.place.old_codes
        home = codes[0] if len(codes) == 1 else codes[int(random() * len(codes))]
        seen = random() < 0.7
        if random() < NUMBERED:
            issued = self._issued(rng, person, age)
            value = self._personal(home, person)
            number = Number("personal", value, issued_on=issued, is_verified=seen)
            if issued is not None:
                number.valid_until = _card_ends(person.born, issued)
            person.numbers.append(number)
            if issued is not None and person.born.year <= 1998 and random() < 0.3:
                serial = (self.position * SCATTER_CARD + self.offset) % 10_000_000
                ended = min(issued, OLD_CARD_ENDED)
                old = Number("old_card", f"{home}{serial:07d}", ended_on=ended, is_verified=False)
                person.numbers.append(old)
        if random() < INSURED:
            self._insure(rng, person, age, home, seen=seen)

    def _personal(self, home: str, person: Person) -> str:
        century = 2 * (person.born.year // 100 - 19) + (person.sex == "female")
        prefix = f"0{home}{century}{person.born.year % 100:02d}"
        count = self.dealt[prefix]
        if count >= self.plan.serials_per_chunk:
            message = f"More people of {prefix} than serials in one chunk."
            raise OverflowError(message)
        self.dealt[prefix] = count + 1
        serial = (
            (self.first_serial + count) * SCATTER + int(prefix) * 7919 + self.offset
        ) % SERIALS
        return f"{prefix}{serial:06d}"

    def _issued(self, rng: Random, person: Person, age: int) -> date | None:
        """Return when the chip card was issued; children have the number and no card."""
        first = max(FIRST_CHIP_CARD, person.born + timedelta(days=14 * 366))
        if age < 14 or first >= self.plan.last_day:
            return None
        return first + timedelta(days=int(rng.random() * (self.plan.last_day - first).days))

    def _insure(self, rng: Random, person: Person, age: int, home: str, *, seen: bool) -> None:
        serial = (self.position * SCATTER_INSURANCE + self.offset) % 100_000_000
        short = f"{home}{serial:08d}"
        until = date(self.plan.last_day.year, 12, 31)
        person.insured = _insured_group(rng.random(), person, age)
        if rng.random() < 0.6:
            value = f"{person.insured}{home}{short}"
            number = Number("insurance_card", value, valid_until=until, is_verified=seen)
        else:
            number = Number("insurance_number", short, valid_until=until, is_verified=seen)
        person.numbers.append(number)


def _card_ends(born: date, issued: date) -> date | None:
    """Return the end of a chip card: at 25, 40 or 60; a card issued less than two years before skips one."""
    for age in (25, 40, 60):
        end = date(born.year + age, born.month, min(born.day, 28))
        if issued < end - timedelta(days=730):
            return end
    return None


def _insured_group(chance: float, person: Person, age: int) -> str:
    """Return the two letters of the insured group and its benefit level."""
    if age < 6:
        return "TE1"
    if person.group != "01" and chance < 0.7:
        return "DT2"
    if age < 18:
        return "HS4"
    groups = ELDERS if age >= 60 else WORKERS
    return groups[int(chance * len(groups))]
