"""Who worked at a station that is merged works at its heir, and at the station again if that was wrong."""

from datetime import timedelta

import pytest

from facilities.models import FacilitySuccession
from facilities.services import withdraw_succession
from facilities.services.succession import Step, succeed
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import ExtraTechnique, Practitioner, Registration, WorkingSlot
from practitioners.practising import may_practise
from tests.practitioners.law import (
    AT,
    OFFICE,
    day,
    give_license,
    load_law,
    make_person,
    register,
    week,
    when,
)

pytestmark = pytest.mark.django_db
ON, TODAY = day("01/11/2026"), day("05/11/2026")
THURSDAY = "05/11/2026 09:00"


@pytest.fixture
def doctor(station: Organisation) -> Practitioner:
    """In charge of the station, on duty on Saturday nights, with an assigned technique."""
    load_law()
    person = make_person()
    give_license(person)
    row = register(person, station, position="1", position_text="Trưởng trạm")
    duty = week("T7 19:00-07:00")
    services.set_hours(
        actor=None, registration=row, spans=duty, from_day=day("01/05/2024"), kind="duty"
    )
    assignment = services.Assignment("18.0001", "07/QĐ-TYT", day("01/09/2026"), "Siêu âm")
    services.assign_technique(actor=None, registration=row, assignment=assignment, at=AT)
    return person


def step(old: Organisation, new: Organisation, kind: str = "merge") -> FacilitySuccession:
    return succeed(actor=None, step=Step(old, new, kind, ON), today=TODAY)


def withdraw(row: FacilitySuccession) -> None:
    withdraw_succession(actor=None, step=row, reason="Ghi nhầm trạm", at=AT)


def stands() -> list[object]:
    tables = (Registration, WorkingSlot, ExtraTechnique)
    return [list(one.objects.order_by("pk").values()) for one in tables]


def answers(person: Practitioner, place: Organisation, at: str = THURSDAY) -> tuple[str, ...]:
    asked = may_practise(
        practitioner=person, facility=place, moments=[when(at)], technique="18.0001"
    )
    return (asked.verdict, *asked.reasons)


def test_the_staff_of_a_merged_station_practise_at_its_heir_and_no_longer_there(
    doctor: Practitioner, station: Organisation, other_station: Organisation
) -> None:
    head = make_person("Giàng A Páo")
    register(head, other_station, position="1")
    step(station, other_station)
    assert answers(doctor, other_station) == ("yes",)
    assert answers(doctor, other_station, "08/11/2026 06:59") == ("yes",)
    assert answers(doctor, station)[:2] == ("no", "registration_ended")
    old, new = doctor.registrations.order_by("valid_from")
    assert (old.valid_until, new.valid_from) == (ON - timedelta(days=1), ON)
    assert (old.position, new.position, new.completed_on) == ("1", "", old.completed_on)
    assert not WorkingSlot.objects.filter(facility=station, valid_until=None).exists()
    assert head.registrations.get().position == "1"


def test_the_hours_of_who_works_at_both_stations_join_at_the_heir(
    station: Organisation, other_station: Organisation
) -> None:
    load_law()
    person = make_person()
    give_license(person)
    register(person, station, "T2 07:30-11:30")
    held = register(person, other_station, "T5 07:30-11:30")
    step(station, other_station)
    assert set(held.slots.values_list("weekday", "valid_until")) == {(2, None), (5, None)}
    assert person.registrations.filter(facility=other_station).get() == held


def test_a_station_that_becomes_a_point_keeps_its_staff(
    doctor: Practitioner, station: Organisation, other_station: Organisation
) -> None:
    before = stands()
    step(station, other_station, "downgrade_to_point")
    assert stands() == before


def test_a_withdrawn_merger_gives_back_hours_posts_and_techniques_whole(
    doctor: Practitioner, station: Organisation, other_station: Organisation
) -> None:
    late = make_person("Giàng A Páo")
    row = register(late, station, OFFICE, until="31/12/2026")
    services.set_hours(
        actor=None, registration=row, spans=week("T7 07:30-11:30"), from_day=day("01/12/2026")
    )
    before = stands()
    merged = step(station, other_station)
    assert stands() != before
    withdraw(merged)
    assert stands() == before


def test_who_has_changed_at_the_heir_since_stays_there_when_the_merger_is_withdrawn(
    doctor: Practitioner, station: Organisation, other_station: Organisation
) -> None:
    merged = step(station, other_station)
    new = doctor.registrations.get(facility=other_station)
    services.end_registration(actor=None, registration=new, last_day=day("20/11/2026"), at=AT)
    before = stands()
    withdraw(merged)
    assert stands() == before
