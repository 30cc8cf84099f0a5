"""Devices: their states follow each other, what is due is warned of once per step."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.dues import supplies_due
from facilities.models import DueWarning, Equipment, EquipmentState, Inspection, RadiationLicense
from facilities.querysets import with_first_due
from facilities.rules import inspected_kinds
from facilities.services import (
    change_state,
    due_by,
    enter_equipment,
    license_radiation,
    note_inspection,
    usable_on,
    warn_of_due,
    why_not_usable,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user

TODAY = date(2026, 11, 5)
State = Equipment.State
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture
def device(station: Organisation) -> Equipment:
    equipment = Equipment(
        facility=station, asset_code="TB-001", name="Huyết áp kế", inspection_kind="blood_pressure"
    )
    return enter_equipment(equipment=equipment, on=date(2026, 1, 1))


@pytest.fixture
def keeper(station: Organisation) -> User:
    return make_user("truong", "Lò Thị Tâm", Role.STATION_HEAD, station)


def inspect(device: Equipment, done_on: date, result: str = "pass", **said: object) -> Inspection:
    inspection = Inspection(equipment=device, done_on=done_on, result=result, **said)
    return note_inspection(inspection=inspection, today=TODAY)


def warned() -> list[tuple[date, int]]:
    return list(DueWarning.objects.order_by("warned_on", "-step").values_list("due_on", "step"))


def test_a_state_ends_where_the_next_begins(device: Equipment) -> None:
    change_state(equipment=device, state=State.BROKEN, on=date(2026, 3, 1), reason="Rơi")
    change_state(equipment=device, state=State.IN_USE, on=date(2026, 4, 1), reason="")
    days = list(device.states.order_by("valid_from").values_list("state", "valid_until"))
    assert days == [
        ("in_use", date(2026, 2, 28)),
        ("broken", date(2026, 3, 31)),
        ("in_use", None),
    ]


@pytest.mark.parametrize(
    ("on", "reason", "code"),
    [(date(2026, 3, 1), "", "reason_missing"), (date(2025, 12, 1), "Rơi", "state_before_last")],
)
def test_a_state_without_reason_or_before_the_last_is_refused(
    device: Equipment, on: date, reason: str, code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        change_state(equipment=device, state=State.BROKEN, on=on, reason=reason)
    assert [e.code for errors in refused.value.error_dict.values() for e in errors] == [code]
    device.refresh_from_db()
    assert device.state == State.IN_USE
    assert device.states.count() == 1


@pytest.mark.parametrize("state", [State.BROKEN, State.DISPOSED])
def test_a_state_of_a_day_to_come_is_refused_at_its_box_and_nothing_changes(
    device: Equipment, keeper: User, client: Client, state: str
) -> None:
    inspect(device, date(2026, 2, 10))
    warn_of_due(today=date(2027, 2, 1))

    def told() -> list[object]:
        rows = Equipment.objects.filter(pk=device.pk)
        return [list(of.values()) for of in (rows, device.states.all(), device.warnings.all())]

    before = told()
    assert device.warnings.filter(met_on=None).exists()
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        change_state(equipment=device, state=state, on=tomorrow, reason="Cũ")
    assert refused.value.error_dict["on"][0].code == "day_in_future"
    client.force_login(keeper)
    url = reverse("admin:facilities_equipment_state", args=[device.pk])
    answer = client.post(url, {"state": state, "on": f"{tomorrow:%d/%m/%Y}", "reason": "Cũ"})
    assert answer.status_code == 200
    assert f"{tomorrow:%d/%m/%Y}" in answer.context["form"].errors["on"][0]
    assert told() == before


def test_a_state_that_was_entered_for_a_day_to_come_gives_way_to_the_next(
    device: Equipment,
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    device.states.update(valid_until=tomorrow - timedelta(days=1))
    EquipmentState.objects.create(
        equipment=device, state=State.BROKEN, valid_from=tomorrow, reason="Rơi"
    )
    Equipment.objects.update(state=State.BROKEN)
    change_state(equipment=device, state=State.MAINTENANCE, on=TODAY, reason="Bảo dưỡng")
    days = list(device.states.order_by("valid_from").values_list("state", "valid_until"))
    assert days == [("in_use", TODAY - timedelta(days=1)), ("maintenance", None)]


def test_the_next_inspection_is_due_as_the_list_says_unless_the_paper_says_otherwise(
    device: Equipment,
) -> None:
    assert inspect(device, date(2026, 2, 10)).next_due_on == date(2027, 2, 10)
    paper = inspect(device, date(2026, 3, 10), next_due_on=date(2026, 9, 10))
    assert paper.next_due_on == date(2026, 9, 10)


def test_warnings_come_sixty_thirty_and_seven_days_before_and_when_it_is_over(
    device: Equipment,
) -> None:
    due = date(2027, 2, 10)
    inspect(device, date(2026, 2, 10))
    for days in range(70, -10, -1):
        warn_of_due(today=due - timedelta(days=days))
    assert warned() == [(due, 60), (due, 30), (due, 7), (due, 0)]
    assert [w.warned_on for w in DueWarning.objects.order_by("warned_on")] == [
        due - timedelta(days=n) for n in (60, 30, 7, -1)
    ]


def test_a_night_that_was_missed_is_caught_up_with_by_the_narrowest_step(
    device: Equipment,
) -> None:
    inspect(device, date(2026, 2, 10))
    assert warn_of_due(today=date(2027, 1, 20)) == 1
    assert warn_of_due(today=date(2027, 1, 20)) == 0
    assert warned() == [(date(2027, 2, 10), 30)]


def test_an_inspection_closes_its_warnings_and_no_other(device: Equipment) -> None:
    inspect(device, date(2025, 11, 20), kind="maintenance", next_due_on=date(2026, 11, 20))
    inspect(device, date(2025, 12, 1))
    warn_of_due(today=TODAY)
    assert DueWarning.objects.filter(met_on=None).count() == 2
    inspect(device, TODAY)
    assert list(DueWarning.objects.filter(met_on=None).values_list("subject", flat=True)) == [
        "maintenance"
    ]


def test_a_device_that_fails_its_inspection_is_broken(device: Equipment) -> None:
    inspect(device, TODAY, "fail")
    device.refresh_from_db()
    assert device.state == State.BROKEN
    assert why_not_usable(device, TODAY)


def open_warnings() -> list[tuple[str, date]]:
    rows = DueWarning.objects.filter(met_on=None).order_by("subject", "due_on", "-step")
    return list(rows.values_list("subject", "due_on"))


def test_a_failed_inspection_meets_nothing_and_is_due_until_the_device_passes(
    device: Equipment,
) -> None:
    was_due = date(2026, 10, 20)
    inspect(device, date(2025, 10, 20))
    warn_of_due(today=date(2026, 10, 25))
    failed = inspect(device, date(2026, 11, 1), "fail")
    assert failed.next_due_on is None
    assert open_warnings() == [("inspection", was_due)]
    warn_of_due(today=TODAY)
    assert [due.due_on for due in due_by(TODAY)] == [was_due]
    assert first_due(device) == was_due
    inspect(device, date(2026, 11, 4), "conditional")
    assert open_warnings() == []
    assert due_by(TODAY) == []


def test_what_failed_before_its_day_is_due_from_the_failure(device: Equipment) -> None:
    inspect(device, date(2026, 9, 1))
    inspect(device, date(2026, 11, 1), "fail")
    assert warn_of_due(today=TODAY) == 1
    assert open_warnings() == [("inspection", date(2026, 11, 1))]
    assert first_due(device) == date(2026, 11, 1)


def test_a_failure_is_not_told_with_a_next_day(device: Equipment) -> None:
    with pytest.raises(ValidationError) as refused:
        inspect(device, date(2026, 11, 1), "fail", next_due_on=date(2027, 11, 1))
    assert refused.value.error_dict["next_due_on"][0].code == "failed_is_due"
    device.refresh_from_db()
    assert (device.state, device.inspections.count()) == (State.IN_USE, 0)


def test_an_old_failure_entered_late_breaks_no_device_that_passed_since(
    device: Equipment,
) -> None:
    inspect(device, date(2026, 10, 1))
    inspect(device, date(2026, 9, 1), "fail")
    device.refresh_from_db()
    assert device.state == State.IN_USE
    assert due_by(TODAY) == []


def first_due(device: Equipment) -> date | None:
    found = with_first_due(Equipment.objects.filter(pk=device.pk), inspected_kinds(TODAY))
    day: date | None = found.get().due
    return day


def test_a_device_that_was_never_inspected_is_warned_of_since_its_first_day(
    station: Organisation, device: Equipment
) -> None:
    free = Equipment(facility=station, asset_code="K", name="Khác", inspection_kind="other")
    enter_equipment(equipment=free, on=date(2026, 1, 1))
    assert warn_of_due(today=TODAY) == 1
    assert warn_of_due(today=TODAY + timedelta(days=1)) == 0
    assert open_warnings() == [("inspection", date(2026, 1, 1))]
    assert (first_due(device), first_due(free)) == (date(2026, 1, 1), None)
    assert [due.what for due in supplies_due(station, TODAY)] == [
        "Kiểm định: Huyết áp kế (chưa có trong hồ sơ)"
    ]
    assert len(why_not_usable(device, TODAY)) == 1
    inspect(device, date(2026, 11, 1))
    assert open_warnings() == []
    assert (why_not_usable(device, TODAY), first_due(device)) == ([], date(2027, 11, 1))


def test_a_device_that_waits_for_its_disposal_needs_no_first_inspection(
    device: Equipment,
) -> None:
    change_state(equipment=device, state=State.WAITING_DISPOSAL, on=date(2026, 10, 1), reason="Cũ")
    assert warn_of_due(today=TODAY) == 0


@pytest.mark.parametrize(("until", "due"), [(None, None), (date(2027, 6, 30), date(2027, 6, 30))])
def test_a_radiating_device_without_licence_is_warned_of_until_it_has_one(
    station: Organisation, until: date | None, due: date | None
) -> None:
    device = Equipment(facility=station, asset_code="XQ", name="X-quang", is_radiating=True)
    enter_equipment(equipment=device, on=date(2026, 1, 1))
    assert warn_of_due(today=TODAY) == 1
    assert open_warnings() == [("radiation", date(2026, 1, 1))]
    said = {"issued_by": "Sở Khoa học và Công nghệ", "safety_officer": "Lò Văn An"}
    old = RadiationLicense(
        equipment=device,
        number="1/GP",
        valid_from=date(2025, 1, 1),
        valid_until=date(2025, 12, 31),
        **said,
    )
    license_radiation(license=old)
    assert open_warnings() == [("radiation", date(2026, 1, 1))]
    new = RadiationLicense(
        equipment=device, number="2/GP", valid_from=date(2026, 2, 1), valid_until=until, **said
    )
    license_radiation(license=new)
    assert open_warnings() == []
    assert first_due(device) == due


@pytest.mark.parametrize(("kind", "is_doubt"), [("calibration", True), ("maintenance", False)])
def test_the_page_of_a_device_and_a_result_of_it_say_the_same(
    kind: str, is_doubt: bool, device: Equipment
) -> None:
    """But for maintenance: that it is late makes no result doubtful."""
    inspect(device, date(2026, 1, 5))
    inspect(device, date(2026, 1, 6), kind=kind, next_due_on=date(2026, 10, 1))
    [why] = why_not_usable(device, TODAY)
    assert "01/10/2026" in why
    assert usable_on(device, TODAY).doubts == ((why,) if is_doubt else ())


def test_the_page_of_a_past_day_says_the_state_of_that_day(device: Equipment) -> None:
    inspect(device, date(2026, 1, 5))
    change_state(equipment=device, state=State.BROKEN, on=date(2026, 3, 1), reason="Rơi")
    change_state(equipment=device, state=State.IN_USE, on=date(2026, 4, 1), reason="")
    assert len(why_not_usable(device, date(2026, 3, 15))) == 1
    assert why_not_usable(device, TODAY) == []


def test_what_is_disposed_of_is_warned_of_no_more(device: Equipment) -> None:
    inspect(device, date(2025, 12, 1))
    change_state(equipment=device, state=State.DISPOSED, on=TODAY, reason="Thanh lý")
    assert warn_of_due(today=TODAY) == 0
    with pytest.raises(ValidationError) as refused:
        change_state(equipment=device, state=State.IN_USE, on=TODAY, reason="")
    assert refused.value.code == "equipment_disposed"


def test_a_radiating_device_needs_its_licence_which_is_warned_of(station: Organisation) -> None:
    xray = enter_equipment(
        equipment=Equipment(
            facility=station, asset_code="XQ", name="Máy X-quang", is_radiating=True
        ),
        on=date(2026, 1, 1),
    )
    assert len(why_not_usable(xray, TODAY)) == 1
    first = RadiationLicense(
        equipment=xray,
        number="12/GP-SKHCN",
        issued_by="Sở Khoa học và Công nghệ",
        safety_officer="Lò Văn An",
        valid_from=date(2024, 1, 1),
        valid_until=TODAY + timedelta(days=20),
    )
    license_radiation(license=first)
    assert why_not_usable(xray, TODAY) == []
    assert warn_of_due(today=TODAY) == 1
    assert DueWarning.objects.get().subject == "radiation"


def test_the_night_s_work_costs_the_same_for_many_devices(
    station: Organisation, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(12):
        equipment = Equipment(
            facility=station, asset_code=f"N{number}", name="Cân", inspection_kind="scale"
        )
        inspect(enter_equipment(equipment=equipment, on=date(2025, 1, 1)), date(2025, 12, 1))
    warn_of_due(today=TODAY - timedelta(days=40))
    with django_assert_num_queries(11):  # type: ignore[attr-defined]
        warn_of_due(today=TODAY)
    assert DueWarning.objects.filter(step=30).count() == 12
