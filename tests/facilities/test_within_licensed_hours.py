"""Opening hours beside the hours of the licence: within, outside, or not to be compared."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from facilities.conditions import Check, Mark, checks_of, facts_of, verdict_of
from facilities.hours import Slot
from facilities.licensed_hours import beyond
from facilities.models import Facility, OpeningSchedule
from facilities.services import (
    Decision,
    Printed,
    Received,
    issue_operating_license,
    register_facility,
    set_hours,
)
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.conftest import SINCE

TODAY = date(2026, 11, 5)
OFFICE = "Thứ 2 đến thứ 6: 7 giờ 30 - 11 giờ 30, 13 giờ 30 - 17 giờ"
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture
def licensed(department: Organisation, communes: list[Area]) -> Callable[[str], Facility]:
    def enter(hours: str) -> Facility:
        facility = register_facility(
            department=department,
            received=Received("Phòng khám Mường Chà", area_id=communes[0].pk),
            on=SINCE,
            insurance_code="11045",
            form="PKDK",
        )
        issue_operating_license(
            actor=None, facility=facility.organisation, number="182/ĐB-GPHĐ",
            printed=Printed(hours=hours), valid_from=SINCE,
            decision=Decision("7/QĐ-SYT", SINCE, "Sở Y tế Điện Biên"),
        )  # fmt: skip
        return facility

    return enter


def found(facility: Facility) -> Check | None:
    checks = {one.code: one for one in checks_of(facts_of(facility, TODAY))}
    return checks.get("hours_licensed")


@pytest.mark.parametrize(
    ("printed", "opened", "mark"),
    [
        (OFFICE, OFFICE, Mark.MET),
        (OFFICE, "Thứ 3, thứ 5: 8 giờ - 11 giờ", Mark.MET),
        ("24/24 giờ", OFFICE, Mark.MET),
        ("Hàng ngày: 7 giờ - 19 giờ", OFFICE, Mark.MET),
        (OFFICE, "Thứ 2 đến thứ 7: 7 giờ 30 - 11 giờ 30", Mark.LACKING),
        (OFFICE, "Thứ 2 đến thứ 6: 7 giờ 30 - 17 giờ", Mark.LACKING),
        (OFFICE, "24/24 giờ", Mark.LACKING),
        ("trong giờ hành chính", OFFICE, Mark.UNKNOWN),
    ],
)
def test_hours_are_compared_with_what_the_licence_prints(
    licensed: Callable[[str], Facility], printed: str, opened: str, mark: Mark
) -> None:
    facility = licensed(printed)
    set_hours(facility=facility.organisation, text=opened, valid_from=SINCE)
    check = found(facility)
    assert check is not None
    assert check.mark == mark
    assert printed in str(check.said)
    assert opened in str(check.said)


def test_without_hours_on_one_side_nothing_is_compared(
    licensed: Callable[[str], Facility],
) -> None:
    facility = licensed(OFFICE)
    assert found(facility) is None
    facility.organisation.operatinglicense_rows.get().versions.update(hours="")
    set_hours(facility=facility.organisation, text=OFFICE, valid_from=SINCE)
    assert found(facility) is None


def test_the_hours_outside_are_named_and_decide_nothing(
    licensed: Callable[[str], Facility],
) -> None:
    facility = licensed(OFFICE)
    before = verdict_of(checks_of(facts_of(facility, TODAY)))
    set_hours(
        facility=facility.organisation,
        text="Thứ 2 đến thứ 6: 7 giờ 30 - 12 giờ; chủ nhật: 8 giờ - 10 giờ",
        valid_from=SINCE,
    )
    check = found(facility)
    assert check is not None
    assert "thứ 2 đến thứ 6: 11 giờ 30 - 12 giờ; chủ nhật: 8 giờ - 10 giờ" in str(check.said)
    assert check.is_notice
    assert verdict_of(checks_of(facts_of(facility, TODAY))) == before


def test_a_sign_without_weekdays_is_not_compared(licensed: Callable[[str], Facility]) -> None:
    facility = licensed(OFFICE)
    OpeningSchedule.objects.create(
        facility=facility.organisation, text="theo lịch trực", valid_from=SINCE
    )
    check = found(facility)
    assert check is not None
    assert (check.mark, check.deed) == (Mark.UNKNOWN, "hours")


def test_the_page_shows_both_and_marks_what_is_outside(
    client: Client, licensing_officer: User, licensed: Callable[[str], Facility]
) -> None:
    facility = licensed(OFFICE)
    set_hours(facility=facility.organisation, text="Thứ 7: 7 giờ - 11 giờ", valid_from=SINCE)
    client.force_login(licensing_officer)
    url = reverse("admin:facilities_facility_change", args=[facility.pk])
    page = client.get(url).content.decode()
    module = page[page.index('id="h-hours"') :].partition("</section>")[0]
    assert OFFICE in module
    assert "Thứ 7: 7 giờ - 11 giờ" in module
    assert "chip warn" in module


SLOTS = st.builds(
    lambda day, opens, length: Slot(day, opens, min(opens + length, 1440)),
    st.integers(1, 7),
    st.integers(0, 1400),
    st.integers(1, 600),
)


@given(st.lists(SLOTS, max_size=5), st.lists(SLOTS, max_size=5))
def test_what_is_beyond_is_minute_by_minute_opened_and_not_licensed(
    opened: list[Slot], licensed: list[Slot]
) -> None:
    def minutes(slots: list[Slot]) -> set[tuple[int, int]]:
        return {(one.weekday, at) for one in slots for at in range(one.opens, one.closes)}

    assert minutes(beyond(opened, licensed)) == minutes(opened) - minutes(licensed)
