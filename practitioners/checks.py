"""What do the automatic checks say of a submitted profile?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.core.exceptions import ValidationError

from portal.dates import PartialDate, months_later
from portal.identifiers import PersonalNumber, PracticeLicenseNumber
from practitioners import against_license, comparing
from practitioners.approved import plain
from practitioners.around import Around
from practitioners.clashes import Clash, Journey, holds_between, journeys_of
from practitioners.disputes import settled
from practitioners.findings import ASK, FAIL, ORDER, PASS, Finding
from practitioners.hours import Span, clock, day_word, read_hours, written
from practitioners.items import BY_KEY, Values, has_place
from practitioners.models import (
    RESPONSIBLE,
    Evidence,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
    WorkingSlot,
)
from practitioners.outside import Outside, codes_of
from practitioners.replacing import change_of, last_said
from practitioners.training import period_now


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

    @property
    def until(self) -> date | None:
        """Return the last day of practice the profile names."""
        return last_said(self.values)

    @cached_property
    def clashes(self) -> list[Clash]:
        """Return where the hours as written meet others, once they hold; those they replace end."""
        if self.person_id is None or self.spans is None:
            return []
        who, slots = self.around.people[self.person_id], self.around.slots.get(self.person_id, ())
        change = change_of(who, self.submission.facility, self.values, slots, self.on)
        return change.clashes(self.spans)

    @cached_property
    def journeys(self) -> list[Journey]:
        """Return the changes of place, between these hours and those elsewhere, with too little time."""
        if self.person_id is None or self.spans is None:
            return []
        here = self.submission.facility
        begins = date.fromisoformat(self.values["registered_from"])
        held = self.around.slots_elsewhere(self.person_id, here.pk)
        wanted = [
            WorkingSlot(facility=here, weekday=one.weekday, starts=one.starts, ends=one.ends)
            for span in self.spans
            for one in span.pieces
        ]
        slots = [*wanted, *(slot for slot in held if holds_between(slot, begins, self.until))]
        found = journeys_of(slots, self.around.rules)
        return [one for one in found if here.pk in {one.before.facility_id, one.after.facility_id}]

    @cached_property
    def registered_elsewhere(self) -> list[Registration]:
        if self.person_id is None or not has_place(self.values):
            return []
        begins = date.fromisoformat(self.values["registered_from"])
        rows = self.around.elsewhere(self.person_id, self.submission.facility_id, begins)
        return [row for row in rows if self.until is None or row.valid_from <= self.until]


def _person(case: Case) -> Iterator[Finding]:
    twin = next(iter(case.around.twins_of(case.values, but=case.person_id)), None)
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


def _title(case: Case) -> Iterator[Finding]:
    known = case.around.titles
    if known and case.values["title"] not in known:
        yield Finding("title_unknown", "license", FAIL, {"value": case.values["title"]})


def _slots(case: Case) -> Iterator[Finding]:
    """Say which hours as written meet others of the person, at this place or another."""
    for clash in case.clashes[:3]:
        held, wanted = clash.held, clash.wanted
        if clash.morning is not None:
            params = {"facility": held.facility.name, **clash.night}
            yield Finding("hours_meet_night", "registration", FAIL, params)
            continue
        params = {
            "facility": held.facility.name,
            "hours": written([Span(held.weekday, held.starts, held.ends)]),
            "wanted": written([wanted]),
            "date": f"{held.valid_from:%d/%m/%Y}",
        }
        there = (row for row in case.registered_elsewhere if row.facility_id == held.facility_id)
        yield Finding("hours_meet", "registration", FAIL, params, next(there, None))


def _journeys(case: Case) -> Iterator[Finding]:
    """Say where hours follow each other at two places with too little time to travel: a warning."""
    for one in case.journeys[:1]:
        params = {
            "before": one.before.facility.name,
            "ends": clock(one.before.ends),
            "after": one.after.facility.name,
            "day": day_word(one.after.weekday),
            "starts": clock(one.after.starts),
            "minutes": one.minutes,
            "needed": one.needed,
        }
        yield Finding("hours_travel", "registration", ASK, params)


def _is_apart(case: Case, row: Registration) -> bool:
    """Say whether both weeks are known and do not meet."""
    meets = any(clash.held.facility_id == row.facility_id for clash in case.clashes)
    told = any(
        slot.registration_id == row.pk for slot in case.around.slots.get(row.practitioner_id, ())
    )
    return case.spans is not None and not meets and told


def _hours(case: Case) -> Iterator[Finding]:
    if not has_place(case.values):
        return
    yield from _slots(case)
    yield from _journeys(case)
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
    others = list(_other_places(case))
    yield from others
    if not case.registered_elsewhere and not others and not case.clashes:
        yield Finding("hours_free", "registration", PASS)
    if case.values["registered_from"] < case.values["license_issued_on"]:
        yield Finding("registered_before_license", "registration", ASK)


def _other_places(case: Case) -> Iterator[Finding]:
    """Say where the facility itself says the person works too, and the register knows nothing of it."""
    for code in codes_of(case.values):
        place = case.around.places.get(code)
        if place is None:
            status = FAIL if case.values.get("full_time") else ASK
            yield Finding(
                "works_in_other_deployment", "registration", status, {"code": code}, Outside(code)
            )
        elif place.pk != case.submission.facility_id and not any(
            row.facility_id == place.pk for row in case.registered_elsewhere
        ):
            params = {"facility": place.name}
            yield Finding("works_there_unregistered", "registration", ASK, params)


def _responsible(case: Case) -> Iterator[Finding]:
    if case.values.get("position") not in RESPONSIBLE:
        return
    if not case.values.get("full_time"):
        yield Finding("responsible_part_time", "registration", ASK)
    for row in case.registered_elsewhere:
        if row.position in RESPONSIBLE:
            params = {"facility": row.facility.name}
            yield Finding("responsible_twice", "registration", FAIL, params, row)
    for code in codes_of(case.values):
        if code not in case.around.places:
            outside = Outside(code)
            yield Finding("responsible_elsewhere", "registration", FAIL, {"code": code}, outside)
    begins = date.fromisoformat(case.values["registered_from"])
    holder = case.around.responsible_at(case.submission.facility_id, begins, but=case.person_id)
    if holder is not None:
        params = {"name": holder.practitioner.name}
        yield Finding("responsible_taken", "registration", FAIL, params)
    yield from _experience(case, begins)


def _experience(case: Case, begins: date) -> Iterator[Finding]:
    """Say when who is to be responsible holds a licence for fewer months than the list asks for."""
    rule = case.around.rules.get("responsible_experience")
    if rule is None:
        return
    known = case.around.people[case.person_id].licenses.all() if case.person_id else ()
    days = [row.issued_on for row in known]
    days.append(date.fromisoformat(case.values["license_issued_on"]))
    first = min(days)
    if months_later(first, rule.number) > begins:
        params = {"first": f"{first:%d/%m/%Y}", "least": rule.number, "article": rule.article}
        yield Finding("responsible_new", "registration", ASK, params)


def _training(case: Case) -> Iterator[Finding]:
    """Say to how many confirmed hours of the licence's period a training comes."""
    hours = case.values.get("training_hours")
    if not hours:
        return
    person = case.around.people[case.person_id] if case.person_id else None
    period = period_now(person, case.around.training_terms, case.on)
    counted = [row for row in (person.trainings.all() if person else ()) if row.counts]
    if period is None:
        total = plain(sum((row.hours for row in counted), Decimal(0)))
        yield Finding("training_counts", "training", PASS, {"hours": hours, "total": total})
        return
    inside = [row.hours for row in counted if period.holds(row.ended_on)]
    params = {
        "hours": hours,
        "total": plain(sum(inside, Decimal(0))),
        "first": f"{period.first:%d/%m/%Y}",
        "last": f"{period.last:%d/%m/%Y}",
    }
    ended = date.fromisoformat(case.values["training_ended_on"])
    code = "training_in_period" if period.holds(ended) else "training_beside_period"
    yield Finding(code, "training", PASS, params)


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
    against_license.license_state,
    _title,
    against_license.second_license,
    against_license.barred,
    comparing.twin_with_license,
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
