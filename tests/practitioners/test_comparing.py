"""What other registers, other profiles and the licence in the register say of a submitted profile."""

from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from portal.dossiers.models import Dossier
from portal.places.models import Organisation
from portal.verification.contract import Answer, Difference
from portal.verification.models import Inquiry
from portal.verification.services import keep_answer
from practitioners import services
from practitioners.models import Practitioner, ProfileSubmission
from practitioners.services.judging import recheck
from tests.practitioners.conftest import AT, PROFILE, Send, make_list
from tests.practitioners.test_checks import ANOTHER, statuses


@pytest.fixture
def register_set_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A population database that is asked; what it answers the tests say."""
    settings.POPULATION_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("portal.verification.jobs.enqueue_many", lambda _inquiries: None)


def answer(submission: ProfileSubmission, result: str, **differences: str) -> dict[str, str]:
    inquiry = Inquiry.objects.get(subject_id=submission.pk)
    rows = tuple(Difference(field, held) for field, held in differences.items())
    keep_answer(Answer(str(inquiry.pk), "t-1", result, rows, is_simulated=True), at=AT)
    return statuses(submission)


def send_back(officer: User) -> None:
    """Return what waits, so that the next of the same person can be sent."""
    for row in ProfileSubmission.objects.waiting():
        services.return_profile(
            submission_id=row.pk, version=1, reason_code="duplicate", actor=officer, at=AT
        )


@pytest.mark.usefixtures("register_set_up")
def test_a_sent_profile_is_put_to_the_population_database_and_waits_for_its_word(
    send: Send, sender: User, hospital: Organisation
) -> None:
    submission = send()
    inquiry = Inquiry.objects.get()
    assert (inquiry.purpose, inquiry.subject_id) == ("practitioner", submission.pk)
    assert (inquiry.personal_number, inquiry.birth) == ("011078002915", "1978-04-22")
    assert (inquiry.asked_by, inquiry.organisation) == (sender, hospital)
    assert statuses(submission)["population_waiting"] == "ask"
    assert answer(submission, "match")["population_match"] == "pass"
    submission.refresh_from_db()
    assert submission.worst == "pass"


@pytest.mark.usefixtures("register_set_up")
def test_a_difference_is_red_at_the_item_it_is_about_and_cannot_be_verified(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    found = answer(submission, "mismatch", name="LÒ VĂN THOÁN", personal_number="011078009999")
    assert (found["population_name"], found["population_personal_number"]) == ("fail", "fail")
    items = dict(submission.checks.values_list("code", "item_key"))
    assert items["population_name"] == "person"
    assert items["population_personal_number"] == "identifier"
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    left = submission.items.filter(decision="pending").values_list("key", flat=True)
    assert list(left) == ["person", "identifier"]


@pytest.mark.usefixtures("register_set_up")
def test_nobody_is_asked_about_without_a_personal_number(send: Send) -> None:
    send(identifier="")
    send(**ANOTHER | {"identifier_kind": "passport", "identifier": "C1234567"})
    assert not Inquiry.objects.exists()


def test_an_answer_after_the_decision_changes_nothing(
    send: Send, licensing_officer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POPULATION_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("portal.verification.jobs.enqueue_many", lambda _inquiries: None)
    submission = send()
    services.return_profile(
        submission_id=submission.pk,
        version=1,
        reason_code="duplicate",
        actor=licensing_officer,
        at=AT,
    )
    before = statuses(submission)
    assert answer(submission, "mismatch", name="LÒ VĂN THOÁN") == before


def test_a_licence_of_another_province_is_a_second_one_and_stops_the_licence(
    send: Send, verified: Practitioner
) -> None:
    found = statuses(send(license_number="002001/SL-GPHN"))
    assert found["second_license"] == "fail"
    assert verified.licenses.get().superseded_on is None


def test_a_newer_licence_of_the_same_issuer_asks_to_compare_both_papers(
    send: Send, verified: Practitioner
) -> None:
    assert statuses(send(license_number="002001/ĐB-GPHN"))["license_replaces"] == "ask"


def test_a_changed_number_of_the_same_kind_is_red_and_one_of_a_new_kind_asks(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    assert statuses(send(identifier="011078002916"))["identifier_changed"] == "fail"
    send_back(licensing_officer)
    other = statuses(send(identifier_kind="passport", identifier="C1234567"))
    assert other["identifier_of_new_kind"] == "ask"


def test_a_number_that_waits_under_another_name_is_red_on_both(
    send: Send, station: Organisation, station_head: User
) -> None:
    first = send()
    second = send(
        facility=station,
        actor=station_head,
        at=AT + timedelta(minutes=1),
        **ANOTHER | {"identifier": PROFILE["identifier"], "birth_date": "1978"},
    )
    assert statuses(second)["number_waits_elsewhere"] == "fail"
    recheck(first, on=AT.date(), at=AT)
    assert statuses(first)["number_waits_elsewhere"] == "fail"


def test_a_scope_is_compared_with_the_licence_and_with_the_title(
    send: Send, licensing_officer: User, verified: Practitioner
) -> None:
    make_list(
        "practice_scopes", "Phạm vi", {"301": "Điều dưỡng đa khoa"}, professional_title="nurse"
    )
    wider = statuses(send(scope="Nội khoa; Siêu âm tổng quát"))
    assert wider["scope_wider"] == "ask"
    send_back(licensing_officer)
    narrower = send(scope="Nội khoa; Điều dưỡng đa khoa")
    assert statuses(narrower)["scope_of_another_title"] == "ask"


def test_an_act_that_two_officials_decide_is_shown_at_the_licence(
    send: Send, verified: Practitioner, department: Organisation
) -> None:
    Dossier.objects.create(
        procedure="practice_license.suspend",
        case="ethics",
        opened_by="authority",
        authority=department,
        receipt_number="H18.39-0007",
        tracking_code="K7P2M9",
        subject_kind="practitioner",
        subject=verified.pk,
        applicant_name=verified.name,
        filed_at=AT,
        filed_on=AT.date(),
        needs_four_eyes=True,
        state="appraisal",
        clock="running",
    )
    check = send(hours="T7, 07:30 đến 11:30").checks.get(code="act_under_way")
    assert (check.status, check.item_key) == ("ask", "registration")
    assert check.params["receipt"] == "H18.39-0007"
