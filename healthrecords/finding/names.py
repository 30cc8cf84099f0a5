"""Which names may have been meant, nearest first?

Names come from the dictionary, or from the people of a small scope or of one birthday: whichever
is fewer. The nearness is the same wherever they come from.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q

from healthrecords.finding.closeness import Distance, distance
from healthrecords.finding.words import GUESSED, Typed
from healthrecords.models import KnownName
from portal.name_words import words_of

# So many names of the dictionary are looked at; more have the same common words, and a page is 20.
MOST_NAMES = 4_000
# So many corrected names are asked for as whole names; the nearest of them also as beginnings.
MOST_CORRECTED, MOST_BEGINNINGS, OF_BEGINNINGS = 400, 6, 200
Readings = Sequence[Sequence[Typed]]
# A name, its words, and how many bear it.
Named = tuple[str, Sequence[str], int]


@dataclass(frozen=True, slots=True)
class Meant:
    """A name that may have been meant."""

    name: str
    distance: Distance
    people: int = 0

    @property
    def order(self) -> tuple[Distance, int, str]:
        return (self.distance, -self.people, self.name)


class _Way:
    """One reading, and what any name that matches it has at least."""

    def __init__(self, typed: Sequence[Typed], absent: int) -> None:
        self.typed = typed
        self.meant = frozenset(word for one in typed for word in one.meant)
        self.least = len({one.word for one in typed}) - absent


def nearest(names: Iterable[Named], readings: Readings, *, absent: int = 0) -> list[Meant]:
    """Return the names that may have been meant, nearest first; of equals what more are called."""
    found: dict[str, Meant] = {}
    ways = [_Way(typed, absent) for typed in readings]
    for name, words, people in names:
        for way in ways:
            if len(way.meant.intersection(words)) < way.least:
                continue  # most names are no match at all; this is told at once
            far = distance(way.typed, words, absent=absent)
            if far is not None and (name not in found or far < found[name].distance):
                found[name] = Meant(name, far, people)
    return sorted(found.values(), key=lambda meant: meant.order)


def borne(names: Iterable[str]) -> list[Named]:
    """Return the names that people bear, each once, with their words."""
    return [(name, words_of(name), people) for name, people in Counter(names).items()]


def with_words(typed: Sequence[Typed], borne_by: Q | None = None) -> list[Named]:
    """Return the names of the dictionary that have all the words, in any order.

    ``borne_by`` leaves of them what certain people are called.
    """
    return _looked_up(_having(typed) & (borne_by or Q())) if _is_possible(typed) else []


def with_slips(readings: Readings) -> list[Named]:
    """Return the names of the dictionary that are one slip away, in any order of their words."""
    costs: dict[str, float] = {}
    for typed in readings:
        for name, cost in _corrected(typed):
            costs[name] = min(cost, costs.get(name, cost))
    corrected = sorted(costs, key=lambda name: (costs[name], name))
    begun = Q(pk__in=())
    for name in corrected[:MOST_BEGINNINGS]:
        begun |= Q(name_norm__startswith=f"{name} ")
    slipped = Q(pk__in=())
    for typed in readings:
        unknown = [place for place, one in enumerate(typed) if not one.is_known]
        for place in unknown or range(len(typed)):
            slipped |= _having(typed, guessed=place)
    whole = Q(name_norm__in=corrected[:MOST_CORRECTED])
    return _looked_up(whole) + _looked_up(begun, OF_BEGINNINGS) + _looked_up(slipped)


def with_most_words(typed: Sequence[Typed]) -> list[Named]:
    """Return the names that lack one typed word, but never the rarest that somebody bears."""
    borne_words = [one for one in typed if one.is_known] or typed
    rarest = max(borne_words, key=lambda one: one.rarity)
    conditions = Q(pk__in=())
    for place, one in enumerate(typed):
        rest = [*typed[:place], *typed[place + 1 :]]
        if one is not rarest and _is_possible(rest):
            conditions |= _having(rest)
    return _looked_up(conditions)


def _is_possible(typed: Sequence[Typed]) -> bool:
    """Whether every word is known, or begins one that is."""
    return all(one.is_known or len(one.meant) > 1 for one in typed)


def _having(typed: Sequence[Typed], *, guessed: int | None = None) -> Q:
    """Names with every word as typed but the guessed one, which may be what else it may mean.

    Without a guess the last word may be begun. A word that nobody bears is guessed at any rate.
    """
    exact, condition = [], Q()
    for place, one in enumerate(typed):
        is_begun = guessed is None and place == len(typed) - 1
        if place == guessed or not one.is_known or is_begun:
            words = [w for w, cost in one.meant.items() if cost < GUESSED or not is_begun]
            condition &= Q(words__overlap=words)
        else:
            exact.append(one.word)
    return condition & Q(words__contains=exact) if exact else condition


def _corrected(typed: Sequence[Typed]) -> Iterator[tuple[str, float]]:
    """Write the typed name with one word exchanged for another that it may mean."""
    usual = [_likeliest(one) for one in typed]
    cost = sum(price for _word, price in usual)
    for place, one in enumerate(typed):
        for other, price in one.meant.items():
            words = [word for word, _price in usual]
            words[place] = other
            yield " ".join(words), cost - usual[place][1] + price


def _likeliest(one: Typed) -> tuple[str, float]:
    """Return the word itself, or the best guess where nobody bears it."""
    others = [choice for choice in one.meant.items() if choice[0] != one.word]
    if (one.is_known and one.word in one.meant) or not others:
        return one.word, one.meant.get(one.word, 0.0)
    return min(others, key=lambda choice: choice[1])


def _looked_up(condition: Q, most: int = MOST_NAMES) -> list[Named]:
    rows = KnownName.objects.filter(condition).values_list("name_norm", "words", "people")
    return list(rows[:most])
