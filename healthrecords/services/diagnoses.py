"""Which diagnosis does a typed text mean, and may this person have it?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen
from healthrecords.services.entries import DiagnosisEntry
from portal.codelists.icd import icd_code, icd_structure
from portal.codelists.limits import is_limited_by_list, limits_of
from portal.codelists.lookup import Entry, code_on, find_codes
from portal.names import name_norm

LIST = "icd10"
MOST_CHOICES = 8
MOST_OTHERS = 12
ASK = "confirm_diagnosis"
CODE_FIRST = re.compile(r"([A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{1,2})?[†*+]?)(?:\s+(.*))?")
TRADITIONAL = "traditional_diseases"
TRADITIONAL_CODE = re.compile(r"U\d{2}(\.\d{1,3}){0,2}")
SEXES = {"F": "female", "M": "male"}


class Coded(Protocol):
    """A diagnosis as it is entered, or as it is stored."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as: one diagnosis, or the choices, or neither."""

    text: str
    entry: DiagnosisEntry | None = None
    choices: Sequence[Entry] = ()
    is_structure_only: bool = False


def read_diagnosis(text: str, *, on: date) -> Reading:
    """Read a code, a code with its title, or Vietnamese words without marks."""
    plain = " ".join(text.split())
    match = CODE_FIRST.fullmatch(plain)
    if match:
        return _read_code(plain, icd_code(match[1]), match[2] or "", on)
    found = find_codes(LIST, plain, on=on, limit=50)
    exact = _exact(found, name_norm(plain))
    if len(exact) == 1:
        return Reading(plain, _limited(entry_of(exact[0]), on))
    if len(found) == 1 and _says(found[0], name_norm(plain)):
        return Reading(plain, _limited(entry_of(found[0]), on))
    choices = [*exact, *(row for row in found if row not in exact)]
    return Reading(plain, choices=choices[:MOST_CHOICES])


def entry_of(row: Entry) -> DiagnosisEntry:
    """Return a list's code as a diagnosis."""
    return DiagnosisEntry(row.code, row.title, row.version_id, row.attributes)


def _read_code(plain: str, code: str, title: str, on: date) -> Reading:
    row = code_on(LIST, code, on)
    if row is not None:
        return Reading(plain, _limited(entry_of(row), on))
    structure = icd_structure(code)
    if structure is None:
        return Reading(plain)
    parent = code_on(LIST, code[:3], on)
    words = title or (parent.title if parent else structure.title_en)
    return Reading(plain, _limited(DiagnosisEntry(code, words), on), is_structure_only=True)


def _limited(entry: DiagnosisEntry, on: date) -> DiagnosisEntry:
    """Return a diagnosis with the limits of its category beside those of its own code."""
    limits = limits_of(entry.code, entry.attributes, on=on)
    return replace(entry, attributes={**entry.attributes, **limits})


def unlimited(diagnoses: Iterable[Coded], on: date) -> list[str]:
    """Return the codes whose own limits no list of that day holds: only their category was judged."""
    coded = (row.code for row in diagnoses if getattr(row, "rank", "") != "traditional")
    return [code for code in coded if not is_limited_by_list(code, on=on)]


def _exact(found: Sequence[Entry], folded: str) -> list[Entry]:
    """Return the codes whose title or synonym is what was typed.

    Where both a group and its one subdivision carry the words, the finer one is meant.
    """
    exact = [row for row in found if folded == row.title_norm or folded in _synonyms(row)]
    return [row for row in exact if not any(other.parent == row.code for other in exact)]


def _says(row: Entry, folded: str) -> bool:
    """Say whether a code's words hold every word typed: what only looks alike is asked about."""
    return all(any(known.startswith(word) for known in row.words) for word in folded.split())


def _synonyms(row: Entry) -> list[str]:
    return [name_norm(word) for word in str(row.attributes.get("synonyms", "")).split(";")]


def refuse_reading(reading: Reading) -> ValidationError:
    """Return the sentence for a text that names no single diagnosis."""
    if reading.choices:
        codes = ", ".join(row.code for row in reading.choices)
        return ValidationError(
            _("“%(text)s” may be several diagnoses; choose one: %(codes)s."),
            code="diagnosis_ambiguous",
            params={"text": reading.text, "codes": codes},
        )
    return ValidationError(
        _(
            "No diagnosis matches “%(text)s”. Type an ICD-10 code like I10,"
            " or words without marks like “tang huyet ap”."
        ),
        code="diagnosis_unknown",
        params={"text": reading.text},
    )


def check_diagnoses(
    diagnoses: Sequence[DiagnosisEntry], *, citizen: Citizen, on: date
) -> dict[int, list[ValidationError]]:
    """Return what is wrong with each diagnosis by its place; the first one is the main one."""
    errors: dict[int, list[ValidationError]] = {}
    for place, entry in enumerate(diagnoses):
        found = [*_sex_error(entry, citizen), *_place_errors(entry, is_main=place == 0)]
        found += _age_error(entry, citizen, on)
        if entry.is_confirmed:
            found = [error for error in found if error.code != ASK]
        if any(entry.code == other.code for other in diagnoses[:place]):
            found.append(_twice(entry))
        if found:
            errors[place] = found
    if len(diagnoses) > MOST_OTHERS + 1:
        errors.setdefault(len(diagnoses) - 1, []).append(
            ValidationError(
                _("A visit has at most %(most)d other diagnoses; keep the weightiest."),
                code="diagnoses_too_many",
                params={"most": MOST_OTHERS},
            )
        )
    return errors


def _params(entry: DiagnosisEntry) -> dict[str, Any]:
    return {"code": entry.code, "title": entry.title}


def _twice(entry: DiagnosisEntry) -> ValidationError:
    return ValidationError(
        _("%(code)s %(title)s is written twice; take one out."),
        code="diagnosis_twice",
        params=_params(entry),
    )


def _sex_error(entry: DiagnosisEntry, citizen: Citizen) -> list[ValidationError]:
    wanted = SEXES.get(str(entry.attributes.get("sex", "")))
    if wanted is None or citizen.sex in {wanted, Citizen.Sex.UNKNOWN}:
        return []
    message = (
        _("%(code)s %(title)s is a diagnosis of women. Check the code, or the sex in the record.")
        if wanted == "female"
        else _(
            "%(code)s %(title)s is a diagnosis of men. Check the code, or the sex in the record."
        )
    )
    return [ValidationError(message, code="diagnosis_sex", params=_params(entry))]


def _place_errors(entry: DiagnosisEntry, *, is_main: bool) -> list[ValidationError]:
    if not is_main:
        return []
    if str(entry.attributes.get("not_main", "")) == "1":
        message = _(
            "%(code)s %(title)s cannot stand as the main diagnosis;"
            " write it among the others and the illness itself here."
        )
        return [ValidationError(message, code="diagnosis_not_main", params=_params(entry))]
    if str(entry.attributes.get("not_main_claim", "")) == "1":
        message = _(
            "%(code)s %(title)s is not advised as the main diagnosis."
            " Choose another one, or tick “this is right”."
        )
        return [ValidationError(message, code=ASK, params=_params(entry))]
    return []


def _age_error(entry: DiagnosisEntry, citizen: Citizen, on: date) -> list[ValidationError]:
    youngest, oldest = ages_in_days(citizen, on)
    least = int(entry.attributes.get("age_min_days") or 0)
    most = int(entry.attributes.get("age_max_days") or 0)
    if oldest >= least and (not most or youngest <= most):
        return []
    message = _(
        "%(code)s %(title)s does not fit the age of this person."
        " Check the code and the date of birth, or tick “this is right”."
    )
    return [ValidationError(message, code=ASK, params=_params(entry))]


def ages_in_days(citizen: Citizen, on: date) -> tuple[int, int]:
    """Return the least and the greatest age in days that the date of birth leaves open."""
    born = citizen.birth_date
    last = born
    if citizen.birth_precision == Citizen.Precision.MONTH:
        last = (born.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    elif citizen.birth_precision == Citizen.Precision.YEAR:
        last = date(born.year, 12, 31)
    return max((on - min(last, on)).days, 0), max((on - born).days, 0)


def read_traditional(text: str, *, on: date) -> DiagnosisEntry:
    """Read a traditional-medicine diagnosis: a code of the list of that day, else code and name.

    The list is loaded by the site; until then a code by its form with the name beside it is taken.
    """
    plain = " ".join(text.split())
    code, _space, title = plain.partition(" ")
    row = code_on(TRADITIONAL, code.upper(), on)
    if row is not None:
        return entry_of(row)
    found = find_codes(TRADITIONAL, plain, on=on, limit=2)
    if len(found) == 1:
        return entry_of(found[0])
    if TRADITIONAL_CODE.fullmatch(code.upper()) and title:
        return DiagnosisEntry(code.upper(), title)
    raise ValidationError(
        _("“%(text)s” is no traditional-medicine diagnosis; write the code, then its name."),
        code="traditional_unknown",
        params={"text": plain},
    )


def confirmed(entry: DiagnosisEntry) -> DiagnosisEntry:
    """Return the diagnosis as one that somebody looked at again."""
    return replace(entry, is_confirmed=True)
