"""What do other registers, other profiles and cases say of the person a profile is about?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.names import name_norm
from portal.verification.models import Inquiry
from practitioners.findings import ASK, FAIL, PASS, Finding
from practitioners.models import PractitionerIdentifier, ProfileSubmission

if TYPE_CHECKING:
    from practitioners.checks import Case

# Numbers that name a person by a paper; codes of other registers come and go beside them.
PAPERS = frozenset(
    {
        PractitionerIdentifier.Kind.PERSONAL,
        PractitionerIdentifier.Kind.OLD_CARD,
        PractitionerIdentifier.Kind.PASSPORT,
    }
)
# Which item a field of the population database belongs to.
ITEM_OF = {"personal_number": "identifier"}


def population(case: Case) -> Iterator[Finding]:
    """Say what the national population database answered about this profile, or has yet to answer."""
    inquiry = case.around.beside.inquiries.get(case.submission.pk)
    if inquiry is None:
        return
    said = {"date": _day(inquiry), "simulated": inquiry.is_simulated}
    if inquiry.result == Inquiry.Result.MATCH:
        yield Finding("population_match", "identifier", PASS, said)
    elif inquiry.result == Inquiry.Result.NOT_FOUND:
        yield Finding("population_not_found", "identifier", ASK, said)
    elif inquiry.result == Inquiry.Result.UNAVAILABLE:
        yield Finding("population_unavailable", "identifier", ASK, said)
    elif inquiry.result == Inquiry.Result.MISMATCH:
        for row in inquiry.differences:
            item = ITEM_OF.get(row["field"], "person")
            params = {**said, "held": row["held"]}
            yield Finding(f"population_{row['field']}", item, FAIL, params)
    else:
        yield Finding("population_waiting", "identifier", ASK, said)


def _day(inquiry: Inquiry) -> str:
    at = inquiry.answered_at or inquiry.asked_at
    return timezone.localtime(at).strftime("%d/%m/%Y")


def twin_with_license(case: Case) -> Iterator[Finding]:
    """Say when somebody new may be a person of the register with another number and another licence.

    Name, sex and whole birth date are theirs, and their papers cannot be compared: the register knows
    an old card, the profile a personal number. With a changed number a second licence was obtained.
    """
    number, kind = case.license_number, case.values.get("identifier_kind")
    if isinstance(number, ValidationError) or case.person_id is not None or not kind:
        return
    for twin in case.around.twins_of(case.values, but=None):
        rows = [r for r in twin.identifiers.all() if r.valid_until is None and r.kind in PAPERS]
        held = next((r for r in twin.licenses.all() if r.superseded_on is None), None)
        may_be = twin.sex == case.values["sex"] and twin.birth.iso() == case.values["birth_date"]
        if not (rows and held and may_be) or any(row.kind == kind for row in rows):
            continue
        params = {
            "number": held.number_raw,
            "issuer": held.issued_by or held.issuer_code,
            "old": rows[0].value,
        }
        yield Finding("twin_license", "person", FAIL, params, held)
        return


def changed_identifier(case: Case) -> Iterator[Finding]:
    """Say when the register knows this person by another number than the one sent."""
    value, person = case.values.get("identifier"), case.submission.practitioner_id
    if not value or person is None:
        return
    known = case.around.people[person].identifiers.all()
    rows = [row for row in known if row.valid_until is None and row.kind in PAPERS]
    if not rows or any(row.value == value for row in rows):
        return
    same_kind = [row for row in rows if row.kind == case.values.get("identifier_kind")]
    former = (same_kind or rows)[0]
    params = {"old": former.value}
    if not same_kind:
        yield Finding("identifier_of_new_kind", "identifier", ASK, params)
        return
    yield Finding("identifier_changed", "identifier", FAIL, params, former)


def act_under_way(case: Case) -> Iterator[Finding]:
    """Say when a suspension or revocation of this person is being decided by two officials."""
    person = case.submission.practitioner_id
    act = case.around.beside.acts.get(person) if person else None
    if act is None:
        return
    item = next((key for key in ("license", "registration") if key in case.changed), "person")
    title = case.around.procedures.get(act.procedure, act.procedure)
    params = {"act": title, "receipt": act.receipt_number}
    yield Finding("act_under_way", item, ASK, params)


def waiting_elsewhere(case: Case) -> Iterator[Finding]:
    """Say when another profile that waits bears the same licence or the same number."""
    sent, around = case.submission, case.around
    twin = _other(around.waiting.get(sent.license_number, ()), sent)
    if twin is not None:
        yield Finding("waiting_twin", "license", ASK, {"facility": twin.facility.name})
    number = case.values.get("identifier", "")
    other = _other(around.beside.by_number.get(number, ()), sent) if number else None
    if other is None or (twin is not None and other.pk == twin.pk):
        return
    is_same = name_norm(other.name) == name_norm(sent.name)
    params = {"facility": other.facility.name, "name": other.name}
    status = ASK if is_same else FAIL
    yield Finding("number_waits_elsewhere", "identifier", status, params)


def _other(rows: Sequence[ProfileSubmission], mine: ProfileSubmission) -> ProfileSubmission | None:
    return next((row for row in rows if row.pk != mine.pk), None)


def scope(case: Case) -> Iterator[Finding]:
    """Say when the scope goes beyond what was approved, or belongs to another title."""
    said = case.values.get("scope", "")
    title = case.values.get("title", "")
    strange = scope_of_another(parts_of(said), title, case.around.scope_owners)
    if strange:
        # The same words under another title are judged where the title stands: at the licence.
        item = "scope" if "scope" in case.changed else "license"
        yield Finding("scope_of_another_title", item, ASK, {"scope": strange})
    if case.approved_scope is None:
        return
    known = {name_norm(part) for part in parts_of(case.approved_scope)}
    more = [part for part in parts_of(said) if name_norm(part) not in known]
    if more:
        yield Finding("scope_wider", "scope", ASK, {"scope": "; ".join(more)})
    elif not strange:
        yield Finding("scope_within", "scope", PASS)


def scope_of_another(parts: Iterable[str], title: str, owners: Mapping[str, frozenset[str]]) -> str:
    """Return the first part of a scope that the list gives to other titles only."""
    for part in parts:
        given = owners.get(name_norm(part), frozenset())
        if given and title not in given and "" not in given:
            return part
    return ""


def parts_of(text: str) -> list[str]:
    """Return the parts of a printed scope."""
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]
