"""What do the automatic checks say of a submitted profile?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from portal.codelists.models import Code
from portal.dates import PartialDate
from portal.identifiers import PersonalNumber, PracticeLicenseNumber
from portal.names import name_norm
from practitioners.approved import plain
from practitioners.items import BY_KEY, Values
from practitioners.models import (
    RESPONSIBLE,
    CheckStatus,
    Evidence,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
)
from practitioners.querysets import holding_on

TITLES = "professional_titles"
PASS, ASK, FAIL = CheckStatus.PASS, CheckStatus.ASK, CheckStatus.FAIL
ORDER = {PASS: 0, ASK: 1, FAIL: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said about one item."""

    code: str
    item_key: str
    status: CheckStatus
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Case:
    """A profile and what it is checked against on a day."""

    submission: ProfileSubmission
    values: Values
    changed: frozenset[str]
    on: date

    def others(self, person: str = "practitioner") -> Q:
        """Return the condition that a row is not of the person the profile is about."""
        mine = self.submission.practitioner_id
        return ~Q(**{person: mine}) if mine else Q()

    @cached_property
    def license_number(self) -> PracticeLicenseNumber | ValidationError:
        try:
            return PracticeLicenseNumber.parse(self.values["license_number"])
        except ValidationError as error:
            return error

    @cached_property
    def evidence(self) -> list[Evidence]:
        return list(self.submission.evidence.all())

    @cached_property
    def registered_elsewhere(self) -> list[Registration]:
        if not self.submission.practitioner_id:
            return []
        begins = date.fromisoformat(self.values["registered_from"])
        still = Q(valid_until=None) | Q(valid_until__gte=begins)
        rows = Registration.objects.filter(still, practitioner=self.submission.practitioner_id)
        return list(rows.exclude(facility=self.submission.facility_id).select_related("facility"))


def _person(case: Case) -> Iterator[Finding]:
    twins = Practitioner.objects.filter(case.others("pk"), name_norm=name_norm(case.values["name"]))
    born = PartialDate.parse(case.values["birth_date"])
    twin = next((p for p in twins.prefetch_related("licenses")[:20] if p.birth.may_be(born)), None)
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
    held = PractitionerIdentifier.objects.filter(
        case.others(), kind=kind, value=value, valid_until=None
    )
    holder = held.select_related("practitioner").first()
    if holder is not None:
        status = FAIL if holder.is_verified else ASK
        yield Finding("identifier_taken", "identifier", status, {"name": holder.practitioner.name})
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
    held = PracticeLicense.objects.current().numbered(number.key).filter(case.others())
    holder = held.select_related("practitioner").first()
    if holder is None:
        yield Finding("license_free", "license", PASS)
    else:
        yield Finding("license_taken", "license", FAIL, {"name": holder.practitioner.name})


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
    if not case.submission.practitioner_id:
        return
    rows = PracticeLicense.objects.numbered(number.key).with_acts()
    row = rows.filter(practitioner=case.submission.practitioner_id).first()
    state = row.state_on(case.on) if row else ""
    if state == PracticeLicense.State.REVOKED:
        yield Finding("license_revoked", "license", FAIL)
    elif state == PracticeLicense.State.SUSPENDED:
        yield Finding("license_suspended", "license", FAIL)


def _title(case: Case) -> Iterator[Finding]:
    known = set(Code.objects.of(TITLES, case.on).values_list("code", flat=True))
    if known and case.values["title"] not in known:
        yield Finding("title_unknown", "license", FAIL, {"value": case.values["title"]})


def _waiting_twin(case: Case) -> Iterator[Finding]:
    twins = ProfileSubmission.objects.waiting().exclude(pk=case.submission.pk)
    twin = twins.filter(license_number=case.submission.license_number).select_related("facility")
    first = twin.first()
    if first is not None:
        yield Finding("waiting_twin", "license", ASK, {"facility": first.facility.name})


def _hours(case: Case) -> Iterator[Finding]:
    full_here = bool(case.values.get("full_time"))
    for row in case.registered_elsewhere:
        params = {
            "facility": row.facility.name,
            "date": f"{row.valid_from:%d/%m/%Y}",
            "hours": row.hours or "–",
        }
        if full_here and row.is_full_time:
            yield Finding("full_time_elsewhere", "registration", FAIL, params)
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
            yield Finding("responsible_twice", "registration", FAIL, params)
    begins = date.fromisoformat(case.values["registered_from"])
    holders = Registration.objects.filter(
        case.others(),
        holding_on(begins),
        facility=case.submission.facility_id,
        position__in=RESPONSIBLE,
    )
    holder = holders.select_related("practitioner").first()
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
    _waiting_twin,
    _hours,
    _responsible,
    _training,
    _evidence,
)


def check(
    submission: ProfileSubmission, *, values: Values, changed: Iterable[str], on: date
) -> list[Finding]:
    """Run every check over a profile; only what changed is judged."""
    case = Case(submission, values, frozenset(changed), on)
    found = [finding for run in CHECKS for finding in run(case)]
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
