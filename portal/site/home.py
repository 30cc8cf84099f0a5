"""What waits for this person today, worst first?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from django.urls import reverse

from portal.site.figures import Figure
from portal.site.rights import may

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


class Module(Protocol):
    """A framed part of the home page; ``template`` renders it as ``module``."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Chip:
    """A state as icon and word; kind is ok, warn, bad, act or empty."""

    kind: str
    icon: str
    text: StrOrPromise


@dataclass(frozen=True)
class Link:
    """A link in the head or the foot of a module."""

    text: StrOrPromise
    url: str


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, why, and the one deed."""

    due: Chip
    what: StrOrPromise
    url: str
    why: StrOrPromise = ""
    deed: StrOrPromise = ""
    deed_url: str = ""


@dataclass(frozen=True)
class WorkList:
    """Things to do, worst first; the home page shows seven of them."""

    template: ClassVar[str] = "portal/home/worklist.html"
    shown_at_most: ClassVar[int] = 7

    title: StrOrPromise
    rows: Sequence[WorkRow]
    total: int | None = None
    is_cut: bool = False  # there are more than ``total``: nobody counted further
    figures: Sequence[Figure] = ()
    note: StrOrPromise = ""
    more: Link | None = None
    empty: StrOrPromise = ""
    empty_deed: Link | None = None

    @property
    def shown(self) -> Sequence[WorkRow]:
        return self.rows[: self.shown_at_most]

    @property
    def number(self) -> int:
        return len(self.rows) if self.total is None else self.total

    @property
    def has_more(self) -> bool:
        return self.number > len(self.shown)

    @property
    def folded(self) -> Sequence[WorkRow]:
        """Return the rows past the seventh that have no page of their own: they unfold in place."""
        return () if self.more is not None else self.rows[self.shown_at_most :]

    @property
    def count_url(self) -> str:
        """Return where all of them are listed, "" where they all stand in the module."""
        return self.more.url if self.more is not None and self.has_more else ""


@dataclass(frozen=True)
class QueueRow:
    """One person waiting today, and the next deed for them."""

    arrived: StrOrPromise
    who: StrOrPromise
    url: str
    about: StrOrPromise
    why: StrOrPromise
    state: Chip
    state_note: StrOrPromise = ""
    deed: StrOrPromise = ""
    deed_url: str = ""
    is_first: bool = False


@dataclass(frozen=True)
class Queue:
    """People waiting at a station, in the order they came."""

    template: ClassVar[str] = "portal/home/queue.html"

    title: StrOrPromise
    rows: Sequence[QueueRow]
    figures: Sequence[Figure] = ()
    note: StrOrPromise = ""
    more: Link | None = None
    empty: StrOrPromise = ""
    empty_deed: Link | None = None


@dataclass(frozen=True)
class Column:
    """One column of a small table; numbers stand to the right."""

    title: StrOrPromise
    is_number: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell: text, and where its rows open; a chip instead of text where it is a state.

    ``told`` is a value that is no count, a score or a move, as the page at ``url`` tells it, too.
    """

    text: StrOrPromise = ""
    url: str = ""
    figure: Figure | None = None
    chip: Chip | None = None
    note: StrOrPromise = ""
    told: str = ""


@dataclass(frozen=True)
class Table:
    """A small table: recent uploads, procedures due, poor facilities."""

    template: ClassVar[str] = "portal/home/table.html"

    title: StrOrPromise
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: StrOrPromise = ""
    more: Link | None = None
    foot: Sequence[Link] = ()
    empty: StrOrPromise = ""
    empty_deed: Link | None = None

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Tile:
    """One figure as counts, its share, its course and one comparison in words."""

    title: StrOrPromise
    value: StrOrPromise
    url: str
    share: StrOrPromise = ""
    trend: Sequence[float] = ()
    comparison: StrOrPromise = ""


@dataclass(frozen=True)
class Tiles:
    """Figures of a place; each opens its rows."""

    template: ClassVar[str] = "portal/home/tiles.html"

    title: StrOrPromise
    tiles: Sequence[Tile]
    note: StrOrPromise = ""


@dataclass(frozen=True)
class Bar:
    """One criterion of a score: 0 to 100, or None where nothing could be judged."""

    title: StrOrPromise
    value: float | None
    state: Chip


@dataclass(frozen=True)
class Score:
    """One score with its criteria and the rules that pull it down most."""

    template: ClassVar[str] = "portal/home/score.html"

    title: StrOrPromise
    value: float | None
    state: Chip
    note: StrOrPromise = ""
    comparison: StrOrPromise = ""
    bars: Sequence[Bar] = ()
    worst: Sequence[Link] = ()
    more: Link | None = None


@dataclass(frozen=True)
class HomeCard:
    """A module of the home page, asked for on each visit; None leaves it out."""

    render: Callable[[HttpRequest], Module | None]
    column: Literal["top", "main", "side"] = "main"
    order: int = 100
    capability: str = ""


@dataclass(frozen=True)
class Door:
    """A button at the head of the home page: new person, vaccination session, register."""

    label: StrOrPromise
    url_name: str
    icon: str
    capability: str = ""
    order: int = 100
    key: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass
class Home:
    """The home page of one person."""

    top: list[Module] = field(default_factory=list)
    main: list[Module] = field(default_factory=list)
    side: list[Module] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)


_cards: list[HomeCard] = []
_doors: list[Door] = []


def register(card: HomeCard) -> None:
    """Add a module to the home page of everyone who holds its capability."""
    if card not in _cards:
        _cards.append(card)


def unregister(card: HomeCard) -> None:
    """Take a module off the home page again."""
    _cards.remove(card)


def register_door(door: Door) -> None:
    """Add a button to the head of the home page."""
    if door not in _doors:
        _doors.append(door)


def home_of(request: HttpRequest) -> Home:
    """Build the home page of this person from what the apps registered."""
    home = Home(doors=doors_of(request))
    for card in sorted(_cards, key=lambda card: card.order):
        module = card.render(request) if may(request, card.capability) else None
        if module is not None:
            {"top": home.top, "main": home.main, "side": home.side}[card.column].append(module)
    return home


def doors_of(request: HttpRequest) -> list[Door]:
    """List the buttons this person may use, in order."""
    return sorted(
        (door for door in _doors if may(request, door.capability)), key=lambda door: door.order
    )


def context_of(request: HttpRequest) -> dict[str, Any]:
    """Give the index template what it draws."""
    return {"home": home_of(request)}
