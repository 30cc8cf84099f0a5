"""Who knows what the rows of a kind mean: compare them with what is known, write the good ones?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.intake.models import Batch, StagedRow
    from portal.intake.problems import Problem

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: typed values by column, further tables by their name."""

    number: int
    values: dict[str, Any]
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database already holds for a key: its id, and its values in the file's own shape."""

    id: UUID
    values: Values
    subject_id: UUID | None = None


class Handler:
    """What an app provides for its kind of file.

    The least is ``known`` and ``write``; the rest has answers that suit a plain table.
    """

    def check_row(self, row: Row, *, batch: Batch, on: date) -> Iterable[Problem]:
        """Look at one row whose cells have been read; a pure function, called for every row."""
        return ()

    def sensitivity_of(self, row: Row) -> str:
        """Name the compartment of a row; asked for every row, before it is stored."""
        return ""

    def check_batch(self, batch: Batch) -> None:
        """Look at all rows at once, in SQL, after they are staged; add findings."""

    def match(self, batch: Batch) -> None:
        """Find whom the rows speak of: set ``subject_id`` or ``candidates``, in SQL."""

    def known(self, batch: Batch, keys: Sequence[str]) -> Mapping[str, Known]:
        """Return what the database holds for these keys of this sender (a few thousand at a time)."""
        raise NotImplementedError

    def shape(self, values: Values) -> Values:
        """Return of a row's values those that ``known`` can answer: what a change is looked for in."""
        return values

    def write(self, batch: Batch, rows: Sequence[StagedRow]) -> Mapping[UUID, UUID]:
        """Write rows whose decision is new or changed; return target ids by row id.

        Called inside the one transaction of the batch, a few thousand rows at a time, in the
        sender's order; what is written must name ``batch.id`` where the tables have a place for it.
        """
        raise NotImplementedError

    def describe(self, ids: Iterable[UUID], *, user: User) -> Mapping[UUID, Mapping[str, str]]:
        """Describe subjects to the person who decides about doubtful rows: title, about, url."""
        return {}
