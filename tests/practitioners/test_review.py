"""A profile is verified item by item, or returned with a reason and nothing has changed."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from portal.accounts.models import User
from portal.attachments.keeping import open_stored
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    ProfileSubmission,
    SubmissionItem,
    Verification,
)
from practitioners.services import OvertakenError
from tests.practitioners.conftest import AT, PDF, PROFILE, Send


def decisions(submission: ProfileSubmission) -> dict[str, str]:
    return dict(submission.items.values_list("key", "decision"))


def statuses(submission: ProfileSubmission) -> dict[str, str]:
    return dict(submission.checks.values_list("code", "status"))


def test_a_profile_that_passes_enters_the_register_with_its_provenance(
    send: Send, licensing_officer: User, hospital: Organisation
) -> None:
    submission = send()
    assert submission.due_on == date(2026, 11, 12)
    done = services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    assert done.state == "verified"
    person = Practitioner.objects.get()
    assert (person.name, person.name_norm, person.sex) == ("Lò Văn Thoan", "lo van thoan", "male")
    assert person.birth_date == date(1978, 4, 22)
    assert person.keeper.kind == "department"
    assert list(person.identifiers.values_list("value", "is_verified")) == [("011078002915", True)]
    license = person.licenses.get()
    assert license.key == (1287, "ĐB", "GPHN")
    assert (license.scope, license.state_on(date(2026, 11, 5))) == ("Nội khoa", "active")
    assert list(license.events.values_list("kind", flat=True)) == ["issued"]
    registration = person.registrations.get()
    assert (registration.facility, registration.valid_from) == (hospital, date(2024, 4, 1))
    fields = set(Verification.objects.values_list("field", flat=True))
    assert fields == {
        "person",
        "identifier",
        "qualification",
        "license",
        "scope",
        "registration",
    }
    assert "Nguyễn Văn Minh" in str(person.provenance_of("license").text)


def test_verifying_all_that_pass_never_touches_amber_or_red(
    send: Send, licensing_officer: User
) -> None:
    submission = send(license_valid_until="01/02/2026", phone="0912000552")
    assert (submission.worst, submission.worst_code) == ("fail", "license_expired")
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    found = decisions(submission)
    assert found["license"] == found["contact"] == "pending"
    assert found["person"] == found["scope"] == "verified"
    assert not Practitioner.objects.exists()


def test_nobody_decides_on_a_profile_they_sent_or_on_their_own(
    send: Send, verified: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    """A colleague does both; who sent it, and whose it is, neither verify nor return it."""
    verified.accounts.create(
        user=second_officer, valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31)
    )
    own = send(phone="0912345679")
    assert own.practitioner == verified
    sent = send(name="Cà Thị Pâng", identifier="011178002916", license_number="000479/ĐB-GPHN")
    ProfileSubmission.objects.filter(pk=sent.pk).update(submitted_by=licensing_officer)
    for profile, actor in ((own, second_officer), (sent, licensing_officer)):
        said = {"submission_id": profile.pk, "version": 1, "actor": actor, "at": AT}
        for do in (
            lambda said: services.verify_item(key="person", **said),
            lambda said: services.verify_all_passing(**said),
            lambda said: services.return_profile(reason_code="other", reason="x", **said),
        ):
            with pytest.raises(ValidationError) as refused:
                do(said)
            assert refused.value.code == "profile_own"
        profile.refresh_from_db()
        assert (profile.state, profile.reviewer) == ("submitted", None)
        assert "verified" not in decisions(profile).values()


def test_an_amber_item_is_verified_by_itself_and_a_red_one_never(
    send: Send, licensing_officer: User
) -> None:
    submission = send(license_valid_until="01/02/2026", phone="0912000552")
    services.verify_item(
        submission_id=submission.pk, key="contact", version=1, actor=licensing_officer, at=AT
    )
    with pytest.raises(ValidationError) as refused:
        services.verify_item(
            submission_id=submission.pk, key="license", version=2, actor=licensing_officer, at=AT
        )
    assert refused.value.code == "item_fails"
    assert decisions(submission)["contact"] == "verified"
    assert decisions(submission)["license"] == "pending"


def test_the_last_item_verified_enters_the_profile(send: Send, licensing_officer: User) -> None:
    submission = send(papers=())
    for item in submission.items.filter(decision="pending"):
        assert not Practitioner.objects.exists()
        services.verify_item(
            submission_id=submission.pk, key=item.key, version=1, actor=licensing_officer, at=AT
        )
    submission.refresh_from_db()
    assert submission.state == "verified"
    assert Practitioner.objects.get() == submission.practitioner


def test_a_profile_with_waiting_items_is_not_verified_whole(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    with pytest.raises(ValidationError) as refused:
        services.verify_profile(
            submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
        )
    assert refused.value.code == "items_waiting"
    assert not Practitioner.objects.exists()


def test_a_returned_profile_changes_nothing_in_the_register(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    submission = send(scope="Nội khoa; siêu âm tổng quát")
    services.return_profile(
        submission_id=submission.pk,
        version=1,
        reason_code="scope_differs",
        key="scope",
        actor=licensing_officer,
        at=AT,
    )
    submission.refresh_from_db()
    assert (submission.state, submission.reason_code) == ("returned", "scope_differs")
    assert decisions(submission)["scope"] == "returned"
    assert PracticeLicense.objects.get().scope == "Nội khoa"
    assert Verification.objects.filter(source=submission).count() == 0


@pytest.mark.parametrize(
    ("reason_code", "code"),
    [("", "return_without_reason"), ("other", "return_without_words"), ("bogus", "invalid_choice")],
)
def test_a_return_without_a_reason_is_refused(
    send: Send, licensing_officer: User, reason_code: str, code: str
) -> None:
    submission = send()
    with pytest.raises(ValidationError) as refused:
        services.return_profile(
            submission_id=submission.pk,
            version=1,
            reason_code=reason_code,
            actor=licensing_officer,
            at=AT,
        )
    codes = {error.code for errors in refused.value.error_dict.values() for error in errors}
    assert code in codes
    submission.refresh_from_db()
    assert (submission.state, submission.version) == ("submitted", 1)


def test_a_reason_written_without_a_canned_one_counts(send: Send, licensing_officer: User) -> None:
    submission = services.return_profile(
        submission_id=send().pk,
        version=1,
        reason_code="",
        reason="Ảnh chụp thiếu trang 2",
        actor=licensing_officer,
        at=AT,
    )
    assert (submission.reason_code, submission.reason) == ("other", "Ảnh chụp thiếu trang 2")


def test_who_decides_second_is_told_who_was_first_and_nothing_is_lost(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    with pytest.raises(OvertakenError) as refused:
        services.return_profile(
            submission_id=submission.pk,
            version=1,
            reason_code="duplicate",
            actor=second_officer,
            at=AT,
        )
    assert refused.value.code == "decided_already"
    assert "Nguyễn Văn Minh" in refused.value.messages[0]
    submission.refresh_from_db()
    assert (submission.state, submission.reviewer) == ("verified", licensing_officer)


def test_a_colleague_who_has_not_seen_the_last_decision_is_stopped(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.verify_item(
        submission_id=submission.pk, key="scope", version=1, actor=licensing_officer, at=AT
    )
    with pytest.raises(OvertakenError) as refused:
        services.verify_item(
            submission_id=submission.pk, key="license", version=1, actor=second_officer, at=AT
        )
    assert refused.value.code == "being_decided"
    assert decisions(submission)["license"] == "pending"
    services.verify_item(
        submission_id=submission.pk, key="license", version=2, actor=second_officer, at=AT
    )
    assert decisions(submission)["license"] == "verified"


def test_mending_a_returned_profile_brings_its_evidence_along(
    send: Send, licensing_officer: User
) -> None:
    first = send(scope="Noi khoa")
    services.return_profile(
        submission_id=first.pk,
        version=1,
        reason_code="scope_differs",
        actor=licensing_officer,
        at=AT,
    )
    first.refresh_from_db()
    again = send(supersedes=first, papers=(), at=AT + timedelta(hours=1))
    assert again.supersedes == first
    assert again.evidence.get().sha256 == first.evidence.get().sha256
    with pytest.raises(ValidationError) as refused:
        send(supersedes=first, papers=())
    assert refused.value.code == "resent_already"


def test_a_key_that_another_facility_or_sender_used_answers_nothing(
    send: Send, hospital: Organisation, station: Organisation, station_head: User
) -> None:
    sent = send()
    for facility in (station, hospital):
        with pytest.raises(ValidationError) as refused:
            services.submit_profile(
                facility=facility,
                values=PROFILE,
                client_key=sent.client_key,
                actor=station_head,
                at=AT,
            )
        assert refused.value.code == "key_used_elsewhere"
    assert ProfileSubmission.objects.get() == sent


def test_the_same_bytes_lie_on_disk_once_under_their_hash(send: Send) -> None:
    send()
    second = send(name="Mùa A Chống", license_number="000417/ĐB-GPHN", identifier="011079002916")
    row = second.evidence.get()
    assert default_storage.listdir("attachments/" + row.sha256[:2])[1] == [f"{row.sha256}.pdf"]
    with open_stored(services.stored_evidence(row)) as paper:
        assert paper.read() == PDF


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>alert(1)</script>", "file_unknown_kind"),
        (b"", "file_empty"),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "file_too_large"),
    ],
)
def test_what_is_no_copy_of_a_paper_is_refused_and_not_kept(
    sender: User, content: bytes, code: str
) -> None:
    from portal.database.keys import uuid7
    from practitioners.models import Evidence

    with pytest.raises(ValidationError) as refused:
        services.keep_evidence(
            content=content,
            name="anh.jpg",
            proves=["license"],
            client_key=uuid7(),
            actor=sender,
            at=AT,
        )
    assert refused.value.code == code
    assert not Evidence.objects.exists()
    assert not default_storage.exists("evidence")


def test_a_person_entered_meanwhile_is_the_person_of_the_waiting_profile(
    send: Send, licensing_officer: User, station: Organisation, station_head: User
) -> None:
    waiting = send(facility=station, actor=station_head, full_time="")
    first = send()
    services.verify_item(
        submission_id=first.pk, key="license", version=1, actor=licensing_officer, at=AT
    )
    services.verify_all_passing(submission_id=first.pk, version=2, actor=licensing_officer, at=AT)
    waiting.refresh_from_db()
    assert waiting.practitioner == Practitioner.objects.get()
    assert [k for k, d in decisions(waiting).items() if d == "pending"] == ["registration"]
    assert statuses(waiting)["works_elsewhere"] == "ask"
    assert SubmissionItem.objects.filter(submission=waiting, key="license").get().approved
