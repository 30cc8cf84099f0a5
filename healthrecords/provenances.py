"""Where does each field of a citizen come from, how sure is it, how old: what stands beside the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.models import Citizen, FieldSource
from healthrecords.services.identity import agrees
from healthrecords.services.sources import ON_CARD, values_of
from portal.provenance import Provenance, Sureness

REGISTER = FieldSource.Source.REGISTER
# Fields of the form that are one field for their source.
ALIASES = {"commune": "address", "rhesus": "blood_group", "died_on": "death"}
MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Word:
    """A source's word as the pages read it."""

    field: str
    value: str
    source: str
    said_on: date
    place: str = ""
    set_aside_on: date | None = None
    is_simulated: bool = False


def words_as_json() -> Any:
    """Return the words of a citizen as one JSON column, so that they come with the citizen."""
    return (
        FieldSource.objects.filter(citizen=OuterRef("pk"))
        .order_by("said_at", "id")
        .values(
            json=JSONObject(
                field="field",
                value="value",
                source="source",
                said_at="said_at",
                place="organisation__name",
                set_aside_at="set_aside_at",
                simulated="inquiry__is_simulated",
            )
        )
    )


def words_of(citizen: Any) -> list[Word]:
    """Return the words that came with the citizen, or read them; the latest last."""
    rows = getattr(citizen, "words", None)
    if rows is None:
        found = Citizen.objects.filter(pk=citizen.pk).annotate(words=_array()).values_list("words")
        rows = found[0][0] if found else []
    return [
        Word(
            row["field"],
            row["value"],
            row["source"],
            _day(row["said_at"]) or date.min,
            row["place"] or "",
            _day(row["set_aside_at"]),
            bool(row["simulated"]),
        )
        for row in rows
    ]


def _array() -> Any:
    from django.contrib.postgres.expressions import ArraySubquery

    return ArraySubquery(words_as_json())


def _day(text: str | None) -> date | None:
    return timezone.localdate(datetime.fromisoformat(text)) if text else None


class Provenances:
    """Answers for one citizen; what a register says counts most, then who said the present value."""

    def __init__(self, citizen: Any, words: Iterable[Word], *, number: str, on: date) -> None:
        self.citizen, self.on = citizen, on
        self.values: Mapping[str, str] = values_of(citizen, number)
        self.words: dict[str, list[Word]] = {}
        for word in words:
            self.words.setdefault(word.field, []).append(word)

    def provenance_of(self, name: str) -> Provenance | None:
        """Return what stands beside a field; nothing beside what is not known to anybody."""
        field = ALIASES.get(name, name)
        if field not in self.values:
            return None
        return self._of_register(field) or self._of_speaker(field)

    def register_on(self, field: str) -> Provenance | None:
        """Return what the register's word makes of a field, nothing where it has none."""
        return self._of_register(field)

    def _of_register(self, field: str) -> Provenance | None:
        theirs = next(
            (w for w in reversed(self.words.get(field, ())) if w.source == REGISTER), None
        )
        if theirs is None:
            return None
        if agrees(field, self.values[field], theirs.value):
            return self._matching(theirs)
        if theirs.set_aside_on is not None:
            return Provenance(
                Sureness.DECLARED, _("kept against the population database"), theirs.set_aside_on
            )
        return Provenance(
            Sureness.DIFFERS, _marked(_("differs from the population database"), theirs)
        )

    def _matching(self, word: Word) -> Provenance:
        age = (self.on - word.said_on).days
        if age <= settings.POPULATION_STALE_DAYS:
            return Provenance(
                Sureness.VERIFIED, _marked(_("matches the population database"), word), word.said_on
            )
        text = _("matched the population database %(months)d months ago") % {
            "months": round(age / MONTH)
        }
        return Provenance(Sureness.STALE, _marked(text, word))

    def _of_speaker(self, field: str) -> Provenance | None:
        value = self.values[field]
        if not value:
            return None
        said = [word for word in self.words.get(field, ()) if word.value == value]
        if said:
            return _spoken(said[-1])
        return _from_origin(self.citizen, field)


def _spoken(word: Word) -> Provenance:
    if word.source == FieldSource.Source.CARD:
        return Provenance(Sureness.VALID, _("read from the card"), word.said_on)
    if word.source == FieldSource.Source.FILE:
        return Provenance(Sureness.RECEIVED, word.place or _("from a file"), word.said_on)
    return Provenance(Sureness.DECLARED, _("declared"), word.said_on)


def _from_origin(citizen: Citizen, field: str) -> Provenance:
    """Say where a value comes from that nobody spoke of by itself: it came with the record."""
    origin = citizen.origin
    if origin == Citizen.Origin.FILE:
        place = citizen.registered_at.name if citizen.registered_at else _("from a file")
        return Provenance(Sureness.RECEIVED, place, made_on(citizen.pk))
    if origin == Citizen.Origin.CARD and field in ON_CARD:
        return Provenance(Sureness.VALID, _("read from the card"))
    return Provenance(Sureness.DECLARED, _("declared"))


def made_on(key: UUID) -> date | None:
    """Return the day on which a record was made: its key tells it (ADR 0003)."""
    if key.version != 7:
        return None
    moment = datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)
    return timezone.localdate(moment)


def _marked(text: str, word: Word) -> str:
    """Say that an answer came from a simulator, wherever its word stands."""
    return _("%(said)s (simulation)") % {"said": text} if word.is_simulated else text
