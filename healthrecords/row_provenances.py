"""Where do the rows around a citizen come from: cards, addresses, relatives, household, numbers?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from healthrecords.models import Citizen, CitizenAddress, CitizenIdentifier, FieldSource
from healthrecords.provenances import Provenances, Word, made_on, spoken_by, who
from healthrecords.services.row_sources import WHOLE, values_of_row
from portal.provenance import Provenance, Sureness


@dataclass(frozen=True, slots=True)
class Source:
    """What stands beside a value of a row: where it comes from, who wrote or confirmed it."""

    provenance: Provenance
    who: str = ""
    is_confirmed: bool = False


class RowSources:
    """Answers for one row; a field without a word of its own was said with the row."""

    def __init__(self, row: Any, sources: Provenances, came_with: UUID | None = None) -> None:
        self.row, self.sources, self.came_with = row, sources, came_with
        self.values = values_of_row(row)
        self.whole = WHOLE[type(row)]

    def provenance_of(self, field: str) -> Provenance | None:
        """Return what stands beside a field; nothing beside what is not known to anybody."""
        if not self.values.get(field):
            return None
        if getattr(self.row, "kind", "") == CitizenIdentifier.Kind.TEMPORARY:
            text = _("given here until there is another")
            return Provenance(Sureness.DECLARED, text, made_on(self.row.pk))
        word = self._word(field) or self._word(self.whole)
        return spoken_by(word) if word is not None else self._from_row()

    def who_said(self, field: str) -> str:
        """Name who confirmed a field, or who wrote it down; "" where nobody did by name."""
        word = self._word(field) or self._word(self.whole)
        return _named(word) if word is not None else ""

    @property
    def is_confirmed(self) -> bool:
        """Whether a named person confirmed every value of the row."""
        said = [self._word(field) for field, value in self.values.items() if value]
        return all(word is not None and word.confirmed_by for word in said)

    @property
    def lines(self) -> list[tuple[str, Source]]:
        """Return the sources of the row, those alike once: first the row's own, then what differs."""
        found: list[tuple[str, Source]] = []
        whole = self._source(self.whole)
        if whole is not None:
            found.append(("", whole))
        for field, value in self.values.items():
            own = self._source(field) if value and field != self.whole else None
            if own is not None and own != whole:
                found.append((str(FieldSource.Field(field).label), own))
        return found

    def _source(self, field: str) -> Source | None:
        came = self.provenance_of(field)
        return Source(came, self.who_said(field)) if came is not None else None

    def _word(self, field: str) -> Word | None:
        words = self.sources.of_rows.get((str(self.row.pk), field), ())
        word = latest(words, self.values[field])
        if word is None and isinstance(self.row, CitizenAddress):
            # Where somebody lives is said of the person.
            return latest(self.sources.words.get("address", ()), self.values[field])
        return word

    def _from_row(self) -> Provenance:
        row, day = self.row, made_on(self.row.pk)
        origin = getattr(row, "origin", Citizen.Origin.TYPED)
        if origin == Citizen.Origin.FILE:
            return Provenance(Sureness.RECEIVED, self._sender() or _("from a file"), day)
        if origin == Citizen.Origin.CARD:
            return Provenance(Sureness.VALID, _("read from the card"), day)
        return Provenance(Sureness.DECLARED, _("declared"), day)

    def _sender(self) -> str:
        """Return the place that registered the record, of what came with the record's own file.

        Of any other file nobody is named here: a protected visit would be betrayed by its place.
        """
        citizen = self.sources.citizen
        is_own = self.came_with is not None and self.row.batch_id == self.came_with
        place = citizen.registered_at if is_own and citizen.origin == "file" else None
        return place.name if place is not None else ""


def latest(words: Iterable[Word], value: str) -> Word | None:
    """Return the latest word that says a value; what its own source took back says nothing."""
    said = [word for word in words if word.value == value and not word.is_taken_back]
    confirmed = [word for word in said if word.confirmed_by]
    return next(reversed(confirmed or said), None)


def _named(word: Word) -> str:
    if word.confirmed_by:
        said = {"name": word.confirmed_by, "day": f"{word.confirmed_on:%d/%m/%Y}"}
        return _("confirmed by %(name)s on %(day)s") % said
    said = {"name": word.by, "day": f"{word.said_on:%d/%m/%Y}"}
    return who(word.source) % said if word.by else ""


def with_sources(
    rows: Iterable[Any], sources: Provenances | None, came_with: UUID | None
) -> list[Any]:
    """Return rows with their sources at hand."""
    found = list(rows)
    if sources is None:
        return found
    for row in found:
        row.sources = RowSources(row, sources, came_with)
    return found


def first_batch(numbers: Iterable[Any]) -> UUID | None:
    """Return the file a record came with, by its first number that a file brought."""
    brought = [row for row in numbers if row.batch_id is not None]
    return min(brought, key=lambda row: row.pk).batch_id if brought else None


def of_number(row: Mapping[str, Any], sources: Provenances | None) -> Provenance | None:
    """Return who wrote a number down, where its row has a word."""
    if sources is None:
        return None
    words = sources.of_rows.get((str(row.get("id", "")), "identifier"), ())
    word = latest(words, row["value"])
    return spoken_by(word) if word is not None else None
