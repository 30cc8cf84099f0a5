"""Menu, home and box show a person what their assignments allow, and no more."""

import pytest

from portal.site import finder, home, menu
from portal.site.finder import Explain, FinderAnswer, Go, Hit, Hits, NewForm
from portal.site.home import (
    Cell,
    Chip,
    Column,
    HomeCard,
    Link,
    Table,
    Tile,
    Tiles,
    WorkList,
    WorkRow,
)
from portal.site.menu import Count, MenuItem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.portal.frame_urls"),
    pytest.mark.usefixtures("bare_frame"),
]
LISTS = "manage_lists"
DUE = Chip("bad", "warn", "Quá hạn 1 ngày")


def seen_by(client, user, address="/"):
    client.force_login(user)
    return client.get(address).text


def test_a_menu_item_is_for_those_who_hold_its_capability(client, administrator, clerk, stranger):
    menu.register(MenuItem("Ngày nghỉ", "admin:codelists_holiday_changelist", "cal", LISTS, 5))
    assert "Ngày nghỉ" in seen_by(client, administrator)
    assert "Ngày nghỉ" not in seen_by(client, clerk)
    assert "Ngày nghỉ" not in seen_by(client, stranger)


def test_the_place_a_page_belongs_to_is_marked(client, administrator):
    menu.register(MenuItem("Ngày nghỉ", "admin:codelists_holiday_changelist", "cal", LISTS, 5))
    page = seen_by(client, administrator, "/codelists/holiday/add/")
    row = page[: page.index('class="rest')]
    assert row.count('aria-current="page"') == 1
    assert page.index('aria-current="page"') < page.index("Ngày nghỉ") < page.index("Danh mục")


def test_a_count_is_asked_for_and_a_zero_is_left_out(client, administrator):
    counts = iter([Count(3, is_urgent=True), Count(0), None])
    menu.register(MenuItem("Việc", "admin:keys", "file", LISTS, count=lambda request: next(counts)))
    assert 'class="count hot">3' in seen_by(client, administrator)
    assert 'class="count' not in seen_by(client, administrator)
    assert 'class="count' not in seen_by(client, administrator)


def test_a_refusal_leads_on_and_counts_nothing(client, administrator):
    asked = []
    item = MenuItem("Việc", "admin:keys", "file", LISTS, count=lambda request: asked.append(1))
    menu.register(item)
    page = seen_by(client, administrator, "/khong-co-trang-nay/")
    assert "Việc" in page
    assert asked == []


def test_what_no_row_holds_is_folded_away_by_group_and_each_window_shows_every_place_once():
    names = [f"Một mục dài số {at}" for at in range(12)]
    found = menu._laid_out([menu.Entry(n, f"/{n}/", "file", group="care") for n in names])
    assert [e.tier for e in found] == sorted(
        (e.tier for e in found), key=["", "near", "far", "folded"].index
    )
    rest = menu.folded(found)
    assert rest is not None
    folded = [entry for _title, _tier, rows in rest.groups for entry in rows]
    assert folded == [entry for entry in found if entry.tier]
    assert menu.folded(found[:1]) is None


def test_registering_twice_changes_nothing():
    item = MenuItem("Việc", "admin:keys", "file")
    menu.register(item)
    menu.register(item)
    assert menu._items.count(item) == 1


def worklist(rows, **more):
    return WorkList("Cần làm", rows, **more)


def test_home_cards_are_not_even_asked_for_without_the_capability(client, clerk, administrator):
    asked = []

    def card(request):
        asked.append(request.user)
        return worklist([WorkRow(DUE, "Ký 3 phiếu", "/x/", "Chưa ký", "Ký")])

    home.register(HomeCard(card, capability=LISTS))
    assert "Ký 3 phiếu" not in seen_by(client, clerk)
    assert asked == []
    page = seen_by(client, administrator)
    assert "Ký 3 phiếu" in page
    assert "Quá hạn 1 ngày" in page


def test_a_card_without_anything_to_say_is_left_out(client, administrator):
    home.register(HomeCard(lambda request: None))
    page = seen_by(client, administrator)
    assert 'class="module" aria-labelledby' not in page
    assert "Hết việc đến hạn." in page


def test_seven_rows_of_work_are_shown_and_the_rest_is_one_link(client, administrator):
    rows = [WorkRow(DUE, f"Việc số {at}.", f"/{at}/") for at in range(1, 10)]
    home.register(HomeCard(lambda request: worklist(rows, more=Link("Tất cả", "/het/"))))
    page = seen_by(client, administrator)
    assert "Việc số 7." in page
    assert "Việc số 8." not in page
    assert '<a href="/het/" data-listed="9">Xem hết (9)</a>' in page


def test_figures_show_counts_first_and_open_their_rows(client, administrator):
    tile = Tile("Tiêm đúng lịch", "41/46", "/tre/", "89,1 %", [1, 3, 2], "5 trẻ cần gọi")
    columns = [Column("Cơ sở"), Column("Dòng", is_number=True)]
    table = Table("Lần nộp", columns, [[Cell("BV tỉnh", "/lan/"), Cell("18.240")]])
    home.register(HomeCard(lambda request: Tiles("Con số", [tile]), "side"))
    home.register(HomeCard(lambda request: table))
    page = seen_by(client, administrator)
    assert '<a class="tile flat" href="/tre/">' in page
    assert "<small>89,1 %</small>" in page
    assert "<polyline" in page
    assert '<td class="num">18.240</td>' in page


def test_what_people_typed_is_never_markup(client, administrator):
    home.register(HomeCard(lambda request: worklist([WorkRow(DUE, "<b>Cà</b>", "/x/")])))
    assert "<b>Cà</b>" not in seen_by(client, administrator)
    assert "<script>alert" not in seen_by(client, administrator, "/tim/?q=<script>alert")


def answer(*answers, **more):
    for order, given in enumerate(answers):
        finder.register(FinderAnswer(lambda request, query, given=given: given, order, **more))


def find(client, user, query="quang hac"):
    client.force_login(user)
    return client.get("/tim/", {"q": query})


HAC = Hit("Quàng Thị Hặc", "/hac/", "Nữ, 64 tuổi", "Nà Pheo 2", "011162004137")


def test_one_exact_answer_opens_at_once_and_later_ones_are_not_asked(client, administrator):
    answer(Hits("Người dân", [HAC]), Go("/hac/"))
    finder.register(FinderAnswer(lambda request, query: pytest.fail("asked"), 99))
    assert find(client, administrator).headers["Location"] == "/hac/"


def test_several_answers_are_listed_with_who_they_are(client, administrator):
    answer(Hits("Người dân", [HAC, HAC]), NewForm("Người mới", "/moi/"))
    page = find(client, administrator).text
    assert "2 kết quả" in page
    assert "Nữ, 64 tuổi" in page
    assert "<i>011</i><i>162</i><i>004</i>137" in page
    assert 'href="/moi/"' in page


def test_nobody_found_offers_a_new_form(client, administrator):
    answer(Hits("Người dân", []), NewForm("Người mới", "/moi/?ten=quang"))
    page = find(client, administrator).text
    assert "Không có “quang hac”." in page
    assert 'href="/moi/?ten=quang"' in page


def test_a_clean_scan_of_nobody_known_opens_the_form(client, administrator):
    answer(NewForm("Người mới", "/moi/", opens=True))
    assert find(client, administrator).headers["Location"] == "/moi/"


def test_a_clean_scan_with_likely_twins_lists_them_first(client, administrator):
    answer(NewForm("Người mới", "/moi/", opens=True), Hits("Có thể trùng", [HAC]))
    assert "Quàng Thị Hặc" in find(client, administrator).text


def test_a_garbled_scan_is_explained(client, administrator):
    text = "Bộ gõ tiếng Việt đang bật nên thẻ đọc sai. Tắt bộ gõ (Ctrl Shift) rồi quét lại."
    answer(Explain("Thẻ đọc sai", text), NewForm("Người mới", "/moi/", opens=True))
    page = find(client, administrator).text
    assert text in page
    assert 'role="alert"' in page


def test_answers_are_not_asked_without_their_capability(client, clerk, stranger):
    answer(Hits("Người dân", [HAC]), capability=LISTS)
    assert "Quàng Thị Hặc" not in find(client, clerk).text
    assert "Quàng Thị Hặc" not in find(client, stranger).text


def test_an_empty_query_asks_nobody(client, administrator):
    finder.register(FinderAnswer(lambda request, query: pytest.fail("asked")))
    assert find(client, administrator, "   ").status_code == 200


def test_the_box_says_what_this_person_may_type(client, administrator, clerk):
    finder.register(FinderAnswer(lambda r, q: None, 1, LISTS, "Gõ số giấy phép"))
    finder.register(FinderAnswer(lambda r, q: None, 2, "", "Quét thẻ"))
    assert 'placeholder="Gõ số giấy phép"' in seen_by(client, administrator)
    assert 'placeholder="Quét thẻ"' in seen_by(client, clerk)


@pytest.mark.parametrize("address", ["/", "/tim/?q=x", "/danh-muc/", "/phim-tat/"])
def test_nobody_sees_a_page_before_login(client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")
