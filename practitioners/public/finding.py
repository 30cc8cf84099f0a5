"""Whom in the public register may somebody have meant by a name, a number, a facility, a title?

At any size one walk along an index, or the names that have the words and then who bears them; no
question reads the whole register.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length

from portal.name_words import words_of
from portal.names import name_norm
from portal.places.models import Organisation
from portal.slips import keystrokes_of, slips_of
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, RegisterEntry, RegisterName, Registration
from practitioners.querysets import holding_on

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE, LAST_PAGE = 20, 10
# The licence in force before those it replaced.
NEWEST = (F("superseded_on").desc(nulls_first=True), "id")
MOST_WORDS, MOST_NAMES, MOST_PLACES = 8, 1_000, 100
MOST_THERE, SHOWN_PLACES = 5_000, 6
MOST_GUESSED = 400
# Beyond so many it is said that there are more, and nobody waits for them to be counted.
MOST_COUNTED = 500
CHUNKS = (25, 100, 400, 500)
# What a word costs that was read otherwise than typed: keys of Telex left in it, or a slip.
KEYS_LEFT, SLIP = 1, 2
TITLES_BEFORE = re.compile(
    r"^(?:(?:bs|bscki{1,2}|bsck[12]|ths|ts|tskh|pgs|gs|ktv|bac s[iy]|y s[iy]|dieu duong|ho sinh)[. ]+)+"
)
PLACES_OF_CARE = ("centre", "hospital", "station", "point", "clinic", "other")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: a name or number, words of a facility, a title."""

    text: str = ""
    place: str = ""
    title: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.place or self.title)


@dataclass(slots=True)
class Found:
    """Whom it may mean, in order; ``is_guess`` when nobody is called as typed.

    ``count`` is how many it may mean, ``is_more`` that there are more than were counted;
    ``places`` are the first facilities that are called so, ``places_cut`` says that of too many
    facilities only the first were looked at.
    """

    people: list[UUID] = field(default_factory=list)
    count: int = 0
    is_more: bool = False
    has_more: bool = False
    is_guess: bool = False
    places: Sequence[Organisation] = ()
    places_cut: bool = False


def find(question: Question, page: int = 1, past: date | None = None) -> Found:
    """Return a page of people of the public register; ``past``: a facility's are those of that day."""
    page = min(max(page, 1), LAST_PAGE)
    wanted = page * PAGE + 1
    found = Found()
    rows = RegisterEntry.objects.filter(is_listed=True)
    if question.title:
        rows = rows.filter(title=question.title)
    if question.place:
        places = places_named(question.place)
        found.places_cut = len(places) > MOST_PLACES
        found.places = places[:SHOWN_PLACES]
        rows = rows.filter(pk__in=_at(places[:MOST_PLACES], past))
    walks = _walks(question, rows)
    people = _first_of(walks, wanted)
    if not people and question.text and page == 1 and not looks_like_number(question.text):
        people = _guessed(words_of(name_asked(question.text))[:MOST_WORDS], rows)
        found.is_guess = bool(people)
    found.has_more = len(people) > page * PAGE
    found.people = people[(page - 1) * PAGE : page * PAGE]
    if len(people) == wanted:
        found.count, found.is_more = _counted(walks)
    else:
        found.count, found.is_more = len(people), any(walk.is_cut for walk in walks)
    return found


class Walk(Protocol):
    """One way to whom may be meant: the next people in order, and how many there are."""

    @property
    def is_cut(self) -> bool:
        """Say whether the way leads to more people than it counts."""

    def people(self, wanted: int) -> list[UUID]:
        """Return the first people of this way."""

    def count(self, most: int) -> int:
        """Count the people of this way; where there are more than ``most``, one more than that."""


def _first_of(walks: Iterable[Walk], wanted: int) -> list[UUID]:
    """Go one way after the other until there are enough people; nobody is met twice."""
    found: dict[UUID, None] = {}
    for walk in walks:
        found |= dict.fromkeys(walk.people(wanted))
        if len(found) >= wanted:
            break
    return list(found)[:wanted]


def _counted(walks: Iterable[Walk]) -> tuple[int, bool]:
    """Count whom all ways lead to, and say whether there are more than were counted."""
    count, is_more = 0, False
    for walk in walks:
        count += walk.count(MOST_COUNTED - count)
        is_more = is_more or walk.is_cut
        if count > MOST_COUNTED:
            return MOST_COUNTED, True
    return count, is_more


def looks_like_number(text: str) -> bool:
    """Say whether a text is a licence number, whole or its serial alone."""
    return "/" in text or text.replace(" ", "").isdecimal()


def name_asked(text: str) -> str:
    """Fold a name as typed, without the titles that people write before a name."""
    folded = name_norm(text)
    return TITLES_BEFORE.sub("", folded) or folded


def _walks(question: Question, rows: QuerySet[RegisterEntry]) -> Sequence[Walk]:
    if looks_like_number(question.text):
        return [_Listed(_numbered(question, rows))]
    folded = name_asked(question.text)
    words = words_of(folded)[:MOST_WORDS]
    if question.place or not question.text:
        for word in words:
            rows = rows.filter(Q(name_norm__startswith=word) | Q(name_norm__contains=f" {word}"))
        return [_InOrder(rows)]
    if not words:
        return []
    whole = Q(name_norm=folded) | Q(name_norm__startswith=f"{folded} ")
    begun = rows.filter(name_norm__startswith=folded)
    return [
        _InOrder(begun.filter(whole)),
        _Named(folded, words, rows, are_whole=True),
        _InOrder(begun.exclude(whole)),
        _Named(folded, words, rows, are_whole=False),
    ]


@dataclass(frozen=True, slots=True)
class _Listed:
    """People who are known one by one."""

    known: Sequence[UUID]
    is_cut: bool = False

    def people(self, wanted: int) -> list[UUID]:
        return list(self.known[:wanted])

    def count(self, most: int) -> int:
        return len(self.known)


@dataclass(frozen=True, slots=True)
class _InOrder:
    """People in the order of their names: a walk along the index of those begun so."""

    rows: QuerySet[RegisterEntry]
    is_cut: bool = False

    def people(self, wanted: int) -> list[UUID]:
        ordered = self.rows.order_by("name_norm", "id").values_list("practitioner_id", flat=True)
        return list(ordered[:wanted])

    def count(self, most: int) -> int:
        return self.rows.order_by()[: most + 1].count()


class _Named:
    """People whose names have all the words in any order; the last may only be begun."""

    def __init__(
        self, folded: str, words: Sequence[str], rows: QuerySet[RegisterEntry], *, are_whole: bool
    ) -> None:
        self.folded, self.words, self.rows, self.are_whole = folded, words, rows, are_whole

    @cached_property
    def names(self) -> list[str]:
        """Return the names, the likeliest first; those that begin so are met on another way."""
        if not self.are_whole and len(self.words) == 1:
            return []
        names = RegisterName.objects.exclude(name_norm__startswith=self.folded)
        if self.are_whole:
            names = names.filter(words__contains=list(self.words))
        else:
            names = names.filter(
                words__contains=list(self.words[:-1]), name_norm__contains=f" {self.words[-1]}"
            ).exclude(words__contains=list(self.words))
        # People are called by the last word of their name: it is most often what was typed.
        return sorted(
            names.values_list("name_norm", flat=True)[:MOST_NAMES],
            key=lambda name: (not name.endswith(f" {self.folded}"), len(name), name),
        )

    def people(self, wanted: int) -> list[UUID]:
        return _bearers(self.names, self.rows, wanted)

    def count(self, most: int) -> int:
        if not self.names:
            return 0
        return self.rows.filter(name_norm__in=self.names).order_by()[: most + 1].count()

    @property
    def is_cut(self) -> bool:
        """Say whether there are names beyond those that were looked at, and people who bear them."""
        return len(self.names) == MOST_NAMES


def _numbered(question: Question, rows: QuerySet[RegisterEntry]) -> list[UUID]:
    """Find by the number of any licence a person ever held, or by the serial of the current one."""
    text = question.text.replace(" ", "")
    if text.isdecimal():
        # A number of a person is longer than any serial, and finds nobody.
        of_serial = rows.filter(serial=int(text)) if len(text) <= 7 else rows.none()
        return _InOrder(of_serial).people(MOST_COUNTED + 1)
    held = numbered(text).exclude(practitioner__verified_at=None)
    people = list(held.order_by(*NEWEST).values_list("practitioner_id", flat=True))
    if question.title or question.place:
        people = _InOrder(rows.filter(practitioner__in=people)).people(MOST_COUNTED + 1)
    return list(dict.fromkeys(people))


def numbered(text: str) -> QuerySet[PracticeLicense]:
    """Return the licences a typed number may mean: many keyboards have no Đ, and DB is typed for ĐB."""
    key = license_key(text)
    if key is None:
        return PracticeLicense.objects.none()
    serial, issuer, kind = key
    choices = product(*("DĐ" if letter in "DĐ" else letter for letter in issuer))
    issuers = ["".join(letters) for letters in choices]
    return PracticeLicense.objects.filter(serial=serial, issuer_code__in=issuers, kind=kind.lower())


def _bearers(names: Sequence[str], rows: QuerySet[RegisterEntry], wanted: int) -> list[UUID]:
    found: list[UUID] = []
    for chunk in _chunks(names):
        by_name: dict[str, list[UUID]] = {}
        borne = rows.filter(name_norm__in=chunk).order_by("name_norm", "id")
        for name, person in borne.values_list("name_norm", "practitioner_id")[: wanted * 4]:
            by_name.setdefault(name, []).append(person)
        found += [person for name in chunk for person in by_name.get(name, ())]
        if len(found) >= wanted:
            break
    return found[:wanted]


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    begin = 0
    for size in CHUNKS:
        if begin < len(names):
            yield names[begin : begin + size]
        begin += size


def _guessed(words: Sequence[str], rows: QuerySet[RegisterEntry]) -> list[UUID]:
    """Return people whose name has one word typed wrong, or keys of the input method left in it.

    What is read without a slip goes first, and where it is somebody's name nothing else is guessed.
    """
    meant = [_readings(word) for word in words]
    for most in (KEYS_LEFT, SLIP) if meant else ():
        likely = [
            {reading: cost for reading, cost in readings.items() if cost <= most}
            for readings in meant
        ]
        people = _bearers(_names_read(likely), rows, PAGE)
        if people:
            return people
    return []


def _names_read(meant: Sequence[Mapping[str, int]]) -> list[str]:
    """Return names that have a reading of each word, the likeliest first."""
    borne = _borne({reading for readings in meant for reading in readings})
    condition = Q()
    for readings in meant:
        condition &= Q(words__overlap=[reading for reading in readings if reading in borne])
    names = RegisterName.objects.filter(condition).order_by(Length("name_norm"), "name_norm")
    costs = {
        name: cost
        for name, has in names.values_list("name_norm", "words")[:MOST_GUESSED]
        if (cost := _cost(meant, has)) < SLIP * 2
    }
    # The shortest has least beyond what was typed.
    return sorted(costs, key=lambda name: (costs[name], len(name), name))


BORNE = """
SELECT word FROM unnest(%s::text[]) AS word
WHERE EXISTS (SELECT FROM practitioners_registername WHERE words @> ARRAY[word])
"""


def _borne(words: Collection[str]) -> set[str]:
    """Keep the words that stand in somebody's name: of hundreds of slips a dozen or two."""
    with connection.cursor() as cursor:
        cursor.execute(BORNE, [list(words)])
        return {word for (word,) in cursor.fetchall()}


def _readings(word: str) -> Mapping[str, int]:
    readings = dict.fromkeys(slips_of(word), SLIP) if len(word) > 2 else {}
    return {**readings, **dict.fromkeys(keystrokes_of(word), KEYS_LEFT), word: 0}


def _cost(meant: Sequence[Mapping[str, int]], words: Sequence[str]) -> int:
    total = slips = 0
    for readings in meant:
        cost = min((readings[word] for word in words if word in readings), default=SLIP * 2)
        total += 0 if cost == KEYS_LEFT else cost
        slips += cost == SLIP
    return total if slips < 2 else SLIP * 2


def _at(places: Sequence[Organisation], past: date | None) -> QuerySet[Any]:
    """Return who practises at these facilities: looked up there, not met on a walk through all names.

    The entries say who is there today; of a past day the registrations tell.
    """
    here = RegisterEntry.objects.filter(is_listed=True)
    if past is None:
        here = here.filter(facilities__overlap=[place.pk for place in places])
    else:
        then = Registration.objects.filter(holding_on(past), facility__in=places).complete(past)
        here = here.filter(practitioner__in=then.values("practitioner"))
    return here.order_by().values("pk")[:MOST_THERE]


def places_named(text: str) -> list[Organisation]:
    """Return places of care called so, else those whose name has every word; one more than are read."""
    words = words_of(name_norm(text))[:MOST_WORDS]
    if not words:
        return []
    places = Organisation.objects.filter(kind__in=PLACES_OF_CARE)
    rows = places.select_related("area").only("name", "area__name").order_by("name_norm", "id")
    called = list(rows.filter(name_norm=name_norm(text))[: MOST_PLACES + 1])
    if called:
        return called
    for word in words:
        rows = rows.filter(name_norm__contains=word)
    return list(rows[: MOST_PLACES + 1])
