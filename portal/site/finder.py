"""What did the person mean by what was scanned or typed into the box?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.site.rights import may

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from portal.site.home import Chip


@dataclass(frozen=True)
class Go:
    """Exactly one thing was meant: open it."""

    url: str


@dataclass(frozen=True)
class Hit:
    """One of several things that may have been meant."""

    title: StrOrPromise
    url: str
    about: StrOrPromise = ""
    place: StrOrPromise = ""
    number: str = ""
    state: Chip | None = None


@dataclass(frozen=True)
class Hits:
    """Several things may have been meant: people, practitioners, facilities.

    ``about`` says how the query was read where that is not plain; ``next_url`` is the next page.
    """

    title: StrOrPromise
    rows: Sequence[Hit]
    more_url: str = ""
    next_url: str = ""
    about: StrOrPromise = ""


@dataclass(frozen=True)
class NewForm:
    """Nobody known was meant: offer a form filled from the query.

    ``opens`` sends the person straight there when nothing else was found, as after a clean scan.
    """

    label: StrOrPromise
    url: str
    about: StrOrPromise = ""
    opens: bool = False


@dataclass(frozen=True)
class Explain:
    """The query cannot be read: say why and what to do."""

    title: StrOrPromise
    text: StrOrPromise


@dataclass(frozen=True)
class Understood:
    """Nothing was found: say how the query was read, and what may be tried instead."""

    text: StrOrPromise
    tips: Sequence[StrOrPromise] = ()


SUGGESTED, LEAST_LETTERS, LONGEST = 8, 3, 80
Answer = Go | Hits | NewForm | Explain | Understood


@dataclass(frozen=True)
class FinderAnswer:
    """One way to read a query; an app registers it with the capability it needs.

    ``suggests``: what it lists may be shown before Enter; it lists nothing out of the reader's scope.
    """

    answer: Callable[[HttpRequest, str], Answer | None]
    order: int = 100
    capability: str = ""
    placeholder: StrOrPromise = ""
    suggests: bool = False  # whether its lists are offered while somebody types


@dataclass
class Found:
    """All that the answers said about one query."""

    query: str
    go: str = ""
    explanation: Explain | None = None
    understood: Understood | None = None
    groups: list[Hits] = field(default_factory=list)
    new_forms: list[NewForm] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @property
    def has_more(self) -> bool:
        """Whether there are more than are shown."""
        return any(group.next_url for group in self.groups)

    def take(self, answer: Answer | None) -> bool:
        """Note one answer; True when it settles the query."""
        if isinstance(answer, Go):
            self.go = answer.url
        elif isinstance(answer, Explain):
            self.explanation = answer
        elif isinstance(answer, Hits):
            self.groups += [answer] if answer.rows else []
        elif isinstance(answer, NewForm):
            self.new_forms.append(answer)
        elif isinstance(answer, Understood):
            self.understood = answer
        return isinstance(answer, Go | Explain)


_answers: list[FinderAnswer] = []


def register(answer: FinderAnswer) -> None:
    """Teach the box another way to read a query."""
    if answer not in _answers:
        _answers.append(answer)


def unregister(answer: FinderAnswer) -> None:
    """Take a way to read a query back."""
    _answers.remove(answer)


def find(request: HttpRequest, query: str) -> Found:
    """Try the answers in order until one settles the query."""
    found = Found(query=" ".join(query.replace("\0", " ").split()))
    if not found.query:
        return found
    for answer in _allowed(request):
        if found.take(answer.answer(request, found.query)):
            return found
    opening = [form.url for form in found.new_forms if form.opens]
    if opening and not found.number:
        found.go = opening[0]
    return found


def suggestions(request: HttpRequest, query: str, *, most: int = SUGGESTED) -> list[Hit]:
    """Return what a text that is still being typed may mean: the first of what Enter would list.

    Numbers and scans are matched whole: of a part of one there is nothing to show.
    """
    text = " ".join(query.replace("\0", " ").split())
    letters = sum(one.isalpha() for one in text)
    if letters < LEAST_LETTERS or "|" in text or len(text) > LONGEST:
        return []
    found: list[Hit] = []
    for answer in _allowed(request):
        said = answer.answer(request, text) if answer.suggests else None
        if isinstance(said, Hits):
            found += said.rows
    return found[:most]


def placeholder(request: HttpRequest) -> StrOrPromise:
    """Say what this person can type: the first placeholder of their answers."""
    said = (answer.placeholder for answer in _allowed(request) if answer.placeholder)
    return next(said, "")


def _allowed(request: HttpRequest) -> list[FinderAnswer]:
    allowed = [answer for answer in _answers if may(request, answer.capability)]
    return sorted(allowed, key=lambda answer: answer.order)
