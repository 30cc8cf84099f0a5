"""The registration desk and the doctor's view in a real browser: keys alone, no scripts, every width."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import QueueStep, Visit
from healthrecords.services import queue
from healthrecords.services.entries import ArrivalEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.browser.test_job1_clerk import CARD, access_key, keep, lists, save
from tests.healthrecords.conftest import entry_of

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["lists"]

DESK, DOCTOR = "admin:healthrecords_visit_queue", "admin:healthrecords_visit_doctor"
NAMES = (
    ("Quàng Thị Hặc", "Khám tăng huyết áp theo hẹn", ""),
    ("Lò Văn Pánh", "Ho, sốt", "merit"),
    ("Vì Thị Én", "Đau bụng dữ dội", "emergency"),
    ("Cà Văn Thoan", "Đau lưng", ""),
    ("Giàng A Sùng", "Chóng mặt", ""),
)


def full_day(clerk: User, doctor: User, area: Area) -> list[Visit]:
    """Let five people come; the fourth is with the doctor, the fifth has left."""
    at = timezone.now()
    visits = []
    for name, reason, priority in NAMES:
        numbers = {} if name == NAMES[0][0] else {"numbers": ()}
        citizen = services.register_citizen(
            actor=clerk,
            place=clerk.place_of_work,
            entry=entry_of(area, name=name, **numbers),
            client_key=uuid7(),
            at=at,
        ).row
        entry = ArrivalEntry(started_at=at, reason=reason, priority=priority, room="Phòng khám 1")
        visits.append(
            queue.arrive(
                actor=clerk,
                citizen=citizen,
                facility=clerk.place_of_work,
                entry=entry,
                client_key=uuid7(),
                at=at,
            ).row
        )
    queue.take(actor=doctor, visit=visits[3], seen=1, at=at)
    queue.leave(actor=clerk, visit=visits[4], at=at, note="phải về sớm")
    return visits


@pytest.mark.usefixtures("lists", "communes")
def test_a_card_a_reason_and_two_keys_let_somebody_in(
    clerk: User, station: Organisation, visit: Callable[..., Any]
) -> None:
    page = visit(reverse(DESK), clerk)
    assert page.evaluate("document.activeElement.id") == "desk-q"
    page.keyboard.insert_text(CARD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.focus("[name=ethnic_group]")
    page.keyboard.type("thai")
    page.wait_for_selector("ul.suggestions:not([hidden]) li")
    page.keyboard.press("Enter")
    save(page)
    page.wait_for_function("document.activeElement.name === 'reason'")
    page.keyboard.type("Ho, sốt")
    save(page)
    assert "Đã đăng ký Quàng Thị Hặc, số 1 hôm nay." in page.locator(".messagelist").inner_text()
    step = QueueStep.objects.get()
    assert (step.ticket, step.visit.identified_by) == (1, "chip_card")
    # The same card again: the person is known, and waits already.
    page.focus("#desk-q")
    page.keyboard.insert_text(CARD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.name === 'reason'")
    page.keyboard.type("Ho")
    save(page)
    assert "đã ở trong hàng chờ" in page.locator("#errornote").inner_text()
    assert Visit.objects.count() == 1


@pytest.mark.usefixtures("lists")
def test_the_doctor_calls_the_most_urgent_in_and_finishes_by_keyboard(
    clerk: User, clinician: User, communes: list[Area], visit: Callable[..., Any]
) -> None:
    visits = full_day(clerk, clinician, communes[0])
    page = visit(reverse(DOCTOR), clinician)
    assert "Vì Thị Én" in page.locator(".next-up").inner_text()
    access_key(page, "m")
    assert "Vì Thị Én" in page.locator(".banner").inner_text()
    page.fill("[name=d-0-text]", "R10.4")
    save(page)
    urgent = Visit.objects.get(pk=visits[2].pk)
    assert (urgent.status, urgent.finished_by) == ("finished", clinician)
    page.goto(page.url.split("/health")[0] + reverse(DOCTOR))
    assert "Lò Văn Pánh" in page.locator(".next-up").inner_text()
    assert "Vì Thị Én" in page.locator("section[aria-labelledby=h-done]").inner_text()


@pytest.mark.usefixtures("lists")
def test_the_queue_works_with_scripts_blocked(
    clerk: User, clinician: User, communes: list[Area], visit: Callable[..., Any]
) -> None:
    full_day(clerk, clinician, communes[0])
    page = visit(reverse(DESK), clerk, scripts=False)
    assert page.locator("noscript meta, meta[http-equiv=refresh]").count() == 1
    page.get_by_role("button", name=re.compile("Gọi vào.*Lò Văn Pánh", re.DOTALL)).click()
    assert "Lò Văn Pánh" in page.locator(".banner").inner_text()


@pytest.mark.parametrize("width", [1366, 390, 320])
@pytest.mark.usefixtures("lists")
def test_the_pages_of_the_queue_are_whole_at_every_width(
    clerk: User,
    clinician: User,
    communes: list[Area],
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    visits = full_day(clerk, clinician, communes[0])
    first = visits[0]
    addresses = {
        "desk": reverse(DESK),
        "desk-found": f"{reverse(DESK)}?q=quang",
        "doctor": reverse(DOCTOR),
        "arrive": reverse("admin:healthrecords_visit_arrive", args=[first.citizen_id]),
        "visit": reverse("admin:healthrecords_visit_correct", args=[first.pk]),
        "visit-page": reverse("admin:healthrecords_visit_change", args=[first.pk]),
        "sick-leave": reverse("admin:healthrecords_visit_issue", args=[first.pk, "sick_leave"]),
        "referral": reverse("admin:healthrecords_visit_issue", args=[first.pk, "referral"]),
        "referrals": reverse("admin:healthrecords_visit_referrals"),
    }
    page = visit("/", clinician, width=width)
    root = page.url.rstrip("/")
    for name, address in addresses.items():
        page.goto(root + address)
        keep(page, f"queue-{name}-{width}")
        assert sideways(page) <= 0, address
        assert page.locator("h1").count() == 1, address
        if width != 320:
            assert axe(page) == [], address
