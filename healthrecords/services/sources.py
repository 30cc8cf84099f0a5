"""Which source says what of a citizen's fields: kept beside the values, one row a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from healthrecords.models import Citizen, FieldSource
from portal.places.models import Organisation

Field, Source = FieldSource.Field, FieldSource.Source
# What a chip card tells of its holder; the rest of a form was typed even when the card was read.
ON_CARD = frozenset({"name", "birth", "sex", "personal_number", "address"})
LONGEST = 1100


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who says something: a source, with the person who wrote it down, the place and the moment."""

    source: str
    at: datetime
    by: Any = None
    place: Organisation | None = None
    batch_id: UUID | None = None
    inquiry_id: UUID | None = None


def values_of(citizen: Citizen, personal_number: str = "") -> dict[str, str]:
    """Return a citizen's fields as sources say them; "" where nothing is known."""
    area = citizen.area.code if citizen.area is not None else ""
    said = {
        Field.NAME: citizen.name,
        Field.BIRTH: citizen.birth.iso(),
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
    after = values_of(citizen, held_number(citizen))
    changed = {name: value for name, value in after.items() if value != before.get(name, "")}
    read = {name: changed.pop(name) for name in ON_CARD & set(from_card) & changed.keys()}
    typed = {name: value for name, value in changed.items() if value}
    if read:
        note_words(citizen, read, _by_card(spoken))
    if typed:
        note_words(citizen, typed, spoken)


def _by_card(spoken: Spoken) -> Spoken:
    return Spoken(Source.CARD, spoken.at, spoken.by, spoken.place)
