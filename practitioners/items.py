"""Which items has a practitioner's profile, in the order of the paper, and what does each hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# One item's fields as text, days as YYYY-MM-DD; a field that is not filled is left out.
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing an official decides on: its fields stand or fall together."""

    key: str
    label: StrOrPromise
    fields: tuple[str, ...]
    needs_evidence: bool = True
    is_optional: bool = False


PERSON = Item("person", _("Name, birth, sex"), ("name", "birth_date", "sex", "nationality"))
IDENTIFIER = Item("identifier", _("Identity number"), ("identifier_kind", "identifier"))
CONTACT = Item(
    "contact", _("Phone, e-mail"), ("phone", "email"), needs_evidence=False, is_optional=True
)
QUALIFICATION = Item(
    "qualification",
    _("Diploma"),
    (
        "qualification_level",
        "qualification_field",
        "school",
        "diploma_number",
        "qualification_issued_on",
    ),
)
LICENSE = Item(
    "license",
    _("Licence"),
    (
        "license_number",
        "title",
        "license_issued_on",
        "license_issued_by",
        "license_valid_until",
    ),
)
SCOPE = Item("scope", _("Scope of practice"), ("scope",))
REGISTRATION = Item(
    "registration",
    _("Place and hours"),
    ("position", "position_text", "full_time", "hours", "registered_from"),
    needs_evidence=False,
)
TRAINING = Item(
    "training",
    _("Continuing training"),
    ("training_title", "training_hours", "training_ended_on", "training_certificate"),
    is_optional=True,
)

# Identity, diploma, licence, scope, place and hours (as Mẫu 01), continuing training.
ITEMS: tuple[Item, ...] = (
    PERSON,
    IDENTIFIER,
    CONTACT,
    QUALIFICATION,
    LICENSE,
    SCOPE,
    REGISTRATION,
    TRAINING,
)
BY_KEY: Mapping[str, Item] = {item.key: item for item in ITEMS}
KEYS: tuple[str, ...] = tuple(item.key for item in ITEMS)
FIELDS: tuple[str, ...] = tuple(name for item in ITEMS for name in item.fields)
DATE_FIELDS = frozenset(
    {
        "birth_date",
        "qualification_issued_on",
        "license_issued_on",
        "license_valid_until",
        "registered_from",
        "training_ended_on",
    }
)


def cut(values: Values) -> dict[str, dict[str, str]]:
    """Cut a profile's values into its items, leaving out what is empty."""
    return {
        item.key: {name: values[name] for name in item.fields if values.get(name)} for item in ITEMS
    }
