"""What a practitioner learnt, passed and did elsewhere is corrected with its paper; so by who is registered nowhere."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    ProfileSource,
    ProfileSubmission,
)
from practitioners.services import return_profile, verify_all_passing, verify_item
from tests.practitioners.conftest import PDF, Send
from tests.practitioners.test_own_pages import client_of, correction, doctor

__all__ = ["doctor"]

EXAMINATION = {
    "exam_title": "doctor",
    "exam_sat_on": "12/05/2025",
    "exam_result": "passed",
    "exam_number": "118/HĐYK",
    "exam_council": "Hội đồng Y khoa Quốc gia",
}
LANGUAGE = {
    "language": "tiếng Lào",
    "language_way": "interpreter",
    "interpreter": "Lò Thị Mai, chứng chỉ 17",
    "language_from": "01/02/2025",
}
PRACTICE = {
    "practice_kind": "practice",
    "practice_place": "Trạm Y tế xã Mường Phăng",
    "practice_work": "Bác sỹ điều trị",
    "practice_from": "01/07/2003",
    "practice_until": "31/03/2024",
}
SAID = {"examination": EXAMINATION, "language": LANGUAGE, "practice": PRACTICE}
ROWS: dict[str, Any] = {
    "examination": ExaminationResult.objects,
    "language": PracticeLanguage.objects,
    "practice": PracticePeriod.objects,
}


def sent_by(user: User, facility: Organisation, *papers: str, **said: str) -> Any:
    """Send the own form, with a copy for each of these papers."""
    own = client_of(user)
    address = reverse("practitioners:correct-mine")
    key = own.get(address).context["form"]["client_key"].value()
    copies = {f"paper_{one}": SimpleUploadedFile(f"{one}.pdf", PDF) for one in papers}
    form = {**correction(**said), "facility": str(facility.pk), "client_key": str(key), **copies}
    return own.post(address, form)


def verified_by(officer: User) -> ProfileSubmission:
    waiting = ProfileSubmission.objects.waiting().get()
    return verify_all_passing(
        submission_id=waiting.pk, version=waiting.version, actor=officer, at=timezone.now()
    )


@pytest.mark.parametrize("key", list(SAID))
def test_what_was_learnt_passed_or_done_elsewhere_is_told_with_its_paper_and_verified(
    key: str,
    doctor: Practitioner,
    clinician: User,
    hospital: Organisation,
    licensing_officer: User,
) -> None:
    answer = sent_by(clinician, hospital, key, **SAID[key])
    assert answer.status_code == 302, answer.context["form"].errors
    waiting = ProfileSubmission.objects.waiting().get()
    assert [item.key for item in waiting.items.all() if item.is_changed] == [key]
    assert not ROWS[key].exists()
    assert verified_by(licensing_officer).state == "verified"
    row = ROWS[key].get()
    assert row.practitioner == doctor
    words = ProfileSource.objects.filter(row_id=row.pk)
    assert {(word.source, word.said_by, word.verified_by) for word in words} == {
        ("paper", clinician, licensing_officer)
    }
    own = client_of(clinician)
    page = own.get(reverse("practitioners:my-profile"))
    (shown,) = [one for one in page.context["items"] if one["item"].key == key]
    assert f"?dong={row.pk}#part-7" in shown["correct"]
    form = own.get(shown["correct"].partition("#")[0]).context["form"]
    assert {name: form[name].value() for name in SAID[key]} == SAID[key]
    address = reverse("practitioners:person", args=[doctor.pk])
    person = client_of(licensing_officer).get(address).content.decode()
    assert reverse("practitioners:evidence", args=[waiting.evidence.get().pk]) in person


def test_what_is_told_without_its_paper_asks_and_whoever_sent_it_said_it(
    doctor: Practitioner, clinician: User, hospital: Organisation, licensing_officer: User
) -> None:
    sent_by(clinician, hospital, **LANGUAGE)
    waiting = ProfileSubmission.objects.waiting().get()
    (asked,) = waiting.checks.filter(item_key="language")
    assert (asked.code, asked.status) == ("evidence_missing", "ask")
    verify_item(
        submission_id=waiting.pk,
        key="language",
        version=waiting.version,
        actor=licensing_officer,
        at=timezone.now(),
    )
    word = ProfileSource.objects.get(field="practicelanguage.interpreter")
    assert (word.source, word.value) == ("practitioner", LANGUAGE["interpreter"])


def test_a_correction_puts_the_row_it_means_right_and_leaves_the_others(
    doctor: Practitioner, clinician: User, hospital: Organisation, licensing_officer: User
) -> None:
    """The number of a result was read wrongly; the sitting of another day stays as it is."""
    ExaminationResult.objects.create(
        practitioner=doctor, title="doctor", sat_on=date(2024, 5, 6), result="failed", result_no="9"
    )
    wrong = ExaminationResult.objects.create(
        practitioner=doctor,
        title="doctor",
        sat_on=date(2025, 5, 12),
        result="passed",
        result_no="11/HĐYK",
        council="Hội đồng Y khoa Quốc gia",
    )
    assert sent_by(clinician, hospital, "examination", **EXAMINATION).status_code == 302
    item = ProfileSubmission.objects.waiting().get().items.get(key="examination")
    assert (item.approved["exam_number"], item.submitted["exam_number"]) == ("11/HĐYK", "118/HĐYK")
    verified_by(licensing_officer)
    wrong.refresh_from_db()
    assert wrong.result_no == "118/HĐYK"
    told = doctor.examinations.values_list("sat_on", "result_no")
    assert set(told) == {(date(2025, 5, 12), "118/HĐYK"), (date(2024, 5, 6), "9")}


@pytest.mark.parametrize(("first", "rows"), [("01/02/2025", 1), ("01/09/2026", 2)])
def test_another_interpreter_follows_from_a_later_day_and_replaces_one_of_the_same_day(
    first: str,
    rows: int,
    doctor: Practitioner,
    clinician: User,
    hospital: Organisation,
    licensing_officer: User,
) -> None:
    former = PracticeLanguage.objects.create(
        practitioner=doctor, language="tiếng Lào", way="own", valid_from=date(2025, 2, 1)
    )
    sent_by(clinician, hospital, "language", **{**LANGUAGE, "language_from": first})
    verified_by(licensing_officer)
    now = doctor.languages.get(valid_until=None)
    assert (now.way, doctor.languages.count()) == ("interpreter", rows)
    former.refresh_from_db()
    assert former.valid_until == (date(2026, 8, 31) if rows == 2 else None)


def test_half_of_it_is_refused_at_its_field_and_nothing_typed_is_lost(
    doctor: Practitioner, clinician: User, hospital: Organisation
) -> None:
    half = {
        "exam_title": "doctor",
        "language": "tiếng Lào",
        "language_way": "interpreter",
        "language_from": "01/02/2025",
        "language_until": "01/01/2025",
        "practice_place": "Trạm Y tế xã Mường Phăng",
    }
    answer = sent_by(clinician, hospital, **half)
    form = answer.context["form"]
    assert {
        "exam_sat_on",
        "exam_result",
        "exam_number",
        "interpreter",
        "language_until",
        "practice_kind",
        "practice_from",
    } == set(form.errors)
    assert form["practice_place"].value() == "Trạm Y tế xã Mường Phăng"
    assert not ProfileSubmission.objects.waiting().exists()


def test_a_profile_that_does_not_speak_of_them_has_no_item_of_them(
    send: Send, verified: Practitioner
) -> None:
    PracticeLanguage.objects.create(
        practitioner=verified, language="tiếng Lào", way="own", valid_from=date(2025, 2, 1)
    )
    sent = send(scope="Nội khoa; siêu âm tổng quát")
    assert not set(SAID) & set(sent.items.values_list("key", flat=True))


@pytest.fixture
def nowhere(doctor: Practitioner) -> Practitioner:
    """The doctor has left the hospital and is registered at no facility."""
    doctor.registrations.update(valid_until=date(2026, 11, 1))
    return doctor


def test_who_is_registered_nowhere_sends_corrections_to_the_department_that_keeps_the_profile(
    nowhere: Practitioner, clinician: User, department: Organisation, licensing_officer: User
) -> None:
    held = list(nowhere.registrations.values_list("pk", "valid_until"))
    own = client_of(clinician)
    form = own.get(reverse("practitioners:correct-mine")).context["form"]
    assert nowhere.keeper == department
    assert form["facility"].value() == department.pk
    assert not {"hours", "registered_from", "techniques"} & set(form.fields)
    answer = sent_by(clinician, department, "identity", "practice", phone="0912345678", **PRACTICE)
    assert answer.status_code == 302, answer.context["form"].errors
    sent = ProfileSubmission.objects.waiting().get()
    assert (sent.facility, sent.practitioner) == (department, nowhere)
    assert not {"registration", "techniques"} & set(sent.items.values_list("key", flat=True))
    desk = client_of(licensing_officer).get(reverse("practitioners:desk", args=[sent.pk]))
    assert desk.status_code == 200
    for key in ("contact", "practice"):
        verify_item(
            submission_id=sent.pk,
            key=key,
            version=ProfileSubmission.objects.get(pk=sent.pk).version,
            actor=licensing_officer,
            at=timezone.now(),
        )
    sent.refresh_from_db()
    nowhere.refresh_from_db()
    assert (sent.state, nowhere.phone) == ("verified", "0912345678")
    assert nowhere.practice_periods.get().place_text == "Trạm Y tế xã Mường Phăng"
    assert list(nowhere.registrations.values_list("pk", "valid_until")) == held


def test_a_correction_of_who_is_registered_nowhere_comes_back_with_a_reason_and_is_sent_again(
    nowhere: Practitioner, clinician: User, department: Organisation, licensing_officer: User
) -> None:
    sent_by(clinician, department, phone="0912345678")
    sent = ProfileSubmission.objects.waiting().get()
    return_profile(
        submission_id=sent.pk,
        version=sent.version,
        reason_code="evidence_missing",
        actor=licensing_officer,
        at=timezone.now(),
    )
    nowhere.refresh_from_db()
    assert nowhere.phone == ""
    assert sent_by(clinician, department, phone="0912345679").status_code == 302
    assert ProfileSubmission.objects.waiting().get().values["phone"] == "0912345679"


def test_a_stranger_s_department_is_no_address(
    nowhere: Practitioner, clinician: User, ministry: Organisation
) -> None:
    answer = sent_by(clinician, ministry, phone="0912345678")
    assert "facility" in answer.context["form"].errors
    assert not ProfileSubmission.objects.waiting().exists()


def test_whose_profile_no_department_keeps_asks_the_one_that_issued_the_licence(
    nowhere: Practitioner, clinician: User, department: Organisation
) -> None:
    Practitioner.objects.filter(pk=nowhere.pk).update(keeper=None)
    form = client_of(clinician).get(reverse("practitioners:correct-mine")).context["form"]
    assert form["facility"].value() == department.pk
