"""Who worked at a station that is merged works at its heir, and at the station again if that was wrong."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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


def test_who_is_to_begin_at_a_merged_station_begins_at_its_heir(
    station: Organisation, other_station: Organisation
) -> None:
    """Nobody is registered at the closed place for a single day, and all comes back if it was wrong."""
    load_law()
    person = make_person()
    give_license(person)
    plan = register(person, station, since="01/12/2026", until="31/12/2027")
    duty = week("T7 19:00-07:00")
    services.set_hours(
        actor=None, registration=plan, spans=duty, from_day=day("01/12/2026"), kind="duty"
    )
    assignment = services.Assignment("18.0001", "07/QĐ-TYT", day("01/12/2026"), "Siêu âm")
    services.assign_technique(actor=None, registration=plan, assignment=assignment, at=AT)
    before = stands()
    merged = step(station, other_station)
    new = person.registrations.get()
    assert (new.facility, new.valid_from, new.valid_until) == (
        other_station,
        plan.valid_from,
        plan.valid_until,
    )
    assert not WorkingSlot.objects.filter(facility=station).exists()
    assert answers(person, other_station, "03/12/2026 09:00") == ("yes",)
    assert answers(person, other_station, "13/12/2026 06:59") == ("yes",)
    withdraw(merged)
    assert stands() == before


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("01/12/2026", None, [("01/11/2026", "30/11/2026"), ("01/12/2026", None)]),
        ("01/01/2026", "30/11/2026", [("01/01/2026", "30/11/2026"), ("01/12/2026", None)]),
        (
            "01/12/2026",
            "31/12/2026",
            [("01/11/2026", "30/11/2026"), ("01/12/2026", "31/12/2026"), ("01/01/2027", None)],
        ),
    ],
    ids=["begins later", "ends sooner", "both"],
)
def test_a_post_at_the_heir_that_holds_for_some_of_the_days_is_gone_on_with_for_the_others(
    since: str,
    until: str | None,
    expected: list[tuple[str, str | None]],
    doctor: Practitioner,
    station: Organisation,
    other_station: Organisation,
) -> None:
    doctor.registrations.update(position="")
    register(doctor, other_station, "CN 07:30-11:30", since=since, until=until)
    before = stands()
    merged = step(station, other_station)
    rows = doctor.registrations.filter(facility=other_station).order_by("valid_from")
    assert list(rows.values_list("valid_from", "valid_until")) == [
        (day(first), day(last) if last else None) for first, last in expected
    ]
    for slot in WorkingSlot.objects.filter(facility=other_station).select_related("registration"):
        assert slot.registration is not None
        assert slot.valid_from >= slot.registration.valid_from
    for at in (THURSDAY, "08/11/2026 06:59", "03/12/2026 09:00", "14/01/2027 09:00"):
        assert answers(doctor, other_station, at) == ("yes",), at
    withdraw(merged)
    assert stands() == before


def test_registrations_are_read_once_nobody_else_can_change_them(
    doctor: Practitioner, station: Organisation, other_station: Organisation
) -> None:
    with CaptureQueriesContext(connection) as asked:
        step(station, other_station)
    said = [one["sql"] for one in asked]
    locked = next(n for n, sql in enumerate(said) if "FOR UPDATE" in sql and "practitioner" in sql)
    read = next(n for n, sql in enumerate(said) if '"practitioners_registration"."hours"' in sql)
    assert locked < read
