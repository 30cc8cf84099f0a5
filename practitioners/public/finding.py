"""Whom in the public register may somebody have meant by a name, a number, a facility, a title?

At any size one walk along an index, or the names that have the words and then who bears them; no
question reads the whole register.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet

from portal.name_words import words_of
from portal.names import name_norm
from portal.places.models import Organisation
from portal.slips import keystrokes_of, slips_of
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, RegisterEntry, RegisterName

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE, LAST_PAGE = 20, 10
MOST_WORDS, MOST_NAMES, MOST_PLACES = 8, 2_000, 200
MOST_GUESSED = 400
CHUNKS = (25, 100, 400, 1600)
# What a word costs that was read otherwise than typed: keys of Telex left in it, or a slip.
KEYS_LEFT, SLIP = 1, 2
PLACES_OF_CARE = ("centre", "hospital", "station", "point", "clinic", "other")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: a name or number, words of a facility, a title."""

    text: str = ""
    place: str = ""
    title: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.place)


@dataclass(slots=True)
class Found:
    """Whom it may mean, in order; ``is_guess`` when nobody is called as typed."""

    people: list[UUID] = field(default_factory=list)
    has_more: bool = False
    is_guess: bool = False
    places_cut: bool = False


def find(question: Question, page: int = 1) -> Found:
    """Return a page of people of the public register."""
    wanted = min(max(page, 1), LAST_PAGE) * PAGE + 1
    found = Found()
    rows = RegisterEntry.objects.filter(is_listed=True)
    if question.title:
        rows = rows.filter(title=question.title)
    if question.place:
        places = places_named(question.place)
        found.places_cut = len(places) > MOST_PLACES
        rows = rows.filter(facilities__overlap=places[:MOST_PLACES])
    people = _people(question, rows, wanted)
    if not people and question.text and page == 1 and not looks_like_number(question.text):
        people = _guessed(words_of(name_norm(question.text))[:MOST_WORDS], rows)
        found.is_guess = bool(people)
    first = (min(max(page, 1), LAST_PAGE) - 1) * PAGE
    found.people, found.has_more = people[first : first + PAGE], len(people) > first + PAGE
    return found


def looks_like_number(text: str) -> bool:
    """Say whether a text is a licence number, whole or its serial alone."""
    return "/" in text or text.replace(" ", "").isdigit()


def _people(question: Question, rows: QuerySet[RegisterEntry], wanted: int) -> list[UUID]:
    if looks_like_number(question.text):
        return _numbered(question, rows, wanted)
    folded = name_norm(question.text)
    words = words_of(folded)[:MOST_WORDS]
    if question.place:
        for word in words:
            rows = rows.filter(Q(name_norm__startswith=word) | Q(name_norm__contains=f" {word}"))
        return _ids(rows, wanted)
    if not words:
        return []
    begun = _ids(rows.filter(name_norm__startswith=folded), wanted)
    if len(begun) < wanted:
        begun += _bearers(_with_words(words, folded), rows, wanted - len(begun))
    return begun


def _ids(rows: QuerySet[RegisterEntry], wanted: int) -> list[UUID]:
    ordered = rows.order_by("name_norm", "id").values_list("practitioner_id", flat=True)
    return list(ordered[:wanted])


def _numbered(question: Question, rows: QuerySet[RegisterEntry], wanted: int) -> list[UUID]:
    """Find by the number of any licence a person ever held, or by the serial of the current one."""
    text = question.text.replace(" ", "")
    if text.isdigit():
        # A number of a person is longer than any serial, and finds nobody.
        return _ids(rows.filter(serial=int(text)), wanted) if len(text) <= 7 else []
    held = numbered(text).exclude(practitioner__verified_at=None)
    people = list(held.order_by("superseded_on", "id").values_list("practitioner_id", flat=True))
    if question.title or question.place:
        people = _ids(rows.filter(practitioner__in=people), wanted)
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


def _with_words(words: Sequence[str], folded: str) -> list[str]:
    """Return names that have all the words in any order, the last perhaps begun; the likeliest first."""
    names = RegisterName.objects.filter(words__contains=list(words))
    found = set(names.values_list("name_norm", flat=True)[:MOST_NAMES])
    if len(words) > 1 and len(found) < MOST_NAMES:
        begun = RegisterName.objects.filter(
            words__contains=list(words[:-1]), name_norm__contains=f" {words[-1]}"
        )
        found |= set(begun.values_list("name_norm", flat=True)[:MOST_NAMES])
    others = [name for name in found if not name.startswith(folded)]
    # People are called by the last word of their name: it is most often what was typed.
    return sorted(others, key=lambda name: (not name.endswith(f" {folded}"), len(name), name))


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
    """Return people whose name has one word typed wrong, or keys of the input method left in it."""
    meant = [_readings(word) for word in words]
    if not meant:
        return []
    condition = Q()
    for readings in meant:
        condition &= Q(words__overlap=list(readings))
    names = RegisterName.objects.filter(condition).values_list("name_norm", "words")
    costs = {
        name: cost for name, has in names[:MOST_GUESSED] if (cost := _cost(meant, has)) < SLIP * 2
    }
    return _bearers(sorted(costs, key=lambda name: (costs[name], name)), rows, PAGE)


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


def places_named(text: str) -> list[UUID]:
    """Return places of care whose name has every word, the shortest name first; one more than shown."""
    words = words_of(name_norm(text))[:MOST_WORDS]
    if not words:
        return []
    rows = Organisation.objects.filter(kind__in=PLACES_OF_CARE)
    for word in words:
        rows = rows.filter(name_norm__contains=word)
    return list(rows.order_by("name_norm", "id").values_list("id", flat=True)[: MOST_PLACES + 1])
