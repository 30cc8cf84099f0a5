"""What is due and what expires is sorted by the steps of the list, the same for devices and lots."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.admin.days import nearness
from facilities.models import Equipment, Inspection, Medicine
from facilities.services import Receipt, enter_equipment, note_inspection, receive
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user

pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture
def head(station: Organisation) -> Client:
    user: User = make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)
    client = Client()
    client.force_login(user)
    return client


def device(place: Organisation, name: str, days: int, kind: str = "ecg") -> Equipment:
    made = enter_equipment(
        equipment=Equipment(facility=place, asset_code=name, name=name, inspection_kind=kind),
        on=SINCE,
    )
    today = timezone.localdate()
    inspection = Inspection(
        equipment=made,
        done_on=today - timedelta(days=400),
        result="pass",
        next_due_on=today + timedelta(days=days),
    )
    note_inspection(inspection=inspection, today=today)
    return made


def lot(place: Organisation, user: User, number: str, days: int) -> None:
    medicine, _made = Medicine.objects.get_or_create(code="para", name="Paracetamol", unit="viên")
    at = timezone.now()
    receipt = Receipt(
        medicine=medicine,
        lot_number=number,
        expires_on=timezone.localdate() + timedelta(days=days),
        quantity=Decimal(10),
    )
    receive(actor=user, facility=place, receipt=receipt, on=timezone.localdate(), at=at)


def shown(client: Client, name: str, choice: str, among: tuple[str, ...]) -> set[str]:
    url = reverse(f"admin:facilities_{name}_changelist")
    body = client.get(url, {"han": choice}).content.decode()
    return {one for one in among if one in body}


def test_devices_are_narrowed_by_the_steps_of_the_list(head: Client, station: Organisation) -> None:
    names = ("MAY-QUA", "MAY-BAY", "MAY-HAI", "MAY-SAU", "MAY-TRAM")
    for name, days in zip(names, (-1, 5, 20, 50, 100), strict=True):
        device(station, name, days)
    found = {choice: shown(head, "equipment", choice, names) for choice in ("qua", "7", "30", "60")}
    assert found["qua"] == {"MAY-QUA"}
    assert found["7"] == {"MAY-QUA", "MAY-BAY"}
    assert found["30"] == {"MAY-QUA", "MAY-BAY", "MAY-HAI"}
    assert found["60"] == {"MAY-QUA", "MAY-BAY", "MAY-HAI", "MAY-SAU"}


def test_lots_are_narrowed_by_the_steps_of_the_list(head: Client, station: Organisation) -> None:
    user = User.objects.get(username="tam")
    names = ("LO-HAI-MUOI", "LO-TAM-MUOI", "LO-TRAM-BAY", "LO-XA")
    for name, days in zip(names, (20, 80, 170, 300), strict=True):
        lot(station, user, name, days)
    assert shown(head, "stocklot", "30", names) == {names[0]}
    assert shown(head, "stocklot", "90", names) == set(names[:2])
    assert shown(head, "stocklot", "180", names) == set(names[:3])
    assert shown(head, "stocklot", "qua", names) == set()


def test_the_steps_are_those_of_the_list_and_no_constant_of_ours(
    head: Client, station: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facilities.admin import days
    from facilities.rules import supply_rules

    rules = replace(supply_rules(timezone.localdate()), equipment_steps=(45, 10))
    monkeypatch.setattr(days, "supply_rules", lambda _on: rules)
    body = head.get(reverse("admin:facilities_equipment_changelist")).content.decode()
    assert "han=45" in body
    assert "han=60" not in body


@pytest.mark.parametrize(
    ("days", "kind"), [(-1, "bad"), (0, "bad"), (7, "bad"), (8, "warn"), (60, "warn"), (61, "")]
)
def test_a_day_is_coloured_by_the_narrowest_and_the_widest_step(days: int, kind: str) -> None:
    today = date(2026, 11, 5)
    assert nearness(today + timedelta(days=days), today, (60, 30, 7)) == kind
    assert nearness(today + timedelta(days=days), today, ()) == ("bad" if days < 0 else "")


def test_the_card_of_a_device_says_why_it_should_not_be_used(
    head: Client, station: Organisation
) -> None:
    late = device(station, "MAY-QUA", -3)
    fit = device(station, "MAY-TOT", 30)
    new = enter_equipment(
        equipment=Equipment(
            facility=station, asset_code="XQ", name="X-quang", inspection_kind="xray"
        ),
        on=SINCE,
    )
    said = {
        one.asset_code: "Hôm nay không dùng thiết bị này"
        in head.get(reverse("admin:facilities_equipment_change", args=[one.pk])).content.decode()
        for one in (late, fit, new)
    }
    assert said == {"MAY-QUA": True, "MAY-TOT": False, "XQ": True}
