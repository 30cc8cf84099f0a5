"""A profile on the desk is with one official at a time: taken, given, released, held while read."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from practitioners import services
from practitioners.models import ProfileSubmission
from practitioners.services.assigning import HOLD
from tests.practitioners.conftest import AT, Send


def hold(submission: ProfileSubmission, user: User, at: datetime) -> None:
    """Open a profile as the desk does: as it is read at that moment."""
    services.hold_profile(ProfileSubmission.objects.get(pk=submission.pk), actor=user, at=at)


def in_hand(submission: ProfileSubmission) -> tuple[User | None, bool]:
    submission.refresh_from_db()
    return submission.assignee, submission.held_until is not None


def test_what_a_colleague_has_taken_cannot_be_decided_on_until_taken_over(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.take_profile(submission_id=submission.pk, actor=second_officer, at=AT)
    with pytest.raises(services.OvertakenError) as refused:
        services.verify_all_passing(
            submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
        )
    assert refused.value.code == "held_by_another"
    submission.refresh_from_db()
    assert (submission.state, submission.version) == ("submitted", 1)
    assert not submission.items.filter(decision="verified").exists()
    services.take_profile(submission_id=submission.pk, actor=licensing_officer, at=AT)
    decided = services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    assert decided.state == "verified"


def test_an_opened_profile_is_held_for_a_while_and_then_free_again(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    hold(submission, second_officer, AT)
    soon, later = AT + HOLD / 2, AT + HOLD
    assert not ProfileSubmission.objects.free_for(licensing_officer, soon).exists()
    hold(submission, licensing_officer, soon)
    assert in_hand(submission) == (second_officer, True)
    assert ProfileSubmission.objects.free_for(licensing_officer, later).exists()
    hold(submission, licensing_officer, later)
    assert in_hand(submission) == (licensing_officer, True)


def test_opening_again_does_not_shorten_what_was_taken(send: Send, licensing_officer: User) -> None:
    submission = send()
    services.take_profile(submission_id=submission.pk, actor=licensing_officer, at=AT)
    hold(submission, licensing_officer, AT + timedelta(hours=3))
    assert in_hand(submission) == (licensing_officer, False)


def test_a_profile_is_given_to_a_colleague_who_may_review_it_and_to_nobody_else(
    send: Send,
    licensing_officer: User,
    second_officer: User,
    foreign_officer: User,
    sender: User,
) -> None:
    submission = send()
    for stranger in (foreign_officer.pk, sender.pk, uuid4(), None):
        with pytest.raises(ValidationError) as refused:
            services.give_profile(
                submission_id=submission.pk, to=stranger, actor=licensing_officer, at=AT
            )
        assert refused.value.code == "not_a_reviewer"
    assert in_hand(submission) == (None, False)
    services.give_profile(
        submission_id=submission.pk, to=second_officer.pk, actor=licensing_officer, at=AT
    )
    assert in_hand(submission) == (second_officer, False)
    assert submission.assigned_by == licensing_officer


def test_only_the_holder_releases_and_nothing_is_taken_once_decided(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.take_profile(submission_id=submission.pk, actor=second_officer, at=AT)
    with pytest.raises(ValidationError) as refused:
        services.release_profile(submission_id=submission.pk, actor=licensing_officer, at=AT)
    assert refused.value.code == "held_by_another"
    assert in_hand(submission) == (second_officer, False)
    services.release_profile(submission_id=submission.pk, actor=second_officer, at=AT)
    assert in_hand(submission) == (None, False)
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    with pytest.raises(ValidationError) as refused:
        services.take_profile(submission_id=submission.pk, actor=second_officer, at=AT)
    assert refused.value.code == "decided_already"


def test_two_who_take_the_next_few_get_different_ones(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    for n in range(5):
        send(
            name=f"Lò Văn Số {n}",
            identifier=f"0110780{n:05d}",
            license_number=f"00{1000 + n}/ĐB-GPHN",
            at=AT + timedelta(minutes=n),
        )
    rows = ProfileSubmission.objects.waiting().in_queue_order()
    assert services.take_many(rows=rows, count=2, actor=licensing_officer, at=AT) == 2
    assert services.take_many(rows=rows, count=10, actor=second_officer, at=AT) == 3
    mine = rows.filter(assignee=licensing_officer).values_list("name", flat=True)
    assert list(mine) == ["Lò Văn Số 0", "Lò Văn Số 1"]


def test_two_who_open_at_once_do_not_both_hold(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    seen_by_both = send()
    first, second = (ProfileSubmission.objects.get(pk=seen_by_both.pk) for _n in range(2))
    services.hold_profile(first, actor=licensing_officer, at=AT)
    services.hold_profile(second, actor=second_officer, at=AT)
    assert second.assignee == licensing_officer
    assert in_hand(seen_by_both) == (licensing_officer, True)
