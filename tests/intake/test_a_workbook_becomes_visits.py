"""A hospital's workbook becomes visits on its people's timelines."""

from datetime import date

import pytest
from django.apps import apps

from healthrecords.models import CareRelation, Citizen, Diagnosis, Visit, VitalSigns
from portal.accounts.models import User
from portal.codelists.icd import _structure
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.intake.models import Finding, StagedRow
from portal.places.models import Organisation
from tests.intake.sending import GOOD, confirm, counts, errors, found, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def test_a_good_row_becomes_a_visit_of_a_new_unverified_citizen(
    data_officer: User, hospital: Organisation, station: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    assert found(batch) == []
    assert counts(batch) == {"new": 1}
    assert not Visit.objects.exists()
    confirm(batch, data_officer)
    seen = Visit.objects.get()
    assert (seen.facility, seen.episode_key, seen.batch_id) == (hospital, "26101200041", batch.pk)
    assert (seen.outcome, seen.discharge, seen.kind, seen.status) == ("2", "1", "01", "finished")
    person = seen.citizen
    assert (person.name, person.birth_date, person.sex) == ("Lò Văn Ún", date(1971, 8, 15), "male")
    assert person.home_station == station
    assert set(person.identifiers.values_list("kind", "value", "is_verified")) == {
        ("personal", "011071000123", False),
        ("insurance_card", "HT2111234567890", False),
        ("insurance_number", "1234567890", False),
    }
    codes = Diagnosis.objects.order_by("rank").values_list("rank", "code")
    assert list(codes) == [("main", "J18.9"), ("other", "I10")]
    measured = VitalSigns.objects.get()
    assert (measured.pulse, measured.systolic, measured.diastolic) == (78, 120, 80)
    assert CareRelation.objects.filter(citizen=person, organisation=hospital).exists()


def test_history_of_a_written_visit_names_its_batch(
    data_officer: User, hospital: Organisation
) -> None:
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    history = apps.get_model("healthrecords", "VisitHistory").objects.get()
    assert history.pgh_context.metadata["batch"] == str(batch.pk)
    assert history.pgh_context.metadata["user"] == str(data_officer.pk)


def test_the_same_file_twice_changes_nothing(data_officer: User, hospital: Organisation) -> None:
    content = workbook([visit(), visit(MA_LK="2", MA_BENH_KT="", MACH="")])
    confirm(send(content, by=data_officer, organisation=hospital), data_officer)
    assert Citizen.objects.count() == 1
    before = apps.get_model("healthrecords", "VisitHistory").objects.count()
    again = send(content, by=data_officer, organisation=hospital)
    assert counts(again) == {"unchanged": 2}
    assert [note["code"] for note in again.notes] == ["same_file"]
    assert apps.get_model("healthrecords", "VisitHistory").objects.count() == before


def test_a_corrected_file_updates_the_visit_and_says_old_and_new(
    data_officer: User, hospital: Organisation
) -> None:
    confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    mended = workbook([visit(MA_BENH_CHINH="J06.9", KET_QUA_DTRI="Khỏi")])
    batch = send(mended, by=data_officer, organisation=hospital)
    assert counts(batch) == {"changed": 1}
    assert StagedRow.objects.get(batch=batch).changes == [
        ["KET_QUA_DTRI", "2", "1"],
        ["MA_BENH_CHINH", "J18.9", "J06.9"],
    ]
    confirm(batch, data_officer)
    seen = Visit.objects.get()
    assert (seen.outcome, seen.batch_id) == ("1", batch.pk)
    assert Diagnosis.objects.get(rank="main").code == "J06.9"
    assert VitalSigns.objects.get().pulse == 78


def test_what_a_later_file_has_no_column_for_stays(
    data_officer: User, hospital: Organisation
) -> None:
    confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    few = [
        "MA_LK",
        "HO_TEN",
        "SO_CCCD",
        "NGAY_SINH",
        "GIOI_TINH",
        "NGAY_VAO",
        "MA_BENH_CHINH",
        "MACH",
    ]
    batch = send(workbook([visit(MACH="80")], headings=few), by=data_officer, organisation=hospital)
    assert StagedRow.objects.get(batch=batch).changes == [["MACH", "78", "80"]]
    confirm(batch, data_officer)
    measured = VitalSigns.objects.get()
    assert (measured.pulse, measured.systolic) == (80, 120)
    assert Diagnosis.objects.filter(rank="other").count() == 1
    assert Visit.objects.get().reason == "Ho, sốt 3 ngày"


def test_a_wrong_row_waits_and_the_good_ones_go_in(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(), visit(MA_LK="2", NGAY_SINH="30/02/1958"), visit(MA_LK="3")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert errors(batch) == [("KhamBenh!D3", "no_such_day")]
    confirm(batch, data_officer)
    assert sorted(Visit.objects.values_list("episode_key", flat=True)) == ["26101200041", "3"]
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert batch.written_count == 2


def test_two_versions_of_one_key_are_both_held_back_and_a_repetition_is_harmless(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(), visit(), visit(MA_LK="2"), visit(MA_LK="2", MACH="90")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert found(batch) == [
        ("KhamBenh!A3", "row_repeated", "warning"),
        ("KhamBenh!A4", "key_twice", "error"),
        ("KhamBenh!A5", "key_twice", "error"),
    ]
    assert counts(batch) == {"new": 1, "unchanged": 1, "wrong": 2}
    told = Finding.objects.filter(batch=batch, code="key_twice").order_by("number")
    assert [(one.value, one.params) for one in told] == [
        ("2", {"number": 5, "key": "2"}),
        ("2", {"number": 4, "key": "2"}),
    ]


def test_confirming_twice_writes_once(data_officer: User, hospital: Organisation) -> None:
    from portal.intake import services
    from tests.intake.sending import NOW

    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    services.write_batch(batch.pk, at=NOW)
    assert Visit.objects.count() == 1
    services.read_batch(batch.pk, at=NOW)
    batch.refresh_from_db()
    assert batch.state == "written"


@pytest.mark.parametrize(
    ("said", "kept", "warned"),
    [
        ("000", "VN", False),
        ("Lào", "LA", False),
        ("", "VN", False),
        ("417", "417", True),
        ("Sao Hỏa", "", True),
    ],
)
def test_a_nationality_is_kept_as_its_iso_code_or_raw_with_a_warning(
    data_officer: User, hospital: Organisation, said: str, kept: str, warned: bool
) -> None:
    content = workbook([visit(MA_QUOCTICH=said)], headings=[*GOOD, "MA_QUOCTICH"])
    batch = send(content, by=data_officer, organisation=hospital)
    codes = {code for _cell, code, severity in found(batch) if severity == "warning"}
    assert ("code_unknown" in codes) is warned
    confirm(batch, data_officer)
    assert Citizen.objects.get().nationality == kept


@pytest.mark.parametrize(
    ("ended", "sensitivity"), [("30/06/2026 12:00", ""), ("02/07/2026 10:00", "tb")]
)
def test_a_visit_is_coded_and_protected_by_the_lists_of_the_day_it_ends(
    data_officer: User, hospital: Organisation, ended: str, sensitivity: str
) -> None:
    """The list of ICD-10 changed on 01/07/2026 (Thông tư 06/2026/TT-BYT)."""
    change = Edition(valid_from=date(2026, 7, 1), legal_basis="Thông tư 06/2026/TT-BYT")
    for key, row in (
        ("icd10", Row("E11.9", "Đái tháo đường", attributes={"not_main": "1"})),
        (
            "sensitivity_rules",
            Row("J02", "Thử", attributes={"first": "J02", "last": "J02", "sensitivity": "tb"}),
        ),
    ):
        publish_version(code_list=CodeList.objects.get(key=key), rows=[row], edition=change)
    said = {"MA_BENH_CHINH": "E11.9", "MA_BENH_KT": "J02.9", "NGAY_VAO": "30/06/2026 10:00"}
    batch = send(workbook([visit(**said, NGAY_RA=ended)]), by=data_officer, organisation=hospital)
    assert StagedRow.objects.get(batch=batch).sensitivity == sensitivity
    assert ("code_not_main" in str(found(batch))) is bool(sensitivity)


def test_a_code_the_list_does_not_hold_is_named_once_and_judged_by_its_category(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [
        visit(MA_BENH_CHINH="E76.2", MA_BENH_KT=""),
        visit(MA_LK="2", MA_BENH_CHINH="E76.2", MA_BENH_KT=""),
        visit(MA_LK="3", MA_BENH_CHINH="O71.0", MA_BENH_KT=""),
    ]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    codes = [(code, severity) for _cell, code, severity in found(batch)]
    assert codes.count(("limits_not_held", "warning")) == 2  # of each code once
    assert ("code_of_other_sex", "error") in codes
    assert counts(batch) == {"new": 2, "wrong": 1}


@pytest.mark.parametrize(
    ("main", "others", "codes"),
    [
        ("E10.4†/G63.2*", "", ["E10.4", "G63.2"]),
        ("G63.2* (E10.4†)", "I10", ["E10.4", "G63.2", "I10"]),
        ("e104+ g632*", "I10;G63.2", ["E10.4", "I10", "G63.2"]),
        ("E10.4†; G63.2*", "", ["E10.4", "G63.2"]),
        ("E10.4†", "G63.2*;I10", ["E10.4", "G63.2", "I10"]),
        ("J18.9", "E10.4†/G63.2*;I10", ["J18.9", "E10.4", "G63.2", "I10"]),
        ("E10.4", "E10.4†/G63.2*", ["E10.4", "G63.2"]),
    ],
)
def test_a_disease_and_its_manifestation_are_two_diagnoses_in_one_cell_or_two(
    data_officer: User, hospital: Organisation, main: str, others: str, codes: list[str]
) -> None:
    """The dagger is the main one, the asterisk a further one (ICD-10, volume 2)."""
    content = workbook([visit(MA_BENH_CHINH=main, MA_BENH_KT=others)])
    batch = send(content, by=data_officer, organisation=hospital)
    assert errors(batch) == []
    assert not Finding.objects.filter(batch=batch, code="code_not_main").exists()
    confirm(batch, data_officer)
    rows = Diagnosis.objects.order_by("rank", "position").values_list("rank", "code")
    assert list(rows) == [("main", codes[0]), *(("other", code) for code in codes[1:])]
    again = send(content, by=data_officer, organisation=hospital)
    assert counts(again) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("main", "code"),
    [
        ("G63.2*", "code_not_main"),  # a manifestation without its disease
        ("E10.4/G63.2", "icd_unknown"),  # which of them is the main one is not said
        ("E10.4*/G63.2*", "icd_unknown"),
        ("E10.4†/G99.99*", "icd_unknown"),
    ],
)
def test_a_pair_that_does_not_say_which_is_the_disease_is_not_guessed_at(
    data_officer: User, hospital: Organisation, main: str, code: str
) -> None:
    content = workbook([visit(MA_BENH_CHINH=main)])
    batch = send(content, by=data_officer, organisation=hospital)
    assert code in {one.code for one in Finding.objects.filter(batch=batch)}


@pytest.mark.parametrize(
    ("main", "others", "cells"),
    [
        ("G63.2*", "", ["MA_BENH_CHINH"]),
        ("G63.2", "", ["MA_BENH_CHINH"]),  # by its category, whatever mark was written
        ("R05", "G63.2*", ["MA_BENH_KT"]),  # a symptom is no disease
        ("G63.2*", "H36.0*", ["MA_BENH_CHINH", "MA_BENH_KT"]),
        ("G63.2*", "E10.4", []),
        ("E10.4†", "G63.2*", []),
        ("E10.4†/G63.2*", "", []),
        ("J18.9", "I10", []),
    ],
)
def test_the_form_of_a_disease_without_the_disease_is_a_remark(
    data_officer: User, hospital: Organisation, main: str, others: str, cells: list[str]
) -> None:
    content = workbook([visit(MA_BENH_CHINH=main, MA_BENH_KT=others)])
    batch = send(content, by=data_officer, organisation=hospital)
    assert errors(batch) == []
    said = Finding.objects.filter(batch=batch, code="form_without_disease", severity="warning")
    assert sorted(said.values_list("column", flat=True)) == cells
    assert counts(batch) == {"new": 1}


@pytest.fixture
def whole_list(lists: None) -> None:
    """All categories of ICD-10 and two codes beneath them, from July on."""
    structure = _structure()
    rows = [Row(code, said.title_en[:300]) for code, said in structure.items() if len(code) == 3]
    rows += [Row("J18.9", "Viêm phổi"), Row("J18.0", "Viêm phế quản phổi")]
    rows[0] = Row(rows[0].code, rows[0].title, attributes={"sex": "F"})
    publish_version(
        code_list=CodeList.objects.get(key="icd10"),
        rows=rows,
        edition=Edition(valid_from=date(2026, 7, 1), legal_basis="Thông tư 06/2026/TT-BYT"),
    )


@pytest.mark.usefixtures("whole_list")
def test_a_code_that_the_whole_list_of_the_last_day_has_not_is_named_at_every_cell(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [
        visit(MA_LK="1", MA_BENH_CHINH="J18.9", MA_BENH_KT="J18.1"),
        visit(MA_LK="2", MA_BENH_CHINH="J18.1", MA_BENH_KT="I10"),
        visit(MA_LK="3", MA_BENH_CHINH="J18.0", MA_BENH_KT=""),
        visit(
            MA_LK="4",
            MA_BENH_CHINH="J18.1",
            NGAY_VAO="29/06/2026 08:00",
            NGAY_RA="30/06/2026 08:00",
        ),
    ]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    said = Finding.objects.filter(batch=batch, code="code_not_in_list", severity="warning")
    assert sorted(said.values_list("number", "column")) == [
        (2, "MA_BENH_KT"),
        (3, "MA_BENH_CHINH"),
    ]
    assert "Thông tư 06/2026/TT-BYT" in said[0].params["basis"]
    assert counts(batch) == {"new": 4}


def test_where_a_part_of_the_list_is_loaded_its_gaps_are_no_fault_of_the_sender(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit(MA_BENH_CHINH="E76.2")]), by=data_officer, organisation=hospital)
    assert not Finding.objects.filter(batch=batch, code="code_not_in_list").exists()


def test_measures_are_judged_by_the_list_of_the_day_of_the_visit(
    data_officer: User, hospital: Organisation
) -> None:
    """The file came on 05/11; the list changed on 05/10, between its two visits."""
    narrow = {"unit": "lần/phút", "impossible_low": "20", "impossible_high": "140"}
    publish_version(
        code_list=CodeList.objects.get(key="vital_signs"),
        rows=[Row("pulse", "Mạch", attributes=narrow)],
        edition=Edition(valid_from=date(2026, 10, 5), legal_basis="Thử"),
    )
    later = {"NGAY_VAO": "06/10/2026 09:25", "NGAY_RA": "06/10/2026 10:05"}
    rows = [visit(MACH="150"), visit(MA_LK="2", MACH="150", **later)]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert [place.endswith("3") for place, _code in errors(batch)] == [True]
    assert Finding.objects.get(batch=batch, severity="error").code == "measure_impossible"


def test_a_visit_before_every_list_of_measures_is_judged_by_that_of_today(
    data_officer: User, hospital: Organisation
) -> None:
    old = {"NGAY_VAO": "06/10/2016 09:25", "NGAY_RA": "06/10/2016 10:05"}
    batch = send(workbook([visit(MACH="780", **old)]), by=data_officer, organisation=hospital)
    assert "measure_impossible" in {code for _place, code in errors(batch)}
