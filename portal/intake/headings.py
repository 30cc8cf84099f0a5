"""Which column does a sender's heading mean, and how sure is that?"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portal.intake.declaration import Column, Table, heading_key

NUMBERED = re.compile(r"^\s*[(\[]?(?:\d{1,3}|[a-zA-Z]|[IVX]{1,5})\s*[.)\]:]\s*(?=\S)")
BRACKETS = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
PARTS = re.compile(r"\s+[/|–—-]\s+|\s*[|:]\s*|[\r\n]+")
# What a heading may say it is counted in. Read as a column's own unit, such values would be wrong.
MULTIPLES: tuple[str, ...] = (
    "nghìn đồng",
    "ngàn đồng",
    "triệu đồng",
    "tỷ đồng",
    "tr đồng",
    "1000 đồng",
    "1000đ",
)
MULTIPLES += ("nghìn", "ngàn", "triệu", "tỷ", "trđ")
OTHERS: tuple[str, ...] = (
    "g",
    "gr",
    "gam",
    "gram",
    "lạng",
    "yến",
    "tạ",
    "lb",
    "lbs",
    "pound",
    "mm",
    "dm",
    "m",
)
OTHERS += ("mét", "inch", "kPa", "cmHg", "cmH2O", "F", "°F", "độ F", "phút", "giây", "l/giây")
SHOWN = 80
NEAR_FROM, NEAR_TWICE_FROM = 5, 12  # letters from which one slip, and two, are looked for


class How(StrEnum):
    """Why a column of the file is read as it is."""

    OFFICIAL = "official"
    LABEL = "label"
    ALIAS = "alias"
    REMEMBERED = "remembered"  # a person of this sender said so
    PROPOSED = "proposed"  # likely, but nobody has said so: not read
    AMBIGUOUS = "ambiguous"  # may be several: not read
    REPEATED = "repeated"  # another column of the file was read as the same
    LEFT_OUT = "left_out"  # a person of this sender said so
    UNKNOWN = "unknown"
    NAMELESS = "nameless"  # values without a heading


_MULTIPLES = frozenset(map(heading_key, MULTIPLES))
_UNITS = _MULTIPLES | frozenset(map(heading_key, OTHERS))
SURE = (How.REMEMBERED, How.OFFICIAL, How.LABEL, How.ALIAS)  # the stronger first


@dataclass(slots=True)
class FileColumn:
    """One column of the sender's file: its place, its heading, and what it is read as."""

    at: int
    text: str
    key: str
    how: How
    column: str = ""  # official name of what it is read as
    near: tuple[str, ...] = ()  # what it may be, where nobody knows


@dataclass(slots=True)
class Heading:
    """A heading as it was found: the place of each recognised column, and what was not."""

    sheet: str
    number: int
    places: dict[str, int]
    first_column: int = 0
    unknown: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    columns: list[FileColumn] = field(default_factory=list)
    signature: str = ""
    is_remembered: bool = False

    def cell(self, column: str, number: int) -> str:
        """Return the cell as the sender sees it: KhamBenh!F112."""
        return f"{self.sheet}!{self.letters(column)}{number}"

    def letters(self, column: str) -> str:
        place = self.places.get(column)
        return letters_of(place + self.first_column) if place is not None else ""

    def letters_at(self, at: int) -> str:
        return letters_of(at + self.first_column)

    def of(self, *hows: How) -> list[FileColumn]:
        """Return the columns of the file that are read, or not read, in one of these ways."""
        return [column for column in self.columns if column.how in hows]


def letters_of(place: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Label:
    """The heading of one column as a person sees it, and the readings to try, the surest first."""

    at: int
    text: str
    tries: tuple[tuple[str, bool], ...]  # a text, and whether it settles the matter


@dataclass(frozen=True, slots=True)
class Labels:
    """The headings of one sheet, from one row or from several above one another."""

    number: int
    texts: tuple[str, ...]  # by place; empty where there is none
    labels: tuple[Label, ...]
    rows: int = 1
    settles_doubles: bool = False  # the row above tells equal headings apart

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the folded headings by place, equal ones numbered in their order."""
        met: Counter[str] = Counter()
        found = []
        for at, text in enumerate(self.texts):
            key = heading_key(text)
            if not key:
                found.append(f"@{at}")
                continue
            met[key] += 1
            found.append(key if met[key] == 1 else f"{key}#{met[key]}")
        return tuple(found)

    @property
    def signature(self) -> str:
        """Return what is the same for every file with these headings, in whatever order."""
        named = sorted(key for key in self.keys if not key.startswith("@"))
        return hashlib.sha256("\n".join(named).encode()).hexdigest()


def text_in(cell: Any) -> str:
    """Return the text of a cell of a heading; a number is none."""
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def labels_of(number: int, cells: Sequence[Any]) -> Labels:
    """Take one row as a heading."""
    texts = tuple(text_in(cell) for cell in cells)
    raw = (cell if isinstance(cell, str) else "" for cell in cells)
    labels = (
        Label(at, text, ((lines, True),))
        for at, (text, lines) in enumerate(zip(texts, raw, strict=True))
        if text
    )
    return Labels(number, texts, tuple(labels))


def beneath(upper: Labels, number: int, cells: Sequence[Any]) -> Labels:
    """Take a row as the lower part of a heading: Vào and Ra under Ngày, blanks under the rest."""
    lower = [text_in(cell) for cell in cells]
    width = max(len(lower), len(upper.texts))
    lower += [""] * (width - len(lower))
    above = [*upper.texts, *[""] * (width - len(upper.texts))]
    groups = _groups(above, lower)
    met: dict[str, set[str]] = {}
    for group, text in zip(groups, lower, strict=True):
        if text:
            met.setdefault(heading_key(text), set()).add(group)
    doubles = {key for key, under in met.items() if len(under) > 1}
    texts, labels = [], []
    for at, (group, text) in enumerate(zip(groups, lower, strict=True)):
        shown = f"{group} / {text}" if group and text else text or above[at]
        texts.append(shown)
        if shown:
            is_double = heading_key(text) in doubles
            labels.append(Label(at, shown, _tries(group, text or above[at], is_double=is_double)))
    return Labels(number, tuple(texts), tuple(labels), upper.rows + 1, bool(doubles))


def _groups(above: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the heading above each lower one; a merged cell says its text once, in front."""
    groups, group = [], ""
    for over, text in zip(above, lower, strict=True):
        if over:
            group = over
        if not text:
            group = ""
        groups.append(group)
    return groups


def _tries(group: str, text: str, *, is_double: bool) -> tuple[tuple[str, bool], ...]:
    if not group:
        return ((text, not is_double),)
    both = ((f"{group} {text}", True), (f"{text} {group}", True))
    return (*both, (text, False)) if is_double else ((text, True), *both)


Choice = Mapping[str, str]  # folded heading of the file → official name, or "" to leave it out


def recognise(table: Table, sheet: str, labels: Labels, choice: Choice | None = None) -> Heading:
    """Say what every heading means; what is only likely, or twice there, is not read."""
    heading = Heading(sheet, labels.number, {}, signature=labels.signature)
    heading.is_remembered = choice is not None
    said = choice or {}
    by_place = {label.at: label for label in labels.labels}
    for at, key in enumerate(labels.keys):
        label = by_place.get(at)
        if key in said:
            name = said[key] if said[key] in table.by_name else ""
            how = How.REMEMBERED if name else How.LEFT_OUT
            heading.columns.append(FileColumn(at, _shown(label), key, how, name))
        elif label is not None:
            how, names = _meaning(table, label)
            name = names[0] if how in SURE else ""
            near = () if how in SURE else names
            heading.columns.append(FileColumn(at, _shown(label), key, how, name, near))
    _settle(heading)
    return heading


def _shown(label: Label | None) -> str:
    return label.text[:SHOWN] if label is not None else ""


def _settle(heading: Heading) -> None:
    """Give each column one place: the surest heading, of equals the first."""
    for how in SURE:
        for found in heading.of(how):
            if found.column not in heading.places:
                heading.places[found.column] = found.at
            else:
                found.how, found.near, found.column = How.REPEATED, (found.column,), ""
    order = {found.at: found for found in heading.columns}
    heading.places = dict(sorted(heading.places.items(), key=lambda place: place[1]))
    heading.unknown = [f.text for f in order.values() if f.how in {How.UNKNOWN, How.LEFT_OUT}]
    heading.unknown = [text for text in heading.unknown if text]
    heading.repeated = [found.text for found in heading.of(How.REPEATED)]


def _meaning(table: Table, label: Label) -> tuple[How, tuple[str, ...]]:
    likely: tuple[str, ...] = ()
    for text, is_sure in label.tries:
        how, names = exact(table, text)
        if how in SURE and is_sure:
            return how, names
        if how is not How.UNKNOWN and not likely:
            likely = names
    if not likely:
        return How.UNKNOWN, ()
    return (How.PROPOSED if len(likely) == 1 else How.AMBIGUOUS), likely


def exact(table: Table, text: str) -> tuple[How, tuple[str, ...]]:
    """Read a heading as it is written, then without its number, unit, asterisk and second name."""
    column = table.by_heading.get(heading_key(text))
    if column is not None:
        return _kind_of(column, text), (column.name,)
    plain = NUMBERED.sub("", text, count=1)
    bare = BRACKETS.sub(" ", plain)
    found, rest = [], []
    for part in (bare, *PARTS.split(bare)):
        column = table.by_heading.get(heading_key(part)) if part.strip() else None
        if column is not None:
            found.append((_kind_of(column, part), column.name))
        elif part is not bare and heading_key(part):
            rest.append(part)
    whole = table.by_heading.get(heading_key(bare))
    inside = [table.by_heading.get(heading_key(part)) for part in BRACKETS.findall(plain)]
    names = dict.fromkeys([name for _how, name in found])
    names |= dict.fromkeys(column.name for column in inside if column is not None)
    if not names:
        return How.UNKNOWN, ()
    if len(names) > 1:
        return How.AMBIGUOUS, tuple(names)
    is_other = counts_otherwise(table.by_name[next(iter(names))], plain)
    if found and not is_other and (whole is not None or not rest):
        return min(found, key=lambda each: SURE.index(each[0]))[0], tuple(names)
    return How.PROPOSED, tuple(names)


def counts_otherwise(column: Column, text: str) -> bool:
    """Say whether a heading names in brackets a unit that is not the column's: Cân nặng (g)."""
    own = {heading_key(unit) for unit in column.units}
    said = {heading_key(part) for part in BRACKETS.findall(text)} - own
    return bool(said & (_UNITS if own else _MULTIPLES))


def _kind_of(column: Column, text: str) -> How:
    if text.strip().casefold() == column.name.casefold():
        return How.OFFICIAL
    return How.LABEL if heading_key(text) == heading_key(column.label) else How.ALIAS


def propose(table: Table, heading: Heading) -> None:
    """Look for slips of the pen in the headings that mean nothing; what is found is not read."""
    for found in heading.of(How.UNKNOWN):
        names = tuple(
            name
            for name in dict.fromkeys(near(table, found.text))
            if name not in heading.places or table.by_name[name].need == "required"
        )
        free = tuple(name for name in names if name not in heading.places)
        if free:
            found.how = How.PROPOSED if len(free) == 1 else How.AMBIGUOUS
            found.near = free
    heading.unknown = [found.text for found in heading.of(How.UNKNOWN, How.LEFT_OUT) if found.text]


def near(table: Table, text: str) -> Iterator[str]:
    """Yield the columns whose heading is a slip away from a text, the nearest first."""
    plain = BRACKETS.sub(" ", NUMBERED.sub("", text, count=1))
    for key in {heading_key(plain), heading_key(plain.rpartition("/")[2])}:
        if len(key) < NEAR_FROM:
            continue
        most = 2 if len(key) >= NEAR_TWICE_FROM else 1
        close = [
            (slips(key, known, most), column.name)
            for known, column in table.by_heading.items()
            if len(known) >= NEAR_FROM
        ]
        least = min((count for count, _name in close), default=most + 1)
        if least <= most:
            yield from (name for count, name in close if count == least)


def slips(one: str, other: str, most: int) -> int:
    """Count letters left out, added, mistaken or exchanged between two words; at most ``most`` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if earlier and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def missing_from(table: Table, names: Iterable[str]) -> list[Column]:
    """Return the required columns that are not among these."""
    there = set(names)
    return [column for column in table.required if column.name not in there]


def doubts_of(heading: Heading) -> Iterator[tuple[str, list[str]]]:
    """Yield the columns that were not read because nobody knows what they mean, by the reason."""
    for code, how in (
        ("columns_proposed", How.PROPOSED),
        ("columns_ambiguous", How.AMBIGUOUS),
        ("columns_nameless", How.NAMELESS),
    ):
        columns = [
            " ".join(part for part in (heading.letters_at(found.at), found.text) if part)
            for found in heading.of(how)
        ]
        if columns:
            yield code, columns
