"""What do the automatic checks say of a submitted profile?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.core.exceptions import ValidationError

from portal.dates import PartialDate
from portal.identifiers import PersonalNumber, PracticeLicenseNumber
from practitioners import comparing
from practitioners.approved import plain
from practitioners.around import Around
from practitioners.clashes import Clash, clashes_among
from practitioners.disputes import settled
from practitioners.findings import ASK, FAIL, ORDER, PASS, Finding
from practitioners.hours import Span, read_hours, written
from practitioners.items import BY_KEY, Values
from practitioners.models import (
    RESPONSIBLE,
    Evidence,
    PracticeLicense,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
)


@dataclass
class Case:
    """A profile and what it is checked against on a day."""

    submission: ProfileSubmission
    values: Values
    changed: frozenset[str]
    on: date
    around: Around
    # The scope on the licence in the register; None for somebody it does not know.
    approved_scope: str | None = None

    @property
    def person_id(self) -> UUID | None:
        """Return whom the profile is about, where the register knows."""
        return self.submission.practitioner_id

    @cached_property
    def license_number(self) -> PracticeLicenseNumber | ValidationError:
        try:
            return PracticeLicenseNumber.parse(self.values["license_number"])
        except ValidationError as error:
            return error

    @property
    def evidence(self) -> Sequence[Evidence]:
        return self.around.evidence.get(self.submission.pk, ())

    @cached_property
    def spans(self) -> tuple[Span, ...] | None:
        return read_hours(self.values.get("hours", ""))

    @cached_property
    def clashes(self) -> list[Clash]:
        """Return where the hours as written meet hours at other places."""
        if self.person_id is None or self.spans is None:
            return []
        begins = date.fromisoformat(self.values["registered_from"])
        held = self.around.slots_elsewhere(self.person_id, self.submission.facility_id)
        return clashes_among(self.spans, held, begins, None)

    @cached_property
    def registered_elsewhere(self) -> list[Registration]:
        if self.person_id is None:
            return []
        begins = date.fromisoformat(self.values["registered_from"])
        return self.around.elsewhere(self.person_id, self.submission.facility_id, begins)


def _person(case: Case) -> Iterator[Finding]:
    twin = case.around.twin_of(case.values, but=case.person_id)
    if twin is None:
        yield Finding("person_alone", "person", PASS)
        return
    numbers = ", ".join(row.number_raw for row in twin.licenses.all()) or "–"
    params = {"name": twin.name, "birth": str(twin.birth), "license": numbers}
    yield Finding("person_twin", "person", ASK, params)


def _identifier(case: Case) -> Iterator[Finding]:
    value, kind = case.values.get("identifier"), case.values.get("identifier_kind")
    if not value:
        yield Finding("identifier_missing", "identifier", ASK)
        return
    held = case.around.holders_of_number(case.values)
    holder = next((row for row in held if row.practitioner_id != case.person_id), None)
    if holder is not None:
        status = FAIL if holder.is_verified else ASK
        name = case.around.people[holder.practitioner_id].name
        yield Finding("identifier_taken", "identifier", status, {"name": name})
    else:
        yield Finding("identifier_free", "identifier", PASS)
    if kind == PractitionerIdentifier.Kind.PERSONAL:
        yield from _number_against_person(case, PersonalNumber(value))


def _number_against_person(case: Case, number: PersonalNumber) -> Iterator[Finding]:
    born = PartialDate.parse(case.values["birth_date"])
    for doubt in number.warnings(sex=case.values["sex"], born=born, on=case.on):
        code = {
            "personal_number_sex": "identifier_sex",
            "personal_number_birth_year": "identifier_birth",
        }.get(doubt.code, "identifier_unlikely")
        yield Finding(code, "identifier", ASK, {"year": number.birth_year})


def _contact(case: Case) -> Iterator[Finding]:
    if case.values.get("phone") or case.values.get("email"):
        yield Finding("contact_declared", "contact", ASK)


def _qualification(case: Case) -> Iterator[Finding]:
    if not case.values.get("qualification_level"):
        yield Finding("qualification_missing", "qualification", FAIL)


def _license_number(case: Case) -> Iterator[Finding]:
    number = case.license_number
    if isinstance(number, ValidationError):
        code = {
            "is_pharmacist_certificate": "license_pharmacist",
            "is_operating_license": "license_operating",
        }.get(number.code or "", "license_unreadable")
        yield Finding(code, "license", FAIL)
        return
    yield Finding("license_readable", "license", PASS)
    holder = case.around.holder_of_license(number.key, but=case.person_id)
    if holder is None:
        yield Finding("license_free", "license", PASS)
    else:
        yield Finding("license_taken", "license", FAIL, {"name": holder.name})


def _license_state(case: Case) -> Iterator[Finding]:
    number = case.license_number
    if isinstance(number, ValidationError):
        return
    until = case.values.get("license_valid_until")
    if until:
        day = date.fromisoformat(until)
        code, status = ("license_expired", FAIL) if day < case.on else ("license_in_force", PASS)
        yield Finding(code, "license", status, {"date": f"{day:%d/%m/%Y}"})
    elif number.kind == "GPHN":
        yield Finding("license_no_term", "license", ASK)
    else:
        yield Finding("license_legacy", "license", PASS)
    yield from _license_in_register(case, number)


def _license_in_register(case: Case, number: PracticeLicenseNumber) -> Iterator[Finding]:
    if case.person_id is None:
        return
    held = case.around.licenses_of(number.key)
    row = next((row for row in held if row.practitioner_id == case.person_id), None)
    state = row.state_on(case.on) if row else ""
    if state == PracticeLicense.State.REVOKED:
        yield Finding("license_revoked", "license", FAIL)
    elif state == PracticeLicense.State.SUSPENDED:
        yield Finding("license_suspended", "license", FAIL)


def _title(case: Case) -> Iterator[Finding]:
    known = case.around.titles
    if known and case.values["title"] not in known:
        yield Finding("title_unknown", "license", FAIL, {"value": case.values["title"]})


def _slots(case: Case) -> Iterator[Finding]:
    """Say which hours as written meet slots the person has at other places."""
    for clash in case.clashes[:3]:
        held, wanted = clash.held, clash.wanted
        params = {
            "facility": held.facility.name,
            "hours": written([Span(held.weekday, held.starts, held.ends)]),
            "wanted": written([wanted]),
            "date": f"{held.valid_from:%d/%m/%Y}",
        }
        there = (row for row in case.registered_elsewhere if row.facility_id == held.facility_id)
        yield Finding("hours_meet", "registration", FAIL, params, next(there, None))


def _is_apart(case: Case, row: Registration) -> bool:
    """Say whether both weeks are known and do not meet."""
    meets = any(clash.held.facility_id == row.facility_id for clash in case.clashes)
    told = any(
        slot.registration_id == row.pk for slot in case.around.slots.get(row.practitioner_id, ())
    )
    return case.spans is not None and not meets and told


def _hours(case: Case) -> Iterator[Finding]:
    yield from _slots(case)
    full_here = bool(case.values.get("full_time"))
    for row in case.registered_elsewhere:
        params = {
            "facility": row.facility.name,
            "date": f"{row.valid_from:%d/%m/%Y}",
            "hours": row.hours or "–",
        }
        if full_here and row.is_full_time:
            yield Finding("full_time_elsewhere", "registration", FAIL, params, row)
        elif _is_apart(case, row):
            yield Finding("hours_apart", "registration", PASS, params)
        else:
            yield Finding("works_elsewhere", "registration", ASK, params)
    if not case.registered_elsewhere:
        yield Finding("hours_free", "registration", PASS)
    if case.values["registered_from"] < case.values["license_issued_on"]:
        yield Finding("registered_before_license", "registration", ASK)


def _responsible(case: Case) -> Iterator[Finding]:
    if case.values.get("position") not in RESPONSIBLE:
        return
    for row in case.registered_elsewhere:
        if row.position in RESPONSIBLE:
            params = {"facility": row.facility.name}
            yield Finding("responsible_twice", "registration", FAIL, params, row)
    begins = date.fromisoformat(case.values["registered_from"])
    holder = case.around.responsible_at(case.submission.facility_id, begins, but=case.person_id)
    if holder is not None:
        params = {"name": holder.practitioner.name}
        yield Finding("responsible_taken", "registration", FAIL, params)


def _training(case: Case) -> Iterator[Finding]:
    hours = case.values.get("training_hours")
    if hours:
        person = case.submission.practitioner
        rows = person.trainings.all() if person else ()
        total = plain(sum((row.hours for row in rows), Decimal(0)))
        yield Finding("training_counts", "training", PASS, {"hours": hours, "total": total})


def _evidence(case: Case) -> Iterator[Finding]:
    for key in case.changed:
        if not BY_KEY[key].needs_evidence:
            continue
        papers = [row.title for row in case.evidence if key in row.proves]
        if papers:
            yield Finding("evidence_present", key, PASS, {"papers": ", ".join(papers)})
        else:
            yield Finding("evidence_missing", key, ASK)


CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _person,
    _identifier,
    _contact,
    _qualification,
    _license_number,
    _license_state,
    _title,
    comparing.second_license,
    comparing.changed_identifier,
    comparing.act_under_way,
    comparing.population,
    comparing.waiting_elsewhere,
    comparing.scope,
    _hours,
    _responsible,
    _training,
    _evidence,
)


def check(
    submission: ProfileSubmission,
    *,
    values: Values,
    changed: Iterable[str],
    around: Around,
    approved_scope: str | None = None,
) -> list[Finding]:
    """Run every check over a profile; only what changed is judged. Asks no database."""
    case = Case(submission, values, frozenset(changed), around.on, around, approved_scope)
    beside = around.beside
    found = [settled(finding, submission, beside) for run in CHECKS for finding in run(case)]
    return [kept for finding in found if (kept := _kept(finding, case.changed))]


def _kept(finding: Finding, changed: frozenset[str]) -> Finding | None:
    """Drop what is said of an unchanged item, but never register on a licence that is wrong."""
    if finding.item_key in changed:
        return finding
    if finding.status == FAIL and "registration" in changed:
        return replace(finding, item_key="registration")
    return None


def worst(findings: Iterable[Finding]) -> Finding | None:
    """Return what needs a person's attention most."""
    return max(findings, key=lambda finding: ORDER[finding.status], default=None)
