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
    """One thing an official decides on: its fields stand or fall together.

    What is ``of_a_place`` is said of the facility a profile is sent for. What is ``only_if_said`` is
    one row among several of its kind: a profile that does not speak of it leaves all of them alone.
    """

    key: str
    label: StrOrPromise
    fields: tuple[str, ...]
    needs_evidence: bool = True
    is_optional: bool = False
    of_a_place: bool = False
    only_if_said: bool = False


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
    (
        "position",
        "position_text",
        "department",
        "department_code",
        "full_time",
        "hours",
        "registered_from",
        "registered_until",
        "other_facilities",
    ),
    needs_evidence=False,
    of_a_place=True,
)
TECHNIQUES = Item(
    "techniques",
    _("Techniques assigned beyond the scope"),
    ("techniques", "assignment", "transferred_by", "transfer"),
    needs_evidence=False,
    is_optional=True,
    of_a_place=True,
)
TRAINING = Item(
    "training",
    _("Continuing training"),
    ("training_title", "training_hours", "training_ended_on", "training_certificate"),
    is_optional=True,
)
EXAMINATION = Item(
    "examination",
    _("Examination result"),
    ("exam_title", "exam_sat_on", "exam_result", "exam_number", "exam_group", "exam_council"),
    is_optional=True,
    only_if_said=True,
)
LANGUAGE = Item(
    "language",
    _("Language of practice"),
    (
        "language",
        "language_way",
        "interpreter",
        "language_certificate",
        "language_from",
        "language_until",
    ),
    is_optional=True,
    only_if_said=True,
)
PRACTICE = Item(
    "practice",
    _("Time of practice"),
    (
        "practice_kind",
        "practice_place",
        "practice_work",
        "practice_from",
        "practice_until",
        "practice_certificate",
    ),
    is_optional=True,
    only_if_said=True,
)

# Identity, diploma, licence, scope, place and hours (as Mẫu 01), continuing training; and what is
# said of one examination, one language, one time of practice elsewhere (forms 09 and 11).
ITEMS: tuple[Item, ...] = (
    PERSON,
    IDENTIFIER,
    CONTACT,
    QUALIFICATION,
    LICENSE,
    SCOPE,
    REGISTRATION,
    TECHNIQUES,
    TRAINING,
    EXAMINATION,
    LANGUAGE,
    PRACTICE,
)
# What a profile may leave unsaid of a registration without taking it back.
UNSAID = ("department", "department_code", "registered_until", "other_facilities")
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
        "registered_until",
        "training_ended_on",
        "exam_sat_on",
        "language_from",
        "language_until",
        "practice_from",
        "practice_until",
    }
)


def cut(values: Values) -> dict[str, dict[str, str]]:
    """Cut a profile's values into its items, leaving out what is empty."""
    return {
        item.key: {name: values[name] for name in item.fields if values.get(name)} for item in ITEMS
    }


def has_place(values: Values) -> bool:
    """Say whether a profile speaks of practice at a facility: who is registered nowhere has none."""
    return bool(values.get("registered_from"))


def items_in(values: Values) -> list[Item]:
    """Return the items a profile with these values is decided by, in the order of the paper."""
    said = {item.key for item in ITEMS if any(values.get(name) for name in item.fields)}
    return [
        item
        for item in ITEMS
        if (has_place(values) or not item.of_a_place)
        and (item.key in said or not item.only_if_said)
    ]
