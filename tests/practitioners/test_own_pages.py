"""A practitioner's own page and the facility's list: what is due, answered, confirmed, reported."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners.hours import read_hours
from practitioners.items import KEYS
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    PracticeLanguage,
    Practitioner,
    ProfileAnswer,
    ProfileSubmission,
    TrainingActivity,
)
from practitioners.services import (
    Post,
    Stay,
    answer_change,
    link_account,
    register_person,
    return_profile,
    verify_all_passing,
)
from tests.practitioners.conftest import PDF, PROFILE, Send
from tests.practitioners.registered import make_registered
from tests.practitioners.training import make_training_lists

TODAY = timezone.localdate()


@pytest.fixture
def doctor(verified: Practitioner, clinician: User) -> Practitioner:
    """Lò Văn Thoan, who logs in as Đỗ Quang Hưng's account."""
    make_training_lists()
    link_account(actor=None, practitioner=verified, user=clinician, on=date(2026, 1, 1))
    return verified


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_own_page_shows_licence_balance_and_what_is_due(
    doctor: Practitioner, clinician: User
) -> None:
    answer = client_of(clinician).get(reverse("practitioners:my-profile"))
    text = answer.content.decode()
    for fact in ("Lò Văn Thoan", "001287/ĐB-GPHN", "trên 120 giờ tín chỉ", "10/03/2029"):
        assert fact in text
    assert answer.context["balance"].required == 120
    read = AccessLog.objects.get(people__contains=[doctor.pk], ground="own")
    assert read.user_id == clinician.pk


def test_an_account_without_a_practitioner_is_told_whom_to_ask(clerk: User) -> None:
    for name in ("my-profile", "correct-mine", "declare-mine", "my-looks"):
        answer = client_of(clerk).get(reverse(f"practitioners:{name}"))
        assert "chưa gắn với người hành nghề" in answer.content.decode(), name


def test_a_training_is_declared_with_its_certificate_and_confirmed_by_the_facility(
    doctor: Practitioner, clinician: User, sender: User
) -> None:
    form = {
        "title": "Siêu âm tim cơ bản",
        "form": "short_course",
        "amount": "24",
        "ended_on": "29/05/2026",
    }
    own = client_of(clinician)
    address = reverse("practitioners:declare-mine")
    refused = own.post(address, form)
    assert "Thêm bản quét" in refused.content.decode()
    assert not doctor.trainings.exists()
    paper = SimpleUploadedFile("chung-nhan.pdf", PDF)
    assert own.post(address, {**form, "evidence": paper}).status_code == 302
    row = doctor.trainings.get()
    assert (row.state, row.hours) == ("declared", 24)

    facility = client_of(sender)
    assert "Siêu âm tim cơ bản" in facility.get(reverse("practitioners:staff")).content.decode()
    certificate = facility.get(reverse("practitioners:certificate", args=[row.pk]))
    assert b"".join(certificate.streaming_content) == PDF
    decide = reverse("practitioners:decide-training", args=[row.pk])
    facility.post(decide, {"answer": "refuses", "reason": ""})
    row.refresh_from_db()
    assert row.state == "declared"
    facility.post(decide, {"answer": "confirms"})
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("confirmed", sender)
    shown = own.get(reverse("practitioners:my-profile")).context["balance"]
    assert shown.earned == 24


def test_a_certificate_is_no_stranger_s_affair(
    doctor: Practitioner, clinician: User, stranger: User, station_head: User
) -> None:
    sent = {
        "title": "Siêu âm",
        "hours": "8",
        "ended_on": "29/05/2026",
        "evidence": SimpleUploadedFile("a.pdf", PDF),
    }
    client_of(clinician).post(reverse("practitioners:declare-mine"), sent)
    row = TrainingActivity.objects.get()
    address = reverse("practitioners:certificate", args=[row.pk])
    for user in (stranger, station_head):
        assert client_of(user).get(address).status_code == 404


def correction(**changes: str) -> dict[str, Any]:
    return {**PROFILE, "full_time": "on", **changes}


@pytest.fixture
def corrected(doctor: Practitioner, clinician: User, hospital: Organisation) -> ProfileSubmission:
    """The doctor has sent a correction of the name: Thoan was Thoàn all along."""
    own = client_of(clinician)
    page = own.get(reverse("practitioners:correct-mine"))
    key = page.context["form"]["client_key"].value()
    sent = correction(name="Lò Văn Thoàn", facility=str(hospital.pk), client_key=str(key))
    answer = own.post(reverse("practitioners:correct-mine"), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return ProfileSubmission.objects.waiting().get()


def test_a_corrected_name_stays_the_same_person(
    corrected: ProfileSubmission, doctor: Practitioner
) -> None:
    assert corrected.practitioner == doctor
    changed = [row.key for row in corrected.items.all() if row.is_changed]
    assert changed == ["person"]


def test_the_facility_confirms_or_objects_and_the_official_reads_why(
    corrected: ProfileSubmission, sender: User
) -> None:
    facility = client_of(sender)
    assert "Lò Văn Thoàn" in facility.get(reverse("practitioners:staff")).content.decode()
    address = reverse("practitioners:answer-change", args=[corrected.pk])
    facility.post(address, {"answer": "objects", "reason": ""})
    assert not corrected.answers.exists()
    facility.post(address, {"answer": "objects", "reason": "Hồ sơ gốc ghi Thoan"})
    row = corrected.answers.get()
    assert (row.side, row.answer, row.reason) == ("facility", "objects", "Hồ sơ gốc ghi Thoan")
    facility.post(address, {"answer": "confirms"})
    assert corrected.answers.count() == 1
    assert facility.get(reverse("practitioners:staff")).context["changes"] == []


def test_nobody_answers_their_own_change(corrected: ProfileSubmission, clinician: User) -> None:
    with pytest.raises(ValidationError) as refused:
        answer_change(
            submission=corrected,
            side="practitioner",
            answer="confirms",
            actor=clinician,
            at=timezone.now(),
        )
    assert refused.value.code == "own_change"
    assert not ProfileAnswer.objects.exists()


def test_the_practitioner_answers_what_the_facility_sent(
    doctor: Practitioner, clinician: User, send: Send
) -> None:
    change = send(scope="Nội khoa; siêu âm tổng quát")
    own = client_of(clinician)
    assert "siêu âm tổng quát" in own.get(reverse("practitioners:my-profile")).content.decode()
    own.post(
        reverse("practitioners:answer-mine", args=[change.pk]),
        {"answer": "objects", "reason": "Tôi chưa học siêu âm"},
    )
    assert change.answers.get().side == "practitioner"


def test_a_change_of_somebody_else_is_no_address(
    doctor: Practitioner, clinician: User, send: Send
) -> None:
    other = send(name="Mùa A Chống", identifier="011079002916", license_number="000417/ĐB-GPHN")
    answer = client_of(clinician).post(
        reverse("practitioners:answer-mine", args=[other.pk]), {"answer": "confirms"}
    )
    assert answer.status_code == 404
    assert not ProfileAnswer.objects.exists()


def test_all_of_it_is_right_is_noted(doctor: Practitioner, clinician: User) -> None:
    client_of(clinician).post(reverse("practitioners:confirm-mine"))
    row = doctor.answers.get()
    assert (row.submission, row.answer, row.answered_by) == (None, "confirms", clinician)


def test_who_looked_is_told_by_name_and_place(
    doctor: Practitioner, clinician: User, sender: User
) -> None:
    client_of(sender).get(reverse("practitioners:staff"))
    text = client_of(clinician).get(reverse("practitioners:my-looks")).content.decode()
    assert "Quàng Thị Nga" in text
    assert "Bệnh viện Đa khoa tỉnh Điện Biên" in text
    assert "một dòng trong danh sách của cơ sở" in text


def test_who_looked_names_the_reviewer_s_desk_its_papers_and_its_cases(
    send: Send, licensing_officer: User, second_officer: User, clinician: User
) -> None:
    """A profile that came back and was sent again is the same person's, and so are its readers."""
    make_training_lists()
    first = send()
    desk = client_of(second_officer)
    desk.get(reverse("practitioners:desk", args=[first.pk]))
    returned = return_profile(
        submission_id=first.pk,
        version=1,
        reason_code="duplicate",
        actor=second_officer,
        at=timezone.now(),
    )
    again = send(supersedes=returned)
    paper = reverse("practitioners:evidence", args=[again.evidence.all()[0].pk])
    b"".join(desk.get(paper).streaming_content)
    verified = verify_all_passing(
        submission_id=again.pk, version=1, actor=licensing_officer, at=timezone.now()
    )
    assert verified.practitioner is not None
    link_account(
        actor=None, practitioner=verified.practitioner, user=clinician, on=date(2026, 1, 1)
    )
    case = DiscrepancyCase.objects.create(
        kind="two_licenses",
        key="two",
        department=verified.facility.parent or verified.facility,
        name="Lò Văn Thoan",
        origin="official",
        opened_at=timezone.now(),
    )
    CaseSide.objects.create(case=case, position=1, submission=verified)
    answer = desk.get(reverse("practitioners:case", args=[case.pk]))
    assert answer.status_code == 200
    shown = client_of(clinician).get(reverse("practitioners:my-looks")).context["looks"]
    seen = [str(look.part) for look in shown if look.who == "Trần Minh Khôi"]
    assert seen == ["một vụ việc sai lệch", "một bản chụp giấy tờ", "bàn duyệt hồ sơ đã gửi"]


def test_each_item_is_corrected_where_it_stands_with_what_stands_filled_in(
    doctor: Practitioner, clinician: User, hospital: Organisation, station: Organisation
) -> None:
    """Hours at one facility are never sent as those of another."""
    register_person(
        actor=None,
        practitioner=doctor,
        facility=station,
        post=Post(position_text="Bác sỹ khám", is_full_time=False, hours="T7 07:30–11:30"),
        stay=Stay(date(2026, 1, 5), date(2030, 12, 31)),
        at=timezone.now(),
        spans=read_hours("T7 07:30-11:30") or (),
    )
    own = client_of(clinician)
    answer = own.get(reverse("practitioners:my-profile"))
    shown = {(row["item"].key, row["facility"]): row["correct"] for row in answer.context["items"]}
    assert {key for key, _facility in shown} == set(KEYS) - {"training"}
    text = answer.content.decode()
    assert "T7 07:30–11:30" in text
    assert "đến 31/12/2030" in text
    for facility, hours in ((hospital, "T2 đến T6, 07:30 đến 16:30"), (station, "T7 07:30–11:30")):
        address = shown["registration", facility]
        assert address in text
        form = own.get(address.partition("#")[0]).context["form"]
        assert form["facility"].value() == facility.pk
        assert list(form.fields["facility"].queryset) == [facility]
        assert form["hours"].value() == hours
        assert form["name"].value() == "Lò Văn Thoan"
        assert form["license_issued_on"].value() == "10/03/2024"
    assert form["registered_until"].value() == "31/12/2030"


def test_a_practitioner_reads_every_value_the_register_has_of_them_and_of_nobody_else(
    doctor: Practitioner, clinician: User
) -> None:
    other = make_registered("Vàng A Dơ")
    PracticeLanguage.objects.create(
        practitioner=doctor, language="tiếng Lào", way="fluent", valid_from=date(2025, 1, 1)
    )
    own = client_of(clinician)
    address = reverse("practitioners:person", args=[doctor.pk])
    assert address in own.get(reverse("practitioners:my-profile")).content.decode()
    answer = own.get(address)
    assert "tiếng Lào" in answer.content.decode()
    assert answer.context["back"] == reverse("practitioners:my-profile")
    assert not answer.context["may_enter"]
    assert own.get(reverse("practitioners:person", args=[other.pk])).status_code == 404


def test_nobody_is_told_who_looked_at_another_s_profile(
    doctor: Practitioner, send: Send, clinician: User, second_officer: User
) -> None:
    other = send(name="Vàng A Dơ", identifier="011078002999", license_number="001999/ĐB-GPHN")
    client_of(second_officer).get(reverse("practitioners:desk", args=[other.pk]))
    shown = client_of(clinician).get(reverse("practitioners:my-looks")).context["looks"]
    assert "Trần Minh Khôi" not in {look.who for look in shown}
