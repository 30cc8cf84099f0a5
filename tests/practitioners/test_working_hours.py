"""Nobody works in two places at once, over all facilities of the deployment (article 36(1))."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from portal.places.models import Organisation
from practitioners import services
from practitioners.clashes import journeys_of
from practitioners.hours import Span, read_hours, written
from practitioners.models import Practitioner, Registration, WorkingSlot
from practitioners.rules import rules_on
from tests.conftest import TODAY
from tests.practitioners.law import AT, day, load_law, make_person, register

HOURS_X = "T2-T6 07:30-16:30"


@pytest.fixture
def who(db: None) -> Practitioner:
    load_law()
    return make_person()


@pytest.fixture
def at_x(who: Practitioner, hospital: Organisation) -> Registration:
    return register(who, hospital, HOURS_X)


@pytest.mark.parametrize(
    "hours", ["T2-T6 17:00-20:00", "T7 07:30-16:30", "T2-T6 16:30-20:00", "CN 19:00-07:30"]
)
def test_hours_elsewhere_that_do_not_meet_are_allowed(
    hours: str, at_x: Registration, who: Practitioner, station: Organisation
) -> None:
    row = register(who, station, hours)
    assert written(spans_of(row)) == written(read_hours(hours) or ())


def spans_of(row: Registration) -> list[Span]:
    """The evenings of duty with their mornings."""
    found = []
    for slot in row.slots.filter(continues=None):
        morning = slot.continued_by.first()
        ends = slot.ends + (morning.ends if morning else 0)
        found.append(Span(slot.weekday, slot.starts, ends))
    return found


@pytest.mark.parametrize(
    ("hours", "weekday"),
    [("T4 16:00-19:00", "Thứ Tư"), ("T3 19:00-07:31", "Thứ Tư"), ("T2-CN 12:00-12:01", "Thứ Hai")],
)
def test_hours_that_meet_are_refused_with_the_other_place_named(
    hours: str, weekday: str, at_x: Registration, who: Practitioner, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        register(who, station, hours)
    assert refused.value.code == "slot_overlap"
    (said,) = refused.value.messages
    assert who.name in said
    assert "Bệnh viện Đa khoa tỉnh Điện Biên" in said
    assert weekday in said
    assert "07:30–16:30" in said
    assert "Điều 36 khoản 1" in said
    assert Registration.objects.count() == 1
    assert WorkingSlot.objects.count() == 5


def test_the_database_refuses_what_slips_past_the_service(
    at_x: Registration, who: Practitioner, station: Organisation
) -> None:
    other = Registration.objects.create(
        practitioner=who, facility=station, valid_from=day("01/06/2026")
    )
    with (
        pytest.raises(IntegrityError, match="workingslot_one_place_at_a_time"),
        transaction.atomic(),
    ):
        WorkingSlot.objects.create(
            practitioner=who,
            facility=station,
            registration=other,
            weekday=4,
            starts=960,
            ends=1140,
            valid_from=day("01/06/2026"),
        )


def move(slot: WorkingSlot, to: Practitioner) -> None:
    """Change whose a slot is, behind the services."""
    with transaction.atomic():
        WorkingSlot.objects.filter(pk=slot.pk).update(practitioner=to)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_slot_cannot_name_another_person_than_its_registration(at_x: Registration) -> None:
    slot, other = at_x.slots.all()[0], make_person("Giàng A Páo")
    with pytest.raises(IntegrityError, match="workingslot_holds_registration"):
        move(slot, other)


def test_hours_one_after_the_other_do_not_meet(
    who: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    register(who, hospital, HOURS_X, until="30/11/2026")
    register(who, station, HOURS_X, since="01/12/2026")
    assert WorkingSlot.objects.count() == 10


def test_a_roster_of_overnight_duty_changes_from_one_day_to_the_next(
    who: Practitioner, hospital: Organisation
) -> None:
    """Sunday's duty until 29/11 ends on Monday morning; the same duty goes on from 30/11."""
    row = register(who, hospital, "CN 19:00-07:00")
    services.set_hours(
        actor=None,
        registration=row,
        spans=read_hours("CN 20:00-06:00") or (),
        from_day=day("30/11/2026"),
    )
    evening, morning = row.slots.filter(valid_until__isnull=False).order_by("valid_until")
    assert (evening.valid_until, morning.valid_until) == (day("29/11/2026"), day("30/11/2026"))
    assert morning.continues == evening


def test_hours_that_never_held_go_when_they_change_again(
    who: Practitioner, hospital: Organisation
) -> None:
    row = register(who, hospital, HOURS_X)
    for hours in ("T7 07:00-11:00", "CN 19:00-07:00"):
        services.set_hours(
            actor=None, registration=row, spans=read_hours(hours) or (), from_day=day("01/12/2026")
        )
    now = row.slots.filter(valid_until=None).order_by("weekday")
    assert [(slot.weekday, slot.starts) for slot in now] == [(2, 0), (8, 1140)]
    assert row.slots.filter(valid_until=day("30/11/2026")).count() == 5


def test_hours_begin_within_the_registration(at_x: Registration) -> None:
    with pytest.raises(ValidationError) as refused:
        services.set_hours(
            actor=None,
            registration=at_x,
            spans=read_hours("T7 07:00-11:00") or (),
            from_day=day("01/01/2020"),
        )
    assert refused.value.code == "hours_outside_registration"
    assert at_x.slots.count() == 5


def test_too_little_time_to_travel_is_a_warning(
    at_x: Registration, who: Practitioner, other_station: Organisation, station: Organisation
) -> None:
    """30 minutes to another commune, 15 within one; the station lies in the hospital's commune."""
    register(who, other_station, "T2 16:45-18:00")
    register(who, station, "T3 16:45-18:00; T4 16:40-18:00")
    slots = list(who.slots.select_related("facility").holding(TODAY))
    found = journeys_of(slots, rules_on(TODAY))
    assert [(j.after.weekday, j.minutes, j.needed) for j in found] == [(2, 15, 30), (4, 10, 15)]
    assert "Trạm Y tế xã Nà Tấu" in found[0].sentence


def test_duty_over_the_end_of_the_week_travels_to_monday(
    who: Practitioner, hospital: Organisation, other_station: Organisation
) -> None:
    register(who, hospital, "CN 19:00-07:00")
    register(who, other_station, "T2 07:10-11:00")
    slots = list(who.slots.select_related("facility").holding(date(2026, 11, 9)))
    (journey,) = journeys_of(slots, rules_on(TODAY))
    assert (journey.minutes, journey.needed) == (10, 30)


def test_one_person_is_responsible_for_one_facility(
    who: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    register(who, hospital, HOURS_X, position="1")
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        register(who, station, "T7 07:00-11:00", position="3")
    (error,) = refused.value.error_dict["position"]
    assert error.code == "responsible_twice"
    assert "Bệnh viện Đa khoa tỉnh Điện Biên" in refused.value.messages[0]
    assert Registration.objects.count() == 1


def test_a_facility_has_one_person_responsible(who: Practitioner, hospital: Organisation) -> None:
    register(who, hospital, HOURS_X, position="1")
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        register(make_person("Giàng A Páo"), hospital, HOURS_X, position="1")
    (error,) = refused.value.error_dict["position"]
    assert error.code == "responsible_taken"
    assert who.name in refused.value.messages[0]
    assert Registration.objects.count() == 1


def test_leaving_ends_hours_and_assigned_techniques(
    who: Practitioner, hospital: Organisation
) -> None:
    row = register(who, hospital, "T2-T6 07:30-16:30; T7 19:00-07:00")
    services.assign_technique(
        actor=None,
        registration=row,
        assignment=services.Assignment("18.0001", "07/QĐ-BV", day("01/09/2026")),
        at=AT,  # type: ignore[arg-type]
    )
    services.end_registration(actor=None, registration=row, last_day=day("28/11/2026"), at=AT)
    assert not row.slots.filter(valid_until=None).exists()
    morning = row.slots.exclude(continues=None).get()
    assert morning.valid_until == day("29/11/2026")
    assert row.techniques.get().valid_until == day("28/11/2026")
