"""A practitioner's own page and the facility's list: what is due, answered, confirmed, reported."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners.models import (
    Practitioner,
    ProfileAnswer,
    ProfileSubmission,
    Registration,
    TrainingActivity,
)
from practitioners.services import answer_change, end_registration, link_account
from tests.practitioners.conftest import PDF, PROFILE, Send, make_list
from tests.practitioners.registered import make_registered
from tests.practitioners.training import make_training_lists

TODAY = timezone.localdate()


@pytest.fixture
def rules(db: None) -> None:
    """The terms that run for a facility."""
    make_list(
        "practice_rules",
        "Quy định",
        {"join_list": "Gửi danh sách bổ sung", "leave_report": "Báo cáo thôi hành nghề"},
        value="10",
        unit="calendar_days",
        article="Nghị định 96/2023/NĐ-CP, Điều 29",
    )


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


# The facility's list


def staff_page(user: User, **query: str) -> Any:
    answer = client_of(user).get(reverse("practitioners:staff"), query)
    assert answer.status_code == 200
    return answer


def test_the_list_says_what_is_missing_of_whom(
    doctor: Practitioner, hospital: Organisation, sender: User
) -> None:
    make_registered("Vàng A Dơ", hospital, valid_until=date(2026, 1, 31))
    rows = {row.person.name: row for row in staff_page(sender).context["members"]}
    assert {one.code for one in rows["Vàng A Dơ"].dues} >= {
        "license_unusable",
        "identifier_none",
        "qualification_none",
    }
    assert rows["Vàng A Dơ"].dues[0].code == "license_unusable"
    filtered = staff_page(sender, nhom="license").context["members"]
    assert [row.person.name for row in filtered] == ["Vàng A Dơ"]


def test_the_list_takes_the_queries_of_one_for_thirty(
    hospital: Organisation, sender: User, lists: None
) -> None:
    make_training_lists()
    make_registered("Sùng A Lử", hospital)
    client = client_of(sender)
    client.get(reverse("practitioners:staff"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("practitioners:staff"))
    for number in range(29):
        make_registered(f"Sùng A {number}", hospital)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("practitioners:staff"))
    assert len(many) == len(one)


def test_a_joiner_s_term_counts_down_until_the_list_is_sent(
    hospital: Organisation, sender: User, rules: None
) -> None:
    person = make_registered("Sùng A Lử", hospital)
    row = person.registrations.get()
    row.added_on = TODAY - timedelta(days=7)
    row.save()
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.due_on, clock.left) == ("join_list", TODAY + timedelta(days=3), 3)
    client_of(sender).post(
        reverse("practitioners:move-registration", args=[row.pk]), {"deed": "joined"}
    )
    row.refresh_from_db()
    assert row.announced_on == TODAY


def test_a_leaver_s_term_counts_down_until_it_is_reported(
    hospital: Organisation, sender: User, rules: None
) -> None:
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    end_registration(actor=sender, registration=row, last_day=TODAY, because="Nghỉ hưu")
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.is_ours) == ("leave_report", True)
    address = reverse("practitioners:move-registration", args=[row.pk])
    client_of(sender).post(address, {"deed": "reported"})
    row.refresh_from_db()
    assert row.leaving_announced_on == TODAY
    assert staff_page(sender).context["clocks"] == []


def test_another_facility_s_people_are_no_address(station: Organisation, sender: User) -> None:
    row = make_registered("Sùng A Lử", station).registrations.get()
    address = reverse("practitioners:move-registration", args=[row.pk])
    answer = client_of(sender).post(address, {"deed": "reported"})
    assert answer.status_code == 404
    assert Registration.objects.get(pk=row.pk).leaving_announced_on is None
    assert "Sùng A Lử" not in staff_page(sender).content.decode()


def test_somebody_without_licence_is_listed_with_what_is_missing(
    hospital: Organisation, sender: User
) -> None:
    person = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=date(1978, 4, 22), sex="male"
    )
    Registration.objects.create(practitioner=person, facility=hospital, valid_from=date(2025, 7, 1))
    TrainingActivity.objects.create(
        practitioner=person,
        title="Siêu âm",
        hours=8,
        ended_on=date(2025, 7, 1),
        state="declared",
    )
    (row,) = staff_page(sender).context["members"]
    assert "license_none" in {one.code for one in row.dues}
