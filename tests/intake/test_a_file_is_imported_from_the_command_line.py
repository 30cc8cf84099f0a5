"""A file is brought in by one command, which answers people and programs."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from facilities.models import Facility
from healthrecords.models import Visit
from portal.accounts.models import User
from portal.accounts.roles import CAPABILITIES_OF, Role
from portal.codelists.models import CodeListVersion
from portal.intake.models import Batch, Finding
from portal.places.models import Organisation
from practitioners.models import ProfileSubmission
from tests.conftest import make_user
from tests.intake.sending import envelope, record, visit, workbook
from tests.intake.test_staff_lists_become_profiles import FORM, STAFF

pytestmark = pytest.mark.usefixtures("lists", "hospital")
MIXED = [visit(MA_LK="1"), visit(MA_LK="2", MACH="780"), visit(MA_LK="3", MAXA_CU_TRU="99999")]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "KCB.xlsx"
    path.write_bytes(workbook(MIXED))
    return path


def ran(path: Path, *, kind: str = "visits", facility: str = "11001", **options: Any) -> Any:
    """Run the command with --json; return what it said and its exit code."""
    out, code = io.StringIO(), 0
    try:
        call_command(
            "import_file", str(path), kind=kind, facility=facility, json=True, stdout=out, **options
        )
    except CommandError as error:
        code = error.returncode
    return json.loads(out.getvalue()), code


def test_every_finding_is_told_with_file_sheet_row_and_column(mixed: Path) -> None:
    said, code = ran(mixed)
    assert code == 0
    assert said["counts"] == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "doubtful": 0,
        "wrong": 1,
        "written": 0,
    }
    assert said["state"] == "checked"
    assert len(said["findings"]) == Finding.objects.count()
    [wrong] = [line for line in said["findings"] if line["severity"] == "error"]
    assert (wrong["file"], wrong["sheet"], wrong["row"], wrong["column"]) == (
        "KCB.xlsx",
        "KhamBenh",
        3,
        "MACH",
    )
    assert (wrong["letters"], wrong["value"], wrong["code"]) == ("S", "780", "measure_impossible")
    assert wrong["message"].endswith(".")
    assert not Visit.objects.exists()


def test_confirmed_the_good_rows_are_written_and_a_second_time_nothing(mixed: Path) -> None:
    said, code = ran(mixed, confirm=True)
    assert (said["state"], said["written"], said["wrong"], code) == ("written", 2, 1, 0)
    assert Visit.objects.count() == 2
    again, _code = ran(mixed, confirm=True)
    assert (again["new"], again["unchanged"], again["written"]) == (0, 2, 0)
    assert Visit.objects.count() == 2


def test_all_or_nothing_writes_nothing_beside_a_wrong_row(mixed: Path) -> None:
    said, code = ran(mixed, confirm=True, all_or_nothing=True, strict=True)
    assert (said["state"], said["written"], code) == ("checked", 0, 3)
    assert not Visit.objects.exists()


def test_who_may_not_confirm_is_told_what_was_read_and_nothing_is_written(
    mixed: Path, hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends_only = CAPABILITIES_OF[Role.HOSPITAL_DATA_OFFICER] - {"confirm_files"}
    rights = {**CAPABILITIES_OF, Role.HOSPITAL_DATA_OFFICER: sends_only}
    monkeypatch.setattr("portal.accounts.grants.CAPABILITIES_OF", rights)
    sender = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    said, code = ran(mixed, user=sender.username, confirm=True)
    assert (said["state"], said["new"], said["wrong"], said["written"], code) == (
        "checked",
        2,
        1,
        0,
        1,
    )
    assert str(sender) in said["error"]
    assert len(said["findings"]) == Finding.objects.count() > 0
    assert not Visit.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_file_that_cannot_be_read_is_answered_in_json_too(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "KCB.xlsx"
    path.write_bytes(content)
    said, code = ran(path)
    assert code == 1
    assert said["state"] == "refused"
    assert said["error"].endswith(".")
    assert said["findings"] == []


def test_an_unknown_facility_and_a_missing_file_are_answered_in_json(
    mixed: Path, tmp_path: Path
) -> None:
    for path, facility in ((mixed, "99999"), (tmp_path / "khong.xlsx", "11001")):
        said, code = ran(path, facility=facility)
        assert code == 1
        assert said["error"]
    assert not Batch.objects.exists()


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return path


def test_a_zip_of_tables_is_one_sending(tmp_path: Path) -> None:
    one, two = workbook([visit(MA_LK="1")]), workbook([visit(MA_LK="2", MACH="780")])
    path = zipped(tmp_path / "thang10.zip", KCB1_xlsx=one, KCB2_xlsx=two)
    said, code = ran(path, confirm=True)
    assert (code, said["written"], said["wrong"]) == (0, 1, 1)
    [wrong] = [line for line in said["findings"] if line["severity"] == "error"]
    assert (wrong["file"], wrong["sheet"], wrong["row"]) == ("KCB2.xlsx", "KhamBenh", 2)


def test_one_broken_envelope_of_a_zip_does_not_keep_the_others_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "thang10.zip", hong_xml=b"<GIAMDINHHS>", tot_xml=envelope(record()))
    said, code = ran(path, kind="envelope", confirm=True)
    assert code == 1
    assert [(one["file"], one["written"]) for one in said["files"]] == [
        ("hong.xml", 0),
        ("tot.xml", 1),
    ]
    assert Visit.objects.count() == 1


def test_an_empty_zip_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "rong.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    said, code = ran(path)
    assert code == 1
    assert said["error"].endswith(".")


def test_findings_of_an_envelope_name_record_table_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "kcb.xml"
    path.write_bytes(envelope(record(MA_BENH_CHINH="I10.9")))
    said, _code = ran(path, kind="envelope")
    [line] = [line for line in said["findings"] if line["value"] == "I10.9"]
    assert (line["row"], line["table"], line["column"]) == (1, "XML1", "MA_BENH_CHINH")


def test_protected_rows_are_not_told_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "KCB.xlsx"
    path.write_bytes(workbook([visit(MA_BENH_CHINH="B20", MACH="780")]))
    said, _code = ran(path)
    assert {line["code"] for line in said["findings"]} == {"protected"}
    assert "780" not in json.dumps(said["findings"])


def test_people_read_it_line_by_line(mixed: Path, hospital: Organisation) -> None:
    out = io.StringIO()
    call_command("import_file", str(mixed), kind="visits", facility="11001", stdout=out)
    first, *rest = out.getvalue().splitlines()
    assert first == (
        "KCB.xlsx: state=checked new=2 changed=0 unchanged=0 doubtful=0 wrong=1 written=0"
    )
    assert any("KhamBenh!S3" in line for line in rest)


def listed(tmp_path: Path, *rows: dict[str, Any], sheet: str = "Danh sach") -> Path:
    path = tmp_path / "danh-sach.xlsx"
    path.write_bytes(workbook(rows, headings=list(rows[0]), sheet=sheet))
    return path


@pytest.mark.parametrize(("kind", "row"), [("practitioners", STAFF), ("form01", {**STAFF, **FORM})])
def test_a_list_of_practitioners_is_sent_by_the_person_who_answers_for_it(
    tmp_path: Path, data_officer: User, kind: str, row: dict[str, Any]
) -> None:
    path = listed(tmp_path, dict(row))
    said, code = ran(path, kind=kind, user=data_officer.username, confirm=True)
    assert (said["written"], said["wrong"], code) == (1, 0, 0), said
    assert ProfileSubmission.objects.get().submitted_by == data_officer
    assert Batch.objects.get().confirmed_by == data_officer


def test_a_list_of_practitioners_without_a_person_is_refused_before_it_is_kept(
    tmp_path: Path, hospital: Organisation
) -> None:
    said, code = ran(listed(tmp_path, dict(STAFF)), kind="practitioners")
    assert code == 1
    assert "--user" in said["error"]
    assert not Batch.objects.exists()


@pytest.mark.parametrize("named_by", ["id", "code"])
def test_facilities_are_sent_for_a_department_that_has_no_insurance_code(
    tmp_path: Path, department: Organisation, licensing_officer: User, named_by: str
) -> None:
    from portal.places import services as places

    places.give_code(
        organisation=department, scheme="other", value="SYT-11", valid_from=department.valid_from
    )
    path = listed(tmp_path, {"MA_CSKCB": "11047", "TEN_CSKCB": "Trạm Y tế xã Mường Pồn"})
    place = str(department.pk) if named_by == "id" else "SYT-11"
    said, code = ran(
        path, kind="facilities", facility=place, user=licensing_officer.username, confirm=True
    )
    assert (said["written"], code) == (1, 0), said
    assert Facility.objects.get().organisation.parent == department


def test_a_code_list_is_sent_for_the_ministry(tmp_path: Path, ministry: Organisation) -> None:
    row = {
        "DANH_MUC": "discharge_kinds",
        "HIEU_LUC_TU": "01/12/2026",
        "CAN_CU": "Thông tư thử",
        "MA": "1",
        "TEN": "Ra viện",
    }
    said, code = ran(listed(tmp_path, row), kind="codes", facility=str(ministry.pk), confirm=True)
    assert (said["written"], code) == (1, 0), said
    assert CodeListVersion.objects.filter(valid_from="2026-12-01").exists()


@pytest.mark.parametrize(
    ("kind", "place"), [("visits", "department"), ("facilities", "hospital"), ("codes", "hospital")]
)
def test_a_kind_that_such_a_place_does_not_send_is_refused(
    mixed: Path, request: pytest.FixtureRequest, kind: str, place: str
) -> None:
    organisation: Organisation = request.getfixturevalue(place)
    said, code = ran(mixed, kind=kind, facility=str(organisation.pk))
    assert code == 1
    assert organisation.name in said["error"]
    assert not Batch.objects.exists()


def test_a_user_sends_and_confirms_no_more_than_their_rights_reach(
    mixed: Path, clerk: User, licensing_officer: User, data_officer: User
) -> None:
    for user in (clerk, licensing_officer):
        said, code = ran(mixed, user=user.username, confirm=True)
        assert code == 1
        assert said["error"]
    assert ran(mixed, user="khong-co")[1] == 1
    assert not Batch.objects.exists()
    said, code = ran(mixed, user=data_officer.username, confirm=True)
    assert (said["written"], code) == (2, 0)
    assert Batch.objects.get().sent_by == data_officer
