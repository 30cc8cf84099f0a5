"""How are the texts of a profile read: what stands, what is refused at its field, what is stored?"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from portal.codelists.countries import COUNTRIES, country_on
from portal.codelists.lookup import codes_on
from portal.dates import PartialDate
from portal.identifiers import (
    OldIdCard,
    Passport,
    PersonalNumber,
    PhoneNumber,
    SocialInsuranceNumber,
)
from portal.identifiers.identifier import Identifier
from portal.names import display_name
from practitioners.assigned import (
    NONE,
    assigned,
    facilities_in,
    givers_in,
    papers_in,
    techniques_in,
    transfer_in,
    transfers_in,
)
from practitioners.items import BY_KEY, DATE_FIELDS, FIELDS, Values
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)

REQUIRED: Mapping[str, object] = {
    "name": _("The name is missing; write it as on the licence."),
    "birth_date": _("The date of birth is missing; write it day first, or the year alone."),
    "sex": _("The sex is missing; choose one."),
    "qualification_level": _("The level of the diploma is missing; choose one."),
    "license_number": _("The licence number is missing; copy it from the licence."),
    "title": _("The professional title is missing; choose the one on the licence."),
    "license_issued_on": _("The day the licence was issued is missing; copy it from the licence."),
    "scope": _("The scope of practice is missing; copy it as printed on the licence."),
    "registered_from": _("The first day of practice here is missing; write it day first."),
}
IDENTIFIERS: Mapping[str, type[Identifier]] = {
    PractitionerIdentifier.Kind.PERSONAL: PersonalNumber,
    PractitionerIdentifier.Kind.OLD_CARD: OldIdCard,
    PractitionerIdentifier.Kind.PASSPORT: Passport,
    PractitionerIdentifier.Kind.INSURANCE: SocialInsuranceNumber,
}


# What has to be said together, once anything of it is said.
NEEDED: Mapping[str, tuple[tuple[str, ...], object]] = {
    "training": (
        ("training_title", "training_hours", "training_ended_on"),
        _("Continuing training needs its name, its credit hours and its last day."),
    ),
    "examination": (
        ("exam_title", "exam_sat_on", "exam_result", "exam_number"),
        _("An examination needs the title, its day, the result and the number of the result."),
    ),
    "language": (
        ("language", "language_way", "language_from"),
        _("A language needs its name, the way of speaking and the first day."),
    ),
    "practice": (
        ("practice_kind", "practice_place", "practice_from"),
        _("A time of practice needs its kind, the place and the first day."),
    ),
}

BESIDE_TECHNIQUES = ("assignment", "transferred_by", "transfer")
Countries = Callable[[str], str]


def countries_on(on: date) -> Countries:
    """Return what reads a country on a day; each is looked up once."""
    return cache(lambda text: _country(text, on))


def read(
    values: Values,
    *,
    on: date,
    lacking: Container[str] = (),
    countries: Countries | None = None,
) -> dict[str, str]:
    """Read a profile's texts into canonical ones, or refuse, naming each field that cannot stand.

    ``on`` is the day of sending: nothing on a licence or a diploma lies after it. An unreadable
    licence number stands here: the checks judge it, with the paper beside it. What is ``lacking``
    in a facility's list may be blank: the checks ask for it. Whoever reads many gives ``countries``.
    """
    found = {name: " ".join(str(values.get(name) or "").split()) for name in FIELDS}
    errors: dict[str, ValidationError] = {}
    for name, message in REQUIRED.items():
        if not found[name] and name not in lacking:
            errors[name] = ValidationError(str(message), code=f"{name}_missing")
    for name, reader in _readers(found, on, countries or countries_on(on)).items():
        if not found[name] or name in errors:
            continue
        try:
            found[name] = reader(found[name])
        except ValidationError as error:
            errors[name] = error
    _check_together(found, errors)
    if errors:
        raise ValidationError(dict(errors))
    return {name: value for name, value in found.items() if value}


def _readers(
    found: Mapping[str, str], on: date, countries: Countries
) -> dict[str, Callable[[str], str]]:
    kind = found["identifier_kind"] or PractitionerIdentifier.Kind.PERSONAL
    readers: dict[str, Callable[[str], str]] = {
        "name": display_name,
        "sex": lambda text: _one_of(text, Practitioner.Sex.values),
        "nationality": countries,
        "identifier": lambda text: _identifier(kind, text),
        "phone": lambda text: str(PhoneNumber.parse(text)),
        "email": _email,
        "qualification_level": lambda text: _one_of(text, Qualification.Level.values),
        "full_time": lambda text: "1" if text in {"1", "True", "true", "on"} else "",
        "training_hours": _hours,
    }
    readers |= {name: lambda text: _day(text, on) for name in DATE_FIELDS}
    readers["birth_date"] = lambda text: _birth(text, on)
    readers["license_valid_until"] = lambda text: _day(text, None)
    readers["registered_from"] = lambda text: _day(text, None)
    readers["registered_until"] = lambda text: _day(text, None)
    readers["other_facilities"] = _facilities
    for name in ("language_from", "language_until", "practice_until"):
        readers[name] = lambda text: _day(text, None)
    readers["exam_result"] = lambda text: _one_of(text, ExaminationResult.Result.values)
    readers["language_way"] = lambda text: _one_of(text, PracticeLanguage.Way.values)
    readers["practice_kind"] = lambda text: _one_of(text, PracticePeriod.Kind.values)
    readers["transferred_by"] = _givers
    readers["transfer"] = lambda text: _transfers(text, on)
    readers["techniques"] = _techniques
    readers["assignment"] = lambda text: _papers(text, on)
    return readers


def _check_together(found: dict[str, str], errors: dict[str, ValidationError]) -> None:
    if not found["identifier"]:
        found["identifier_kind"] = ""
    elif not found["identifier_kind"]:
        found["identifier_kind"] = PractitionerIdentifier.Kind.PERSONAL
    issued, until = found["license_issued_on"], found["license_valid_until"]
    readable = not errors.keys() & {"license_issued_on", "license_valid_until"}
    if readable and issued and until and until < issued:
        errors["license_valid_until"] = ValidationError(
            _("The licence ends before it was issued; check both days."),
            code="license_reversed",
        )
    _check_registration(found, errors)
    _check_learnt(found, errors)


def _check_learnt(found: Mapping[str, str], errors: dict[str, ValidationError]) -> None:
    """Refuse half of a training, an examination, a language or a time of practice."""
    for key, (needed, message) in NEEDED.items():
        if any(found[name] for name in BY_KEY[key].fields):
            for name in needed:
                if not found[name] and name not in errors:
                    errors[name] = ValidationError(str(message), code=f"{key}_incomplete")
    if found["language_way"] == PracticeLanguage.Way.INTERPRETER and not found["interpreter"]:
        errors["interpreter"] = ValidationError(
            _("Name the interpreter."), code="interpreter_missing"
        )
    for key in ("language", "practice"):
        first, last = f"{key}_from", f"{key}_until"
        if not errors.keys() & {first, last} and "" < found[last] < found[first]:
            errors[last] = ValidationError(
                _("The last day comes before the first; check both."), code=f"{key}_reversed"
            )


def _check_registration(found: Mapping[str, str], errors: dict[str, ValidationError]) -> None:
    begins, until = found["registered_from"], found["registered_until"]
    readable = not errors.keys() & {"registered_from", "registered_until"}
    if readable and begins and until and until < begins:
        errors["registered_until"] = ValidationError(
            _("The practice here ends before it began; check both days."),
            code="registration_reversed",
        )
    if found["techniques"]:
        if errors.keys() & {"techniques", "assignment"}:
            return
        codes, _strange = techniques_in(found["techniques"])
        papers, _unread = papers_in(found["assignment"])
        try:
            assigned(codes, papers, *transfer_in(found))
        except ValidationError as refused:
            errors["assignment"] = refused
    elif "techniques" not in errors and any(found[name] for name in BESIDE_TECHNIQUES):
        errors["techniques"] = ValidationError(
            _(
                "Papers or facilities of techniques are named, but no technique; name it by its code."
            ),
            code="techniques_missing",
        )


def _facilities(text: str) -> str:
    codes, strange = facilities_in(text)
    _require_facilities(strange)
    return ";".join(codes)


def _givers(text: str) -> str:
    codes, strange = givers_in(text)
    _require_facilities(strange)
    return ";".join(code or NONE for code in codes)


def _require_facilities(strange: Sequence[str]) -> None:
    if strange:
        raise ValidationError(
            _("“%(value)s” is no code of a facility; write its five characters, like 11001."),
            code="facility_code_unreadable",
            params={"value": strange[0][:60]},
        )


def _techniques(text: str) -> str:
    codes, strange = techniques_in(text)
    if strange:
        raise ValidationError(
            _("“%(code)s” is no code of a technique; write it like 02.0085."),
            code="technique_unreadable",
            params={"code": strange[0][:60]},
        )
    return ";".join(codes)


def _transfers(text: str, on: date) -> str:
    said, strange = transfers_in(text)
    _papers(";".join(filter(None, [*said, *strange])), on)
    return ";".join(one or NONE for one in said)


def _papers(text: str, on: date) -> str:
    papers, strange = papers_in(text)
    if strange:
        raise ValidationError(
            _("“%(value)s” names no paper and its day; write like 20260901_07/QĐ-BV."),
            code="assignment_unreadable",
            params={"value": strange[0][:60]},
        )
    late = next((paper for paper in papers if paper.on > on), None)
    if late is not None:
        raise ValidationError(
            _("%(value)s has not come yet; check the day."),
            code="day_in_future",
            params={"value": f"{late.on:%d/%m/%Y}"},
        )
    return ";".join(map(str, papers))


def _one_of(text: str, known: list[str]) -> str:
    if text not in known:
        raise ValidationError(
            _("%(value)s is not in the list; choose one of it."),
            code="not_in_list",
            params={"value": text},
        )
    return text


def _country(text: str, on: date) -> str:
    """Read a country as its ISO code; without the list nothing can be said of it."""
    found = country_on(text, on)
    if found is not None or not codes_on(COUNTRIES, on):
        return found.code if found else text
    return _one_of(text, [])


def _identifier(kind: str, text: str) -> str:
    _one_of(kind, list(IDENTIFIERS))
    return str(IDENTIFIERS[kind].parse(text))


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError(
            _("%(value)s is not an e-mail address like ten@soyte.vn."),
            code="email_unreadable",
            params={"value": text},
        ) from None
    return text


def _birth(text: str, on: date) -> str:
    born = PartialDate.parse(text, on=on)
    if born.is_after(on):
        raise ValidationError(
            _("%(value)s has not come yet; check the date of birth."),
            code="day_in_future",
            params={"value": str(born)},
        )
    return born.iso()


def _day(text: str, on: date | None) -> str:
    """Read a whole day; where ``on`` is given the day may not lie after it."""
    read_date = PartialDate.parse(text, on=on)
    day = read_date.as_date()
    if day is None:
        raise ValidationError(
            _("%(value)s is no whole date; write day, month and year."),
            code="day_incomplete",
            params={"value": str(read_date)},
        )
    if on is not None and day > on:
        raise ValidationError(
            _("%(value)s has not come yet; check the day."),
            code="day_in_future",
            params={"value": str(read_date)},
        )
    return day.isoformat()


def _hours(text: str) -> str:
    try:
        hours = Decimal(text.replace(",", "."))
    except InvalidOperation:
        hours = Decimal(0)
    if not (hours.is_finite() and 0 < hours <= 2000):
        raise ValidationError(
            _("%(value)s is no number of credit hours; write one like 24 or 7,5."),
            code="hours_unreadable",
            params={"value": text},
        )
    return format(hours.quantize(Decimal("0.1")).normalize(), "f")
