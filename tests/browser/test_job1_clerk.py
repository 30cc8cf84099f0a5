"""The station clerk's whole job in a real browser, and how many keys it costs.

The count: every keydown (a modifier is one of its own) and every click, less the characters that
stand in a field as they were typed when it is sent. Search text counts in full: what is typed into
the box on top, and into a field where a suggestion then takes its place. A letter with marks costs
one key more for each mark, as Telex types it. What the card scanner types, its Enter included, is
no key of the clerk's.
"""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.keys import access_key
from tests.healthrecords.conftest import publish_lists

pytestmark = pytest.mark.django_db(transaction=True)

CARD = (
    "011162004137|012345678|Quàng Thị Hặc|12031962|Nữ|"
    "Bản Nà Pheo 2, Xã Mường Chà, Tỉnh Điện Biên|05072021"
)
FREE_TEXTS = ("Sốt, ho 2 ngày", "Đau họng")
MOST_NEW, MOST_FOLLOW_UP = 45, 20
COUNTER = """
(() => {
  const read = () => JSON.parse(sessionStorage.getItem('keys') || '{"events":0,"stored":0}');
  const keep = (seen) => sessionStorage.setItem('keys', JSON.stringify(seen));
  const typed = new Map();
  const picked = new Set();
  addEventListener('change', (event) => { if (!event.isTrusted) picked.add(event.target); }, true);
  addEventListener('keydown', (event) => {
    if (window.scanning) return;
    const seen = read(); seen.events += 1; keep(seen);
    const field = event.target;
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && 'value' in field)
      typed.set(field, (typed.get(field) || 0) + 1);
  }, true);
  addEventListener('click', (event) => {
    // A key that presses a button or a link makes a click without a pointer: it was counted.
    if (event.detail === 0) return;
    const seen = read(); seen.events += 1; keep(seen);
  }, true);
  addEventListener('submit', () => {
    const seen = read();
    for (const [field, count] of typed)
      if (!picked.has(field) && field.id !== 'find-q')
        seen.stored += Math.min(count, field.value.length);
    typed.clear();
    keep(seen);
  }, true);
})();
"""


@pytest.fixture
def lists(transactional_db: None) -> None:
    publish_lists()


def scan(page: Any, text: str) -> None:
    """Let the scanner type a card into the box and end with Enter."""
    page.evaluate("window.scanning = true")
    page.focus("#find-q")
    page.keyboard.insert_text(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def marks(*texts: str) -> int:
    """Count the keys that Telex needs beyond one for each letter."""
    plain = unicodedata.normalize("NFD", "".join(texts).lower())
    return sum(bool(unicodedata.combining(letter)) or letter == "đ" for letter in plain)


def keys_of(page: Any) -> int:
    said = page.evaluate("JSON.parse(sessionStorage.getItem('keys'))")
    page.evaluate("sessionStorage.removeItem('keys')")
    return int(said["events"] - said["stored"])


def type_and_go(page: Any, *texts: str) -> None:
    """Type into one field after another; Enter goes on."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def pick(page: Any, text: str) -> None:
    """Type search text, wait for the suggestions, take the first."""
    page.keyboard.type(text)
    page.wait_for_selector("ul.suggestions:not([hidden]) li")
    page.keyboard.press("Enter")


def save(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")


def enter_new(page: Any) -> int:
    """Register the owner of a card and record the first visit; return the keys it cost."""
    scan(page, CARD)
    pick(page, "thai")
    save(page)
    page.wait_for_function("document.activeElement.name === 'reason'")
    type_and_go(page, *FREE_TEXTS)
    type_and_go(page, "88", "38,2", "128/82", "20", "97", "58,5", "152", "", "")
    assert page.input_value("[name=bmi]") == "25,3"
    page.keyboard.press("Enter")
    pick(page, "j00")
    page.keyboard.press("Enter")
    pick(page, "para")
    type_and_go(page, "1", "", "", "1", "5")
    save(page)
    assert "Đã lưu phiếu khám của Quàng Thị Hặc" in page.locator(".messagelist").inner_text()
    return keys_of(page) + marks(*FREE_TEXTS)


def enter_follow_up(page: Any) -> int:
    """Record a visit like the last one; return the keys it cost."""
    scan(page, CARD)
    access_key(page, "m")
    access_key(page, "t")
    page.wait_for_function("document.activeElement.name === 'pulse'")
    type_and_go(page, "80", "36,8", "130/80", "", "")
    page.keyboard.type("58,5")
    save(page)
    return keys_of(page)


@pytest.mark.usefixtures("lists", "communes")
def test_a_new_citizen_with_visit_and_a_follow_up_by_keyboard_alone(
    clerk: User,
    station: Organisation,
    visit: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visit("/", clerk)
    home = page.url
    page.context.add_init_script(COUNTER)
    page.goto(home)
    new = enter_new(page)
    citizen, first = Citizen.objects.get(), Visit.objects.get()
    assert (citizen.ethnic_group, citizen.home_station) == ("03", station)
    assert (first.identified_by, first.diagnosis_rows.get().code) == ("chip_card", "J00")
    assert first.medication_rows.get().quantity == 10
    vitals = first.vitalsigns_rows.get()
    assert (vitals.pulse, vitals.systolic, vitals.height) == (88, 128, 152)

    Visit.objects.update(started_at=timezone.now() - timedelta(days=28))
    page.goto(home)
    follow_up = enter_follow_up(page)
    second = Visit.objects.order_by("started_at").last()
    assert second.pk != first.pk
    assert second.diagnosis_rows.get().code == "J00"
    vitals = second.vitalsigns_rows.get()
    assert (vitals.systolic, str(vitals.weight)) == (130, "58.50")
    with capsys.disabled():
        print(f"\nbench entry_new_keys {new} keys\nbench entry_followup_keys {follow_up} keys")  # noqa: T201
    assert new <= MOST_NEW
    assert follow_up <= MOST_FOLLOW_UP


def test_the_whole_job_with_scripts_blocked(
    lists: None, clerk: User, station: Organisation, visit: Callable[..., Any]
) -> None:
    page = visit("/", clerk, scripts=False)
    page.fill("#find-q", CARD)
    page.press("#find-q", "Enter")
    page.fill("[name=ethnic_group]", "thai")
    page.click("button[name=_save]")
    page.fill("[name=reason]", "Sốt, ho")
    page.fill("[name=pulse]", "780")
    page.fill("[name=d-0-text]", "viem mui hong cap")
    page.fill("[name=m-0-name]", "paracetamol 500 mg")
    page.fill("[name=m-0-morning]", "1")
    page.fill("[name=m-0-days]", "3")
    page.click("button[name=_more_medicines]")
    page.fill("[name=m-2-name]", "Nước muối sinh lý")
    page.click("button[name=_save]")
    assert "780 nằm ngoài khoảng có thể" in page.locator("#errornote").inner_text()
    page.fill("[name=pulse]", "78")
    page.click("button[name=_save]")
    recorded = Visit.objects.get()
    assert recorded.medication_rows.count() == 2
    assert page.locator(".timeline .ev").count() == 1
    page.locator(".timeline .ev .top a").first.click()
    page.get_by_role("link", name="Sửa phiếu").click()
    page.fill("[name=reason]", "Sốt, ho, sổ mũi")
    page.click("button[name=_save]")
    recorded.refresh_from_db()
    assert recorded.reason == "Sốt, ho, sổ mũi"
    slip = page.request.get(page.url.split("/health")[0] + slip_address(recorded))
    assert slip.headers["content-type"] == "application/pdf"


def slip_address(visit: Visit) -> str:
    return reverse("admin:healthrecords_visit_slip", args=[visit.pk])


@pytest.mark.parametrize("width", [1366, 390, 320])
@pytest.mark.usefixtures("lists")
def test_the_pages_are_whole_at_every_width(
    clerk: User,
    communes: list[Area],
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    from tests.browser.records import people_with_visits

    citizen, last = people_with_visits(clerk, clerk.place_of_work, communes[0])
    twin = reverse("admin:healthrecords_citizen_add")
    addresses = [
        reverse("admin:healthrecords_citizen_change", args=[citizen.pk]),
        reverse("admin:healthrecords_citizen_mend", args=[citizen.pk]),
        f"{reverse('admin:healthrecords_visit_new', args=[citizen.pk])}?like={last.pk}",
        reverse("admin:healthrecords_visit_change", args=[last.pk]),
        reverse("admin:healthrecords_citizen_changelist"),
        reverse("admin:healthrecords_visit_changelist"),
        f"{reverse('admin:finder')}?q=quang",
        twin,
        "/",
    ]
    page = visit("/", clerk, width=width)
    root = page.url.rstrip("/")
    for number, address in enumerate(addresses):
        page.goto(root + address)
        keep(page, f"{number}-{width}")
        assert sideways(page) <= 0, address
        assert page.locator("h1").count() == 1, address
        if width != 320:
            assert axe(page) == [], address
    page.goto(root + addresses[2])
    page.fill("[name=pulse]", "780")
    page.fill("[name=blood_pressure]", "182/104")
    page.fill("[name=d-0-text]", "viem")
    page.click("button[name=_save]")
    keep(page, f"visit-errors-{width}")
    assert sideways(page) <= 0
    assert axe(page) == []
    page.goto(root + twin)
    page.fill("[name=name]", "quàng thị hạc")
    page.fill("[name=birth]", "1962")
    page.check("[name=sex][value=female]", force=True)
    page.fill("[name=commune]", "muong cha")
    page.click("button[name=_save]")
    keep(page, f"twin-{width}")
    assert "có thể đã có hồ sơ" in page.locator("#errornote").inner_text()
    assert axe(page) == []


def keep(page: Any, name: str) -> None:
    """Keep a picture where SCREENSHOTS names a folder, for the eye."""
    import os

    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
