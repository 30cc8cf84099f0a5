"""Who practises in the province: a person, their numbers, licence, registrations and hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from portal.invented.draw import keys, table
from portal.invented.names import Names
from practitioners.province.plan import Province

TITLES = table(
    [
        ("doctor", 26),
        ("nurse", 40),
        ("midwife", 9),
        ("medical_technologist", 12),
        ("assistant_doctor", 11),
        ("traditional_practitioner", 2),
    ]
)
DOCTORS = ("101", "102", "103", "107", "109", "110", "113", "114", "115", "116", "118", "129")
# The diploma that the title asks for, and its field.
DIPLOMAS = {
    "doctor": ("university", "Y đa khoa"),
    "nurse": ("college", "Điều dưỡng"),
    "midwife": ("college", "Hộ sinh"),
    "medical_technologist": ("college", "Kỹ thuật xét nghiệm y học"),
    "assistant_doctor": ("intermediate", "Y sĩ đa khoa"),
    "traditional_practitioner": ("intermediate", "Y học cổ truyền"),
}
SCOPE_TEXTS = {
    "nurse": "Thực hiện kỹ thuật điều dưỡng",
    "midwife": "Thực hiện kỹ thuật hộ sinh",
    "medical_technologist": "Thực hiện kỹ thuật xét nghiệm y học",
    "assistant_doctor": "Khám bệnh, chữa bệnh thông thường",
    "traditional_practitioner": "Khám bệnh, chữa bệnh bằng y học cổ truyền",
}
WEEK, MORNING, DAY_END = (2, 3, 4, 5, 6), 450, 990
EVENING = (1_050, 1_200)
VERIFIED_AT = datetime(2026, 10, 1, 3, tzinfo=UTC)
LEGACY, SECOND_PLACE = 0.6, 0.08
PROVINCE, GROUPS = 11, ("01", "01", "03", "01", "08", "03")


@dataclass(slots=True)
class Stay:
    """A registration with the same hours on its weekdays; without weekdays the text alone says them."""

    facility: UUID
    since: date
    is_full_time: bool = True
    weekdays: tuple[int, ...] = WEEK
    hours: tuple[int, int] = (MORNING, DAY_END)
    text: str = ""


@dataclass(slots=True)
class Invented:
    """One practitioner as they are written."""

    key: UUID
    name: str
    sex: str
    born: date
    title: str
    issued_on: date
    valid_until: date | None
    serial: int
    issuer: str
    scope: str
    scope_codes: list[str]
    numbers: list[tuple[str, str, date | None]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "cchn" if self.valid_until is None else "gphn"

    @property
    def number_raw(self) -> str:
        return f"{self.serial:06d}/{self.issuer}-{self.kind.upper()}"


class People:
    """Draws practitioners; the tables of names are spread once."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.names = Names()

    def draw(self, number: int) -> Invented:
        """Return the practitioner of a number, the same at each call."""
        province = self.province
        rng = province.rng(number)
        random = rng.random
        place = province.first + number
        title = TITLES[int(random() * len(TITLES))]
        sex = "female" if title == "midwife" or random() < 0.6 else "male"
        born = date(1962, 1, 1) + timedelta(days=int(random() * 40 * 365))
        group = GROUPS[int(random() * len(GROUPS))]
        issued = self._issued(born, random() < LEGACY, random())
        codes = [DOCTORS[int(random() * len(DOCTORS))]] if title == "doctor" else []
        person = Invented(
            key=UUID(hex=keys(rng, place)()),
            name=self.names.draw(rng, sex, group, born.year, PROVINCE),
            sex=sex,
            born=born,
            title=title,
            issued_on=issued,
            valid_until=five_years_after(issued) if issued.year >= 2024 else None,
            serial=place,
            issuer=province.issuer,
            scope=SCOPE_TEXTS.get(title, "Khám bệnh, chữa bệnh"),
            scope_codes=codes,
            numbers=[("personal", personal_number(born, sex, place), None)],
        )
        facilities = province.facilities
        first = int(random() * len(facilities))
        since = max(issued, date(2025, 7, 1))
        person.stays.append(Stay(facilities[first], since))
        if random() < SECOND_PLACE and len(facilities) > 1:
            second = facilities[
                (first + 1 + int(random() * (len(facilities) - 1))) % len(facilities)
            ]
            if second != facilities[first]:
                person.stays.append(
                    Stay(second, since, is_full_time=False, weekdays=(3, 5), hours=EVENING)
                )
        return person

    def _issued(self, born: date, is_legacy: bool, chance: float) -> date:  # noqa: FBT001
        if is_legacy:
            first = date(max(2012, born.year + 24), 3, 1)
            last = date(2023, 12, 20)
            if first < last:
                return first + timedelta(days=int(chance * (last - first).days))
        return date(2024, 1, 10) + timedelta(days=int(chance * 900))


def personal_number(born: date, sex: str, place: int) -> str:
    """Return a number that tells the century with the sex, and the year (Decree 70/2024/NĐ-CP).

    A province gives a million of them for each year of birth here; the next million another one.
    """
    million, serial = divmod(place, 1_000_000)
    century = 2 * (born.year // 100 - 19) + (sex == "female")
    return f"0{PROVINCE + million}{century}{born.year % 100:02d}{serial:06d}"


def five_years_after(day: date) -> date:
    """Return the last day of a licence issued on a day."""
    return day.replace(year=day.year + 5, day=min(day.day, 28))
