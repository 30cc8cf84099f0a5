"""Papers are printed from their records, signed with the visit, and told from cancelled ones."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pyhanko.pdf_utils.reader import PdfFileReader

from healthrecords.models import Citizen, SignedPaper, Visit
from healthrecords.papers.issued import birth, pregnancy, revisit, sick_leave
from healthrecords.papers.making import draft, kinds_of, make
from healthrecords.papers.marks import LETTERS, Mark
from healthrecords.services import documents
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_papers import issue, refer

DISCHARGE = {"department": "Khoa Nội", "head_of_department": "Vừ A Lử"}
SUMMARY = {
    "diagnosis_in": "I10 Tăng huyết áp",
    "course": "Đau đầu hai ngày",
    "results": "Đường máu 9,8 mmol/L",
    "outcome": "2",
}
ALL = {*SignedPaper.Kind.values}
BORN = {
    "mother": "Quàng Thị Hặc",
    "mother_birth": date(1988, 3, 12),
    "mother_number": "011188004137",
    "mother_number_on": date(2021, 7, 5),
    "mother_number_by": "Cục Cảnh sát quản lý hành chính về trật tự xã hội",
    "mother_address": "Bản Nà Pheo 2, Xã Mường Chà, Tỉnh Điện Biên",
    "father": "Lò Văn Bun",
    "child": "Lò Văn An",
    "child_sex": "1",
    "child_born_at": "2026-11-05T07:15+07:00",
    "child_place": "Trạm Y tế xã Mường Chà",
    "child_weight": 3100,
    "child_state": "Khóc ngay, hồng hào, bú tốt",
    "children_now": 2,
    "birth_order": 2,
    "children_alive": 3,
    "midwife": "Lường Thị Bơ",
    "writer": "Lường Thị Bơ",
    "book": "01/2026",
}


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


def test_each_paper_is_printed_and_signed_with_the_visit(
    visit: Visit, clerk: User, clinician: User, hospital: Organisation
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand), Article 3.

    Signed digitally or by another electronic confirmation.
    """
    refer(visit, clerk, hospital)
    issue(visit, clerk, "discharge", **DISCHARGE)
    issue(visit, clerk, "summary", **SUMMARY)
    issue(visit, clerk)
    issue(visit, clerk, "revisit", on=date(2026, 12, 3))
    issue(visit, clerk, "birth", **BORN)
    issue(visit, clerk, "pregnancy", doctor="Đỗ Quang Hưng")
    assert set(kinds_of(visit, sees_sensitive=True)) == ALL
    for kind in kinds_of(visit, sees_sensitive=True):
        assert make(kind, visit, draft(visit)).startswith(b"%PDF")
    sign_visit(actor=clinician, visit=visit, at=AT + timedelta(minutes=5))
    assert set(SignedPaper.objects.values_list("kind", flat=True)) == ALL == set(LETTERS)


def test_a_cancelled_paper_is_in_force_no_more_although_it_was_signed(
    visit: Visit, clerk: User, clinician: User
) -> None:
    cache.clear()
    document = issue(visit, clerk, "summary", **SUMMARY)
    version = sign_visit(actor=clinician, visit=visit, at=AT + timedelta(minutes=5))
    address = reverse("records:paper-check", args=[Mark("summary", visit.pk, version.number).token])
    assert "còn hiệu lực" in Client().get(address).content.decode()
    documents.cancel(actor=clerk, document=document, reason="Ghi nhầm", at=AT)
    page = Client().get(address).content.decode()
    assert "không còn hiệu lực" in page
    assert "Ghi nhầm" not in page
    client = Client()
    client.force_login(clerk)
    paper = reverse("admin:healthrecords_visit_paper", args=[visit.pk, "summary"])
    assert client.get(paper).status_code in {403, 404}


def test_each_child_of_a_birth_has_a_paper_of_its_own(visit: Visit, clerk: User) -> None:
    """Table XML9 of QĐ 4750: one for each child."""
    issue(visit, clerk, "birth", **BORN)
    issue(visit, clerk, "birth", **{**BORN, "child": "Lò Thị Bình", "child_sex": "2"})
    said = birth(visit)
    assert [(c["name"], c["sex"], c["number"]) for c in said["children"]] == [
        ("Lò Văn An", "Nam", "00001/2026"),
        ("Lò Thị Bình", "Nữ", "00002/2026"),
    ]
    assert said["children"][0]["born_at"] == "07 giờ 15 phút, ngày 05/11/2026"
    pdf = make("birth", visit, draft(visit))
    assert PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"] == 2


def test_a_cancelled_birth_paper_is_not_printed_with_the_others(visit: Visit, clerk: User) -> None:
    wrong = issue(visit, clerk, "birth", **{**BORN, "child": "Lò Văn Ân"})
    issue(visit, clerk, "birth", **BORN)
    documents.cancel(actor=clerk, document=wrong, reason="Ghi sai tên con", at=AT)
    assert [child["name"] for child in birth(visit)["children"]] == ["Lò Văn An"]


def test_a_sick_leave_says_how_many_days_and_which(visit: Visit, clerk: User) -> None:
    """QĐ 4750/QĐ-BYT, table 11 (CT07)."""
    issue(visit, clerk)
    said = sick_leave(visit)
    assert (said["leave_days"], said["leave_from"], said["leave_until"]) == (
        "3",
        "05/11/2026",
        "07/11/2026",
    )
    assert (said["form"], said["series"], said["social_number"]) == ("CT07", "A12", "0123456789")


def test_a_certificate_of_rest_in_pregnancy_says_from_which_day_until_which(
    visit: Visit, clerk: User
) -> None:
    """Table XML10 of QĐ 4750/QĐ-BYT."""
    issue(visit, clerk, "pregnancy", doctor="Đỗ Quang Hưng")
    said = pregnancy(visit)
    assert (said["leave_days"], said["leave_from"], said["leave_until"]) == (
        "3",
        "05/11/2026",
        "07/11/2026",
    )
    assert (said["employer"], said["doctor"]) == ("Trường Tiểu học Mường Chà", "Đỗ Quang Hưng")


def test_a_slip_for_a_re_visit_names_the_weekday_and_how_long_it_holds(
    visit: Visit, clerk: User
) -> None:
    """Circular 01/2025/TT-BYT; the term is not compared with its text."""
    issue(visit, clerk, "revisit", on=date(2026, 12, 3))
    said = revisit(visit)
    assert (said["weekday"], said["on"]) == ("Thứ Năm", "03/12/2026")
    assert "10 ngày làm việc" in said["terms"][0]
