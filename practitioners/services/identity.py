"""Put right who somebody is, as a decision says: name, birth, personal number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest

from portal.dates import PartialDate
from portal.names import display_name, sort_key
from practitioners.models import Practitioner, PractitionerIdentifier, ProfileSource
from practitioners.services.sources import note_row, note_words

DECISION = ProfileSource.Source.DECISION
PERSONAL = PractitionerIdentifier.Kind.PERSONAL


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is by their papers; what is empty is not said and changes nothing."""

    name: str = ""
    born: date | None = None
    number: str = ""


def differences(person: Practitioner, said: Identity) -> Iterator[tuple[str, str, str]]:
    """Yield each field of a profile that is said otherwise: the field, what it is, what it shall be."""
    name = display_name(said.name)
    if name and name != person.name:
        yield "name", person.name, name
    if said.born is not None and person.birth != PartialDate.of(said.born):
        yield "birth_date", str(person.birth), str(PartialDate.of(said.born))
    rows = list(person.identifiers.filter(kind=PERSONAL, valid_until=None))
    if said.number and not any(row.value == said.number and row.is_verified for row in rows):
        yield "identifier", next((row.value for row in rows), ""), said.number


@transaction.atomic
def put_identity_right(
    *, actor: Any, practitioner: Practitioner, said: Identity, on: date, at: datetime
) -> None:
    """Let a person be known as a decision says from a day; a former number stays with its days."""
    person = Practitioner.objects.select_for_update(of=["self"]).get(pk=practitioner.pk)
    changed = {field for field, _was, _is in differences(person, said)}
    if "name" in changed:
        person.name = display_name(said.name)
        person.name_sort = sort_key(person.name)
    if "birth_date" in changed and said.born is not None:
        person.birth = PartialDate.of(said.born)
    if changed & {"name", "birth_date"}:
        person.full_clean(exclude=["name_norm"])
        person.save()
        words = {"name": person.name, "birth_date": person.birth.iso()}
        told = {field: word for field, word in words.items() if field in changed}
        note_words(person, told, source=DECISION, by=actor, at=at, is_verified=actor is not None)
    if "identifier" in changed:
        _give_number(person, said.number, on, actor, at)


def _give_number(person: Practitioner, number: str, on: date, actor: Any, at: datetime) -> None:
    """Let a personal number hold from a day; the one before ends the day before."""
    new = number_of(person, PERSONAL, number, on=on)
    if new._state.adding:
        new.valid_from = on
    new.is_verified = True
    new.full_clean()
    new.save()
    note_row(new, source=DECISION, by=actor, at=at)


def number_of(person: Practitioner, kind: str, value: str, *, on: date) -> PractitionerIdentifier:
    """Return somebody's number of a kind, unsaved where it is new; another of that kind ends.

    The number that follows another holds from the day, the other until its eve, and stays as history.
    """
    rows = person.identifiers.filter(kind=kind, valid_until=None)
    last = on - timedelta(days=1)
    ended = rows.exclude(value=value).update(valid_until=Greatest("valid_from", last))
    row: PractitionerIdentifier | None = rows.filter(value=value).order_by("-is_verified").first()
    return row or PractitionerIdentifier(
        practitioner=person, kind=kind, value=value, valid_from=on if ended else None
    )
