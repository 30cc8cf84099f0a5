"""Where does each field of a citizen come from, how sure is it, how old: what stands beside the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.models import Citizen, CitizenMerge, Coverage, FieldSource
from healthrecords.services.identity import TAKEN_FROM_FILES, agrees
from healthrecords.services.merged_fields import choices
from healthrecords.services.sources import ON_CARD, said_since, values_of
from portal.provenance import Provenance, Sureness

REGISTER = FieldSource.Source.REGISTER
# Fields of the form that are one field for their source.
ALIASES = {
    "commune": "address",
    "rhesus": "blood_group",
    "died_on": "death",
    "birth_is_estimated": "birth_estimated",
}
# Under which name a joining keeps the fields that go together.
CHOICES = {
    "birth": "birth_date",
    "birth_time": "birth_date",
    "birth_estimated": "birth_date",
    "death": "died_on",
}
MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Origin:
    """How a record came, and where it was registered."""

    key: UUID
    came: str
    place: str


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
    by: str = ""
    confirmed_by: str = ""
    confirmed_on: date | None = None
    set_aside_by: str = ""
    row: str = ""

    @property
    def is_taken_back(self) -> bool:
        """Whether its own source says no more what it said; what a person set aside is none."""
        return self.set_aside_on is not None and not self.set_aside_by

    @property
    def spoke_at(self) -> str:
        """Return the place that said it."""
        return self.place

    @property
    def is_settled(self) -> bool:
        return self.set_aside_on is not None or self.confirmed_on is not None


def words_as_json() -> Any:
    """Return the words of a citizen as one JSON column, so that they come with the citizen."""
    return (
        FieldSource.objects.filter(citizen=OuterRef("pk"))
        .order_by("said_at", "id")
        .values(
            json=JSONObject(
                field="field",
                row="row_id",
                value="value",
                source="source",
                said_at="said_at",
                place="organisation__name",
                set_aside_at="set_aside_at",
                set_aside_by="set_aside_by",
                simulated="inquiry__is_simulated",
                by="said_by__full_name",
                confirmed_by="confirmed_by__full_name",
                confirmed_at="confirmed_at",
            )
        )
    )


# What files say of a card, and the column that stands there.
OF_CARDS = {
    "card_place": "registered_code",
    "card_until": "valid_until",
    "card_years": "five_years_on",
}


def cards_as_json() -> Any:
    """Return the cards of a citizen as one JSON column: what stands beside the words of files."""
    cards = Coverage.objects.filter(citizen=OuterRef("pk"), withdrawn_on=None)
    return cards.order_by("id").values(json=JSONObject(id="id", **OF_CARDS))


def cards_of(citizen: Any) -> list[dict[str, Any]]:
    """Return the cards that came with the citizen, or read them."""
    rows = getattr(citizen, "cards", None)
    if rows is not None:
        return list(rows)
    held = citizen.coverages.filter(withdrawn_on=None)
    return list(held.values("id", **{name: F(column) for name, column in OF_CARDS.items()}))


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
            row["by"] or "",
            row["confirmed_by"] or "",
            _day(row["confirmed_at"]),
            row["set_aside_by"] or "",
            row["row"] or "",
        )
        for row in rows
    ]


def brought_of(citizen: Any) -> Sequence[Mapping[str, Any]]:
    """Return which fields were taken from which joined record, the latest joining first.

    Asked only of a record that speaks for others; what such a record took itself is among them.
    """
    if not getattr(citizen, "has_merges", True):
        return []
    tree = Citizen.objects.filter(Q(pk=citizen.pk) | Q(merged_into=citizen.pk)).values("pk")
    rows = CitizenMerge.objects.filter(survivor__in=tree.order_by(), undone_at=None)
    told = rows.exclude(taken={}).select_related("merged__registered_at")
    return [
        {
            "survivor": merge.survivor_id,
            "merged": merge.merged_id,
            "taken": merge.taken,
            "origin": merge.merged.origin,
            "place": getattr(merge.merged.registered_at, "name", ""),
        }
        for merge in told.order_by("-merged_at", "-id")
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
        self.of_rows: dict[tuple[str, str], list[Word]] = {}
        for word in words:
            if word.row:
                self.of_rows.setdefault((word.row, word.field), []).append(word)
            else:
                self.words.setdefault(word.field, []).append(word)

    def provenance_of(self, name: str) -> Provenance | None:
        """Return what stands beside a field; nothing beside what is not known to anybody."""
        field = ALIASES.get(name, name)
        if field not in self.values:
            return None
        return self._of_register(field) or self._of_speaker(field)

    @property
    def file_differs(self) -> bool:
        """Whether a file says something else of a field or a card and nobody has settled it."""
        ours = [(self.values[name], name, said) for name, said in self.words.items()]
        fields = [one for one in ours if one[1] in TAKEN_FROM_FILES]
        return any(said_since(name, held, said) for held, name, said in fields + self._cards())

    def _cards(self) -> list[tuple[str, str, list[Word]]]:
        """Return the words on cards in force beside what stands there."""
        if not any(field in OF_CARDS for _row, field in self.of_rows):
            return []
        cards = {str(card["id"]): card for card in cards_of(self.citizen)}
        return [
            (str(cards[row][field] or ""), field, said)
            for (row, field), said in self.of_rows.items()
            if row in cards and field in OF_CARDS
        ]

    def who_said(self, name: str) -> str:
        """Name who took a field's value over, or who wrote it down; "" where nobody spoke of it."""
        field = ALIASES.get(name, name)
        said = [word for word in self.words.get(field, ()) if word.value == self.values.get(field)]
        if not said or not self.values.get(field):
            return ""
        word = next((one for one in reversed(said) if one.confirmed_by), said[-1])
        if word.confirmed_by:
            text, name, on = (
                _("taken over by %(name)s on %(day)s"),
                word.confirmed_by,
                word.confirmed_on,
            )
        else:
            text, name, on = who(word.source), word.by, word.said_on
        return text % {"name": name, "day": f"{on:%d/%m/%Y}"} if name else ""

    def register_on(self, field: str) -> Provenance | None:
        """Return what the register's word makes of a field, nothing where it has none."""
        return self._of_register(field)

    def _of_register(self, field: str) -> Provenance | None:
        theirs = next(
            (w for w in reversed(self.words.get(field, ())) if w.source == REGISTER), None
        )
        if theirs is None:
            return None
        if theirs.is_taken_back:
            text = _marked(_("not found in the population database any more"), theirs)
            return Provenance(Sureness.DIFFERS, text, theirs.set_aside_on)
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
            return spoken_by(said[-1])
        return _from_origin(self._origin_of(field), field)

    @cached_property
    def _brought(self) -> Sequence[Mapping[str, Any]]:
        return brought_of(self.citizen)

    def _origin_of(self, field: str) -> Origin:
        """Return how the record came that answers a field: one that was joined, or the person's own."""
        place = self.citizen.registered_at
        found = Origin(self.citizen.pk, self.citizen.origin, place.name if place else "")
        name = CHOICES.get(field, field)
        if name not in choices():
            return found
        now = choices()[name].of(self.citizen)
        for (
            row
        ) in self._brought:  # the latest joining first; what it took may have been taken before
            is_theirs = row["survivor"] == found.key
            if is_theirs and row["taken"].get(name, {}).get("after") == now:
                found = Origin(row["merged"], row["origin"], row["place"])
        return found


def who(source: str) -> str:
    """Return how to name who brought a word: by a file, by asking, by hand."""
    if source == FieldSource.Source.FILE:
        return _("file sent by %(name)s on %(day)s")
    if source == REGISTER:
        return _("asked by %(name)s on %(day)s")
    return _("written by %(name)s on %(day)s")


def spoken_by(word: Word) -> Provenance:
    """Say where a value comes from that a source spoke of."""
    if word.source == FieldSource.Source.CARD:
        return Provenance(Sureness.VALID, _("read from the card"), word.said_on)
    if word.source == FieldSource.Source.FILE:
        return Provenance(Sureness.RECEIVED, word.place or _("from a file"), word.said_on)
    return Provenance(Sureness.DECLARED, _("declared"), word.said_on)


def _from_origin(origin: Origin, field: str) -> Provenance:
    """Say where a value comes from that nobody spoke of by itself: it came with the record."""
    if origin.came == Citizen.Origin.FILE:
        return Provenance(Sureness.RECEIVED, origin.place or _("from a file"), made_on(origin.key))
    if origin.came == Citizen.Origin.CARD and field in ON_CARD:
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
