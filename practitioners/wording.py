"""How does an item of a profile read, its approved value beside the one sent?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.codelists.countries import COUNTRIES
from portal.codelists.lookup import lists_on
from portal.dates import PartialDate
from practitioners.approved import TRAINING_TOTAL
from practitioners.assigned import written_paper
from practitioners.items import DATE_FIELDS, Item, Values
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.codelists.lookup import Entry

LIST_OF: Mapping[str, str] = {
    "title": "professional_titles",
    "exam_title": "professional_titles",
    "position": "staff_positions",
    "nationality": COUNTRIES,
    "scope_codes": "practice_scopes",
}
Titles = Mapping[tuple[str, str], str]

# A word around a value that does not say by itself what it is.
FRAMES: Mapping[str, StrOrPromise] = {
    "birth_date": _("born %(value)s"),
    "diploma_number": _("number %(value)s"),
    "qualification_issued_on": _("issued %(value)s"),
    "license_issued_on": _("issued %(value)s"),
    "license_valid_until": _("until %(value)s"),
    "department_code": _("department code %(value)s"),
    "registered_from": _("from %(value)s"),
    "registered_until": _("until %(value)s"),
    "other_facilities": _("also works at %(value)s"),
    "assignment": _("assigned by %(value)s"),
    "transferred_by": _("handed over by the facility %(value)s"),
    "transfer": _("handed over by the decision %(value)s"),
    "training_hours": _("%(value)s credit hours"),
    TRAINING_TOTAL: _("%(value)s credit hours"),
    "training_ended_on": _("ended %(value)s"),
    "training_certificate": _("certificate %(value)s"),
    "exam_sat_on": _("examined on %(value)s"),
    "exam_number": _("number %(value)s"),
    "language_certificate": _("certificate %(value)s"),
    "language_from": _("from %(value)s"),
    "language_until": _("until %(value)s"),
    "practice_from": _("from %(value)s"),
    "practice_until": _("until %(value)s"),
    "practice_certificate": _("certificate %(value)s"),
}
FULL_TIME, PART_TIME = _("full time"), _("not full time")
# Values that are not written as they are kept.
WRITTEN: Mapping[str, Callable[[str], str]] = {
    "full_time": lambda value: str(FULL_TIME if value else PART_TIME),
    "sex": lambda value: str(Practitioner.Sex(value).label).lower(),
    "qualification_level": lambda value: str(Qualification.Level(value).label),
    "other_facilities": lambda value: value.replace(";", "; "),
    "techniques": lambda value: value.replace(";", "; "),
    "assignment": written_paper,
    "transferred_by": lambda value: value.replace(";", "; "),
    "transfer": written_paper,
    "exam_result": lambda value: str(ExaminationResult.Result(value).label),
    "language_way": lambda value: str(PracticeLanguage.Way(value).label),
    "practice_kind": lambda value: str(PracticePeriod.Kind(value).label),
    "training_hours": lambda value: value.replace(".", ","),
    TRAINING_TOTAL: lambda value: value.replace(".", ","),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an item as it reads, and whether it differs from the other side."""

    text: str
    differs: bool
    is_number: bool = False


def titles_on(day: date) -> Titles:
    """Return the titles of the lists profiles use, as they hold on a day; one query."""
    return titles_of(lists_on(dict.fromkeys(LIST_OF.values()), day))


def titles_of(lists: Mapping[str, Sequence[Entry]]) -> Titles:
    """Return the titles of some lists."""
    return {(key, one.code): one.title for key, entries in lists.items() for one in entries}


def parts(item: Item, values: Values, other: Values, titles: Titles) -> list[Part]:
    """Write the fields of an item one after the other."""
    found = []
    for name in (*item.fields, TRAINING_TOTAL):
        value = values.get(name, "")
        if not (value or (name == "full_time" and values)) or name == "identifier_kind":
            continue
        differs = value != other.get(name, "") and name != TRAINING_TOTAL
        text = write(name, value, titles)
        if name == "identifier" and values.get("identifier_kind") != "personal":
            text = f"{text} ({PractitionerIdentifier.Kind(values['identifier_kind']).label})"
        found.append(Part(text, differs, is_number=name == "identifier" and text.isdigit()))
    return found


def write(name: str, value: str, titles: Titles) -> str:
    """Write one field's value as a person reads it."""
    if name in DATE_FIELDS:
        value = str(PartialDate.parse(value))
    elif name in LIST_OF:
        value = titles.get((LIST_OF[name], value), value)
    elif name in WRITTEN:
        value = WRITTEN[name](value)
    return str(FRAMES[name]) % {"value": value} if name in FRAMES else value
