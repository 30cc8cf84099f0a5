"""What may each typed word mean, among the words that people of the register are called by?"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import log10

from django.db import connection

from portal.slips import keystrokes_of, slips_of, splits_of

# What a guess costs; a word that is left out of the name altogether costs the most.
BEGUN, SLIP, ABSENT = 0.2, 1.0, 1.5
# From here on it is a guess; a word that only lost or gained a space is the least of them.
GUESSED = 0.5
# A name of more words than this is read by its first ones: nobody types more to find somebody.
MOST_WORDS = 8
# Longer words are no words of names.
LONGEST = 20
# A shorter word alone is not guessed at: one slip away from it is nearly everything.
LEAST_ALONE = 4
NOT_COUNTED: Mapping[str, int] | None = None
_AFTER_ALL = "\U0010ffff"
# The words go over as one text: it is read in a tenth of the time that a list of texts takes.
SPELT = """
SELECT word, max(people) FROM healthrecords_nameword
WHERE word = ANY(pg_catalog.string_to_array(%s, ' ')) OR (word >= %s AND word < %s) GROUP BY word
"""


@dataclass(slots=True)
class Typed:
    """A typed word: how common it is, and each word it may mean with what that guess costs."""

    word: str
    people: int
    is_known: bool = True
    meant: dict[str, float] = field(default_factory=dict)

    @property
    def rarity(self) -> float:
        """Nearly 0 for what half the country is called, 1 for what nobody is."""
        return 1 / (1 + log10(1 + self.people))


class Vocabulary:
    """The words of a query and whatever of the register's words they may be, read in two looks.

    ``counted`` are the words of the few people among whom a slip is looked for, where they are known.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words, self.counted = list(words[:MOST_WORDS]), NOT_COUNTED
        self.people: dict[str, int] = {}
        self.read = {w: keystrokes_of(w) if len(w) <= LONGEST else set() for w in self.words}
        self._look(set(self.words).union(*self.read.values()), begun=self.words[-1])
        self.begun = {
            word: self.people[word] for word in self.people if word.startswith(self.words[-1])
        }
        self.is_as_typed = True
        self._read_keystrokes()

    def _look(self, words: Set[str], *, begun: str = "") -> None:
        if self.counted is not None:
            here = (w for w in self.counted if w in words or (begun and w.startswith(begun)))
            self.people.update({word: self.counted[word] for word in here})
            return
        last = begun + _AFTER_ALL if begun else begun
        with connection.cursor() as cursor:
            cursor.execute(SPELT, [" ".join(words), begun, last])
            self.people.update(cursor.fetchall())

    def _read_keystrokes(self) -> None:
        """Take nguyeenx for nguyen where nobody is called nguyeenx."""
        for place, word in enumerate(self.words):
            is_begun = place == len(self.words) - 1 and bool(self.begun)
            known = [other for other in self.read[word] if other in self.people]
            if word not in self.people and not is_begun and known:
                self.words[place] = max(known, key=lambda other: (self.people[other], other))
                self.is_as_typed = False
                if place == len(self.words) - 1:
                    self.begun = {self.words[place]: self.people[self.words[place]]}

    def as_typed(self) -> list[Typed]:
        """Return the words taken for what they are; the last may be the beginning of its word."""
        typed = [
            Typed(word, self.people.get(word, 0), word in self.people, {word: 0.0})
            for word in self.words
        ]
        typed[-1].meant = dict.fromkeys(self.begun, BEGUN) | {self.words[-1]: 0.0}
        return typed

    def with_slips(self, counted: Mapping[str, int] | None) -> list[list[Typed]]:
        """Return the words with whatever each may have been meant for, and where they join or part."""
        self.counted = counted
        least = 1 if len(self.words) > 1 else LEAST_ALONE
        short = [word for word in self.words if len(word) <= LONGEST]
        near = {word: slips_of(word) for word in short if len(word) >= least}
        parts = {part for word in short for pair in splits_of(word) for part in pair}
        pairs = list(zip(self.words, self.words[1:], strict=False))
        joined = {a + b for a, b in pairs}
        self._look(set().union(*near.values(), parts, joined) - self.people.keys())
        typed = self.as_typed()
        for one in typed:
            for other in near.get(one.word, ()):
                if other in self.people:
                    one.meant.setdefault(other, self._cost(one, other))
        return [typed, *self._parted(typed), *self._together(typed, pairs)]

    def _cost(self, typed: Typed, other: str) -> float:
        """A slip, dearer when the word as typed is common and the one it would be is rare."""
        surprise = log10(1 + typed.people) - log10(1 + self.people[other])
        return SLIP + 0.06 * surprise

    def _parted(self, typed: list[Typed]) -> list[list[Typed]]:
        """Read nguyenvan as two words, if both are words of names and it is none."""
        found = []
        for place, one in enumerate(typed):
            pairs = [p for p in splits_of(one.word) if self.people.keys() >= set(p)]
            if pairs and not one.is_known:
                first, second = max(pairs, key=self._common)
                parted = [self._slipped(first), self._slipped(second, cost=0.0)]
                found.append([*typed[:place], *parted, *typed[place + 1 :]])
        return found

    def _together(self, typed: list[Typed], pairs: list[tuple[str, str]]) -> list[list[Typed]]:
        """Read hu yen as one word, if it is one."""
        return [
            [*typed[:place], self._slipped(a + b), *typed[place + 2 :]]
            for place, (a, b) in enumerate(pairs)
            if a + b in self.people
        ]

    def _common(self, pair: tuple[str, str]) -> int:
        return min(self.people[word] for word in pair)

    def _slipped(self, word: str, *, cost: float = GUESSED) -> Typed:
        return Typed(word, self.people.get(word, 0), meant={word: cost})
