"""The beds of a department are entered and kept; their sum stands beside the facility's own number."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from facilities.beds import beds_by_department
from facilities.models import Department, Facility
from facilities.services import (
    Received,
    close_department,
    count_beds,
    open_department,
    register_facility,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Area, Organisation
from tests.conftest import SINCE, make_user

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture
def hospital(department: Organisation, communes: list[Area]) -> Facility:
    received = Received("Bệnh viện Hữu Nghị", area_id=communes[0].pk)
    return register_facility(
        department=department, received=received, on=SINCE, insurance_code="11077", form="BVDK"
    )


@pytest.fixture
def rooms(hospital: Facility) -> list[Department]:
    return [
        open_department(
            department=Department(
                facility=hospital.organisation, code=code, name=name, valid_from=SINCE
            )
        )
        for code, name in (("K02", "Hồi sức"), ("K03", "Nội"))
    ]


@pytest.fixture
def desk(licensing_officer: User) -> Client:
    client = Client()
    client.force_login(licensing_officer)
    return client


def address(facility: Facility, page: str, room: Department | None = None) -> str:
    url = reverse(f"admin:facilities_facility_{page}", args=[facility.pk])
    return f"{url}?viec={room.pk}" if room is not None else url


def page_of(client: Client, facility: Facility, page: str = "rooms") -> str:
    return " ".join(client.get(address(facility, page)).content.decode().split())


def test_the_beds_of_a_department_are_entered_and_the_number_before_stays_readable(
    desk: Client, hospital: Facility, rooms: list[Department]
) -> None:
    url = address(hospital, "department_beds", rooms[0])
    said = {"department": str(rooms[0].pk), "decision_no": "12/QĐ-BV"}
    first = {**said, "actual": "20", "intensive": "8", "valid_from": "01/06/2026"}
    assert desk.post(url, first).status_code == 302
    form = desk.get(url).context["form"]
    assert form["department"].initial == rooms[0]
    assert form["actual"].initial == 20
    assert form["planned"].initial is None
    assert desk.post(url, {**said, "actual": "18", "valid_from": "01/07/2026"}).status_code == 302
    held = rooms[0].beds.filter(kind="actual").order_by("valid_from")
    assert list(held.values_list("count", "valid_from", "valid_until")) == [
        (20, JUNE, date(2026, 6, 30)),
        (18, JULY, None),
    ]
    assert rooms[0].beds.get(kind="intensive").count == 8  # an empty box changed nothing
    assert not hospital.organisation.bedcount_rows.filter(department=None).exists()
    page = page_of(desk, hospital)
    past = page[page.index("h-giuong") :]
    for part in ("Giường thực tế: 20", "30/06/2026", "Giường thực tế: 18", "12/QĐ-BV", "Hồi sức"):
        assert part in past


def test_the_page_of_one_department_counts_the_beds_of_no_other(
    desk: Client, hospital: Facility, rooms: list[Department]
) -> None:
    """What stands in its boxes is of that department: as another's it would be wrong."""
    url = address(hospital, "department_beds", rooms[0])
    assert re.search(r"<select[^>]*disabled", desk.get(url).content.decode())
    said = {"department": str(rooms[1].pk), "actual": "20", "valid_from": "01/06/2026"}
    assert desk.post(url, said).status_code == 302
    assert not rooms[1].beds.exists()
    assert rooms[0].beds.get().count == 20
    free = address(hospital, "department_beds")
    assert not re.search(r"<select[^>]*disabled", desk.get(free).content.decode())
    assert desk.post(free, said).status_code == 302
    assert rooms[1].beds.get().count == 20


def test_the_sum_of_the_departments_stands_beside_the_number_of_the_facility(
    desk: Client, hospital: Facility, rooms: list[Department]
) -> None:
    place = hospital.organisation
    for room, count in zip(rooms, (20, 35), strict=True):
        count_beds(facility=place, department=room, kind="actual", count=count, valid_from=JUNE)
    count_beds(facility=place, department=rooms[0], kind="planned", count=15, valid_from=JUNE)
    count_beds(facility=place, kind="actual", count=60, valid_from=JUNE)
    count_beds(facility=place, kind="registered", count=60, valid_from=JUNE)
    sums = {row.kind: (row.summed, row.own, row.differs) for row in _sums(hospital)}
    assert sums["actual"] == (55, 60, True)
    assert sums["planned"] == (15, None, True)
    assert sums["registered"] == (None, 60, False)  # no department told of these
    page, glance = page_of(desk, hospital), page_of(desk, hospital, "change")
    assert "Giường thực tế: các khoa cộng lại 55, cơ sở ghi 60." in page
    assert "Giường kế hoạch: các khoa cộng lại 15, cơ sở chưa ghi." in page
    assert address(hospital, "rooms") in glance
    assert re.search(r"các khoa: 55", glance)
    count_beds(facility=place, kind="actual", count=55, valid_from=JULY)
    count_beds(facility=place, kind="planned", count=15, valid_from=JULY)
    assert not any(row.differs for row in _sums(hospital))
    assert "các khoa cộng lại" not in page_of(desk, hospital)
    assert "các khoa:" not in page_of(desk, hospital, "change")


def _sums(hospital: Facility) -> Any:
    return beds_by_department(hospital.organisation, date(2026, 9, 1)).sums


def test_a_department_counts_no_beds_before_it_opens_and_none_after_it_closed(
    desk: Client, hospital: Facility, rooms: list[Department]
) -> None:
    place, room = hospital.organisation, rooms[0]
    count_beds(facility=place, department=room, kind="actual", count=20, valid_from=SINCE)
    for day in (date(SINCE.year - 1, 1, 1), JULY):
        if day == JULY:
            close_department(department=room, on=JUNE)
        with pytest.raises(ValidationError) as refused:
            count_beds(facility=place, department=room, kind="planned", count=9, valid_from=day)
        assert refused.value.error_dict["valid_from"][0].code == "department_closed"
    assert not room.beds.filter(kind="planned").exists()
    found = beds_by_department(place, JULY)
    assert [row.department for row in found.rooms] == [rooms[1]]
    assert not any(row.told for row in found.sums)


def test_a_refused_count_keeps_what_was_typed_and_changes_nothing(
    desk: Client, hospital: Facility, rooms: list[Department]
) -> None:
    count_beds(
        facility=hospital.organisation,
        department=rooms[0],
        kind="actual",
        count=4,
        valid_from=JUNE,
    )
    said = {"department": str(rooms[0].pk), "intensive": "9", "valid_from": "01/07/2026"}
    answer = desk.post(address(hospital, "department_beds", rooms[0]), said)
    assert answer.status_code == 200
    assert 'value="9"' in answer.content.decode()
    assert list(rooms[0].beds.values_list("kind", "count")) == [("actual", 4)]


def test_who_may_not_edit_reads_the_beds_and_enters_none(
    hospital: Facility, rooms: list[Department], ministry: Organisation
) -> None:
    client = Client()
    client.force_login(make_user("gs", "Người Giám Sát", Role.OVERSEER, ministry))
    assert client.get(address(hospital, "rooms")).status_code == 200
    assert address(hospital, "department_beds") not in page_of(client, hospital)
    assert client.get(address(hospital, "department_beds", rooms[0])).status_code == 403


def test_the_page_costs_the_same_with_many_departments(
    desk: Client, hospital: Facility, rooms: list[Department], django_assert_max_num_queries: Any
) -> None:
    place = hospital.organisation
    for number in range(12):
        room = Department(facility=place, name=f"Khoa {number}", valid_from=SINCE)
        open_department(department=room)
        count_beds(facility=place, department=room, kind="actual", count=3, valid_from=JUNE)
    desk.get(address(hospital, "rooms"))
    with django_assert_max_num_queries(30):
        desk.get(address(hospital, "rooms"))
