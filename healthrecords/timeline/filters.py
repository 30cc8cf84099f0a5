"""Which part of the timeline is asked for, and what would each filter show?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.timeline.sources import Source, sources

SIGNED, UNSIGNED, FILE, TYPED = "yes", "no", "file", "typed"
NAMES = ("kind", "place", "year", "signed", "origin")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows of one source share place, year, origin and signature."""

    kind: str
    place: str | None
    place_name: str
    year: int
    from_file: bool
    signed: bool | None
    number: int

    def value(self, name: str) -> str:
        """Return what this count says of a filter, "" where the filter does not apply."""
        if name == "kind":
            return self.kind
        if name == "place":
            return self.place or ""
        if name == "year":
            return str(self.year)
        if name == "origin":
            return FILE if self.from_file else TYPED
        return "" if self.signed is None else SIGNED if self.signed else UNSIGNED


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of a filter."""

    label: StrOrPromise
    number: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with its choices; the first is "all"."""

    label: StrOrPromise
    choices: Sequence[Choice]

    @property
    def chosen(self) -> StrOrPromise:
        return next((c.label for c in self.choices[1:] if c.is_current), "")


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for; what it cannot mean is not asked for."""

    kind: str = ""
    place: str = ""
    year: str = ""
    signed: str = ""
    origin: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        said = {name: str(query.get(name, "")) for name in NAMES}
        return cls(
            kind=said["kind"] if said["kind"] in {s.key for s in sources()} else "",
            place=said["place"] if _is_key(said["place"]) else "",
            year=said["year"] if said["year"].isascii() and _is_year(said["year"]) else "",
            signed=said["signed"] if said["signed"] in {SIGNED, UNSIGNED} else "",
            origin=said["origin"] if said["origin"] in {FILE, TYPED} else "",
        )

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in NAMES)

    @property
    def address(self) -> str:
        """Return the query string that asks for the same again, with its question mark."""
        said = {name: getattr(self, name) for name in NAMES if getattr(self, name)}
        return f"?{urlencode(said)}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return [(name, getattr(self, name)) for name in NAMES if getattr(self, name)]

    def asked(self) -> list[Source]:
        """Return the sources that can answer."""
        return [
            source
            for source in sources()
            if self.kind in {"", source.key} and not (self.signed and source.signed is None)
        ]

    def narrow(self, rows: Any) -> Any:
        """Keep the rows of one source that are asked for."""
        if self.place:
            rows = rows.filter(entry_place=UUID(self.place))
        if self.year:
            rows = rows.filter(entry_at__year=int(self.year))
        if self.signed:
            rows = rows.filter(entry_signed=self.signed == SIGNED)
        if self.origin:
            rows = rows.filter(entry_file=self.origin == FILE)
        return rows

    def passes(self, counted: Counted, *, but: str = "") -> bool:
        """Say whether a count belongs to what is asked for, one filter left aside."""
        return all(
            getattr(self, name) in {"", counted.value(name)} for name in NAMES if name != but
        )

    def facet(self, name: str, label: StrOrPromise, counts: Iterable[Counted]) -> Facet:
        """Count what each choice of one filter would show, the other filters in force."""
        numbers: dict[str, int] = {}
        labels: dict[str, StrOrPromise] = {}
        for counted in counts:
            value = counted.value(name)
            if value and self.passes(counted, but=name):
                numbers[value] = numbers.get(value, 0) + counted.number
                labels[value] = _label(name, counted)
        chosen = getattr(self, name)
        if chosen and chosen not in numbers:
            numbers[chosen], labels[chosen] = 0, ""
        choices = [self._choice(name, "", _("All"), sum(numbers.values()))]
        order = ORDERS[name]
        choices += [
            self._choice(name, value, labels[value], numbers[value])
            for value in sorted(numbers, key=lambda v: order(v, numbers[v]))
        ]
        return Facet(label, choices)

    def _choice(self, name: str, value: str, label: StrOrPromise, number: int) -> Choice:
        asked: Filters = replace(self, **{name: value})
        return Choice(label, number, asked.address, getattr(self, name) == value)


def _label(name: str, counted: Counted) -> StrOrPromise:
    if name == "kind":
        return next(s.label for s in sources() if s.key == counted.kind)
    if name == "place":
        return counted.place_name
    if name == "year":
        return str(counted.year)
    if name == "origin":
        return _("From a file") if counted.from_file else _("Typed")
    return _("Signed") if counted.signed else _("Not signed")


def _kind_order(value: str, number: int) -> Any:
    return next((at for at, source in enumerate(sources()) if source.key == value), 0)


ORDERS: dict[str, Callable[[str, int], Any]] = {
    "kind": _kind_order,
    "place": lambda value, number: (-number, value),
    "year": lambda value, number: -int(value),
    "signed": lambda value, number: value,
    "origin": lambda value, number: value,
}


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _is_year(text: str) -> bool:
    return text.isdigit() and 1800 < int(text[:5]) < 9999
