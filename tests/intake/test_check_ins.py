"""A check-in tells that somebody has come; the envelope of the same visit completes it."""

import pytest

from healthrecords.models import Citizen, Diagnosis, Visit
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.envelopes import Line, whole, written
from tests.intake.sending import confirm, counts, element, envelope, errors, found, part, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
CHECK_IN: Line = {
    "MA_LK": "E-0001",
    "STT": "1",
    "MA_BN": "BN000001",
    "HO_TEN": "LÒ THỊ THỬ",
    "SO_CCCD": "011160000001",
    "NGAY_SINH": "196005150000",
    "GIOI_TINH": "2",
    "MA_THE_BHYT": "GD4111234500001",
    "MA_DKBD": "11001",
    "GT_THE_TU": "20260101",
    "GT_THE_DEN": "20261231",
    "MA_DOITUONG_KCB": "1.1",
    "NGAY_VAO": "202611020805",
    "MA_LOAI_KCB": "03",
    "MA_CSKCB": "11001",
    "MA_DICH_VU": "01.1900",
    "TEN_DICH_VU": "Khám bệnh",
    "NGAY_YL": "202611020810",
}


def alone(*lines: Line) -> bytes:
    items = "".join(element("TRANG_THAI_KCB", line) for line in lines)
    return (
        f"<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB>{items}</DSACH_TRANG_THAI_KCB>"
        "<CHUKYDONVI/></CHI_TIEU_TRANG_THAI_KCB>"
    ).encode()


def enclosed(line: Line) -> bytes:
    return envelope(part("XML0", alone(line).decode()))


def sent(content: bytes, officer: User, hospital: Organisation, kind: str = "check_ins") -> Batch:
    return send(content, by=officer, organisation=hospital, kind=kind, name="checkin.xml")


@pytest.mark.parametrize("wrapped", [alone, enclosed])
def test_a_check_in_is_a_visit_that_has_begun(
    data_officer: User, hospital: Organisation, wrapped
) -> None:
    batch = sent(wrapped(CHECK_IN), data_officer, hospital)
    assert found(batch) == []
    confirm(batch, data_officer)
    visit = Visit.objects.get()
    assert (visit.status, visit.ended_at, visit.kind) == ("in_progress", None, "03")
    assert not Diagnosis.objects.exists()


def test_the_envelope_completes_the_visit_of_its_check_in(
    data_officer: User, hospital: Organisation
) -> None:
    confirm(sent(alone(CHECK_IN), data_officer, hospital), data_officer)
    batch = sent(envelope(written(whole())), data_officer, hospital, "envelope")
    assert counts(batch) == {"changed": 1}
    confirm(batch, data_officer)
    visit = Visit.objects.get()
    assert visit.status == "finished"
    assert visit.diagnosis_rows.get(rank="main").code == "I10"
    assert Citizen.objects.count() == 1


def test_a_late_check_in_takes_nothing_from_a_finished_visit(
    data_officer: User, hospital: Organisation
) -> None:
    confirm(sent(envelope(written(whole())), data_officer, hospital, "envelope"), data_officer)
    assert counts(sent(alone(CHECK_IN), data_officer, hospital)) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("cell", "code", "changed"),
    [
        ("CHECKIN/MA_DICH_VU", "fields_blank", {"MA_DICH_VU": ""}),
        ("CHECKIN/TEN_DICH_VU", "fields_blank", {"TEN_DICH_VU": ""}),
        ("CHECKIN/LY_DO_VNT", "fields_blank", {"NGAY_VAO_NOI_TRU": "202611020900"}),
        ("CHECKIN/NGAY_YL", "moment_unreadable", {"NGAY_YL": "2026"}),
    ],
)
def test_a_check_in_is_held_to_its_own_table(
    data_officer: User, hospital: Organisation, cell: str, code: str, changed: Line
) -> None:
    batch = sent(alone({**CHECK_IN, **changed}), data_officer, hospital)
    places = {(place.removeprefix("HOSO 1/"), found_) for place, found_, _severity in found(batch)}
    assert (cell, code) in places or ("CHECKIN", code) in places
    assert counts(batch) == {"new": 1}


def test_a_check_in_sent_as_an_envelope_is_told_which_kind_it_is(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(enclosed(CHECK_IN), data_officer, hospital, "envelope")
    assert errors(batch) == [("HOSO 1/XML1", "check_in_alone")]
    batch = sent(envelope(written(whole())), data_officer, hospital)
    assert errors(batch) == [("HOSO 1/CHECKIN", "part_missing")]
