"""Write the value of a field, as sources say it, as people read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from healthrecords.banner import grouped_phone
from healthrecords.models import Citizen
from healthrecords.services.coverage import INSURER
from healthrecords.services.sources import area_code_of
from portal.codelists.lookup import code_on
from portal.dates import PartialDate
from portal.places.models import Area, OrganisationIdentifier

LISTS = {"ethnic_group": "ethnic_groups", "occupation": "occupations"}


def shown(field: str, value: str, on: date) -> str:
    """Write a field's value as people read it."""
    if not value:
        return "–"
    if field in LISTS:
        return title_of(code_on(LISTS[field], value, on), value)
    write = WRITTEN.get(field)
    return write(value) if write else value


def _sex(value: str) -> str:
    return str(dict(Citizen.Sex.choices).get(value, value))


def _day(value: str) -> str:
    try:
        return str(PartialDate.parse(value))
    except ValidationError:
        return value


def _blood(value: str) -> str:
    return value.replace(" positive", " Rh+").replace(" negative", " Rh−")


def _lives(value: str) -> str:
    code = area_code_of(value)
    area = Area.objects.filter(code=code).first() if code else None
    if area is None:
        return value
    return ", ".join(part for part in (value.removeprefix(code).strip(), area.name) if part)


def _facility(code: str) -> str:
    held = OrganisationIdentifier.objects.current().filter(scheme=INSURER, value=code)
    name = held.values_list("organisation__name", flat=True).first()
    return f"{code} {name}" if name else code


WRITTEN: Mapping[str, Callable[[str], str]] = {
    "card_until": _day,
    "card_years": _day,
    "card_place": _facility,
    "sex": _sex,
    "birth": _day,
    "death": _day,
    "blood_group": _blood,
    "address": _lives,
    "phone": grouped_phone,
}


def title_of(entry: Any, code: str) -> str:
    """Return the title of a code, the raw code where no list has it."""
    return entry.title if entry else code
