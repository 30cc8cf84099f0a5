"""Papers and notes that came by file are read where their visit is, by those who may."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import (
    Appointment,
    Citizen,
    Document,
    Referral,
    Visit,
    VisitNote,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.pages import logged_in, record_url
from tests.intake.envelopes import NURSE
from tests.intake.papers_of_files import ALL, TRANSFER, bring, read_in, standing, stored, undo
from tests.intake.sending import confirm

pytestmark = pytest.mark.usefixtures("lists", "registers")


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("doctor", "Bác sĩ", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def desk(hospital: Organisation) -> User:
    """Who may read records, and no protected ones."""
    return make_user("desk", "Quầy", Role.STATION_CLERK, hospital)


def test_notes_stand_with_the_visit_and_measures_alone_are_none(
    data_officer: User, hospital: Organisation
) -> None:
    lines = [
        {
            "STT": "1",
            "DIEN_BIEN_LS": "CSST<M75_T36.8_HA138/84_NT18_SP98>",
            "THOI_DIEM_DBLS": "202611020815",
            "NGUOI_THUC_HIEN": NURSE,
        },
        {
            "STT": "2",
            "DIEN_BIEN_LS": "Đỡ đau đầu.",
            "GIAI_DOAN_BENH": "Ổn định",
            "HOI_CHAN": "Hội chẩn tim mạch: tiếp tục.",
            "PHAU_THUAT": "Không",
            "THOI_DIEM_DBLS": "202611030900",
            "NGUOI_THUC_HIEN": NURSE,
        },
    ]
    first = bring(data_officer, hospital, {"XML5": lines})
    notes = list(VisitNote.objects.order_by("position"))
    assert [(one.kind, one.text, one.stage) for one in notes] == [
        ("progress", "Đỡ đau đầu.", "Ổn định"),
        ("consultation", "Hội chẩn tim mạch: tiếp tục.", ""),
        ("operation", "Không", ""),
    ]
    assert {one.writer for one in notes} == {NURSE}
    assert {one.citizen for one in notes} == {Visit.objects.get().citizen}
    before = stored()["notes"]
    again = read_in(
        data_officer, hospital, {"XML5": [{**lines[1], "DIEN_BIEN_LS": "Hết đau đầu."}]}
    )
    assert [name for name, _old, _new in StagedRow.objects.get(batch=again).changes][-1] == "XML5"
    confirm(again, data_officer)
    assert VisitNote.objects.get(kind="progress").text == "Hết đau đầu."
    undo(again, data_officer)
    assert stored()["notes"] == before
    undo(first, data_officer)
    assert Visit.objects.get().status == "withdrawn"


def test_papers_and_notes_of_a_protected_visit_are_as_protected_as_it(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, ALL, MA_BENH_CHINH="B20")
    assert Visit.objects.get().sensitivity == "hiv"
    for rows in (Document, Referral, VisitNote, Appointment):
        assert set(rows.objects.values_list("sensitivity", flat=True)) == {"hiv"}, rows


def test_papers_that_become_protected_later_are_and_an_undo_opens_them_again(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(data_officer, hospital, ALL)
    again = bring(data_officer, hospital, ALL, MA_BENH_CHINH="B20")
    assert {one.sensitivity for one in standing().values()} == {"hiv"}
    undo(again, data_officer)
    assert {one.sensitivity for one in standing().values()} == {""}


def entries(user: User) -> list[Any]:
    answer = logged_in(user).get(record_url(Citizen.objects.get()))
    return list(answer.context["page"].entries)


def test_the_timeline_shows_papers_by_file_marked_so_and_notes_with_their_visit(
    data_officer: User, hospital: Organisation, doctor: User
) -> None:
    bring(data_officer, hospital, ALL)
    shown = entries(doctor)
    papers = [one for one in shown if one.row.source == "document"]
    assert len(papers) == len(ALL)
    assert all(one.row.from_file for one in papers)
    assert any(str(one.title).endswith("LT-77") for one in papers)
    visit = next(one for one in shown if one.row.source == "visit")
    assert len(visit.notes) == 1
    assert "Tỉnh." in visit.notes[0]


def test_the_timeline_hides_papers_and_notes_of_a_protected_visit_without_the_right(
    data_officer: User, hospital: Organisation, doctor: User, desk: User
) -> None:
    bring(data_officer, hospital, ALL, MA_BENH_CHINH="B20")
    assert entries(desk) == []
    assert len(entries(doctor)) > 6


def test_the_timeline_shows_no_paper_that_was_taken_back(
    data_officer: User, hospital: Organisation, doctor: User
) -> None:
    bring(data_officer, hospital, ALL)
    bring(data_officer, hospital, {})
    assert {one.row.source for one in entries(doctor)}.isdisjoint({"document"})


def paper_url(paper: Document) -> str:
    return reverse("admin:healthrecords_visit_document", args=[paper.visit_id, paper.pk])


def test_its_page_shows_the_paper_as_it_came_and_offers_neither_print_nor_cancelling(
    data_officer: User, hospital: Organisation, upper: Organisation, doctor: User
) -> None:
    bring(data_officer, hospital, ALL)
    visit, papers = Visit.objects.get(), standing()
    client = logged_in(doctor)
    page = client.get(paper_url(papers["referral"]))
    text = page.content.decode()
    assert page.status_code == 200
    for said in ("Can thiệp mạch", "CT-31", "XML13", "Bệnh viện tỉnh", "phù hợp quy định"):
        assert said in text
    assert "cancel_form" not in text
    assert reverse("admin:healthrecords_visit_paper", args=[visit.pk, "referral"]) not in text
    refused = client.post(paper_url(papers["birth"]), {"reason": "Nhầm người rồi"})
    assert refused.status_code == 200
    assert len(standing()) == len(ALL)
    seen = client.get(reverse("admin:healthrecords_visit_change", args=[visit.pk]))
    assert "LT-77" in seen.content.decode()
    assert "Tỉnh." in seen.content.decode()


def test_a_paper_of_a_protected_visit_has_no_page_without_the_right(
    data_officer: User, hospital: Organisation, desk: User
) -> None:
    bring(data_officer, hospital, ALL, MA_BENH_CHINH="B20")
    answer = logged_in(desk).get(paper_url(standing()["discharge"]))
    assert answer.status_code == 404
    assert "LT-77" not in answer.content.decode()


def test_the_receiver_sees_who_is_to_come_and_opens_the_record(
    data_officer: User, hospital: Organisation, upper: Organisation
) -> None:
    bring(
        data_officer,
        hospital,
        {"XML13": [{**TRANSFER, "NGAY_RA": "202611281030"}]},
        NGAY_RA="202611281030",
        SO_NGAY_DTRI="27",
    )
    receiver = logged_in(make_user("there", "Bác sĩ Tỉnh", Role.HOSPITAL_DOCTOR, upper))
    listed = receiver.get(reverse("admin:healthrecords_visit_referrals"))
    assert "Lò Thị Thử" in listed.content.decode()
    assert receiver.get(record_url(Citizen.objects.get())).status_code == 200
