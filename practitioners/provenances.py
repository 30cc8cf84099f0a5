"""Where does a value of a profile come from, who verified it and when, and is it still fresh?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.codelists.countries import HOME
from portal.codelists.lookup import Entry
from portal.dates import PartialDate, months_later
from portal.provenance import Provenance, Sureness
from practitioners.models import Practitioner, ProfileSource
from practitioners.words import columns_of, word_of

if TYPE_CHECKING:
    from django.db import models

LIST = "profile_freshness"
Key = tuple[str, UUID | None]
# A row is as sure as the least sure of its values.
SURENESS = (Sureness.LATER, Sureness.STALE, Sureness.DECLARED, Sureness.VERIFIED)
WORD = ("field", "row_id", "value", "source", "said_at", "verified_at", "verified_by_id")
HOMES = frozenset({"country", "nationality"})
WHO = ("verified_by_id", "recorded_by_id", "decided_by_id", "declared_by_id")


@dataclass(frozen=True, slots=True)
class FieldWord:
    """One value of a row: the column, what it says, where it comes from, when it goes stale."""

    column: str
    value: str
    source: Provenance | None
    stale_on: date | None
    said: ProfileSource | None = None


class Sources:
    """The latest word on each field of one person, as it stood on a day.

    What held on the day may have been recorded after it: the first word that says it is then the
    source, and says that it came later.
    """

    def __init__(
        self,
        rows: Iterable[ProfileSource],
        on: date,
        names: Mapping[UUID, str],
        freshness: Iterable[Entry],
    ) -> None:
        self.on, self.names = on, names
        self.months = {
            entry.code: int(entry.attributes.get("months", 0) or 0) for entry in freshness
        }
        self.latest: dict[Key, ProfileSource] = {}
        # By what was said: of two rows that were joined, the other one was perhaps told another later.
        self.told: dict[tuple[Key, str], ProfileSource] = {}
        self.later: dict[tuple[Key, str], ProfileSource] = {}
        for row in sorted(rows, key=_known_at):
            if timezone.localdate(_known_at(row)) <= on:
                self.latest[row.field, row.row_id] = row
                self.told[(row.field, row.row_id), row.value] = row
            else:
                self.later.setdefault(((row.field, row.row_id), row.value), row)

    def of(self, field: str, value: str, row_id: UUID | None = None) -> Provenance | None:
        """Say where the present value comes from; nothing where no word says it."""
        row = self.said(field, value, row_id)
        return self._in_words(row) if row is not None else None

    def said(self, field: str, value: str, row_id: UUID | None = None) -> ProfileSource | None:
        """Return the word that says the present value."""
        key = (field, row_id), value
        return self.told.get(key) or self.later.get(key)

    def then(self, field: str) -> str | None:
        """Return what was said last, by the day, of a field of the person; None where nothing was."""
        row = self.latest.get((field, None))
        return row.value if row is not None else None

    def person_on_the_day(self, person: Practitioner) -> Practitioner:
        """Return a person as they were said to be by the day; what nobody had said is as it is today."""
        then = copy(person)
        for column, field in columns_of(person).items():
            said = self.then(field)
            if said is None:
                continue
            if column == "birth_date":
                then.birth = PartialDate.parse(said)
            else:
                field_of: Any = person._meta.get_field(column)
                setattr(then, column, field_of.to_python(said))
        return then

    def of_any(self, field: str, value: str) -> Provenance | None:
        """Say where a value comes from, whichever row of the person holds it."""
        held = [row for row in self.latest.values() if (row.field, row.value) == (field, value)]
        last = max(held, key=_known_at, default=None)
        return self._in_words(last) if last is not None else None

    def of_values(self, values: Mapping[str, str]) -> Provenance | None:
        """Say where some values come from together: what is said of the least sure of them."""
        return _least(self.of_any(name, value) for name, value in values.items())

    def of_row(self, row: models.Model) -> Provenance | None:
        """Say where a row comes from: what is said of the least sure of its values."""
        return _least(word.source for word in self.words_of(row))

    def words_of(self, row: models.Model) -> list[FieldWord]:
        """Return every value of a row with its source; one that is blank says nothing."""
        found = []
        row_id = None if isinstance(row, Practitioner) else row.pk
        for column, field in columns_of(row).items():
            value = word_of(row, column)
            if not value:
                continue
            said = self.said(field, value, row_id)
            if said is None and column in HOMES and value == HOME:
                continue  # the home country is taken for granted where nobody says another
            source = self._in_words(said) if said is not None else self._by_row(row)
            day = source.on if source and source.sureness != Sureness.LATER else None
            stale_on = self.stale_on(field, day) if day is not None else None
            found.append(FieldWord(column, value, source, stale_on, said))
        return found

    def _by_row(self, row: Any) -> Provenance | None:
        """Read the source off a row that itself names who decided, recorded or declared it."""
        decided, recorded = _signed(row, "decided"), _signed(row, "recorded")
        at = next((said[1] for said in (decided, recorded) if said), None)
        if at is not None and timezone.localdate(at) > self.on:
            label = str(ProfileSource.Source.DECISION.label)
            return self._recorded_later(label, timezone.localdate(at))
        if decided or recorded:
            who, at = decided or recorded or ("", None)
            words = _("%(source)s, verified by %(name)s") % {
                "source": ProfileSource.Source.DECISION.label
                if recorded
                else ProfileSource.Source.PRACTITIONER.label,
                "name": self.names.get(who, "–") if isinstance(who, UUID) else "–",
            }
            return Provenance(Sureness.VERIFIED, words, timezone.localdate(at))
        declared = _signed(row, "declared")
        if declared:
            words = str(ProfileSource.Source.PRACTITIONER.label)
            return Provenance(Sureness.DECLARED, words, timezone.localdate(declared[1]))
        return None

    def _in_words(self, row: ProfileSource) -> Provenance:
        day = timezone.localdate(_known_at(row))
        stale_on = self.stale_on(row.field, day)
        words = str(row.get_source_display())
        if day > self.on:
            return self._recorded_later(words, day)
        if row.verified_at is not None:
            who = self.names.get(row.verified_by_id, "") if row.verified_by_id else ""
            verified = timezone.localdate(row.verified_at)
            said = {"source": words, "name": who or "–", "day": f"{verified:%d/%m/%Y}"}
            words = (
                _("%(source)s, verified before, on %(day)s, by %(name)s") % said
                if verified < day
                else _("%(source)s, verified by %(name)s") % said
            )
        if stale_on is not None and stale_on <= self.on:
            words = _("%(said)s, to be confirmed again since %(day)s") % {
                "said": words,
                "day": f"{stale_on:%d/%m/%Y}",
            }
            return Provenance(Sureness.STALE, words, day)
        kind = Sureness.VERIFIED if row.verified_at is not None else Sureness.DECLARED
        return Provenance(kind, words, day)

    @staticmethod
    def _recorded_later(words: str, day: date) -> Provenance:
        said = _("%(source)s, recorded later, on %(day)s")
        return Provenance(Sureness.LATER, said % {"source": words, "day": f"{day:%d/%m/%Y}"}, day)

    def stale_on(self, field: str, confirmed: date) -> date | None:
        """Return the day on which a word about a field goes stale; None where it never does."""
        months = self.months.get(field, 0)
        return months_later(confirmed, months) if months else None


def _known_at(row: ProfileSource) -> datetime:
    """Return when a word was last vouched for: verified, or said again after it was verified."""
    return max(row.said_at, row.verified_at or row.said_at)


def words_on(person: str) -> ArraySubquery:
    """Return every word on the person a row names by ``person``, read along with the row."""
    rows = ProfileSource.objects.filter(practitioner=OuterRef(person)).order_by()
    named = {name: name for name in WORD}
    return ArraySubquery(rows.values(said=JSONObject(**named, by="verified_by__full_name")))


def sources_of(words: Iterable[Mapping[str, Any]], on: date, freshness: Iterable[Entry]) -> Sources:
    """Read words that came along with a row."""
    rows, names = [], {}
    for word in words:
        row = ProfileSource(**{name: word[name] for name in WORD})
        for name in ("row_id", "verified_by_id"):
            setattr(row, name, UUID(word[name]) if word[name] else None)
        for name in ("said_at", "verified_at"):
            setattr(row, name, datetime.fromisoformat(word[name]) if word[name] else None)
        if row.verified_by_id is not None:
            names[row.verified_by_id] = str(word["by"])
        rows.append(row)
    return Sources(rows, on, names, freshness)


def names_of(rows: Iterable[Any]) -> dict[UUID, str]:
    """Return the names of everybody who verified, recorded, decided or declared one of these rows."""
    found = (getattr(row, who, None) for row in rows for who in WHO)
    ids: set[UUID] = {pk for pk in found if pk is not None}
    users: Any = get_user_model().objects.filter(pk__in=ids)
    return dict(users.values_list("pk", "full_name")) if ids else {}


def _signed(row: Any, deed: str) -> tuple[Any, Any] | None:
    who, at = getattr(row, f"{deed}_by_id", None), getattr(row, f"{deed}_at", None)
    return (who, at) if who is not None and at is not None else None


def _least(sources: Iterable[Provenance | None]) -> Provenance | None:
    known: Iterator[Provenance] = (one for one in sources if one is not None)
    return min(
        known,
        key=lambda one: (SURENESS.index(one.sureness), one.on or date.min),
        default=None,
    )
