"""What is an invented person called, by sex, people, generation and part of the country?"""

from collections.abc import Sequence
from functools import cache
from random import Random

from portal.invented import words
from portal.invented.draw import falling, shares, table
from portal.names import sort_key

# The Hải Vân pass: provinces with a greater code lie south of it.
LAST_NORTHERN = 46
GENERATIONS = (1970, 2000)
GROUP_GIVEN = {
    "03": words.THAI,
    "29": words.THAI,
    "35": words.THAI,
    "08": words.HMONG,
    "10": words.HIGHLAND,
    "12": words.HIGHLAND,
    "13": words.HIGHLAND,
    "05": words.KHMER,
}
# How a Kinh name is built: middle and given; a second middle or another family's name; given alone.
MIDDLE, TWO_MIDDLE, OTHER_FAMILY, BARE = range(4)
MALE_SHAPES = (
    ((MIDDLE, 95.5), (TWO_MIDDLE, 1), (OTHER_FAMILY, 0.5), (BARE, 3)),
    ((MIDDLE, 94), (TWO_MIDDLE, 3.3), (OTHER_FAMILY, 0.7), (BARE, 2)),
    ((MIDDLE, 84), (TWO_MIDDLE, 11), (OTHER_FAMILY, 4), (BARE, 1)),
)
FEMALE_SHAPES = (
    ((MIDDLE, 97.8), (TWO_MIDDLE, 0.5), (OTHER_FAMILY, 0.2), (BARE, 1.5)),
    ((MIDDLE, 96.3), (TWO_MIDDLE, 2), (OTHER_FAMILY, 0.7), (BARE, 1)),
    ((MIDDLE, 86), (TWO_MIDDLE, 9), (OTHER_FAMILY, 4), (BARE, 1)),
)
# The share of women called Thị before any other middle name, by generation.
THI = (0.62, 0.42, 0.12)


@cache
def word_key(word: str) -> str:
    """Return the sorting key of one word; names are made of a few hundred."""
    return sort_key(word)


def key_of(name: str) -> str:
    """Return ``portal.names.sort_key`` of a name from its words' remembered keys."""
    parts = [word_key(word) for word in name.split()]
    return " ".join([parts[-1], parts[0], *parts[1:-1]] if len(parts) > 1 else parts)


def generation(year: int) -> int:
    """Return the generation of a year of birth: 0, 1 or 2."""
    return sum(year >= first for first in GENERATIONS)


class Names:
    """Draws names; the tables are spread once per process."""

    def __init__(self) -> None:
        self.surnames = {group: table(shares(line)) for group, line in words.SURNAMES.items()}
        self.southern = [words.SOUTHERN.get(name, name) for name in self.surnames["01"]]
        # Whose mother's family name stands in the middle, it is one of the great families.
        self.mothers = table(shares(words.KINH)[:14])
        self.middle = {
            "male": [table(falling(line, 1.0)) for line in words.MALE_MIDDLE],
            "female": [table(falling(line, 1.0)) for line in words.FEMALE_MIDDLE],
        }
        self.given = {
            "male": [table(falling(line, 0.87)) for line in words.MALE_GIVEN],
            "female": [table(falling(line, 0.87)) for line in words.FEMALE_GIVEN],
        }
        self.own_given = {
            group: {sex: table(falling(line)) for sex, line in by_sex.items()}
            for group, by_sex in GROUP_GIVEN.items()
        }
        self.shapes: dict[str, list[list[int]]] = {
            "male": [table(shape, 1000) for shape in MALE_SHAPES],
            "female": [table(shape, 1000) for shape in FEMALE_SHAPES],
        }

    def draw(self, rng: Random, sex: str, group: str, year: int, province: int) -> str:
        """Return a full name."""
        era = generation(year)
        if group in GROUP_GIVEN:
            return self._own(rng, sex, group)
        surnames = self._surnames(group, province)
        random = rng.random
        surname = surnames[int(random() * len(surnames))]
        given = self.given[sex][era]
        last = given[int(random() * len(given))]
        shape = self.shapes[sex][era]
        return self._shaped(rng, surname, last, shape[int(random() * len(shape))], (sex, era))

    def _surnames(self, group: str, province: int) -> Sequence[str]:
        if group == "01" and province > LAST_NORTHERN:
            return self.southern
        return self.surnames.get(group) or self.surnames[""]

    def _shaped(
        self, rng: Random, surname: str, last: str, shape: int, who: tuple[str, int]
    ) -> str:
        sex, era = who
        random = rng.random
        if shape == BARE:
            return f"{surname} {last}"
        middles = self.middle[sex][era]
        middle = middles[int(random() * len(middles))]
        if sex == "female" and random() < THI[era]:
            middle = "Thị"
        if middle == last:
            return f"{surname} {last}"
        if shape == TWO_MIDDLE:
            second = middles[int(random() * len(middles))].rpartition(" ")[2]
            if second not in {last, middle, "Thị"}:
                return f"{surname} {middle} {second} {last}"
        elif shape == OTHER_FAMILY:
            other = self.mothers[int(random() * len(self.mothers))]
            if other != surname:
                return f"{surname} {other} {middle} {last}"
        return f"{surname} {middle} {last}"

    def _own(self, rng: Random, sex: str, group: str) -> str:
        """Name as peoples do who keep their own given names."""
        random = rng.random
        surnames, given = self.surnames[group], self.own_given[group][sex]
        surname = surnames[int(random() * len(surnames))]
        last = given[int(random() * len(given))]
        if group in {"10", "12", "13"}:
            return f"H'{last} {surname}" if sex == "female" else f"Y {last} {surname}"
        if group == "05":
            return f"{surname} {last}"
        if sex == "female":
            return f"{surname} Thị {last}"
        middles = ("A",) if group == "08" else ("Văn", "Văn", "Văn", "Xuân", "Đức", "Minh", "Thanh")
        return f"{surname} {middles[int(random() * len(middles))]} {last}"
