"""Everyday Vietnamese is not taken for the words of a protected illness; those words are found as people type them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.models import Citizen, Visit
from healthrecords.services import queue
from healthrecords.services.betraying import words_on
from healthrecords.services.wording import looked_for, said
from portal.accounts.models import User
from portal.names import name_norm
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_queue import let_in

EVERYDAY = (
    "sốt, ho; bố Thái đưa đến",
    "Bệnh nhân bỏ, thái độ không hợp tác",
    "BN ở Thái Bình tránh Thái Nguyên",
    "Quê Hà Giang, mai tái khám",
    "Ở Hà Giang mai về",
    "Lê Thị Giang Mai (mẹ) đưa đến",
    "LE THI GIANG MAI dua den",
    "Anh Đạt, vòng bụng 90",
    "Sởi, đốm Koplik (+)",
    "Ho, sợi đờm, sôi đờm",
    "Vết thương CD 4 cm",
    "CĐ4",
    "Tư vấn cai nghiện thuốc lá",
    "hut thuoc lao 20 nam",
    "lao động nặng, tiêm phòng lao (BCG)",
    "Nghỉ lao động 3 ngày; benh nghe nghiep do lao dong nang",
    "xe máy lao xuống mương, xe may lao xuong muong",
    "Tiêm phòng bệnh lao, chương trình chống lao",
    "chuyển Bệnh viện Lào Cai, benh vien Lao Cai",
    "Người bệnh ở Lao Chải, khám tại phòng khám Lao Bảo",
    "benh vien lao khoa",
    "chị Giang Mai đưa con đến",
    "Bác sĩ Giang Mai khám, ten la Giang Mai",
    "Tinh thần tỉnh táo, tinh than on dinh",
    "Tâm thần: bình thường; tam than binh thuong",
    "Khám tâm thần kinh: bình thường",
    "Phát triển tâm thần vận động phù hợp tuổi",
    "Không mắc bệnh tâm thần, không trầm cảm",
    "Rối loạn thần kinh thực vật, roi loan than kinh tim",
    "Trung tâm Thận nhân tạo, trung tam than nhan tao",
    "Bà Tâm than mệt, chị Loan than đau đầu",
    "Tâm thận bất giao",
    "Uống từ từ, tang dan tu tu",
    "Đau từ hai ngày nay, ho tu hai tuan",
    "Tư vấn dinh dưỡng, tu van che do an",
    "Va vào tủ sắt, nga vao tu sat",
    "Bệnh lâu ngày, benh lau nam khong khoi",
    "Mắc lâu rồi, dieu tri lau dai",
    "Ngã do lau nhà, lau cầu thang; lau mủ vết thương",
    "Băng lậu, rong kinh; buôn lậu",
    "Vợ sinh mổ ngày thứ 3, vo sinh con",
    "Quai bị có thể gây vô sinh",
    "Bác sĩ đa khoa khám, bac si da kham, duoc si da cap thuoc",
    "Phiến đồ Thin Prep, ke hoa vang (Sida rhombifolia)",
    "Vitamin b12, phòng a20, giường b5",
)
PROTECTED = {
    "Lấy thuốc ARV.": "hiv",
    "HIV-1/2 (+)": "hiv",
    "HIV1": "hiv",
    "CD4: 350": "hiv",
    "bệnh AIDS": "hiv",
    "TDF/3TC/DTG": "hiv",
    "lamivudine150mg": "hiv",
    "TLD": "hiv",
    "Bỏ thai": "reproductive",
    "bo thai": "reproductive",
    "ĐẶT VÒNG": "reproductive",
    "đi dat vong": "reproductive",
    "chồng bị giang mai, vợ mang thai": "reproductive",
    "Cai nghiện thuốc lá; cai nghiện ma tuý": "mental",
    "Tâm thần phân liệt, lấy thuốc": "mental",
    "Tái khám lao phổi": "tb",
    "linh thuoc chong lao": "tb",
    "2RHZE/4RHE": "tb",
    "Rifampin 150": "tb",
    "tái khám b20": "hiv",
    "b24.9": "hiv",
    "SIDA giai đoạn cuối": "hiv",
    "nhiễm si đa": "hiv",
    "H.I.V (+)": "hiv",
    "điều trị dự phòng PrEP": "hiv",
    "bệnh lậu": "reproductive",
    "Viêm niệu đạo do lậu cầu": "reproductive",
    "sui mao ga": "reproductive",
    "con của mẹ giang mai": "reproductive",
    "co giang mai": "reproductive",
    "Vô sinh 3 năm": "reproductive",
    "kham vo sinh": "reproductive",
    "hiếm muộn": "reproductive",
    "bị hiếp dâm": "reproductive",
    "lao màng phổi": "tb",
    "lao hach": "tb",
    "Bệnh lao, điều trị lao tháng 3": "tb",
    "Trầm cảm nặng": "mental",
    "loạn thần cấp": "mental",
    "Bệnh tâm thần ổn định, lĩnh thuốc": "mental",
    "kham tam than": "mental",
    "uống thuốc trừ sâu tự tử": "mental",
    "Tâm thần: bình thường; tiền sử trầm cảm": "mental",
}
# What betrays without the lists asked.
LETTERS = st.sampled_from(
    ["bỏ", "thai", "đặt", "vòng", "giang", "mai", "hiv", "cd4", "hoà", ",", ".", "1", "́", "̣"]
)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.mark.django_db
@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_protect_nothing(text: str, lists: None) -> None:
    words = words_on(AT.date())
    assert (words.of_text(text), words.of_medicine(text)) == ("", "")


@pytest.mark.django_db
@pytest.mark.parametrize("text", PROTECTED)
def test_words_that_betray_are_found_as_people_type_them(text: str, lists: None) -> None:
    assert words_on(AT.date()).of_text(text) == PROTECTED[text]


@given(st.lists(LETTERS, max_size=6).map(" ".join))
def test_a_phrase_is_found_with_its_marks_and_without_any(phrase: str) -> None:
    found = looked_for([phrase])
    wanted = any(character.isalnum() for character in phrase)
    for typed in (phrase, phrase.upper(), name_norm(phrase), f"xem {phrase} nhé"):
        assert bool(found.search(said(typed))) is wanted


@pytest.mark.django_db
def test_a_code_in_the_words_of_a_visit_protects_it_and_a_room_is_no_code(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, lists: None
) -> None:
    assert record(citizen, reason="Tái khám B20, lĩnh thuốc").sensitivity == "hiv"
    later = AT + timedelta(days=1)
    assert record(citizen, started_at=later, advice="A15.0 đang điều trị").sensitivity == "tb"
    place = record(citizen, started_at=later + timedelta(days=1), held_at="Nhà A15")
    assert place.sensitivity == ""


@pytest.mark.django_db
def test_a_code_at_the_desk_or_on_the_way_protects(
    citizen: Citizen, clerk: User, lists: None
) -> None:
    visit = let_in(citizen, clerk, room="Phòng A15")
    assert visit.sensitivity == ""
    queue.take(actor=clerk, visit=visit, seen=1, at=AT + timedelta(minutes=1), room="")
    visit.refresh_from_db()
    queue.give_back(
        actor=clerk, visit=visit, at=AT + timedelta(minutes=2), note="F20, chờ người nhà"
    )
    visit.refresh_from_db()
    assert visit.sensitivity == "mental"
