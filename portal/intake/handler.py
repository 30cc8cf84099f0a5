"""Who knows what the rows of a kind mean: compare them with what is known, write the good ones?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.intake.codebook import CodeBook
    from portal.intake.comparing import Staged
    from portal.intake.copying import Pipe
    from portal.intake.models import Batch
    from portal.intake.problems import Problem
    from portal.intake.progress import Teller

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: typed values by column, further tables by their name."""

    number: int
    values: dict[str, Any]
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    sheet: str = ""

    @property
    def place(self) -> str:
        """Tell a row apart from all others of its file: each sheet numbers its own."""
        return f"{self.number}:{self.sheet}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the database already holds for a key: its id, and its values in the file's own shape.

    ``lasting`` are, by column, the lines of a value that stand even where a file leaves them out.
    """

    id: UUID
    values: Values
    subject_id: UUID | None = None
    lasting: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a doubtful row may be about, as told to the person who decides."""

    title: str
    about: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What undoing a batch would touch: sentences with counts; and what stands in its way, by name.

    ``people`` are those whom the obstacles name.
    """

    touched: Sequence[tuple[StrOrPromise, int]] = ()
    kept: Sequence[tuple[StrOrPromise, int]] = ()
    obstacles: Sequence[StrOrPromise] = ()
    people: Sequence[UUID] = ()


class Handler:
    """What an app provides for its kind of file; one is made for each stage of a batch.

    The least is ``known`` and ``write``; the rest has answers that suit a plain table. ``on`` is
    the day the batch came: lists without a day of their own hold as on that day. Where
    it ``is_set_based``, ``match`` sets ``target_id`` too, so that only rows with one are compared;
    a new record takes the id of its row, and whom a ``subject_key`` means the id of the first row.
    """

    is_set_based = False

    def __init__(self, batch: Batch, book: CodeBook, on: date) -> None:
        self.batch, self.book, self.on = batch, book, on

    def prepare(self) -> None:
        """Read what all rows will ask for, while the child begins to read the file."""

    def cells(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the cells of a row as they are to be read; most kinds read them as they were sent."""
        return raw

    def check_row(self, row: Row) -> Iterable[Problem]:
        """Look at one row whose cells have been read; called for every row, asks no database."""
        return ()

    def sensitivity_of(self, row: Row) -> str:
        """Name the compartment of a row; asked for every row, before it is stored."""
        return ""

    def subject_key(self, row: Row) -> str:
        """Say which rows speak of one subject, should it not be known yet."""
        return ""

    def check_all(self) -> None:
        """Look at all staged rows at once, in SQL; add findings and set decisions."""

    def match(self) -> None:
        """Find whom the rows not written yet speak of: set ``subject_id`` or ``candidates``, in SQL."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """Return what the database holds for these keys of this sender (a few thousand at a time)."""
        raise NotImplementedError

    def look_at_changes(self) -> None:
        """Say what a person should know of rows that were found to change something; none is kept out."""

    def shape(self, row: Row) -> Values:
        """Return of a row what ``known`` can answer: what a change is looked for in."""
        return row.values

    def begin_writing(self) -> None:
        """Do what all rows about to be written need, inside the one transaction of the batch."""

    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID] | None:
        """Write rows whose decision is new or changed; return target ids by row id.

        Called inside the one transaction of the batch, a few thousand rows at a time, in the
        sender's order; what is written names ``batch.id`` where the tables have a place for it.
        Rows for COPY go through ``pipe``. A set-based handler need not return anything.
        """
        raise NotImplementedError

    def end_writing(self, at: datetime) -> None:
        """Do what is done once for all rows written at this moment, before the batch is written."""

    def consequences(self) -> Consequences:
        """Tell what undoing the batch would touch, and what stands in its way."""
        return Consequences(
            obstacles=[_("Files of this kind are corrected by sending the right one, not undone.")]
        )

    def undo(self, at: datetime, teller: Teller) -> None:
        """Take back what the batch wrote, inside one transaction; ``consequences`` had no obstacle."""
        raise NotImplementedError

    def describe(self, ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
        """Describe subjects to the person who decides about doubtful rows."""
        return {}

    def summary(self, row: Row) -> Subject:
        """Say in a line whom and what a row is about."""
        key = ", ".join(str(value) for value in list(row.values.values())[:3] if value)
        return Subject(title=key)
