"""The frame in a real browser: axe, widths, keys, scanner, and life without scripts."""

import pytest

from portal.codelists.models import Holiday
from portal.places.models import Area
from portal.site import home
from portal.site.home import Chip, HomeCard, Queue, QueueRow, Tile, Tiles, WorkList, WorkRow

pytestmark = [
    pytest.mark.urls("tests.portal.frame_urls"),
    pytest.mark.usefixtures("bare_frame"),
]
WIDTHS = [1366, 1024, 390, 320]
PAGES = [
    "/",
    "/tim/?q=ai",
    "/phim-tat/",
    "/danh-muc/",
    "/codelists/holiday/",
    "/codelists/holiday/?q=khong-co",
    "/places/area/add/",
    "/password_change/",
    "/khong-co/",
]
SCAN = "011162004137|040412377|Quàng Thị Hặc|12031962|Nữ|Nà Pheo 2|10082021"


@pytest.fixture
def officer(administrator, province, bare_frame, monkeypatch):
    """Someone who may open the two small lists, with work on the home page."""
    state = Chip("warn", "clock", "Chờ sinh hiệu")
    queue = Queue(
        "Hàng chờ", [QueueRow("07:45", "Cà Văn Thoan", "/", "Nam, 58 tuổi", "Sốt", state)]
    )
    work = WorkList("Cần làm", [WorkRow(state, "Ký 3 phiếu", "/", "Chưa ký", "Ký")])
    tiles = Tiles("Con số", [Tile("Lượt khám", "58", "/", "", [1, 4, 2], "Tháng 10: 61")])
    cards = [HomeCard(lambda r: queue), HomeCard(lambda r: work), HomeCard(lambda r: tiles, "side")]
    monkeypatch.setattr(home, "_cards", cards)
    for day in range(1, 13):
        Holiday.objects.create(
            day=f"2026-09-{day:02d}", name=f"Ngày nghỉ {day}", kind=Holiday.Kind.values[0]
        )
    return administrator


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(visit, axe, officer, dark):
    found = {}
    page = visit("/login/", dark=dark)
    found["login"] = axe(page)
    page.fill("#id_username", "duyen")
    page.fill("#id_password", "sai")
    page.press("#id_password", "Enter")
    page.wait_for_selector(".errornote")
    found["login refused"] = axe(page)
    page = visit("/", officer, dark=dark)
    for address in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + address)
        found[address] = axe(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_axe_finds_nothing_in_a_refused_form_and_an_open_list_of_suggestions(visit, axe, officer):
    page = visit("/places/area/add/", officer)
    page.fill("#id_pulse", "780")
    page.press("#id_pulse", "Control+Enter")
    page.wait_for_selector("#errornote")
    assert axe(page) == []
    page.focus("#id_illness")
    page.keyboard.type("tang")
    page.wait_for_selector("[role=option]")
    assert axe(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(visit, sideways, officer, width):
    page = visit("/login/", width=width)
    over = {"login": sideways(page)}
    page = visit("/", officer, width=width)
    root = page.url.rstrip("/")
    for address in PAGES:
        page.goto(root + address)
        over[address] = sideways(page)
    assert {name: pixels for name, pixels in over.items() if pixels > 0} == {}


def test_f2_goes_to_the_box_and_escape_closes_what_is_open(visit, officer):
    page = visit("/codelists/holiday/", officer)
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.id") == "find-q"
    page.click("#changelist-filter summary")
    assert page.locator("#changelist-filter details[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#changelist-filter details[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_enter_goes_to_the_next_field_and_only_ctrl_enter_saves(visit, officer):
    page = visit("/places/area/add/", officer)
    page.focus("#id_code")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_name"
    assert Area.objects.filter(code="12").count() == 0
    page.keyboard.type("Tỉnh Lai Châu")
    page.select_option("#id_kind", "province")
    page.fill("#id_unit", "tỉnh")
    page.fill("#id_valid_from", "01/07/2025")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".messagelist")
    assert "messagelist" in page.evaluate("document.activeElement.className")
    assert Area.objects.get(code="12").name == "Tỉnh Lai Châu"


def test_focus_goes_to_the_summary_and_its_links_to_the_fields(visit, officer):
    page = visit("/places/area/add/", officer)
    page.fill("#id_name", "Xã Mới")
    page.fill("#id_pulse", "780")
    page.press("#id_pulse", "Control+Enter")
    page.wait_for_selector("#errornote")
    assert page.evaluate("document.activeElement.id") == "errornote"
    assert page.input_value("#id_name") == "Xã Mới"
    page.click("#errornote a[href='#id_pulse']")
    assert page.evaluate("document.activeElement.id") == "id_pulse"


def test_a_suggestion_is_taken_by_arrows_and_enter(visit, officer):
    page = visit("/places/area/add/", officer)
    page.focus("#id_illness")
    page.keyboard.type("tang huyet")
    page.wait_for_selector("[role=option]")
    assert page.get_attribute("#id_illness", "aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#id_illness") == "I15 Tăng huyết áp thứ phát"
    assert page.get_attribute("#id_illness", "aria-expanded") == "false"
    assert page.evaluate("document.activeElement.name") == "result"


def test_a_scan_that_lands_in_a_field_is_moved_to_the_box(visit, officer):
    page = visit("/places/area/add/", officer)
    page.fill("#id_name", "Xã Mới")
    page.focus("#id_name")
    page.evaluate(
        """(text) => {
          const field = document.activeElement;
          for (const key of text) {
            field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
            field.setRangeText(key, field.value.length, field.value.length, 'end');
          }
          field.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
        }""",
        SCAN,
    )
    assert page.input_value("#find-q") == SCAN
    assert page.input_value("#id_name") == "Xã Mới"
    assert page.evaluate("document.activeElement.id") == "find-q"


def test_slow_typing_with_a_bar_stays_where_it_is(visit, officer):
    page = visit("/places/area/add/", officer)
    page.focus("#id_name")
    page.keyboard.type("Tổ dân phố 1 | Tổ dân phố 2", delay=60)
    page.keyboard.press("Enter")
    assert page.input_value("#find-q") == ""
    assert page.input_value("#id_name") == "Tổ dân phố 1 | Tổ dân phố 2"


@pytest.mark.parametrize("dark", [False, True])
def test_every_line_of_the_account_menu_can_be_read(visit, axe, officer, dark):
    page = visit("/", officer, scripts=True, dark=dark)
    page.click("#user-tools summary")
    colours = page.eval_on_selector_all(
        "#user-tools .menu > ul a, #user-tools .menu > ul button",
        "all => all.map(one => getComputedStyle(one).color)",
    )
    assert len(colours) >= 4
    assert len(set(colours)) == 1, colours
    assert axe(page) == []


def test_a_form_is_sent_once(visit, officer, live_server):
    page = visit("/codelists/holiday/add/", officer)
    sent = []
    page.route("**/add/", lambda route: (sent.append(route.request.method), route.abort()))
    page.evaluate(
        """() => {
          const button = document.querySelector('.submit-row .default');
          button.click(); button.click(); button.click();
        }"""
    )
    page.wait_for_timeout(300)
    assert sent.count("POST") == 1


def test_dark_is_remembered_on_the_next_page(visit, officer):
    page = visit("/", officer)
    page.click(".menu > summary")
    page.click(".theme-toggle")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("#nav-main a:last-of-type")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_question_mark_lists_the_keys_but_not_inside_a_field(visit, officer):
    page = visit("/codelists/holiday/", officer)
    page.focus("#searchbar")
    page.keyboard.type("?")
    assert page.url.endswith("/codelists/holiday/")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("?")
    page.wait_for_url("**/phim-tat/")


def test_without_scripts_a_person_finds_filters_saves_and_leaves(visit, officer):
    page = visit("/codelists/holiday/", officer, scripts=False)
    page.click("#changelist-filter summary")
    page.click("#changelist-filter details[open] li:nth-child(2) a")
    assert "kind__exact" in page.url
    page.fill("#searchbar", "khong-co")
    page.click("#changelist-search input[type=submit]")
    assert page.locator("text=Xem cả danh sách").count() == 1
    page.goto(page.url.split("/codelists")[0] + "/codelists/holiday/add/")
    page.fill("#id_day", "30/04/2027")
    page.fill("#id_name", "Ngày Giải phóng miền Nam")
    page.select_option("#id_kind", index=1)
    page.click("button[name=_save]")
    assert Holiday.objects.filter(day="2027-04-30").exists()
    page.fill("#find-q", "ai do")
    page.click("#find button")
    assert page.locator("h1").inner_text() == "Tìm: ai do"
    page.click(".menu > summary")
    page.click("button.theme-toggle")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click(".menu > summary")
    page.click("#logout-form button")
    assert page.locator("h1").inner_text() == "Đã đăng xuất"


def test_choosing_rows_counts_them(visit, officer):
    page = visit("/codelists/holiday/", officer)
    boxes = page.locator(".action-select")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert page.locator(".action-counter").inner_text() == "Đã chọn 4 trong 12 trên trang"
    page.select_option("select[name=action]", "note")
    page.click(".actions button")
    page.wait_for_selector(".messagelist")
    assert "Đã ghi chú 4 ngày." in page.locator(".messagelist").inner_text()
