"""Which source says what of a citizen's fields: kept beside the values, one row a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from healthrecords.models import Citizen, FieldSource
from portal.names import name_norm
from portal.places.models import Organisation

Field, Source = FieldSource.Field, FieldSource.Source
# What a chip card tells of its holder; the rest of a form was typed even when the card was read.
ON_CARD = frozenset({"name", "birth", "sex", "personal_number", "address"})
LONGEST, AREA_CODE = 1100, 5
# What a record is while nobody says so.
UNSAID = {str(Field.STANDING): str(Citizen.Standing.KNOWN)}


class Said(Protocol):
    """A word as it is compared: the row itself, or what a page read of it."""

    @property
    def value(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def spoke_at(self) -> Any: ...
    @property
    def is_settled(self) -> bool: ...


W = TypeVar("W", bound=Said)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who says something: a source, with the person who wrote it down, the place and the moment."""

    source: str
    at: datetime
    by: Any = None
    place: Organisation | None = None
    batch_id: UUID | None = None
    inquiry_id: UUID | None = None
    visit_id: UUID | None = None
    confirmed_at: datetime | None = None
    confirmed_by: Any = None


def values_of(citizen: Citizen, personal_number: str = "") -> dict[str, str]:
    """Return a citizen's fields as sources say them; "" where nothing is known."""
    area = citizen.area.code if citizen.area is not None else ""
    said = {
        Field.NAME: citizen.name,
        Field.STANDING: citizen.standing,
        Field.BIRTH: citizen.birth.iso(),
        Field.BIRTH_TIME: f"{citizen.birth_time:%H:%M}" if citizen.birth_time else "",
        Field.BIRTH_ESTIMATED: "yes" if citizen.birth_is_estimated else "",
        Field.SEX: citizen.sex,
        Field.ETHNIC_GROUP: citizen.ethnic_group,
        Field.OCCUPATION: citizen.occupation,
        Field.NATIONALITY: citizen.nationality,
        Field.PHONE: citizen.phone,
        Field.ADDRESS: f"{area} {citizen.address}".strip(),
        Field.BLOOD_GROUP: f"{citizen.blood_group} {citizen.rhesus}".strip(),
        Field.PERSONAL_NUMBER: personal_number,
        Field.DEATH: citizen.died_on.isoformat() if citizen.died_on else "",
    }
    return {str(name): value[:LONGEST] for name, value in said.items()}


def held_number(citizen: Citizen) -> str:
    """Return the personal number a citizen goes by now: the verified one, else the latest claim."""
    rows = citizen.identifiers.filter(kind="personal", ended_on=None)
    first = rows.order_by("-is_verified", "-id").values_list("value", flat=True).first()
    return str(first or "")


def note_words(citizen: Citizen, said: Mapping[str, str], spoken: Spoken) -> list[FieldSource]:
    """Keep what a source said of these fields."""
    return FieldSource.objects.bulk_create(
        FieldSource(
            citizen=citizen,
            field=name,
            value=value,
            source=spoken.source,
            said_at=spoken.at,
            said_by=spoken.by,
            organisation=spoken.place,
            batch_id=spoken.batch_id,
            inquiry_id=spoken.inquiry_id,
            visit_id=spoken.visit_id,
        )
        for name, value in said.items()
    )


def note_changes(
    citizen: Citizen,
    before: Mapping[str, str],
    *,
    from_card: Iterable[str],
    spoken: Spoken,
) -> None:
    """Keep where the fields come from that an entry changed; a card's own are said by the card."""
    after, before = values_of(citizen, held_number(citizen)), {**UNSAID, **before}
    changed = {name: value for name, value in after.items() if value != before.get(name, "")}
    read = {name: changed.pop(name) for name in ON_CARD & set(from_card) & changed.keys()}
    typed = {name: value for name, value in changed.items() if value}
    if read:
        note_words(citizen, read, _by_card(spoken))
    if typed:
        note_words(citizen, typed, spoken)


def says_the_same(field: str, ours: str, theirs: str) -> bool:
    """Say whether a file's word adds nothing to what stands: the same, or said less exactly.

    Of addresses the commune is compared, of names the letters without marks, of codes the group.
    """
    if field == Field.NAME:
        return name_norm(ours) == name_norm(theirs)
    if field == Field.ADDRESS:
        told, held = area_code_of(theirs), area_code_of(ours)
        return bool(ours) and (not told or told == held)
    if field == Field.OCCUPATION:
        return bool(ours) and theirs.startswith(ours)
    return ours.startswith(theirs)


def area_code_of(address: str) -> str:
    """Return the commune's code in front of an address, "" where there is none."""
    first = address.partition(" ")[0]
    return first if len(first) == AREA_CODE and first.isdecimal() else ""


def said_since(field: str, ours: str, words: Sequence[W]) -> list[W]:
    """Return the words of files, earliest first, that say something else than what stands by now.

    What somebody said after a file is the later word; of one place the latest word counts.
    """
    spoken = [at for at, word in enumerate(words) if word.value == ours and ours]
    later = words[spoken[-1] + 1 :] if spoken else words
    latest = {word.spoke_at: word for word in later if word.source == Source.FILE}
    return [
        word
        for word in latest.values()
        if not word.is_settled and not says_the_same(field, ours, word.value)
    ]


def _by_card(spoken: Spoken) -> Spoken:
    return Spoken(Source.CARD, spoken.at, spoken.by, spoken.place)
