"""A supervisor guides at most five trainees at a time (Decree 96/2023/NĐ-CP, article 7(2)(b))."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.places.models import Organisation
from practitioners import services
from practitioners.hours import read_hours
from practitioners.models import (
    PracticalTraining,
    Practitioner,
    TrainingRotation,
    WorkingSlot,
)
from tests.practitioners.law import AT, day, load_law, make_person, register

FIRST = date(2026, 1, 5)


@pytest.fixture
def supervisor(db: None) -> Practitioner:
    load_law()
    return make_person("Quàng Văn Minh")


def trainee(facility: Organisation, number: int = 0) -> PracticalTraining:
    return services.begin_practical_training(
        actor=None,
        practitioner=make_person(f"Lò Thị {chr(65 + number % 26)}{number}"),
        facility=facility,
        contract=services.Contract("doctor", FIRST, number=f"{number}/HĐTH"),
        at=AT,
    )


def put(
    training: PracticalTraining,
    supervisor: Practitioner,
    first: date,
    last: date | None,
    hours: str = "",
) -> TrainingRotation:
    return services.add_rotation(
        actor=None,
        training=training,
        supervisor=supervisor,
        valid_from=first,
        valid_until=last,
        spans=read_hours(hours) or (),
        at=AT,
    )


def test_the_sixth_trainee_is_refused_and_the_five_are_named(
    supervisor: Practitioner, hospital: Organisation
) -> None:
    for number in range(5):
        put(trainee(hospital, number), supervisor, FIRST, None)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        put(trainee(hospital, 5), supervisor, date(2026, 3, 1), date(2026, 3, 31))
    (error,) = refused.value.error_dict["supervisor"]
    assert error.code == "supervisor_full"
    assert "Lò Thị A0, Lò Thị B1, Lò Thị C2, Lò Thị D3, Lò Thị E4" in refused.value.messages[0]
    assert "Điều 7 khoản 2 điểm b" in refused.value.messages[0]
    assert TrainingRotation.objects.count() == 5


def test_the_sixth_may_come_when_one_has_gone(
    supervisor: Practitioner, hospital: Organisation
) -> None:
    for number in range(5):
        put(
            trainee(hospital, number), supervisor, FIRST, date(2026, 2, 28) if number == 3 else None
        )
    put(trainee(hospital, 5), supervisor, date(2026, 3, 1), None)
    assert TrainingRotation.objects.filter(seat=4).count() == 2


def test_the_database_seats_nobody_twice(supervisor: Practitioner, hospital: Organisation) -> None:
    put(trainee(hospital, 0), supervisor, FIRST, None)
    other = trainee(hospital, 1)
    with (
        pytest.raises(IntegrityError, match="trainingrotation_one_on_a_seat"),
        transaction.atomic(),
    ):
        TrainingRotation.objects.create(
            training=other,
            practitioner=other.practitioner,
            facility=hospital,
            supervisor=supervisor,
            seat=1,
            valid_from=FIRST,
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), min_size=4, max_size=12))
def test_trainees_are_refused_only_when_five_are_there(
    supervisor: Practitioner, hospital: Organisation, stays: list[tuple[int, int]]
) -> None:
    """Seats never cost a place: what counts is how many are there on the fullest day."""
    sid = transaction.savepoint()
    kept: list[tuple[date, date]] = []
    for number, (start, length) in enumerate(stays):
        first = FIRST + timedelta(days=start)
        last = first + timedelta(days=length - 1)
        full = any(
            sum(a <= first + timedelta(days=n) <= b for a, b in kept) >= 5 for n in range(length)
        )
        try:
            with transaction.atomic():
                put(trainee(hospital, number), supervisor, first, last)
        except ValidationError:
            assert full
        else:
            assert not full
            kept.append((first, last))
    assert set(TrainingRotation.objects.values_list("seat", flat=True)) <= set(range(1, 6))
    transaction.savepoint_rollback(sid)


def test_nobody_trains_here_and_works_elsewhere_in_the_same_hours(
    supervisor: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    training = trainee(hospital)
    register(training.practitioner, station, "T2-T6 13:00-17:00", since="05/01/2026")
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        put(training, supervisor, FIRST, None, "T2-T6 07:30-16:30")
    assert refused.value.code == "slot_overlap"
    assert station.name in refused.value.messages[0]
    put(training, supervisor, FIRST, None, "T2-T6 07:30-12:00")
    assert WorkingSlot.objects.filter(kind="training").count() == 5


def test_nobody_supervises_themselves(supervisor: Practitioner, hospital: Organisation) -> None:
    training = services.begin_practical_training(
        actor=None,
        practitioner=supervisor,
        facility=hospital,
        contract=services.Contract("doctor", FIRST),
        at=AT,
    )
    with pytest.raises(ValidationError) as refused:
        put(training, supervisor, FIRST, None)
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["own_supervisor"]
    assert not TrainingRotation.objects.exists()


def test_completion_ends_rotations_and_hours(
    supervisor: Practitioner, hospital: Organisation
) -> None:
    training = trainee(hospital)
    put(training, supervisor, FIRST, None, "T2-T6 07:30-12:00")
    done = services.complete_practical_training(
        actor=None,
        training=training,
        on=day("04/01/2027"),
        certificate_no="12/GXN",
        at=AT,
        short_because="Ba tháng hồi sức ở nơi khác",
    )
    assert (done.certificate_no, done.rotations.get().valid_until) == ("12/GXN", day("04/01/2027"))
    assert not WorkingSlot.objects.filter(valid_until=None).exists()


def test_completion_withdraws_rotations_to_come_with_their_hours_and_seats(
    supervisor: Practitioner, hospital: Organisation
) -> None:
    training = trainee(hospital)
    put(training, supervisor, FIRST, day("31/12/2026"), "T7 19:00-07:00")
    put(training, supervisor, day("01/02/2027"), None, "T7 19:00-07:00")
    on = day("30/11/2026")
    services.complete_practical_training(
        actor=None,
        training=training,
        on=on,
        certificate_no="12/GXN",
        at=AT,
        short_because="Ba tháng hồi sức ở nơi khác",
    )
    assert [row.valid_until for row in training.rotations.all()] == [on]
    assert set(WorkingSlot.objects.values_list("starts", "valid_until")) == {
        (19 * 60, on),
        (0, day("01/12/2026")),
    }
