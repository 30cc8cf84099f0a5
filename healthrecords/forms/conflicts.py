"""Where does what was typed differ from what somebody else saved meanwhile?"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.allergies import AllergyFields
from healthrecords.forms.citizen import CitizenForm
from healthrecords.forms.citizen import initial_of as initial_of_citizen
from healthrecords.forms.fields import number_text
from healthrecords.forms.stored import initial_of
from healthrecords.forms.visit import VisitForm
from healthrecords.models import Citizen, Visit
from healthrecords.services.entries import VisitEntry
from healthrecords.services.medicines import completed, sentence
from portal.identifiers import Identifier
from portal.names import display_name

Place = tuple[Any, str, str, str]  # form, field, what is stored, what was typed
# What tells one sending from another, and what is told of the person and kept there.
NOT_OF_A_VISIT = {"client_key", "glucose_timing", "is_another", *AllergyFields.base_fields}


def mark_conflicts(form: VisitForm, visit: Visit) -> bool:
    """Say at each place what is stored now and what was typed; say whether any place differs."""
    entry = form.checked
    places = [] if entry is None else [*_fields(form, visit), *_rows(form, visit, entry)]
    return _mark(places)


def mark_citizen_conflicts(form: CitizenForm, citizen: Citizen) -> bool:
    """Do the same for the administrative part of a record."""
    stored, said = initial_of_citizen(citizen), form.cleaned_data
    places: list[Place] = []
    for name in stored.keys() - {"origin"}:
        before, after = (_shown(form, name, value) for value in (stored[name], said.get(name)))
        if before != after:
            places.append((form, name, before, after))
    return _mark(places)


def _mark(places: Sequence[Place]) -> bool:
    for where, name, stored, typed in places:
        message = _("Stored meanwhile: “%(stored)s”. You typed: “%(typed)s”.")
        params = {"stored": stored or "–", "typed": typed or "–"}
        where.add_error(name, ValidationError(message, code="saved_by_another", params=params))
    return bool(places)


def _shown(form: CitizenForm, name: str, value: Any) -> str:
    """Write a value of a record as its field shows it once it is stored."""
    if isinstance(value, Identifier):
        value = value.value
    if name == "name":
        return display_name(value or "")
    text = str(form.fields[name].prepare_value(value) or "")
    choices: Any = getattr(form.fields[name], "choices", ())
    return " ".join(str(dict(choices).get(text, text)).split())


def _fields(form: VisitForm, visit: Visit) -> Iterator[Place]:
    stored = initial_of(visit)
    for name in form.fields:
        if name in NOT_OF_A_VISIT or name.startswith("sure_"):
            continue
        before, after = (
            _text(form, name, source.get(name)) for source in (stored, form.cleaned_data)
        )
        if before != after:
            yield form, name, before, after


def _rows(form: VisitForm, visit: Visit, entry: VisitEntry) -> Iterator[Place]:
    # "main" stands before "other" and "traditional" by its name.
    ranked = sorted(visit.diagnosis_rows.all(), key=lambda row: (row.rank, row.position))
    diagnoses = _lines(ranked), _lines([*entry.diagnoses, *entry.traditional])
    medicines = (
        "; ".join(
            _medicine(row, row.instruction) for row in visit.medication_rows.order_by("position")
        ),
        "; ".join(_medicine(row, sentence(row)) for row in map(completed, entry.medicines)),
    )
    if diagnoses[0] != diagnoses[1]:
        yield form.diagnoses.forms[0], "text", *diagnoses
    if medicines[0] != medicines[1]:
        yield form.medicines.forms[0], "name", *medicines


def _lines(diagnoses: Sequence[Any]) -> str:
    return "; ".join(f"{row.code} {row.title}" for row in diagnoses)


def _medicine(row: Any, instruction: str) -> str:
    return f"{row.name} ({instruction})" if instruction else str(row.name)


def _text(form: VisitForm, name: str, value: Any) -> str:
    """Write a value as its field shows it."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal | int):
        return str(number_text(Decimal(value)))
    if isinstance(value, tuple):
        return "/".join(str(part) for part in value)
    field: Any = form.fields[name]
    text = str(value or "")
    return str(dict(getattr(field, "choices", ())).get(text, text))
