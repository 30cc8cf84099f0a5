"""Diplomas, specialities, examinations, languages, bans and sanctions are entered by the department."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    Practitioner,
    ProfileSource,
    Qualification,
    Sanction,
    Speciality,
)
from tests.beside import Beside
from tests.practitioners.conftest import AT, make_list
from tests.practitioners.registered import make_registered

DIPLOMA = {
    "level": "specialist_1",
    "field": "Nội khoa",
    "school": "Trường Đại học Y Hà Nội",
    "country": "VN",
    "diploma_number": "CKI 0417",
    "issued_on": "15/07/2016",
}
SITTING = {"title": "doctor", "sat_on": "12/10/2025", "result": "passed", "result_no": "HĐYKQG-118"}
LANGUAGE = {"language": "Tiếng Anh", "way": "interpreter", "valid_from": "01/03/2026"}


@pytest.fixture
def person(hospital: Organisation, department: Organisation, lists: None) -> Practitioner:
    make_list("practice_scopes", "Phạm vi", {"102": "Nội khoa"}, professional_title="doctor")
    make_list("practice_ban_grounds", "Cấm", {"barred": "Bị cấm hành nghề"})
    person = make_registered("Quàng Thị Hạc", hospital)
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    person.refresh_from_db()
    return person


def address(deed: str, person: Practitioner) -> str:
    return reverse(f"admin:practitioners_practitioner_{deed}", args=[person.pk])


def post(user: User, deed: str, person: Practitioner, said: dict[str, Any]) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(address(deed, person), said)


def refusals(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer.status_code
    found = answer.context["form"].errors.as_data()
    return {name: [error.code for error in errors] for name, errors in found.items()}


def test_an_official_enters_a_diploma_and_the_profile_says_who_verified_it(
    person: Practitioner, licensing_officer: User
) -> None:
    assert post(licensing_officer, "van_bang", person, DIPLOMA).status_code == 302
    row = person.qualifications.get(diploma_number="CKI 0417")
    assert (row.level, row.issued_on, row.country) == ("specialist_1", date(2016, 7, 15), "VN")
    word = ProfileSource.objects.get(field="diploma_number", row_id=row.pk)
    assert (word.source, word.verified_by) == ("paper", licensing_officer)
    client = Client()
    client.force_login(licensing_officer)
    text = client.get(reverse("practitioners:person", args=[person.pk])).content.decode()
    assert "CKI 0417" in text
    assert licensing_officer.full_name in text


def test_what_was_read_wrongly_is_put_right_on_the_same_row(
    person: Practitioner, licensing_officer: User
) -> None:
    post(licensing_officer, "van_bang", person, DIPLOMA)
    row = person.qualifications.get()
    said = {**DIPLOMA, "instead_of": str(row.pk), "diploma_number": "CKI 0471"}
    assert post(licensing_officer, "van_bang", person, said).status_code == 302
    assert person.qualifications.get().pk == row.pk
    row.refresh_from_db()
    assert row.diploma_number == "CKI 0471"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"issued_on": "01/01/2100"}, "issued_on", "day_to_come"),
        ({"issued_on": "20/05/1979"}, "issued_on", "diploma_before_birth"),
        ({"recognition_no": "12/QĐ-BGDĐT"}, "recognised_on", "recognition_incomplete"),
        ({"recognised_on": "01/01/2020"}, "recognition_no", "recognition_incomplete"),
        (
            {"recognition_no": "12/QĐ-BGDĐT", "recognised_on": "01/01/2010"},
            "recognised_on",
            "recognised_before_issue",
        ),
        ({"level": "sorcerer"}, "level", "invalid_choice"),
        ({"instead_of": "01a223e5-ca4e-7bf7-b841-61fb65f014e4"}, "instead_of", "invalid_choice"),
    ],
)
def test_a_diploma_that_cannot_be_is_refused_at_its_field_and_what_was_typed_stays(
    person: Practitioner, licensing_officer: User, changes: dict[str, str], field: str, code: str
) -> None:
    answer = post(licensing_officer, "van_bang", person, {**DIPLOMA, **changes})
    assert refusals(answer) == {field: [code]}
    assert "CKI 0417" in answer.content.decode()
    assert not Qualification.objects.exists()
    assert not ProfileSource.objects.exists()


def test_the_same_diploma_is_entered_once(person: Practitioner, licensing_officer: User) -> None:
    post(licensing_officer, "van_bang", person, DIPLOMA)
    again = post(licensing_officer, "van_bang", person, DIPLOMA)
    assert refusals(again) == {"diploma_number": ["diploma_known"]}
    assert Qualification.objects.count() == 1


def test_a_speciality_rests_on_its_diploma_and_begins_with_it(
    person: Practitioner, licensing_officer: User
) -> None:
    post(licensing_officer, "van_bang", person, DIPLOMA)
    diploma = person.qualifications.get()
    said = {"text": "Nội khoa", "code": "102", "qualification_id": str(diploma.pk)}
    assert post(licensing_officer, "chuyen_khoa", person, said).status_code == 302
    row = Speciality.objects.get()
    assert (row.qualification, row.valid_from, row.code) == (diploma, diploma.issued_on, "102")
    again = post(licensing_officer, "chuyen_khoa", person, said)
    assert refusals(again) == {"text": ["speciality_known"]}


def test_a_result_told_again_for_the_same_sitting_takes_the_place_of_the_first(
    person: Practitioner, licensing_officer: User
) -> None:
    post(licensing_officer, "ket_qua_kiem_tra", person, SITTING)
    post(licensing_officer, "ket_qua_kiem_tra", person, {**SITTING, "result": "annulled"})
    row = ExaminationResult.objects.get()
    assert (row.result, row.sat_on) == ("annulled", date(2025, 10, 12))
    later = {**SITTING, "sat_on": f"{timezone.localdate() + timedelta(days=1):%d/%m/%Y}"}
    assert refusals(post(licensing_officer, "ket_qua_kiem_tra", person, later)) == {
        "sat_on": ["day_to_come"]
    }
    assert ExaminationResult.objects.count() == 1


def test_a_language_ends_the_day_before_it_is_registered_in_another_way(
    person: Practitioner, licensing_officer: User
) -> None:
    missing = post(licensing_officer, "ngon_ngu", person, LANGUAGE)
    assert refusals(missing) == {"__all__": ["interpreter_missing"]}
    named = {**LANGUAGE, "interpreter": "Lê Thu An, 12/PD"}
    assert post(licensing_officer, "ngon_ngu", person, named).status_code == 302
    own = {"language": "Tiếng Anh", "way": "own", "valid_from": "01/09/2026"}
    assert post(licensing_officer, "ngon_ngu", person, own).status_code == 302
    held = PracticeLanguage.objects.order_by("valid_from").values_list("way", "valid_until")
    assert list(held) == [("interpreter", date(2026, 8, 31)), ("own", None)]
    same_day = post(licensing_officer, "ngon_ngu", person, own)
    assert refusals(same_day) == {"__all__": ["language_overlap"]}
    assert PracticeLanguage.objects.count() == 2


def test_a_time_of_training_is_entered_and_ended_on_the_same_row(
    person: Practitioner, licensing_officer: User
) -> None:
    said = {
        "kind": "specialist",
        "place_text": "Trường Đại học Y Hà Nội",
        "valid_from": "01/09/2025",
        "certificate_no": "QĐ 55",
    }
    assert post(licensing_officer, "qua_trinh", person, said).status_code == 302
    ended = {**said, "valid_until": "30/06/2026"}
    assert post(licensing_officer, "qua_trinh", person, ended).status_code == 302
    row = person.practice_periods.get()
    assert (row.kind, row.valid_until) == ("specialist", date(2026, 6, 30))
    reversed_ = {**said, "place_text": "Khác", "valid_until": "01/08/2025"}
    assert refusals(post(licensing_officer, "qua_trinh", person, reversed_)) == {
        "__all__": ["period_reversed"]
    }
    assert person.practice_periods.count() == 1


def test_a_sanction_says_what_the_public_reads_and_until_when(
    person: Practitioner, licensing_officer: User
) -> None:
    said = {
        "decision_no": "12/QĐ-XPHC",
        "decided_on": "20/10/2026",
        "authority": "Thanh tra Sở Y tế tỉnh Điện Biên",
        "valid_from": "01/11/2026",
        "kind": "fine",
        "ground": "Hành nghề ngoài giờ đã đăng ký",
        "amount": "15000000",
        "published_until": "01/11/2027",
    }
    silent = post(licensing_officer, "xu_ly_vi_pham", person, said)
    assert refusals(silent) == {"__all__": ["published_text_missing"]}
    assert not Sanction.objects.exists()
    told = {**said, "published_text": "Phạt tiền"}
    assert post(licensing_officer, "xu_ly_vi_pham", person, told).status_code == 302
    row = Sanction.objects.get()
    assert (row.amount, row.published_until, row.recorded_by) == (
        15_000_000,
        date(2027, 11, 1),
        licensing_officer,
    )


@pytest.mark.parametrize(
    "deed", ["van_bang", "chuyen_khoa", "ket_qua_kiem_tra", "ngon_ngu", "qua_trinh"]
)
def test_neither_who_sends_profiles_nor_another_department_enters_anything(
    deed: str, person: Practitioner, sender: User, foreign_officer: User
) -> None:
    assert post(sender, deed, person, DIPLOMA).status_code == 403
    assert post(foreign_officer, deed, person, DIPLOMA).status_code == 404
    assert not Qualification.objects.exists()


def test_a_diploma_from_abroad_is_marked_until_it_is_recognised(
    person: Practitioner, licensing_officer: User
) -> None:
    abroad = services.Diploma(
        level="university", diploma_number="MD 7", country="FR", issued_on=date(2005, 6, 1)
    )
    row = services.record_diploma(
        actor=licensing_officer, practitioner=person, diploma=abroad, at=AT
    )
    client = Client()
    client.force_login(licensing_officer)
    page = reverse("practitioners:person", args=[person.pk])
    mark = "chưa được công nhận"
    assert mark in client.get(page).content.decode()
    recognised = services.Diploma(
        level="university",
        diploma_number="MD 7",
        country="FR",
        issued_on=date(2005, 6, 1),
        recognition_no="88/QLCL",
        recognised_on=date(2006, 1, 9),
    )
    services.record_diploma(
        actor=licensing_officer, practitioner=person, diploma=recognised, at=AT, instead_of=row.pk
    )
    assert mark not in client.get(page).content.decode()
    with pytest.raises(ValidationError):
        services.record_diploma(
            actor=licensing_officer, practitioner=person, diploma=recognised, at=AT
        )


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_enter_a_speciality_and_a_diploma_once(person: Practitioner) -> None:
    diploma = services.Diploma(
        level="specialist_1", field="Nội khoa", school="Trường Đại học Y Hà Nội", country="VN",
        diploma_number="CKI 0417", issued_on=date(2016, 7, 15),
    )  # fmt: skip
    before = Qualification.objects.filter(practitioner=person).count()

    def enter() -> None:
        services.record_speciality(actor=None, practitioner=person, text="Nội khoa", at=AT)

    def add() -> None:
        services.record_diploma(actor=None, practitioner=person, diploma=diploma, at=AT)

    clicks = [Beside(deed) for deed in (enter, enter, add, add)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert Speciality.objects.filter(practitioner=person, text="Nội khoa").count() == 1
    assert Qualification.objects.filter(practitioner=person).count() == before + 1
    refused = [click.error for click in clicks if click.error is not None]
    assert len(refused) == 2
    assert all(isinstance(error, ValidationError) for error in refused)
