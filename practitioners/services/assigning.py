"""Who has a profile on the desk: taken, given, released, so that nobody's work is done twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Assignment
from portal.accounts.roles import CAPABILITIES_OF
from practitioners.models import ProfileSubmission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.places.models import Organisation

REVIEW = "review_practitioners"
# How long an opened profile stays with whoever opened it without deciding.
HOLD = timedelta(minutes=20)
MOST_AT_ONCE = 50
IN_HAND = ("assignee", "assigned_by", "assigned_at", "held_until")


def reviewers_of(facility: Organisation, on: date) -> QuerySet[Any]:
    """Return the people who may review what a facility sends: at a place above it, on a day."""
    roles = [role for role, may in CAPABILITIES_OF.items() if REVIEW in may]
    above = [facility.path[: end + 1] for end, step in enumerate(facility.path) if step == "."]
    held = Assignment.objects.holding(on).filter(role__in=roles, organisation__path__in=above)
    users: Any = get_user_model()._default_manager
    people: QuerySet[Any] = users.filter(pk__in=held.values("user"), is_active=True)
    return people


def hold_profile(submission: ProfileSubmission, *, actor: Any, at: datetime) -> None:
    """Keep an opened profile with whoever opened it for a while; what another has stays theirs.

    One statement, so that two who open at once do not both hold it; none while half the time is left.
    """
    holder, until = submission.holder_at(at), submission.held_until
    if holder not in {None, actor}:
        return
    if holder == actor and (until is None or until - at > HOLD / 2):
        return
    held = {"assignee": actor, "assigned_by": actor, "assigned_at": at, "held_until": at + HOLD}
    rows = ProfileSubmission.objects.waiting().free_for(actor, at).filter(pk=submission.pk)
    if rows.update(**held):
        for name, value in held.items():
            setattr(submission, name, value)
    else:
        submission.refresh_from_db(fields=IN_HAND)


@transaction.atomic
def take_profile(*, submission_id: UUID, actor: Any, at: datetime) -> ProfileSubmission:
    """Take a profile, also out of another's hands: both see who has it since when."""
    submission = _waiting(submission_id)
    return _put(submission, actor, actor, at)


@transaction.atomic
def give_profile(
    *, submission_id: UUID, to: UUID | None, actor: Any, at: datetime
) -> ProfileSubmission:
    """Give a profile to a colleague who may review it."""
    submission = _waiting(submission_id)
    colleague = reviewers_of(submission.facility, timezone.localdate(at)).filter(pk=to).first()
    if colleague is None:
        raise ValidationError(
            _("Choose a colleague who may review profiles of %(facility)s."),
            code="not_a_reviewer",
            params={"facility": submission.facility.name},
        )
    return _put(submission, colleague, actor, at)


@transaction.atomic
def release_profile(*, submission_id: UUID, actor: Any, at: datetime) -> ProfileSubmission:
    """Lay one's own profile back for everybody."""
    submission = _waiting(submission_id)
    holder = submission.holder_at(at)
    if holder is not None and holder != actor:
        raise ValidationError(
            _("%(name)s has this profile since %(time)s. Take it over, or leave it."),
            code="held_by_another",
            params=held_by(submission),
        )
    return _put(submission, None, None, None)


@transaction.atomic
def take_many(*, rows: QuerySet[ProfileSubmission], count: int, actor: Any, at: datetime) -> int:
    """Take the next free profiles of a queue; two officials who take at once get different ones."""
    count = max(0, min(count, MOST_AT_ONCE))
    free = rows.free_for(actor, at).exclude(assignee=actor, held_until=None)  # type: ignore[attr-defined]
    ids = list(
        free.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:count]
    )
    return ProfileSubmission.objects.filter(pk__in=ids).update(
        assignee=actor, assigned_by=actor, assigned_at=at, held_until=None
    )


def require_free(submission: ProfileSubmission, actor: Any, at: datetime) -> None:
    """Refuse a decision on what another official has on the desk."""
    holder = submission.holder_at(at)
    if holder is not None and holder != actor:
        raise ValidationError(
            _(
                "%(name)s has this profile on the desk since %(time)s. Take it over to decide on it."
            ),
            code="held_by_another",
            params=held_by(submission),
        )


def held_by(submission: ProfileSubmission) -> dict[str, Any]:
    """Return who has a profile and since when, for a sentence."""
    since = submission.assigned_at
    clock = timezone.localtime(since).strftime("%H:%M %d/%m/%Y") if since else ""
    return {"name": submission.assignee, "time": clock}


def _locked(submission_id: UUID) -> ProfileSubmission:
    rows = ProfileSubmission.objects.select_for_update(of=["self"])
    return rows.select_related("facility", "assignee", "reviewer").get(pk=submission_id)


def _waiting(submission_id: UUID) -> ProfileSubmission:
    submission = _locked(submission_id)
    if not submission.is_waiting:
        raise ValidationError(
            _("%(name)s decided on this profile at %(time)s; there is nothing to take or give."),
            code="decided_already",
            params={
                "name": submission.reviewer,
                "time": timezone.localtime(submission.decided_at).strftime("%H:%M %d/%m/%Y"),
            },
        )
    return submission


def _put(
    submission: ProfileSubmission,
    holder: Any,
    by: Any,
    at: datetime | None,
    until: datetime | None = None,
) -> ProfileSubmission:
    submission.assignee, submission.assigned_by = holder, by
    submission.assigned_at, submission.held_until = at, until
    submission.save(update_fields=IN_HAND)
    return submission
