"""Does the licence a profile names hold, and does it say what the register says of it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from practitioners.findings import ASK, FAIL, PASS, Finding
from practitioners.states import State

if TYPE_CHECKING:
    from practitioners.checks import Case
    from practitioners.models import PracticeLicense

# States in which a licence is neither used nor replaced at the desk, and the check that says so.
STOPPED = {State.REVOKED: "license_revoked", State.SUSPENDED: "license_suspended"}
# The same of the licence that a profile would replace by another number.
REPLACED = {State.REVOKED: "replaces_revoked", State.SUSPENDED: "replaces_suspended"}
# Where a finding about the whole person is shown: at what it stops.
STOPS = ("license", "scope", "registration", "techniques")


def license_state(case: Case) -> Iterator[Finding]:
    """Say whether the licence holds on the day, and where the register says otherwise."""
    number = case.license_number
    if isinstance(number, ValidationError):
        return
    row = _held(case)
    until = case.values.get("license_valid_until")
    if until:
        yield _term(date.fromisoformat(until), case, row)
    elif number.kind == "GPHN":
        yield Finding("license_no_term", "license", ASK)
    else:
        yield Finding("license_legacy", "license", PASS)
    state = _state(case, row) if row is not None else None
    if state in STOPPED:
        yield Finding(STOPPED[state], "license", FAIL)
    if row is not None and row.superseded_on is None:
        yield from _differences(case, row)


def _held(case: Case) -> PracticeLicense | None:
    """Return the licence of this number that the register holds of this very person."""
    if case.person_id is None or isinstance(case.license_number, ValidationError):
        return None
    rows = case.around.licenses_of(case.license_number.key)
    return next((row for row in rows if row.practitioner_id == case.person_id), None)


def _state(case: Case, row: PracticeLicense) -> State:
    return row.state_on(case.on, case.around.rules)


def _term(last: date, case: Case, row: PracticeLicense | None) -> Finding:
    """Say whether the term is over; asked in time, silence keeps a licence in force (article 32)."""
    params = {"date": f"{last:%d/%m/%Y}"}
    if last >= case.on:
        return Finding("license_in_force", "license", PASS, params)
    if row is not None and row.valid_until == last and _state(case, row) == State.RENEWING:
        return Finding("license_renewing", "license", PASS, params)
    return Finding("license_expired", "license", FAIL, params)


def _differences(case: Case, row: PracticeLicense) -> Iterator[Finding]:
    """Say where the profile reads the paper otherwise than the register.

    A longer term is a renewal and another title a new licence (Law 15/2023/QH15, articles 30 and
    32): an act of the authority makes them, never a profile.
    """
    title, said = case.values["title"], case.values
    if title != row.title:
        held = case.around.title_words.get(row.title, row.title)
        yield Finding("license_title_other", "license", FAIL, {"held": held})
    issued = date.fromisoformat(said["license_issued_on"])
    if issued != row.issued_on:
        params = {"held": f"{row.issued_on:%d/%m/%Y}"}
        yield Finding("license_issued_other", "license", ASK, params)
    until = said.get("license_valid_until")
    last = date.fromisoformat(until) if until else None
    if last == row.valid_until:
        return
    if row.valid_until is None:
        yield Finding("license_term_new", "license", ASK)
        return
    params = {"held": f"{row.valid_until:%d/%m/%Y}"}
    if last is None or last > row.valid_until:
        yield Finding("license_term_longer", "license", FAIL, params)
    else:
        yield Finding("license_term_shorter", "license", ASK, params)


def second_license(case: Case) -> Iterator[Finding]:
    """Say when the register holds another licence of this person: one person, one licence."""
    number, person = case.license_number, case.person_id
    if isinstance(number, ValidationError) or person is None:
        return
    rows = case.around.people[person].licenses.all()
    held = next((row for row in rows if row.superseded_on is None), None)
    if held is None or held.key == number.key:
        return
    params = {"number": held.number_raw, "issuer": held.issued_by or held.issuer_code}
    state = _state(case, held)
    if state in REPLACED:
        yield Finding(REPLACED[state], "license", FAIL, params)
    if held.issuer_code != number.key[1]:
        yield Finding("second_license", "license", FAIL, params, held)
    elif state not in REPLACED:
        yield Finding("license_replaces", "license", ASK, params)


def barred(case: Case) -> Iterator[Finding]:
    """Say when the person may not practise on the day whatever licence they hold, or has died."""
    if case.person_id is None:
        return
    person = case.around.people[case.person_id]
    item = next((key for key in STOPS if key in case.changed), "person")
    if person.died_on is not None and person.died_on <= case.on:
        yield Finding("died", item, FAIL, {"date": f"{person.died_on:%d/%m/%Y}"})
    for ban in person.bans.all():
        if ban.valid_from <= case.on and (ban.valid_until is None or ban.valid_until >= case.on):
            params = {"number": ban.decision_no, "date": f"{ban.valid_from:%d/%m/%Y}"}
            yield Finding("barred", item, FAIL, params)
            return
