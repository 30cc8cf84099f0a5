"""Compare a submitted profile with the register, and keep what the checks say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from practitioners.approved import (
    DEPARTMENT,
    TRAINING_TOTAL,
    approved_values,
    is_known,
    names_known,
    names_other_department,
)
from practitioners.around import Around
from practitioners.checks import check, worst
from practitioners.findings import Finding
from practitioners.items import UNSAID
from practitioners.learnt import LEARNT, held, values_of
from practitioners.models import (
    CheckStatus,
    Practitioner,
    ProfileSubmission,
    SubmissionCheck,
    SubmissionItem,
)

Decision = SubmissionItem.Decision
JUDGED = ("practitioner", "worst", "worst_code", "checked_at")


@dataclass(frozen=True, slots=True)
class Judged:
    """The items of a profile and what the checks said of them, as they stand in the database."""

    items: Sequence[SubmissionItem]
    checks: Sequence[SubmissionCheck]

    @property
    def waiting(self) -> list[SubmissionItem]:
        return [item for item in self.items if item.decision == Decision.PENDING]

    @property
    def passing(self) -> list[SubmissionItem]:
        """Return the waiting items none of whose checks asks or fails."""
        doubted = {one.item_key for one in self.checks if one.status != CheckStatus.PASS}
        return [item for item in self.waiting if item.key not in doubted]


def recheck(submission: ProfileSubmission, *, on: date, at: datetime) -> None:
    """Compare a waiting profile with the register as it is now, and run the checks anew.

    What was decided stays decided; what has become equal to the register needs no decision.
    """
    compare(submission, on=on, at=at)
    submission.save(update_fields=JUDGED)


def compare(submission: ProfileSubmission, *, on: date, at: datetime) -> Judged:
    """Run the checks of a profile anew; the caller saves its own ``JUDGED`` fields.

    Mostly nothing has changed since it was sent: only what differs is written.
    """
    known = [submission.practitioner_id] if submission.practitioner_id else []
    around = Around.of(
        [submission.values],
        facilities=[submission.facility_id],
        on=on,
        submissions=[submission.pk],
        people=known,
    )
    if submission.practitioner_id is None:
        submission.practitioner = _person_by_now(submission, around)
    rows = list(submission.items.all())
    before = {row.pk: (row.approved, row.decision) for row in rows}
    found = judge(submission, rows, around)
    other = [row for row in rows if (row.approved, row.decision) != before[row.pk]]
    SubmissionItem.objects.bulk_update(other, ["approved", "decision"])
    submission.checked_at = at
    return Judged(rows, _keep(submission, checks_of(submission, found)))


def _keep(
    submission: ProfileSubmission, said: Sequence[SubmissionCheck]
) -> Sequence[SubmissionCheck]:
    """Let the checks of a profile be those said now; the same ones are not written again."""
    kept = list(submission.checks.all())
    if _facts(kept) == _facts(said):
        return kept
    submission.checks.all().delete()
    return SubmissionCheck.objects.bulk_create(said)


def _facts(checks: Iterable[SubmissionCheck]) -> list[tuple[str, str, str, object]]:
    facts = [(one.item_key, one.code, one.status, one.params) for one in checks]
    return sorted(facts, key=lambda fact: (*fact[:3], str(fact[3])))


def judge(
    submission: ProfileSubmission, rows: Sequence[SubmissionItem], around: Around
) -> list[Finding]:
    """Compare a profile's items with the register and check what changed; asks no database."""
    key = submission.practitioner_id
    person = around.people[key] if key is not None else None
    begins = submission.values.get("registered_from", "")
    approved = approved_values(person, submission.facility, around.on, begins=begins)
    known = approved["registration"]
    is_other = names_other_department(known, submission.values)
    for name in UNSAID:
        # Of another department the former's code or name ends: it is shown beside nothing.
        if not submission.values.get(name) and not (is_other and name in DEPARTMENT):
            known.pop(name, None)
    for row in rows:
        if row.key in LEARNT and (meant := held(person, row.key, submission.values)) is not None:
            approved[row.key] = values_of(row.key, meant)
        row.approved = approved[row.key]
        if row.decision in {Decision.PENDING, Decision.UNCHANGED}:
            same = _is_same(row, person)
            row.decision = Decision.UNCHANGED if same else Decision.PENDING
    changed = [row.key for row in rows if row.is_changed]
    scope = approved["scope"].get("scope", "") if person is not None else None
    found = check(
        submission, values=submission.values, changed=changed, around=around, approved_scope=scope
    )
    most = worst(found)
    submission.worst = most.status if most else CheckStatus.PASS
    submission.worst_code = most.code if most and most.status != CheckStatus.PASS else ""
    return found


def checks_of(submission: ProfileSubmission, found: Iterable[Finding]) -> list[SubmissionCheck]:
    """Return what was found as the rows that keep it."""
    return [
        SubmissionCheck(
            submission=submission,
            code=finding.code,
            item_key=finding.item_key,
            status=finding.status,
            params=finding.params,
        )
        for finding in found
    ]


def _person_by_now(submission: ProfileSubmission, around: Around) -> Practitioner | None:
    """Find the person who entered the register since the profile was sent."""
    person = around.person_of(submission.values)
    if person is None:
        return None
    waits = around.waiting_people.get((submission.facility_id, person.pk), submission.pk)
    return person if waits == submission.pk else None


def _is_same(row: SubmissionItem, person: Practitioner | None) -> bool:
    approved = {name: value for name, value in row.approved.items() if name != TRAINING_TOTAL}
    if not row.submitted:
        return row.item.is_optional or bool(approved)
    if row.key == "techniques":
        return names_known(row.submitted, approved)
    return row.submitted == approved or is_known(person, row.key, row.submitted)
