"""How likely are two records one person? Evidence in bits: what speaks for it against mere chance.

Fellegi and Sunter's way: each agreement weighs as much as it is rare among people who are not the
same. What a name weighs depends on how many people of the register have it, so that "Nguyễn Thị
Lan" alone says little and "Quàng Thị Hặc" much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import permutations
from math import log2
from typing import TYPE_CHECKING

from healthrecords.models import TwinCase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

    from portal.dates import PartialDate

Ground = TwinCase.Ground
# One in twenty people who are registered anew has a record already.
PRIOR = -4.3
HOPELESS = -20.0
SEX, SEX_AGAINST = 0.7, -5.0
COMMUNE, COMMUNE_AGAINST = 6.0, -2.5
PHONE, PHONE_AGAINST = 6.0, -1.0
NUMBER, FORMER_NUMBER, NEAR_NUMBER, NUMBER_AGAINST = 18.0, 14.0, 11.0, -5.0
# Kinds of which a person has one, written in figures alone.
FIGURES = frozenset({"personal", "old_card", "insurance_number"})
Held = tuple[str, str]  # kind, value


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person, as two records are compared; the name is folded."""

    name: str
    birth: PartialDate
    sex: str
    phone: str = ""
    area: UUID | None = None
    numbers: frozenset[Held] = frozenset()
    former: frozenset[Held] = frozenset()


@dataclass(slots=True)
class Evidence:
    """How much speaks for one person, and on which grounds."""

    bits: float
    grounds: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)


def weigh(one: Facts, other: Facts, *, namesakes: int) -> Evidence:
    """Return the evidence that two records are one person.

    ``namesakes`` is how many people of the register have the name of ``other``.
    """
    by_name, by_birth = name_bits(one.name, other.name), birth_bits(one.birth, other.birth)
    found = Evidence(PRIOR + by_name + by_birth - log2(max(namesakes, 1)))
    found.bits += _known(one.sex, other.sex, SEX, SEX_AGAINST, unknown="unknown")
    found.bits += _known(one.area, other.area, COMMUNE, COMMUNE_AGAINST)
    found.bits += _known(one.phone, other.phone, PHONE, PHONE_AGAINST)
    _weigh_numbers(found, one, other)
    if by_name >= MOVED and by_birth >= YEAR:
        found.grounds.add(Ground.NAME_AND_BIRTH)
    elif by_name > HOPELESS and by_birth > HOPELESS:
        found.grounds.add(Ground.LIKENESS)
    if one.phone and one.phone == other.phone:
        found.grounds.add(Ground.PHONE)
    return found


def _known(one: object, other: object, same: float, against: float, unknown: object = "") -> float:
    if not one or not other or unknown in (one, other):
        return 0.0
    return same if one == other else against


def _weigh_numbers(found: Evidence, one: Facts, other: Facts) -> None:
    found.shared = {value for _kind, value in one.numbers & other.numbers}
    if found.shared:
        found.bits += NUMBER
        found.grounds.add(Ground.NUMBER)
        return
    if (one.numbers | one.former) & (other.numbers | other.former):
        found.bits += FORMER_NUMBER
        found.grounds.add(Ground.NEAR_NUMBER)
        return
    worst = 0.0
    for kind, value in one.numbers:
        for rival in (v for k, v in other.numbers if k == kind and kind in FIGURES):
            if is_near(value, rival):
                found.bits += NEAR_NUMBER
                found.grounds.add(Ground.NEAR_NUMBER)
                return
            worst = NUMBER_AGAINST
    found.bits += worst


def is_near(one: str, other: str) -> bool:
    """Say whether one figure is wrong, or two neighbours are exchanged."""
    if len(one) != len(other):
        return False
    wrong = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(wrong) == 2:
        first, second = wrong
        return second == first + 1 and (one[first], one[second]) == (other[second], other[first])
    return len(wrong) == 1


def near_numbers(value: str) -> Iterator[str]:
    """Yield every number that :func:`is_near` this one."""
    for n, figure in enumerate(value):
        yield from (
            f"{value[:n]}{other}{value[n + 1 :]}" for other in "0123456789" if other != figure
        )
        if n and value[n - 1] != figure:
            yield f"{value[: n - 1]}{figure}{value[n - 1]}{value[n + 1 :]}"


# ---- names: the same, words moved, one left out, one slip, another middle name

SAME, MOVED, LEFT_OUT, SLIP, OTHER_MIDDLE = -0.2, -4.0, -5.0, -6.0, -10.0


def name_bits(one: str, other: str) -> float:
    """Return how likely two folded names are one name written twice."""
    if one == other:
        return SAME
    ours, theirs = one.split(), other.split()
    if sorted(ours) == sorted(theirs):
        return MOVED
    if len(ours) == len(theirs):
        return _one_word_off(ours, theirs)
    is_split = "".join(ours) == "".join(theirs)
    return LEFT_OUT if is_split or _lacks_one(ours, theirs) else HOPELESS


def _one_word_off(ours: list[str], theirs: list[str]) -> float:
    differ = [n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    if len(differ) != 1:
        return HOPELESS
    place = differ[0]
    if is_slip(ours[place], theirs[place]):
        return SLIP
    is_middle = 0 < place < len(ours) - 1
    return OTHER_MIDDLE if is_middle else HOPELESS


def _lacks_one(ours: list[str], theirs: list[str]) -> bool:
    """Say whether a middle word is missing on one side; given and family name stand."""
    short, long = sorted((ours, theirs), key=len)
    if len(long) - len(short) != 1 or len(short) < 2:
        return False
    return any(long[:n] + long[n + 1 :] == short for n in range(1, len(long) - 1))


def is_slip(one: str, other: str) -> bool:
    """Say whether one letter is wrong, missing or too many, or two are exchanged."""
    if one == other or abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 2:
        return False
    if len(one) == len(other):
        return is_near(one, other)
    short, long = sorted((one, other), key=len)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def orders_of(name: str) -> list[str]:
    """Return a folded name with its words in every order; of long names only with two exchanged."""
    words = name.split()
    if len(words) <= 4:
        return list(dict.fromkeys(" ".join(order) for order in permutations(words)))
    found = {name: None}
    for n in range(len(words)):
        for m in range(n + 1, len(words)):
            moved = list(words)
            moved[n], moved[m] = moved[m], moved[n]
            found[" ".join(moved)] = None
    return list(found)


# ---- dates of birth: the same, known to the year, exchanged, one figure wrong

DAY, MONTH, EXCHANGED, YEAR, FIGURE, SAME_YEAR, NEAR_YEAR, NEVER = (
    13.3,
    9.0,
    8.0,
    4.0,
    3.7,
    0.0,
    -3.0,
    HOPELESS,
)


def birth_bits(one: PartialDate, other: PartialDate) -> float:
    """Return how likely two dates are one date written twice."""
    if one.year == other.year:
        return _same_year(one, other)
    if one.is_full and other.is_full and is_near(_figures(one), _figures(other)):
        return FIGURE
    if abs(one.year - other.year) <= 2 and not (one.is_full and other.is_full):
        return NEAR_YEAR
    return NEVER


def _same_year(one: PartialDate, other: PartialDate) -> float:
    if not (one.is_full and other.is_full):
        if one.month and other.month:
            return MONTH if one.month == other.month else SAME_YEAR
        return YEAR
    days = ((one.day, one.month), (other.day, other.month))
    if (1, 1) in days:
        # The first of January stands for "some day of the year" on many papers.
        found = YEAR
    elif days[0] == days[1]:
        found = DAY
    elif days[0] == days[1][::-1]:
        found = EXCHANGED
    else:
        found = FIGURE if is_near(_figures(one), _figures(other)) else SAME_YEAR
    return found


def _figures(birth: PartialDate) -> str:
    return f"{birth.day:02d}{birth.month:02d}{birth.year:04d}"


def other_years(birth: PartialDate) -> list[date]:
    """Return the day in the years of which one figure differs, within a lifetime."""
    if not birth.is_full or birth.month is None or birth.day is None:
        return []
    years = {int(year) for year in near_numbers(f"{birth.year:04d}")}
    found = []
    for year in sorted(years):
        if abs(year - birth.year) <= 90:
            try:
                found.append(date(year, birth.month, birth.day))
            except ValueError:
                continue
    return found


def same_days(birth: PartialDate) -> list[date]:
    """Return the day itself, and with day and month exchanged; nothing for a mere year."""
    if not birth.is_full or birth.month is None or birth.day is None:
        return []
    if (birth.day, birth.month) == (1, 1):
        return []
    found = [birth.earliest]
    if birth.day <= 12 and birth.day != birth.month:
        found.append(date(birth.year, birth.day, birth.month))
    return found


def any_near(numbers: Collection[Held]) -> list[str]:
    """Return every value that is near one of the numbers."""
    return [near for kind, value in numbers if kind in FIGURES for near in near_numbers(value)]
