"""Write a verified profile into the register, and say where each value came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.dates import PartialDate
from portal.identifiers import PracticeLicenseNumber
from portal.names import sort_key
from practitioners.approved import current_registration
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Qualification,
    Registration,
    SubmissionItem,
    TrainingActivity,
    Verification,
)
from practitioners.querysets import department_of

Fields = Mapping[str, str]


def write_profile(submission: ProfileSubmission, *, actor: Any, at: datetime, on: date) -> None:
    """Apply the verified items of a profile; the caller holds the lock and the transaction."""
    items = {
        row.key: row for row in submission.items.filter(decision=SubmissionItem.Decision.VERIFIED)
    }
    practitioner = submission.practitioner or _new_person(submission)
    for key, write in WRITERS.items():
        if key in items:
            write(practitioner, items[key].submitted, submission, on)
    practitioner.keeper = department_of(submission.facility) or practitioner.keeper
    practitioner.verified_at = at
    practitioner.full_clean(exclude=["name_norm"])
    practitioner.save()
    Verification.objects.bulk_create(
        Verification(
            practitioner=practitioner,
            field=key,
            source=submission,
            verified_by=actor,
            verified_at=at,
        )
        for key in items
    )
    submission.practitioner = practitioner


def _new_person(submission: ProfileSubmission) -> Practitioner:
    practitioner = Practitioner()
    _write_person(practitioner, submission.values)
    practitioner.full_clean(exclude=["name_norm"])
    practitioner.save(force_insert=True)
    return practitioner


def _write_person(practitioner: Practitioner, fields: Fields) -> None:
    practitioner.name = fields["name"]
    practitioner.name_sort = sort_key(fields["name"])
    born = PartialDate.parse(fields["birth_date"])
    practitioner.birth = born
    practitioner.sex = fields["sex"]
    practitioner.nationality = fields.get("nationality") or practitioner.nationality


def _person(who: Practitioner, fields: Fields, _from: ProfileSubmission, _on: date) -> None:
    _write_person(who, fields)


def _identifier(who: Practitioner, fields: Fields, _from: ProfileSubmission, on: date) -> None:
    if not fields:
        return
    kind, value = fields["identifier_kind"], fields["identifier"]
    same_kind = who.identifiers.filter(kind=kind, valid_until=None)
    same_kind.exclude(value=value).update(valid_until=on)
    row = same_kind.filter(value=value).first()
    row = row or PractitionerIdentifier(practitioner=who, kind=kind, value=value)
    row.is_verified = True
    row.full_clean()
    row.save()


def _contact(who: Practitioner, fields: Fields, _from: ProfileSubmission, _on: date) -> None:
    who.phone, who.email = fields.get("phone", ""), fields.get("email", "")


def _qualification(who: Practitioner, fields: Fields, _from: ProfileSubmission, _on: date) -> None:
    row = Qualification(
        practitioner=who,
        level=fields["qualification_level"],
        field=fields.get("qualification_field", ""),
        school=fields.get("school", ""),
        diploma_number=fields.get("diploma_number", ""),
        issued_on=_day(fields, "qualification_issued_on"),
    )
    row.full_clean()
    row.save(force_insert=True)


def _license(who: Practitioner, fields: Fields, sent: ProfileSubmission, on: date) -> None:
    number = PracticeLicenseNumber.parse(fields["license_number"])
    current = who.licenses.filter(superseded_on=None).first()
    if current is not None and current.key != number.key:
        current.superseded_on = max(on, current.issued_on)
        current.save(update_fields=["superseded_on"])
        _note(current, LicenseEvent.Kind.SUPERSEDED, on)
        current = None
    serial, issuer, kind = number.key
    row = current or PracticeLicense(
        practitioner=who, serial=serial, issuer_code=issuer, kind=kind.lower()
    )
    row.number_raw = fields["license_number"]
    row.title = fields["title"]
    row.issued_on = date.fromisoformat(fields["license_issued_on"])
    row.issued_by = fields.get("license_issued_by", "")
    row.valid_until = _day(fields, "license_valid_until")
    row.scope = row.scope or sent.values["scope"]
    row.full_clean()
    row.save()
    if current is None:
        _note(row, LicenseEvent.Kind.ISSUED, row.issued_on)
    else:
        _note(row, LicenseEvent.Kind.ADJUSTED, on)


def _scope(who: Practitioner, fields: Fields, _from: ProfileSubmission, on: date) -> None:
    row = who.licenses.get(superseded_on=None)
    if row.scope != fields["scope"]:
        row.scope = fields["scope"]
        row.save(update_fields=["scope"])
        _note(row, LicenseEvent.Kind.ADJUSTED, on)


def _note(row: PracticeLicense, kind: str, day: date) -> None:
    """Record an act once a day."""
    LicenseEvent.objects.get_or_create(license=row, kind=kind, valid_from=day)


def _registration(who: Practitioner, fields: Fields, sent: ProfileSubmission, on: date) -> None:
    begins = date.fromisoformat(fields["registered_from"])
    row = current_registration(who, sent.facility, on)
    if row is not None and row.valid_from < begins:
        row.valid_until = begins - timedelta(days=1)
        row.save(update_fields=["valid_until"])
        row = None
    row = row or Registration(practitioner=who, facility=sent.facility)
    row.position = fields.get("position", "")
    row.position_text = fields.get("position_text", "")
    row.is_full_time = bool(fields.get("full_time"))
    row.hours = fields.get("hours", "")
    row.valid_from, row.valid_until = begins, None
    row.full_clean()
    row.save()


def _training(who: Practitioner, fields: Fields, _from: ProfileSubmission, _on: date) -> None:
    """Enter a training; one the practitioner declared before is confirmed by it."""
    ended_on = date.fromisoformat(fields["training_ended_on"])
    known = who.trainings.filter(title=fields["training_title"], ended_on=ended_on)
    row = known.exclude(state=TrainingActivity.State.REFUSED).first() or TrainingActivity(
        practitioner=who, title=fields["training_title"], ended_on=ended_on
    )
    row.hours = Decimal(fields["training_hours"])
    row.certificate_number = fields.get("training_certificate", "") or row.certificate_number
    row.state = TrainingActivity.State.CONFIRMED
    row.full_clean()
    row.save()


def _day(fields: Fields, name: str) -> date | None:
    return date.fromisoformat(fields[name]) if fields.get(name) else None


# In the order of the paper: the scope stands on the licence before it.
WRITERS: Mapping[str, Callable[[Practitioner, Fields, ProfileSubmission, date], None]] = {
    "person": _person,
    "identifier": _identifier,
    "contact": _contact,
    "qualification": _qualification,
    "license": _license,
    "scope": _scope,
    "registration": _registration,
    "training": _training,
}
