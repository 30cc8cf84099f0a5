"""How does a list of the portal leave in the columns of a kind of file, so that it can be sent back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from portal.intake.declaration import Column, Kind, kind_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

# What a row says, by the official name of its columns; values parted as their column parts them.
Said = Mapping[str, Any]


class Shape:
    """The rows of a list as a kind of file says them.

    What is sent back unchanged changes nothing. ``about`` says what is left out. One is made for
    each export; ``on`` is its day.
    """

    kind_id: ClassVar[str]
    about: ClassVar[StrOrPromise] = ""

    def __init__(self, on: date) -> None:
        self.on = on

    @property
    def kind(self) -> Kind:
        return kind_of(self.kind_id)

    @property
    def columns(self) -> Sequence[Column]:
        """Return the columns of the file, in its order."""
        return self.kind.main.columns

    def refusal(self, rows: QuerySet[Any]) -> StrOrPromise:
        """Say why these rows are no such file; nothing when they are."""
        return ""

    def kept(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out what such a file cannot say."""
        return rows

    def said(self, rows: Sequence[Any]) -> Iterator[Said]:
        """Say rows, several thousand at a time, in a number of queries that does not grow with them."""
        raise NotImplementedError

    def lines(self, rows: Sequence[Any], names: Sequence[str]) -> Iterable[Sequence[str]]:
        """Return rows as the cells of these columns."""
        chosen = [self.kind.main.by_name[name] for name in names]
        for said in self.said(rows):
            yield [_cell(column, said.get(column.name)) for column in chosen]


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        value = f"{column.separator or ';'} ".join(str(part) for part in value)
    # A first apostrophe is a spreadsheet's word for "this is text": reading drops one.
    text = str(value)
    return f"'{text}" if text.lstrip()[:1] == "'" else text
