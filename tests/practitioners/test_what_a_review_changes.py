"""What of the register does a verified profile change, and what does it leave?"""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
    Practitioner,
    ProfileSubmission,
    Registration,
)
from practitioners.public.facts import facts_of
from tests.practitioners.conftest import AT, PROFILE, Send
from tests.practitioners.test_review import decisions


def test_only_what_differs_from_the_approved_state_waits(
    send: Send, verified: Practitioner
) -> None:
    submission = send(scope="Nội khoa; siêu âm tổng quát")
    assert submission.practitioner == verified
    found = decisions(submission)
    assert [key for key, decision in found.items() if decision == "pending"] == ["scope"]
    item = submission.items.get(key="scope")
    assert item.approved == {"scope": "Nội khoa"}
    assert item.submitted == {"scope": "Nội khoa; siêu âm tổng quát"}


def test_a_profile_equal_to_the_register_is_not_sent(send: Send, verified: Practitioner) -> None:
    with pytest.raises(ValidationError) as refused:
        send()
    assert refused.value.code == "nothing_changed"
    assert ProfileSubmission.objects.count() == 1


def test_a_second_sending_with_the_same_key_changes_nothing(
    send: Send, hospital: Organisation, sender: User
) -> None:
    first = send()
    again = services.submit_profile(
        facility=hospital,
        values={**PROFILE, "name": "Khác"},
        client_key=first.client_key,
        actor=sender,
        at=AT,
    )
    assert again == first
    assert ProfileSubmission.objects.get().name == "Lò Văn Thoan"


def test_the_changed_scope_is_a_correction_and_no_act_of_an_authority(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    submission = send(scope="Nội khoa; siêu âm tổng quát")
    services.verify_item(
        submission_id=submission.pk, key="scope", version=1, actor=licensing_officer, at=AT
    )
    assert PracticeLicense.objects.get().scope == "Nội khoa; siêu âm tổng quát"
    assert set(LicenseEvent.objects.values_list("kind", flat=True)) == {"issued", "corrected"}
    on = date(2026, 11, 5)
    facts = facts_of([verified.pk], on)[verified.pk]
    assert (facts.scope, [act.kind for act in facts.acts]) == (
        "Nội khoa; siêu âm tổng quát",
        ["issued"],
    )


def test_a_correction_on_the_day_of_a_decision_leaves_the_decision(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    license = verified.licenses.get()
    services.amend_license(
        actor=licensing_officer,
        license=license,
        paper=services.paper_of(license),
        decision=services.Decision(AT.date(), number="77/QĐ-SYT", decided_on=AT.date()),
        at=AT,
        act="adjusted",
    )
    services.verify_item(
        submission_id=send(scope="Nội khoa; siêu âm").pk,
        key="scope",
        version=1,
        actor=licensing_officer,
        at=AT,
    )
    last = license.versions.order_by("number").last()
    assert last is not None
    assert (last.scope, last.act, last.decision_no) == (
        "Nội khoa; siêu âm",
        "adjusted",
        "77/QĐ-SYT",
    )


def test_a_new_licence_number_replaces_the_old_licence(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    submission = send(license_number="002001/ĐB-GPHN", license_issued_on="01/10/2026")
    services.verify_item(
        submission_id=submission.pk, key="license", version=1, actor=licensing_officer, at=AT
    )
    old, new = PracticeLicense.objects.order_by("issued_on")
    assert (old.state_on(date(2026, 11, 5)), new.state_on(date(2026, 11, 5))) == (
        "superseded",
        "active",
    )
    assert new.scope == "Nội khoa"


def test_a_later_registration_closes_the_one_before(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    submission = send(registered_from="01/11/2026", hours="T2 đến T7, 07:30 đến 16:30")
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    old, new = Registration.objects.order_by("valid_from")
    assert (old.valid_until, new.valid_from) == (date(2026, 10, 31), date(2026, 11, 1))
