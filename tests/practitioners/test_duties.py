"""The duty of a suspension: one official records what shows it done, another confirms it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import DutyProof, PracticeLicense, Practitioner
from tests.practitioners.conftest import AT, PDF
from tests.practitioners.registered import make_registered

RECORD, CONFIRM, DROP = "hoan_thanh_nghia_vu", "xac_nhan_nghia_vu", "khong_xac_nhan_nghia_vu"


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def proof(days: int = 0, **said: str) -> dict[str, Any]:
    """What an official types of a paper that shows the duty done some days ago."""
    on = f"{days_ago(days):%d/%m/%Y}"
    return {"paper_no": "12/CC", "authority": "Trường Y Điện Biên", "on": on, **said}


@pytest.fixture
def person(
    hospital: Organisation, department: Organisation, lists: None, second_officer: User
) -> Practitioner:
    """Suspended for 45 days that are over, and to learn anew."""
    person = make_registered("Quàng Thị Hạc", hospital)
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    person.refresh_from_db()
    services.suspend_license(
        actor=second_officer,
        license=person.licenses.get(),
        decision=services.Decision(days_ago(50), "4/QĐ-SYT", days_ago(50)),
        measure=services.Measure("ethics", valid_until=days_ago(5), duty="Học lại hồi sức"),
        at=AT,
    )
    return person


def address(deed: str, person: Practitioner) -> str:
    return reverse(f"admin:practitioners_practitioner_{deed}", args=[person.pk])


def reader(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, deed: str, person: Practitioner, said: dict[str, Any]) -> Any:
    return reader(user).post(address(deed, person), said)


def refusals(answer: Any) -> dict[str, list[str]]:
    errors = answer.context["form"].errors.as_data()
    return {name: [error.code for error in some] for name, some in errors.items()}


def home(user: User) -> str:
    return reader(user).get(reverse("admin:index")).content.decode()


def state(person: Practitioner) -> str:
    license: PracticeLicense = person.licenses.with_acts().get()
    return str(license.standing_on(timezone.localdate()).state)


def test_a_duty_one_official_records_as_done_lets_the_licence_hold_once_another_confirms_it(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    said = {**proof(), "paper": SimpleUploadedFile("chung-chi.pdf", PDF)}
    assert post(licensing_officer, RECORD, person, said).status_code == 302
    assert state(person) == "suspended"
    row = DutyProof.objects.get()
    answered = {"proposal": str(row.pk)}
    assert refusals(post(licensing_officer, CONFIRM, person, answered)) == {
        "__all__": ["duty_of_one"]
    }
    assert state(person) == "suspended"
    assert address(CONFIRM, person) in home(second_officer)
    assert address(CONFIRM, person) not in home(licensing_officer)
    shown = reader(second_officer).get(address(CONFIRM, person)).content.decode()
    for word in ("12/CC", "Trường Y Điện Biên", "Học lại hồi sức", licensing_officer.full_name):
        assert word in shown
    paper = reverse("practitioners:duty-paper", args=[row.pk])
    assert paper in shown
    copy = reader(second_officer).get(paper)
    assert (copy.status_code, b"".join(copy.streaming_content)) == (200, PDF)
    assert post(second_officer, CONFIRM, person, answered).status_code == 302
    assert state(person) == "active"
    event = person.licenses.get().events.get(kind="duty_done")
    assert (event.decision_no, event.authority) == ("12/CC", "Trường Y Điện Biên")
    assert event.recorded_by == second_officer
    again = post(second_officer, CONFIRM, person, answered)
    assert refusals(again) == {"__all__": ["duty_answered"]}
    assert reader(second_officer).get(address(RECORD, person)).status_code == 403
    assert person.licenses.get().events.filter(kind="duty_done").count() == 1


def test_a_duty_that_is_not_confirmed_as_done_is_still_to_be_done(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    post(licensing_officer, RECORD, person, proof())
    twice = post(second_officer, RECORD, person, proof(paper_no="13/CC"))
    assert refusals(twice) == {"__all__": ["duty_recorded_already"]}
    answered = {"proposal": str(DutyProof.objects.get().pk)}
    silent = post(second_officer, DROP, person, {**answered, "reason": " "})
    assert refusals(silent) == {"reason": ["required"]}
    said = {**answered, "reason": "Chứng chỉ của người khác"}
    assert post(second_officer, DROP, person, said).status_code == 302
    row = DutyProof.objects.get()
    assert (row.state, row.answered_by, row.reason) == (
        "dropped",
        second_officer,
        "Chứng chỉ của người khác",
    )
    assert state(person) == "suspended"
    assert post(licensing_officer, RECORD, person, proof(paper_no="13/CC")).status_code == 302


@pytest.mark.parametrize(
    ("days", "code"), [(51, "duty_before_suspension"), (-1, "duty_in_the_future")]
)
def test_a_duty_is_done_after_it_was_laid_on_and_not_in_days_to_come(
    person: Practitioner, licensing_officer: User, days: int, code: str
) -> None:
    assert refusals(post(licensing_officer, RECORD, person, proof(days))) == {"on": [code]}
    assert not DutyProof.objects.exists()


def test_nobody_records_or_confirms_a_duty_of_their_own(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    person.accounts.create(user=second_officer, valid_from=date(2026, 1, 1))
    assert refusals(post(second_officer, RECORD, person, proof())) == {"__all__": ["duty_own"]}
    post(licensing_officer, RECORD, person, proof())
    answered = {"proposal": str(DutyProof.objects.get().pk), "reason": "x"}
    for deed in (CONFIRM, DROP):
        assert refusals(post(second_officer, deed, person, answered)) == {"__all__": ["duty_own"]}
    assert DutyProof.objects.get().state == "open"
    assert state(person) == "suspended"


def test_a_duty_a_lifting_dropped_meanwhile_is_confirmed_no_more(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    post(licensing_officer, RECORD, person, proof())
    row = DutyProof.objects.get()
    today = timezone.localdate()
    services.lift_suspension(
        actor=second_officer,
        license=person.licenses.get(),
        decision=services.Decision(today, "9/QĐ-SYT", today),
        at=timezone.now(),
    )
    with pytest.raises(ValidationError) as refused:
        services.confirm_duty(actor=second_officer, proof_id=row.pk, at=timezone.now())
    assert refused.value.code == "not_suspended"
    row.refresh_from_db()
    assert row.state == "open"
    assert not person.licenses.get().events.filter(kind="duty_done").exists()


def test_the_database_lets_nobody_confirm_a_duty_alone(
    person: Practitioner, licensing_officer: User
) -> None:
    suspension = person.licenses.get().events.get(kind="suspended")
    alone = {"state": "confirmed", "answered_by": licensing_officer, "answered_at": AT}
    with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
        DutyProof.objects.create(
            license=suspension.license,
            suspension=suspension,
            paper_no="12/CC",
            authority="Trường Y",
            done_on=days_ago(1),
            proposed_by=licensing_officer,
            proposed_at=AT,
            **alone,
        )
    assert not DutyProof.objects.exists()
