"""A facility sends in a practitioner's profile."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from practitioners.approved import TRAINING_TOTAL, approved_values, find_person, is_known
from practitioners.checks import check, worst
from practitioners.items import ITEMS, Values, cut
from practitioners.models import (
    CheckStatus,
    Evidence,
    Practitioner,
    ProfileSubmission,
    SubmissionCheck,
    SubmissionItem,
)
from practitioners.profile import read
from practitioners.services.population import ask_about_profile
from practitioners.terms import review_due

Decision = SubmissionItem.Decision


@transaction.atomic
def submit_profile(
    *,
    facility: Organisation,
    values: Values,
    client_key: UUID,
    actor: Any,
    at: datetime,
    supersedes: ProfileSubmission | None = None,
    lacking: Container[str] = (),
) -> ProfileSubmission:
    """Send a profile to review with the evidence kept under ``client_key``.

    A second sending with the same key returns the first and changes nothing. ``supersedes`` is the
    returned profile this one mends: its evidence comes along. ``lacking`` fields may be blank in a
    profile made from a list.
    """
    already: ProfileSubmission | None = ProfileSubmission.objects.filter(
        client_key=client_key
    ).first()
    if already is not None:
        if (already.facility_id, already.submitted_by_id) != (facility.pk, actor.pk):
            raise ValidationError(
                _("This form was already sent for another facility; open a new one."),
                code="key_used_elsewhere",
            )
        return already
    on = timezone.localdate(at)
    found = read(values, on=on, lacking=lacking)
    person = find_person(found)
    _refuse_second(facility, person, supersedes)
    submission = ProfileSubmission(
        client_key=client_key,
        facility=facility,
        practitioner=person,
        supersedes=supersedes,
        name=found["name"],
        title=found["title"],
        license_number=found["license_number"],
        values=found,
        submitted_by=actor,
        submitted_at=at,
        due_on=review_due(on),
    )
    submission.full_clean(exclude=["name_norm", "values"])
    submission.save(force_insert=True)
    _take_evidence(submission, actor)
    SubmissionItem.objects.bulk_create(
        SubmissionItem(submission=submission, key=item.key, position=place, submitted=fields)
        for place, (item, fields) in enumerate(zip(ITEMS, cut(found).values(), strict=True), 1)
    )
    ask_about_profile(submission, actor=actor, at=at)
    recheck(submission, on=on, at=at)
    if not submission.items.filter(decision=Decision.PENDING).exists():
        raise ValidationError(
            _("Nothing differs from the verified profile of %(name)s; there is nothing to send."),
            code="nothing_changed",
            params={"name": submission.name},
        )
    return submission


def _refuse_second(
    facility: Organisation, person: Practitioner | None, supersedes: ProfileSubmission | None
) -> None:
    if supersedes is not None and (
        supersedes.facility_id != facility.pk
        or supersedes.state != ProfileSubmission.State.RETURNED
        or ProfileSubmission.objects.filter(supersedes=supersedes).exists()
    ):
        raise ValidationError(
            _("The profile of %(name)s was already sent again; open the newer one."),
            code="resent_already",
            params={"name": supersedes.name},
        )
    if person is None:
        return
    waiting = ProfileSubmission.objects.waiting().filter(facility=facility, practitioner=person)
    if waiting.exists():
        raise ValidationError(
            _("A profile of %(name)s from this facility is still waiting for review."),
            code="profile_waiting",
            params={"name": person.name},
        )


def _take_evidence(submission: ProfileSubmission, actor: Any) -> None:
    mine = Evidence.objects.filter(client_key=submission.client_key, uploaded_by=actor)
    mine.filter(submission=None).update(submission=submission)
    if submission.supersedes is None:
        return
    kept = set(submission.evidence.values_list("sha256", flat=True))
    Evidence.objects.bulk_create(
        Evidence(
            submission=submission,
            client_key=submission.client_key,
            **{
                name: getattr(row, name)
                for name in ("title", "sha256", "kind", "size", "proves", "page")
            },
            uploaded_by_id=row.uploaded_by_id,
            uploaded_at=row.uploaded_at,
        )
        for row in submission.supersedes.evidence.all()
        if row.sha256 not in kept
    )


def recheck(submission: ProfileSubmission, *, on: date, at: datetime) -> None:
    """Compare a waiting profile with the register as it is now, and run the checks anew.

    What was decided stays decided; what has become equal to the register needs no decision.
    """
    person = submission.practitioner or _person_by_now(submission)
    submission.practitioner = person
    approved = approved_values(person, submission.facility, on)
    rows = list(submission.items.all())
    for row in rows:
        row.approved = approved[row.key]
        if row.decision in {Decision.PENDING, Decision.UNCHANGED}:
            same = _is_same(row, person)
            row.decision = Decision.UNCHANGED if same else Decision.PENDING
    SubmissionItem.objects.bulk_update(rows, ["approved", "decision"])
    changed = [row.key for row in rows if row.is_changed]
    scope = approved["scope"].get("scope", "") if person is not None else None
    found = check(
        submission, values=submission.values, changed=changed, on=on, approved_scope=scope
    )
    submission.checks.all().delete()
    SubmissionCheck.objects.bulk_create(
        SubmissionCheck(
            submission=submission,
            code=finding.code,
            item_key=finding.item_key,
            status=finding.status,
            params=finding.params,
        )
        for finding in found
    )
    most = worst(found)
    submission.worst = most.status if most else CheckStatus.PASS
    submission.worst_code = most.code if most and most.status != CheckStatus.PASS else ""
    submission.checked_at = at
    submission.save(update_fields=["practitioner", "worst", "worst_code", "checked_at"])


def _person_by_now(submission: ProfileSubmission) -> Practitioner | None:
    """Find the person who entered the register since the profile was sent."""
    person = find_person(submission.values)
    if person is None:
        return None
    waiting = ProfileSubmission.objects.waiting().filter(
        facility=submission.facility_id, practitioner=person
    )
    return None if waiting.exclude(pk=submission.pk).exists() else person


def _is_same(row: SubmissionItem, person: Practitioner | None) -> bool:
    approved = {name: value for name, value in row.approved.items() if name != TRAINING_TOTAL}
    if not row.submitted:
        return row.item.is_optional or bool(approved)
    return row.submitted == approved or is_known(person, row.key, row.submitted)
