"""Write what a person has learnt and passed, and where they practised: diplomas, examinations, times.

Each write holds the person first: the same form sent twice at once is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.codelists.countries import HOME
from practitioners.learnt import columns_said, held
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    ProfileSource,
    Qualification,
    Speciality,
)
from practitioners.services.registrations import lock
from practitioners.services.sources import note_row

ONE_DAY = timedelta(days=1)
PAPER = ProfileSource.Source.PAPER


@dataclass(frozen=True, slots=True)
class Diploma:
    """What stands on a diploma; one from abroad names the decision that recognises it."""

    level: str
    field: str = ""
    school: str = ""
    diploma_number: str = ""
    register_number: str = ""
    country: str = HOME
    issued_on: date | None = None
    recognition_no: str = ""
    recognised_on: date | None = None


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting of the competency examination and how it went (Law 15/2023/QH15, article 24)."""

    title: str
    sat_on: date
    result: str
    result_no: str = ""
    group: str = ""
    council: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language patients are treated in, and how (Law 15/2023/QH15, article 21)."""

    language: str
    way: str
    valid_from: date
    valid_until: date | None = None
    interpreter: str = ""
    certificate_no: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A time of practice elsewhere, of training in a speciality, or away (form 11)."""

    kind: str
    place_text: str
    valid_from: date
    valid_until: date | None = None
    position_text: str = ""
    certificate_no: str = ""


@transaction.atomic
def record_diploma(
    *,
    actor: Any,
    practitioner: Practitioner,
    diploma: Diploma,
    at: datetime,
    instead_of: UUID | None = None,
) -> Qualification:
    """Enter a diploma an official compared with the paper, or put right what was read of one.

    ``instead_of`` names the diploma of this person that was read wrongly; its former words stay in
    the history.
    """
    _require_sound(practitioner, diploma, timezone.localdate(at))
    lock(practitioner)
    own = Qualification.objects.filter(practitioner=practitioner)
    known = own.filter(level=diploma.level, diploma_number=diploma.diploma_number)
    others = known.exclude(pk=instead_of) if instead_of is not None else known
    if diploma.diploma_number and others.exists():
        raise _at(
            "diploma_number",
            _("The diploma %(number)s is in the profile already."),
            "diploma_known",
            number=diploma.diploma_number,
        )
    row = own.get(pk=instead_of) if instead_of else Qualification(practitioner=practitioner)
    for name in Diploma.__slots__:
        setattr(row, name, getattr(diploma, name))
    row.full_clean()
    row.save()
    note_row(row, source=PAPER, by=actor, at=at)
    return row


def _require_sound(practitioner: Practitioner, diploma: Diploma, on: date) -> None:
    issued, recognised = diploma.issued_on, diploma.recognised_on
    if issued is not None and issued > on:
        raise _to_come("issued_on", issued)
    if issued is not None and issued <= practitioner.birth_date:
        raise _at(
            "issued_on",
            _("%(day)s is before %(name)s was born; check the day on the diploma."),
            "diploma_before_birth",
            day=f"{issued:%d/%m/%Y}",
            name=practitioner.name,
        )
    if bool(diploma.recognition_no) != (recognised is not None):
        missing = "recognised_on" if recognised is None else "recognition_no"
        raise _at(
            missing,
            _("Write both the number and the day of the decision that recognises the diploma."),
            "recognition_incomplete",
        )
    if recognised is not None and issued is not None and recognised < issued:
        raise _at(
            "recognised_on",
            _("The diploma of %(day)s cannot have been recognised before it was issued."),
            "recognised_before_issue",
            day=f"{issued:%d/%m/%Y}",
        )


@transaction.atomic
def record_speciality(
    *,
    actor: Any,
    practitioner: Practitioner,
    text: str,
    at: datetime,
    code: str = "",
    qualification_id: UUID | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Speciality:
    """Enter a speciality, as printed and as it compares, with the diploma it rests on."""
    lock(practitioner)
    diplomas = practitioner.qualifications
    diploma = diplomas.filter(pk=qualification_id).first() if qualification_id else None
    row = Speciality(
        practitioner=practitioner,
        code=code,
        text=text,
        qualification=diploma,
        valid_from=valid_from or (diploma.issued_on if diploma else None),
        valid_until=valid_until,
    )
    if practitioner.specialities.filter(text=text, valid_until=None).exists():
        raise _at(
            "text",
            _("The speciality %(text)s is in the profile already."),
            "speciality_known",
            text=text,
        )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=PAPER, by=actor, at=at)
    return row


@transaction.atomic
def record_examination(
    *, actor: Any, practitioner: Practitioner, sitting: Sitting, at: datetime
) -> ExaminationResult:
    """Enter the result of a sitting; a result told again for the same sitting takes its place."""
    if sitting.sat_on > timezone.localdate(at):
        raise _to_come("sat_on", sitting.sat_on)
    lock(practitioner)
    rows = practitioner.examinations.all()
    row = rows.filter(title=sitting.title, sat_on=sitting.sat_on).first()
    row = row or ExaminationResult(
        practitioner=practitioner, title=sitting.title, sat_on=sitting.sat_on
    )
    for name in ("result", "result_no", "group", "council", "valid_until"):
        setattr(row, name, getattr(sitting, name))
    row.full_clean()
    row.save()
    note_row(row, source=PAPER, by=actor, at=at)
    return row


@transaction.atomic
def register_language(
    *, actor: Any, practitioner: Practitioner, spoken: Spoken, at: datetime
) -> PracticeLanguage:
    """Register a language of practice; what was registered of it before ends the day before."""
    lock(practitioner)
    former = practitioner.languages.filter(
        language=spoken.language, valid_from__lt=spoken.valid_from, valid_until=None
    )
    for row in former:
        row.valid_until = spoken.valid_from - ONE_DAY
        row.save(update_fields=["valid_until"])
        note_row(row, source=PAPER, by=actor, at=at, only=("valid_until",))
    language = PracticeLanguage(
        practitioner=practitioner,
        **{name: getattr(spoken, name) for name in Spoken.__slots__},
    )
    language.full_clean()
    language.save(force_insert=True)
    note_row(language, source=PAPER, by=actor, at=at)
    return language


@transaction.atomic
def record_period(
    *, actor: Any, practitioner: Practitioner, period: Period, at: datetime
) -> PracticePeriod:
    """Enter a time of practice or of training; the clock of article 35(1) counts with it.

    Told again for the same place and first day, it takes the place of what was written.
    """
    if period.valid_from > timezone.localdate(at):
        raise _to_come("valid_from", period.valid_from)
    lock(practitioner)
    rows = practitioner.practice_periods.all()
    known = rows.filter(place_text=period.place_text, valid_from=period.valid_from).first()
    row = known or PracticePeriod(practitioner=practitioner)
    for name in Period.__slots__:
        setattr(row, name, getattr(period, name))
    row.full_clean()
    row.save()
    note_row(row, source=PAPER, by=actor, at=at)
    return row


ROWS: Mapping[str, type[Any]] = {
    "examination": ExaminationResult,
    "language": PracticeLanguage,
    "practice": PracticePeriod,
}


def put_learnt(
    key: str, practitioner: Practitioner, fields: Mapping[str, str], *, by: Any, at: datetime
) -> models.Model:
    """Write what a verified profile says of one examination, language or time of practice.

    The row it means is put right; a language registered otherwise from a later day follows the
    former one. Whose words they are is kept with the profile (note_profile).
    """
    lock(practitioner)
    row: Any = held(practitioner, key, fields)
    if key == "language" and row is not None:
        row = _language_meant(row, date.fromisoformat(fields["language_from"]), by=by, at=at)
    row = row or ROWS[key](practitioner=practitioner)
    for column, value in columns_said(key, fields).items():
        blank = row._meta.get_field(column).get_default()
        setattr(
            row, column, blank if value is None else row._meta.get_field(column).to_python(value)
        )
    row.full_clean()
    row.save()
    written: models.Model = row
    return written


def _language_meant(
    row: PracticeLanguage, begins: date, *, by: Any, at: datetime
) -> PracticeLanguage | None:
    """Return the row to put right; none where another follows it, which then is over the day before."""
    if begins <= row.valid_from:
        return row
    if row.valid_until is None or row.valid_until >= begins:
        row.valid_until = begins - ONE_DAY
        row.save(update_fields=["valid_until"])
        note_row(row, source=ProfileSource.Source.DECISION, by=by, at=at, only=("valid_until",))
    return None


def _to_come(field: str, day: date) -> ValidationError:
    return _at(
        field,
        _("%(day)s is still to come; write the day on the paper."),
        "day_to_come",
        day=f"{day:%d/%m/%Y}",
    )


def _at(field: str, message: Any, code: str, **params: Any) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code, params=params)})
