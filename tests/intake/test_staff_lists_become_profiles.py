"""A facility's staff list becomes profiles for review; nothing is verified by an upload."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.services.states import handler_of
from portal.names import sort_key
from portal.places.models import Organisation
from practitioners.hours import read_hours
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Qualification,
    Registration,
    Verification,
)
from practitioners.services import Post, Stay, register_person, return_profile
from tests.intake.sending import NOW, confirm, counts, errors, found, send, workbook

pytestmark = pytest.mark.usefixtures("lists")

STAFF: Mapping[str, Any] = {
    "STT": "1",
    "MA_KHOA": "K01",
    "TEN_KHOA": "Khoa Khám bệnh",
    "HO_TEN": "LÒ VĂN THOAN",
    "GIOI_TINH": "1",
    "SO_DINH_DANH": "011078002915",
    "CHUCDANH_NN": "1",
    "VI_TRI": "2",
    "MACCHN": "001287/ĐB-GPHN",
    "NGAYCAP_CCHN": "20240310",
    "NOICAP_CCHN": "Sở Y tế tỉnh Điện Biên",
    "PHAMVI_CM": "102",
    "PHAMVI_CMBS": "",
    "DVKT_KHAC": "",
    "VB_PHANCONG": "",
    "THOIGIAN_DK": "1",
    "THOIGIAN_NGAY": "0730-1630",
    "THOIGIAN_TUAN": "T2T3T4T5T6",
    "CSKCB_KHAC": "",
    "CSKCB_CGKT": "",
    "QD_CGKT": "",
    "TU_NGAY": "20240401",
    "DEN_NGAY": "",
    "MA_CSKCB": "11001",
}
FORM = {
    "HO_TEN": "Lò Văn Thoan",
    "MACCHN": "001287/ĐB-GPHN",
    "PHAM_VI": "Nội khoa",
    "THOI_GIAN": "T2 đến T6, 07:30 đến 16:30",
    "VI_TRI_CM": "Bác sỹ điều trị",
}


def staff(**changed: Any) -> dict[str, Any]:
    return {**STAFF, **changed}


@pytest.fixture
def sent(data_officer: User, hospital: Organisation) -> Any:
    """Send a staff list of the hospital, written when it can be."""

    def _sent(*rows: Mapping[str, Any], kind: str = "practitioners", write: bool = True) -> Batch:
        names = list(dict.fromkeys(name for row in rows for name in row))
        batch = send(
            workbook(rows, headings=names, sheet="NV"),
            by=data_officer,
            organisation=hospital,
            kind=kind,
            name="nhan-vien.xlsx",
        )
        return confirm(batch, data_officer) if write and services.writable(batch) else batch

    return _sent


@pytest.fixture
def verified(hospital: Organisation, department: Organisation) -> Practitioner:
    """Lò Văn Thoan as the department verified him at the hospital."""
    person = Practitioner.objects.create(
        name="Lò Văn Thoan",
        name_sort=sort_key("Lò Văn Thoan"),
        birth_date=date(1978, 4, 22),
        sex="male",
        keeper=department,
        verified_at=NOW,
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="personal", value="011078002915", is_verified=True
    )
    Qualification.objects.create(practitioner=person, level="university", field="Y khoa")
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw="001287/ĐB-GPHN",
        serial=1287,
        issuer_code="ĐB",
        kind="gphn",
        title="doctor",
        scope="Nội khoa",
        issued_on=date(2024, 3, 10),
        issued_by="Sở Y tế tỉnh Điện Biên",
    )
    Registration.objects.create(
        practitioner=person,
        facility=hospital,
        position="2",
        department_code="K01",
        department="Khoa Khám bệnh",
        hours="T2T3T4T5T6 0730-1630",
        valid_from=date(2024, 4, 1),
    )
    return person


def register() -> tuple[int, ...]:
    tables = (Practitioner, PracticeLicense, Registration, Verification)
    return tuple(table.objects.count() for table in tables)


def codes(batch: Batch) -> set[str]:
    return {code for _cell, code, _severity in found(batch)}


def test_somebody_new_becomes_a_profile_that_waits_and_enters_no_register(
    sent: Any, hospital: Organisation, data_officer: User
) -> None:
    batch = sent(staff())
    assert counts(batch) == {"new": 1}
    assert codes(batch) == {"level_missing"}
    profile = ProfileSubmission.objects.get()
    assert (profile.state, profile.facility, profile.submitted_by) == (
        "submitted",
        hospital,
        data_officer,
    )
    said = profile.values
    assert (said["name"], said["birth_date"], said["sex"]) == ("Lò Văn Thoan", "1978", "male")
    assert (said["title"], said["position"], said["full_time"]) == ("doctor", "2", "1")
    assert (said["license_issued_on"], said["registered_from"]) == ("2024-03-10", "2024-04-01")
    assert said["hours"] == "T2T3T4T5T6 0730-1630"
    assert said["scope"].startswith("Nội khoa")
    assert profile.checks.get(code="qualification_missing").status == "fail"
    assert register() == (0, 0, 0, 0)
    assert StagedRow.objects.get().values["TEN_KHOA"] == "Khoa Khám bệnh"


def test_the_same_list_twice_makes_no_second_profile(sent: Any) -> None:
    sent(staff())
    again = sent(staff())
    assert counts(again) == {"unchanged": 1}
    assert ProfileSubmission.objects.count() == 1


def test_what_the_register_says_already_is_unchanged_and_a_change_waits_for_review(
    sent: Any, verified: Practitioner
) -> None:
    before = register()
    assert counts(sent(staff())) == {"unchanged": 1}
    assert not ProfileSubmission.objects.exists()
    batch = sent(staff(VI_TRI="", THOIGIAN_DK="2"), write=False)
    assert StagedRow.objects.get(batch=batch).changes == [["THOIGIAN_DK", "1", "0"]]
    confirm(batch, User.objects.get(username="hoa"))
    profile = ProfileSubmission.objects.get()
    assert profile.practitioner == verified
    pending = profile.items.filter(decision="pending").values_list("key", flat=True)
    assert list(pending) == ["registration"]
    assert register() == before


def test_form_01_finds_whom_the_register_knows_and_asks_for_the_rest_of_others(
    sent: Any, verified: Practitioner
) -> None:
    batch = sent(
        FORM, {**FORM, "HO_TEN": "Quàng Thị Mới", "MACCHN": "004929/HNO-GPHN"}, kind="form01"
    )
    assert counts(batch) == {"changed": 1, "wrong": 1}
    assert {"birth_date_missing", "title_missing", "license_issued_on_missing"} <= codes(batch)
    assert ProfileSubmission.objects.get().practitioner == verified


def test_staff_without_a_licence_pharmacists_and_past_practice_stay_with_the_file(
    sent: Any,
) -> None:
    batch = sent(
        staff(MACCHN="", HO_TEN="Tòng Thị Hộ Lý", SO_DINH_DANH=""),
        staff(CHUCDANH_NN="8", HO_TEN="Cà Văn Dược", MACCHN="012345/HNO-CCHND"),
        staff(DEN_NGAY="20251231"),
    )
    assert counts(batch) == {"unchanged": 3}
    assert {"no_license", "other_profession", "practice_over"} <= codes(batch)
    assert not ProfileSubmission.objects.exists()


def test_a_licence_of_another_and_one_licence_twice_are_named(
    sent: Any, verified: Practitioner
) -> None:
    batch = sent(
        staff(HO_TEN="Vừ A Dính"),
        staff(HO_TEN="Giàng A Páo", MACCHN="1287/ĐB-GPHN"),
        write=False,
    )
    said = {f.code: f.params for f in Finding.objects.filter(batch=batch)}
    assert said["license_of_another"]["name"] == "Lò Văn Thoan"
    assert said["license_twice"]["number"] == 2
    assert counts(batch)["wrong"] == 1


def test_overlapping_registrations_are_found_with_both_sides(
    sent: Any, verified: Practitioner, station: Organisation, hospital: Organisation
) -> None:
    Registration.objects.create(
        practitioner=verified, facility=station, position="1", valid_from=date(2023, 1, 1)
    )
    chief = Practitioner.objects.create(
        name="Cầm Bá Trưởng", name_sort="x", birth_date=date(1970, 1, 1), sex="male"
    )
    Registration.objects.create(
        practitioner=chief, facility=hospital, position="1", valid_from=date(2024, 1, 1)
    )
    batch = sent(
        staff(VI_TRI="1"),
        staff(VI_TRI="3", MACCHN="004929/HNO-GPHN", HO_TEN="Quàng Thị Hai", SO_DINH_DANH=""),
        write=False,
    )
    said = {f.code: f.params for f in Finding.objects.filter(batch=batch).order_by("-number")}
    assert said["full_time_elsewhere"]["place"] == station.name
    assert said["full_time_elsewhere"]["day"] == "01/01/2023"
    assert said["responsible_twice"]["place"] == station.name
    assert said["responsible_taken"]["holder"] == "Cầm Bá Trưởng"


def test_two_people_responsible_in_one_list_name_each_other(sent: Any) -> None:
    other = {"HO_TEN": "Quàng Thị Hai", "SO_DINH_DANH": "011190000002", "GIOI_TINH": "2"}
    batch = sent(staff(VI_TRI="1"), staff(**other, VI_TRI="3", MACCHN="000475/HNO-GPHN"))
    finding = Finding.objects.get(batch=batch, code="two_responsible")
    assert (finding.params["other"], finding.params["number"]) == ("LÒ VĂN THOAN", 2)
    assert ProfileSubmission.objects.count() == 2


def test_a_waiting_profile_that_says_something_else_holds_its_row_back(sent: Any) -> None:
    sent(staff())
    batch = sent(staff(VI_TRI="4"))
    assert [code for _cell, code in errors(batch)] == ["profile_waiting"]
    assert ProfileSubmission.objects.count() == 1


def test_a_returned_profile_is_sent_again_by_a_corrected_list(
    sent: Any, licensing_officer: User
) -> None:
    sent(staff())
    first = ProfileSubmission.objects.get()
    return_profile(
        submission_id=first.pk,
        version=first.version,
        reason_code="evidence_missing",
        actor=licensing_officer,
        at=NOW,
    )
    assert counts(sent(staff())) == {"unchanged": 1}
    batch = sent(staff(TRINH_DO="Đại học", NGAY_SINH="22/04/1978"))
    assert counts(batch) == {"changed": 1}
    again = ProfileSubmission.objects.get(state="submitted")
    assert again.supersedes == first
    assert again.values["qualification_level"] == "university"


def test_undoing_takes_waiting_profiles_back_and_decided_ones_stand_in_the_way(
    sent: Any, data_officer: User, licensing_officer: User
) -> None:
    batch = sent(staff())
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Nhầm danh sách.")
    services.undo_batch(batch.pk, at=NOW)
    assert not ProfileSubmission.objects.exists()
    later = sent(staff())
    profile = ProfileSubmission.objects.get()
    return_profile(
        submission_id=profile.pk,
        version=profile.version,
        reason_code="evidence_missing",
        actor=licensing_officer,
        at=NOW,
    )
    obstacles = handler_of(later).consequences().obstacles
    assert ["Lò Văn Thoan" in str(obstacle) for obstacle in obstacles] == [True]


def test_staff_of_another_facility_are_refused(sent: Any) -> None:
    batch = sent(staff(MA_CSKCB="11999"))
    assert ("NV!X2", "facility_not_yours") in errors(batch)
    assert not ProfileSubmission.objects.exists()


def test_hours_that_meet_hours_elsewhere_are_found_with_both_sides(
    sent: Any, verified: Practitioner, station: Organisation
) -> None:
    """Law 15/2023/QH15, article 36(1): found by the hours, not by the days alone."""
    register_person(
        actor=None,
        practitioner=verified,
        facility=station,
        post=Post(is_full_time=False),
        stay=Stay(date(2023, 1, 1)),
        at=NOW,
        spans=read_hours("T4 16:00-19:00; T7 07:00-11:00") or (),
    )
    batch = sent(staff(), write=False)
    said = {f.code: f.params for f in Finding.objects.filter(batch=batch)}
    assert said["hours_meet"]["place"] == station.name
    assert (said["hours_meet"]["hours"], said["hours_meet"]["wanted"]) == (
        "T4 16:00–19:00",
        "T4 07:30–16:30",
    )
    assert "works_elsewhere" not in said


def test_hours_that_do_not_meet_are_no_finding(
    sent: Any, verified: Practitioner, station: Organisation
) -> None:
    register_person(
        actor=None,
        practitioner=verified,
        facility=station,
        post=Post(is_full_time=False),
        stay=Stay(date(2023, 1, 1)),
        at=NOW,
        spans=read_hours("T4 16:30-19:00; T7 07:00-11:00") or (),
    )
    batch = sent(staff(), write=False)
    said = set(Finding.objects.filter(batch=batch).values_list("code", flat=True))
    assert not said & {"hours_meet", "works_elsewhere", "full_time_elsewhere"}
