"""Write a verified profile into the register, and say where each value came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import models
from django.utils import timezone

from portal.dates import PartialDate
from portal.identifiers import PracticeLicenseNumber
from portal.names import sort_key
from practitioners.approved import current_registration
from practitioners.learnt import LEARNT
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    ProfileSubmission,
    Qualification,
    Registration,
    SubmissionItem,
    TrainingActivity,
    Verification,
)
from practitioners.querysets import department_of
from practitioners.scopes import codes_of
from practitioners.services.identity import number_of
from practitioners.services.learning import put_learnt
from practitioners.services.license_events import Decision
from practitioners.services.licenses import (
    Paper,
    amend_license,
    issue_license,
    paper_of,
)
from practitioners.services.posts import write_registration, write_techniques
from practitioners.services.sources import carry_words, note_profile, note_row
from practitioners.words import COMPLETED

Fields = Mapping[str, str]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A verified profile on its way into the register: who decided, when, and as of which day.

    Of a person who is new nothing is in the register, and nobody else can have got hold of them:
    nothing needs to be looked for or locked. ``written`` are the rows of the items so far.
    """

    sent: ProfileSubmission
    actor: Any
    at: datetime
    on: date
    is_new: bool
    written: dict[str, models.Model | None] = field(default_factory=dict)


def write_profile(
    submission: ProfileSubmission,
    verified: Sequence[SubmissionItem],
    *,
    actor: Any,
    at: datetime,
    on: date,
) -> None:
    """Apply the verified items of a profile; the caller holds the lock and the transaction."""
    said = {item.key: item.submitted for item in verified}
    is_new = submission.practitioner is None
    practitioner = submission.practitioner or Practitioner()
    _write_person(practitioner, submission.values if is_new else said.get("person", {}))
    if "contact" in said:
        _write_contact(practitioner, said["contact"])
    practitioner.keeper = department_of(submission.facility) or practitioner.keeper
    practitioner.verified_at = at
    practitioner.full_clean(exclude=["name_norm"])
    practitioner.save(force_insert=is_new)
    entry = Entry(submission, actor, at, on, is_new)
    for key, write in WRITERS.items():
        if key in said:
            entry.written[key] = write(practitioner, said[key], entry)
    Verification.objects.bulk_create(
        Verification(
            practitioner=practitioner,
            field=key,
            source=submission,
            verified_by=actor,
            verified_at=at,
        )
        for key in said
    )
    rows = {key: row.pk if row is not None else None for key, row in entry.written.items()}
    note_profile(practitioner, submission, verified, rows, by=actor, at=at)
    _note_completion(entry)
    submission.practitioner = practitioner


def _note_completion(entry: Entry) -> None:
    """Keep who completed a registration by verifying it; of a row that follows another, who did before."""
    row = entry.written.get("registration")
    if not isinstance(row, Registration) or row.completed_on is None:
        return
    if row.completed_on == entry.on:
        decision = ProfileSource.Source.DECISION
        note_row(row, source=decision, by=entry.actor, at=entry.at, only=("completed_on",))
        return
    eve = row.valid_from - ONE_DAY
    former = Registration.objects.filter(
        practitioner=row.practitioner_id, facility=row.facility_id, valid_until=eve
    )
    if not ProfileSource.objects.filter(row_id=row.pk, field=COMPLETED).exists():
        carry_words([(before, row) for before in former], only=(COMPLETED,))


def _write_person(practitioner: Practitioner, fields: Fields) -> None:
    if not fields:
        return
    practitioner.name = fields["name"]
    practitioner.name_sort = sort_key(fields["name"])
    practitioner.birth = PartialDate.parse(fields["birth_date"])
    practitioner.sex = fields["sex"]
    practitioner.nationality = fields.get("nationality") or practitioner.nationality


def _write_contact(practitioner: Practitioner, fields: Fields) -> None:
    practitioner.phone, practitioner.email = fields.get("phone", ""), fields.get("email", "")


def _identifier(who: Practitioner, fields: Fields, entry: Entry) -> models.Model | None:
    """Write the number of today; another of the same kind ends, and stays as history."""
    if not fields:
        return None
    kind, value = fields["identifier_kind"], fields["identifier"]
    if entry.is_new:
        row = PractitionerIdentifier(practitioner=who, kind=kind, value=value)
    else:
        row = number_of(who, kind, value, on=entry.on)
    row.is_verified = True
    row.full_clean()
    row.save()
    return row


def _qualification(who: Practitioner, fields: Fields, _entry: Entry) -> models.Model:
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
    return row


def _license(who: Practitioner, fields: Fields, entry: Entry) -> models.Model:
    """Write what the paper says: a new licence, or what was read of it corrected from that day."""
    number = PracticeLicenseNumber.parse(fields["license_number"])
    current = None if entry.is_new else who.licenses.filter(superseded_on=None).first()
    paper = Paper(
        number=fields["license_number"],
        title=fields["title"],
        issued_on=date.fromisoformat(fields["license_issued_on"]),
        issued_by=fields.get("license_issued_by", ""),
        expires_on=_day(fields, "license_valid_until"),
        holder=who.name,
        scope=entry.sent.values["scope"],
        scope_codes=codes_of(entry.sent.values["scope"], entry.on),
    )
    if current is not None and current.key == number.key:
        scope = current.scope or paper.scope
        paper = replace(paper, scope=scope, scope_codes=codes_of(scope, entry.on))
        if current.issued_on != paper.issued_on:
            current.issued_on = paper.issued_on
            current.save(update_fields=["issued_on"])
        return _correct(current, paper, entry)
    begins = paper.issued_on if current is None else max(entry.on, current.issued_on)
    return issue_license(
        actor=entry.actor,
        practitioner=who,
        paper=paper,
        decision=Decision(begins),
        at=entry.at,
    )


def _scope(who: Practitioner, fields: Fields, entry: Entry) -> models.Model:
    written = entry.written.get("license") if entry.is_new else None
    row = written if isinstance(written, PracticeLicense) else None
    row = row or who.licenses.get(superseded_on=None)
    scope = fields["scope"]
    if row.scope == scope:
        return row
    codes = codes_of(scope, entry.on)
    return _correct(row, replace(paper_of(row), scope=scope, scope_codes=codes), entry)


def _correct(row: PracticeLicense, paper: Paper, entry: Entry) -> PracticeLicense:
    """Let another reading of the paper hold from the day of the decision."""
    last = row.versions.order_by("-number").first()
    begins = max(entry.on, row.issued_on, last.valid_from if last else row.issued_on)
    version = amend_license(
        actor=entry.actor,
        license=row,
        paper=paper,
        decision=Decision(begins),
        at=entry.at,
        act=LicenseEvent.Kind.CORRECTED,
    )
    return version.license


def _registration(who: Practitioner, fields: Fields, entry: Entry) -> models.Model:
    return write_registration(
        who,
        entry.sent.facility,
        fields,
        on=entry.on,
        sent_on=timezone.localdate(entry.sent.submitted_at),
        actor=entry.actor,
        is_new=entry.is_new,
    )


def _techniques(who: Practitioner, fields: Fields, entry: Entry) -> models.Model | None:
    """Assign techniques where the person is registered; without a registration there is no place."""
    row = entry.written.get("registration")
    if row is None:
        row = current_registration(who, entry.sent.facility, entry.on)
    if not isinstance(row, Registration) or not fields:
        return None
    return write_techniques(row, fields, on=entry.on, actor=entry.actor, at=entry.at)


def _training(who: Practitioner, fields: Fields, _entry: Entry) -> models.Model:
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
    return row


def _learnt(key: str, who: Practitioner, fields: Fields, entry: Entry) -> models.Model:
    return put_learnt(key, who, fields, by=entry.actor, at=entry.at)


def _day(fields: Fields, name: str) -> date | None:
    return date.fromisoformat(fields[name]) if fields.get(name) else None


# In the order of the paper: the scope stands on the licence before it.
WRITERS: Mapping[str, Callable[[Practitioner, Fields, Entry], models.Model | None]] = {
    "identifier": _identifier,
    "qualification": _qualification,
    "license": _license,
    "scope": _scope,
    "registration": _registration,
    "techniques": _techniques,
    "training": _training,
    **{key: partial(_learnt, key) for key in LEARNT},
}
