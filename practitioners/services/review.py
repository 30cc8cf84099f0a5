"""The department decides on a submitted profile: verify an item, all that pass, or return it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practitioners.items import BY_KEY
from practitioners.models import ProfileSubmission, ReturnReason, SubmissionItem
from practitioners.sentences import say
from practitioners.services.assigning import require_free
from practitioners.services.judging import JUDGED, Judged, compare, recheck
from practitioners.services.own import is_own
from practitioners.services.register import write_profile

Decision = SubmissionItem.Decision
State = ProfileSubmission.State


class OvertakenError(ValidationError):
    """Somebody else decided first; nothing of this decision was written."""


@transaction.atomic
def verify_item(
    *, submission_id: UUID, key: str, version: int, actor: Any, at: datetime
) -> ProfileSubmission:
    """Verify one item that passes or asks; the last one enters the profile into the register."""
    submission, judged, on = _take(submission_id, version, actor, at)
    item = next(row for row in judged.items if row.key == key)
    if item.decision != Decision.PENDING:
        submission.save(update_fields=JUDGED)
        return submission
    fails = (one for one in judged.checks if one.item_key == key and one.status == "fail")
    failed = next(fails, None)
    if failed is not None:
        raise ValidationError(
            _("%(item)s cannot be verified: %(why)s. Return the profile with a reason."),
            code="item_fails",
            params={"item": BY_KEY[key].label, "why": say(failed.code, failed.params)},
        )
    _verify(submission, [item], actor, at)
    return _finish(submission, judged, actor, at, on)


@transaction.atomic
def verify_all_passing(
    *, submission_id: UUID, version: int, actor: Any, at: datetime
) -> ProfileSubmission:
    """Verify every waiting item whose checks all pass; amber and red ones are never touched."""
    submission, judged, on = _take(submission_id, version, actor, at)
    passing = judged.passing
    if not passing:
        raise ValidationError(
            _("No waiting item passes all its checks; verify the others one by one."),
            code="nothing_passes",
        )
    _verify(submission, passing, actor, at)
    return _finish(submission, judged, actor, at, on)


@transaction.atomic
def verify_profile(
    *, submission_id: UUID, version: int, actor: Any, at: datetime
) -> ProfileSubmission:
    """Enter a profile with no waiting item into the register."""
    submission, judged, on = _take(submission_id, version, actor, at)
    waiting = judged.waiting
    if waiting:
        raise ValidationError(
            _("%(count)d items still wait for a decision, first %(item)s."),
            code="items_waiting",
            params={"count": len(waiting), "item": waiting[0].item.label},
        )
    return _finish(submission, judged, actor, at, on)


@transaction.atomic
def return_profile(
    *,
    submission_id: UUID,
    version: int,
    reason_code: str,
    reason: str = "",
    key: str = "",
    actor: Any,
    at: datetime,
) -> ProfileSubmission:
    """Send a profile back with a reason; the register stays as it is.

    ``key`` names the item that is wrong, where one alone is.
    """
    submission, _judged, _on = _take(submission_id, version, actor, at)
    reason = " ".join(reason.split())
    if reason and not reason_code:
        reason_code = ReturnReason.OTHER
    submission.state = State.RETURNED
    submission.reason_code, submission.reason = reason_code, reason
    _sign(submission, actor, at)
    submission.full_clean(exclude=["name_norm", "values"])
    submission.save()
    wrong = submission.items.filter(key=key) if key else submission.items.none()
    wrong.update(decision=Decision.RETURNED, decided_by=actor, decided_at=at)
    return submission


def _take(
    submission_id: UUID, version: int, actor: Any, at: datetime
) -> tuple[ProfileSubmission, Judged, date]:
    """Lock a profile for a decision, or say who decided before; compare it with the register anew.

    Whoever decides saves the profile, with what was compared.
    """
    rows = ProfileSubmission.objects.select_for_update(of=["self"])
    submission = rows.select_related("facility", "practitioner", "reviewer", "assignee").get(
        pk=submission_id
    )
    if not submission.is_waiting:
        raise OvertakenError(
            _(
                "%(name)s decided on this profile at %(time)s: %(state)s. Nothing of yours was kept."
            ),
            code="decided_already",
            params={
                "name": submission.reviewer,
                "time": _clock(submission.decided_at),
                "state": submission.get_state_display(),
            },
        )
    try:
        require_free(submission, actor, at)
    except ValidationError as held:
        raise OvertakenError(held) from None
    on = timezone.localdate(at)
    _require_other(submission, actor, on)
    if submission.version != version and submission.reviewer_id != actor.pk:
        raise OvertakenError(
            _("%(name)s is deciding on this profile since %(time)s. See what is new, then decide."),
            code="being_decided",
            params={"name": submission.reviewer, "time": _clock(submission.decided_at)},
        )
    return submission, compare(submission, on=on, at=at), on


def _require_other(submission: ProfileSubmission, actor: Any, on: date) -> None:
    """Refuse who sent the profile, and whose own it is: a colleague verifies it or returns it."""
    people, senders = [submission.practitioner_id], [submission.submitted_by_id]
    if is_own(actor, people=people, senders=senders, on=on):
        raise ValidationError(
            _(
                "The profile of %(name)s is your own, or you sent it yourself; nobody decides on their"
                " own. Give it to a colleague."
            ),
            code="profile_own",
            params={"name": submission.name},
        )


def _clock(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%H:%M %d/%m/%Y") if at else ""


def _sign(submission: ProfileSubmission, actor: Any, at: datetime) -> None:
    submission.reviewer, submission.decided_at = actor, at
    submission.version += 1


def _verify(
    submission: ProfileSubmission, items: Sequence[SubmissionItem], actor: Any, at: datetime
) -> None:
    for item in items:
        item.decision, item.decided_by, item.decided_at = Decision.VERIFIED, actor, at
    submission.items.filter(pk__in=[item.pk for item in items]).update(
        decision=Decision.VERIFIED, decided_by=actor, decided_at=at
    )
    _sign(submission, actor, at)


def _finish(
    submission: ProfileSubmission, judged: Judged, actor: Any, at: datetime, on: date
) -> ProfileSubmission:
    """Enter the profile into the register once nothing waits any more; save what was decided."""
    if judged.waiting:
        submission.save(update_fields=[*JUDGED, "reviewer", "decided_at", "version"])
        return submission
    with connection.cursor() as cursor:
        # Two profiles of one new person must not both find nobody in the register.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register of practitioners'))")
    verified = [item for item in judged.items if item.decision == Decision.VERIFIED]
    write_profile(submission, verified, actor=actor, at=at, on=on)
    submission.state = State.VERIFIED
    _sign(submission, actor, at)
    submission.save()
    same = Q(practitioner=submission.practitioner) | Q(
        practitioner=None, license_number=submission.license_number
    )
    for other in (
        ProfileSubmission.objects.waiting().filter(same).select_related("facility", "practitioner")
    ):
        recheck(other, on=on, at=at)
    return submission
