"""What does a kind of file look like: its tables, its columns, and who compares and writes its rows?

One declaration serves the header recognition, the checks, the messages, the template workbook and
the page that documents the kind. An app registers its kinds in ``ready()``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from portal.names import name_norm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.intake.handler import Handler
    from portal.intake.problems import Problem

# What a rule answers: the value as it will be kept (None when it cannot be), and what is wrong.
Read = tuple[Any, Iterable["Problem"]]
# What may stand in a column besides the code lists: the code or word, and what it means.
Choices = Callable[[date], Iterable[tuple[str, str]]]


class Type(StrEnum):
    """What a cell holds once it is read; the comment says in which shape it is kept."""

    TEXT = "text"  # str, NFC, trimmed
    NAME = "name"  # str, NFC, single spaces
    IDENTIFIER = "identifier"  # str; a number in the sheet is suspected of lost zeros
    CODE = "code"  # str of a code list
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # str of a decimal number, point as mark
    PARTIAL_DAY = "partial_day"  # "1958", "1958-05" or "1958-05-12"
    DAY = "day"  # "2026-10-05"
    MOMENT = "moment"  # "2026-10-05T09:25", Vietnamese time


TYPE_NAMES: Mapping[Type, StrOrPromise] = {
    Type.TEXT: _("text"),
    Type.NAME: _("name of a person"),
    Type.IDENTIFIER: _("number kept as text"),
    Type.CODE: _("code"),
    Type.INTEGER: _("whole number"),
    Type.DECIMAL: _("number"),
    Type.PARTIAL_DAY: _("date, or the year alone"),
    Type.DAY: _("date"),
    Type.MOMENT: _("date and hour"),
}


class Need(StrEnum):
    """What happens when a cell is blank."""

    REQUIRED = "required"  # the row is wrong
    WANTED = "wanted"  # the row is taken, with a warning
    OPTIONAL = "optional"


NEED_NAMES: Mapping[Need, StrOrPromise] = {
    Need.REQUIRED: _("required"),
    Need.WANTED: _("wanted"),
    Need.OPTIONAL: _("optional"),
}


KEY_AT_MOST = 200  # letters of the key of a row

# Kinds of organisations that care for people; the rest keeps registers.
PLACES_OF_CARE = frozenset({"centre", "hospital", "station", "point", "clinic", "other"})

_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]")


def heading_key(text: str) -> str:
    """Fold a heading so that HO_TEN, "Họ tên" and "ho  ten" are the same."""
    return _NOT_IN_A_KEY.sub("", name_norm(text))


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: ``name`` is the official one (HO_TEN), ``label`` the Vietnamese heading.

    Labels and aliases are the words of the senders' files, not of the page: they are data.
    """

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()  # may stand behind any of the names, with or without brackets
    type: Type = Type.TEXT
    length: int = 0
    need: Need = Need.OPTIONAL
    low: Decimal | None = None
    high: Decimal | None = None
    code_list: str = ""  # key of a list in portal.codelists; code or title may be written
    code_on: str = ""  # the column whose day picks the list's version; else the day of upload
    unknown_code_warns: bool = False  # a code missing from the list warns instead of refusing
    separator: str = ""  # several values in one cell
    digits: tuple[
        int, ...
    ] = ()  # lengths a number of this column has; a shorter one lost its zeros
    is_padded: bool = False  # zeros lost in front of a code come back without guessing
    may_be_grouped: bool = False  # 1.500 may be fifteen hundred: such a text is not guessed at
    choices: Choices | None = None  # what the template offers, where it is no code list
    is_beside: bool = False  # a value that cannot be read is left out with a warning, never the row
    rule: Callable[[str], Read] | None = None  # reads the trimmed text itself, instead of ``type``
    usual: Callable[[str], bool] | None = None  # texts the rule would keep as sent, unasked
    example: str = ""
    about: StrOrPromise = ""

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every folded heading this column is recognised by."""
        names = (self.name, self.label, *self.aliases)
        with_unit = (f"{name} {unit}" for name in names for unit in self.units)
        return frozenset(heading_key(text) for text in (*names, *with_unit))

    @cached_property
    def is_kept_as_text(self) -> bool:
        """Say whether a number in the sheet may have lost digits of this column."""
        return self.type in {Type.IDENTIFIER, Type.CODE}

    @cached_property
    def is_written(self) -> bool:
        """Say whether people write words into this column, in whatever font."""
        return self.type in {Type.TEXT, Type.NAME}

    @property
    def type_name(self) -> StrOrPromise:
        return TYPE_NAMES[self.type]

    @property
    def need_name(self) -> StrOrPromise:
        return NEED_NAMES[self.need]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One sheet of a workbook, or one table of an envelope (XML2)."""

    name: str
    title: str
    columns: tuple[Column, ...]
    repeats: bool = False  # many rows per row of the main table (envelopes only)
    as_sent: bool = False  # its lines reach the handler unread: it checks them and keeps them so

    def column(self, name: str) -> Column | None:
        return self.by_name.get(name)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.need == Need.REQUIRED)

    @cached_property
    def by_heading(self) -> Mapping[str, Column]:
        """Columns by folded heading; a clash between two columns is a mistake of the declaration."""
        found: dict[str, Column] = {}
        for column in self.columns:
            for key in column.keys:
                if found.setdefault(key, column) is not column:
                    message = f"{self.name}: {column.name} and {found[key].name} share a heading"
                    raise ValueError(message)
        return found


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file: what it is called, what it holds, and what is done with its rows.

    ``key`` names the columns of the main table that tell its rows apart within the sender's files.
    ``reader`` is ``module:function`` of a reader of its own, run in the child process without
    Django; it is called with a path and a format and yields ``("record", number, tables, faults)``,
    of a zip with the name of the file behind.
    ``faults`` are the sentences and remedies for what that reader finds wrong with a record.
    Whoever sends, sees or confirms files needs ``sees`` too, for most of them tell of patients;
    ``places`` are the kinds of organisations they are sent for. Where ``needs_person`` somebody
    answers for the rows by name, so that no program sends them on its own.
    """

    id: str
    title: StrOrPromise
    about: StrOrPromise = ""
    tables: tuple[Table, ...]
    key: tuple[str, ...]
    handler: type[Handler]  # made anew for each stage of a batch
    upload: str = "upload_files"  # the capability to send this kind for an organisation
    confirm: str = "confirm_files"
    sees: str = "view_records"  # empty where no row tells of a patient
    places: frozenset[str] = PLACES_OF_CARE
    needs_person: bool = False
    reader: str = ""
    faults: Mapping[str, tuple[StrOrPromise, StrOrPromise]] = field(default_factory=dict)
    suffixes: tuple[str, ...] = (".xlsx", ".csv", ".zip")
    noun: StrOrPromise = field(default_factory=lambda: _("rows"))
    order: int = 100

    @property
    def main(self) -> Table:
        return self.tables[0]

    @property
    def is_tabular(self) -> bool:
        return not self.reader

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Return what tells a row apart; long keys that differ at their end are kept apart too."""
        key = "|".join([str(values.get(name) or "") for name in self.key])
        if len(key) <= KEY_AT_MOST:
            return key
        return f"{key[: KEY_AT_MOST - 33]}#{sha256(key.encode()).hexdigest()[:32]}"

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind of file known; registering the same one twice changes nothing."""
    for table in kind.tables:
        if not table.as_sent:
            table.by_heading  # noqa: B018  (a clash of headings is found when the process starts)
    missing = [name for name in kind.key if kind.main.column(name) is None]
    if missing:
        message = f"{kind.id}: no column {missing[0]}"
        raise ValueError(message)
    return _kinds.setdefault(kind.id, kind)


def unregister(kind_id: str) -> None:
    """Forget a kind again."""
    _kinds.pop(kind_id, None)


def kind_of(kind_id: str) -> Kind:
    """Return a registered kind; KeyError for an unknown one."""
    return _kinds[kind_id]


def kinds() -> list[Kind]:
    """List the kinds in the order the upload page shows them."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.id))
