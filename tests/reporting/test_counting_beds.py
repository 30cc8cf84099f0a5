"""Beds in a report: what a place says of itself, or its departments together, and no bed twice."""

from datetime import date

import pytest
from django.test import Client

from facilities.models import BedCount, Department, Facility
from facilities.services import Step, succeed
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.computing import compute
from tests.reporting.conftest import LATER, OCTOBER, form


def count(place: Organisation, number: int, room: Department | None = None) -> None:
    BedCount.objects.create(
        facility=place, department=room, kind="actual", count=number, valid_from=date(2026, 1, 1)
    )


@pytest.mark.parametrize(
    ("own", "value", "listed"),
    [
        (None, "5", {("Phòng lưu", "3"), ("Phòng đẻ", "2")}),
        (6, "6", {("", "6")}),
    ],
)
def test_beds_open_what_is_counted(
    own: int | None,
    value: str,
    listed: set[tuple[str, str]],
    client: Client,
    definitions: None,
    head: User,
    station: Organisation,
) -> None:
    about = Facility.objects.create(organisation=station)
    for code, name, number in (("K01", "Phòng lưu", 3), ("K02", "Phòng đẻ", 2)):
        room = Department.objects.create(
            facility=station, code=code, name=name, valid_from=date(2025, 7, 1)
        )
        count(station, number, room)
    if own:
        count(station, own)
    client.force_login(head)
    beds = services.begin_report(
        actor=head, definition=form("BC02"), organisation=station, period=OCTOBER, at=LATER
    )
    opened = client.get(f"/bao-cao/{beds.pk}/?o=own~giuong_tk").context["behind"]
    assert (opened.value, opened.total) == (value, len(listed))
    assert {(line.name, line.code) for line in opened.listed} == {
        (name or station.name, number) for name, number in listed
    }
    assert {line.person_url for line in opened.listed} == {
        f"/facilities/facility/{about.pk}/change/"
    }


def test_the_beds_of_a_merged_station_are_those_its_heir_counts(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    count(station, 3)
    count(other_station, 7)  # its own four, and the three it took over
    step = Step(station, other_station, "merge", date(2026, 10, 1))
    succeed(actor=None, step=step, today=date(2026, 10, 15))
    found = compute(form("BC02"), OCTOBER, [other_station])[other_station.pk]
    assert found["own"]["giuong_tk"] == 7
