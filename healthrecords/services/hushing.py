"""What is written beside the matter of a row, as a reader may be told it.

Why a result was amended, a paper cancelled, an entry a mistake, how a consent is proved: such words
give their row no class, for who treats the person has to know of it. Each model names its columns of
them (``beside``), and every way out asks here: pages, the timeline, what was signed, REST. None keeps
a list of its own. Without the right to protected rows, words that betray something today are blank.
What a prescriber was warned of may come from a protected row, whatever its words: it is left out whole.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.services.betraying import Words, words_on

M = TypeVar("M", bound=Model)


def beside_of(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a table that hold words beside the matter."""
    return getattr(model, "beside", ())


@dataclass(kw_only=True)
class Hush:
    """A reader, as far as words beside the matter go; the lists of today are read where there are any."""

    sees_sensitive: bool

    @cached_property
    def _words(self) -> Words:
        return words_on(timezone.localdate())

    def text(self, text: str) -> str:
        """Return a text as it is told, "" where it may not be."""
        return text if self.sees_sensitive or not text else self._words.openly(text)

    def place(self, name: str) -> str:
        """Return the name of a facility as it is told, where the rows that name it have no class.

        What is done at “Phòng khám ngoại trú HIV tỉnh” is protected by that name; an allergy noted
        there must warn everybody, and does not say where it was noted.
        """
        if self.sees_sensitive or not name or not self._words.of_place(name):
            return name
        return _("another facility")

    def values(self, model: type[Model], said: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a row, by the names of its columns, as they are told."""
        told: dict[str, Any] = {
            name: self.text(said[name]) for name in beside_of(model) if name in said
        }
        if said.get("warnings"):
            told["warnings"] = self.warnings(said["warnings"])
        return {**said, **told}

    def warnings(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is kept of a medicine given all the same: the reason, and what was said against it."""
        return dict(kept) if self.sees_sensitive else {"reason": kept.get("reason", "")}

    def row(self, row: M) -> M:
        """Return a row as it is shown: a copy where something is left out, which nobody saves."""
        names = beside_of(type(row))
        told = {name: self.text(getattr(row, name)) for name in names}
        if all(getattr(row, name) == text for name, text in told.items()):
            return row
        shown = copy(row)
        for name, text in told.items():
            setattr(shown, name, text)
        return shown

    def rows(self, rows: Iterable[M]) -> list[M]:
        """Return rows as they are shown."""
        return [self.row(row) for row in rows]

    def snapshot(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a visit said, as its rows are told; a table that is no more has no such words."""
        parts = {
            label: [self.values(model, row) for row in rows] if (model := _model(label)) else rows
            for label, rows in said["parts"].items()
        }
        return {**said, "parts": parts}


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except LookupError:
        return None
