"""The way of a visit through the station: come, called in, given back, done or gone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, QueueStep, Visit
from healthrecords.queue import day_of, outline_of
from healthrecords.services import queue
from healthrecords.services.entries import ArrivalEntry
from healthrecords.services.queue import TakenByAnotherError
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of, visit_of


def let_in(citizen: Citizen, actor: User, *, at: Any = AT, **said: Any) -> Visit:
    """Register somebody at the desk of the actor's place."""
    services.open_access(user=actor, citizen=citizen, at=at)
    entry = ArrivalEntry(**{"started_at": at, "reason": "Ho, sốt", "coverage": "1.2", **said})
    return queue.arrive(
        actor=actor,
        citizen=citizen,
        facility=actor.place_of_work,
        entry=entry,
        client_key=uuid7(),
        at=at,
    ).row


def person(clerk: User, area: Area, name: str, **said: Any) -> Citizen:
    """Register one more person of the commune, as no twin of anybody."""
    entry = entry_of(area, name=name, numbers=(), **said)
    return services.register_citizen(
        actor=clerk, place=clerk.place_of_work, entry=entry, client_key=uuid7(), at=AT
    ).row


def steps_of(visit: Visit) -> list[str]:
    return list(visit.queuestep_rows.order_by("number").values_list("kind", flat=True))


def test_who_comes_waits_with_the_next_number_of_the_day(
    citizen: Citizen, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    first = let_in(citizen, clerk)
    second = let_in(person(clerk, communes[0], "Lò Văn Pánh", sex="male"), clerk)
    tickets = [v.queuestep_rows.get().ticket for v in (first, second)]
    assert tickets == [1, 2]
    assert (first.status, first.entered_by, first.kind) == ("in_progress", clerk, "01")
    assert CareRelation.objects.filter(citizen=citizen, ground="visit").count() == 1
    day = day_of(station, ON, sees_sensitive=True)
    assert [row.visit for row in day.waiting] == [first, second]


def test_the_numbers_begin_anew_each_day_and_at_each_place(
    citizen: Citizen, clerk: User, neighbour: User
) -> None:
    let_in(citizen, clerk)
    services.break_glass(user=neighbour, citizen=citizen, reason="ngất ngoài chợ", at=AT)
    assert let_in(citizen, neighbour).queuestep_rows.get().ticket == 1
    tomorrow = AT + timedelta(days=1)
    Visit.objects.update(status="cancelled")
    assert let_in(citizen, clerk, at=tomorrow).queuestep_rows.get().ticket == 1


def test_a_second_send_of_the_desk_changes_nothing(citizen: Citizen, clerk: User) -> None:
    key, entry = uuid7(), ArrivalEntry(started_at=AT, reason="Ho")
    said = {"actor": clerk, "citizen": citizen, "facility": clerk.place_of_work, "entry": entry}
    assert queue.arrive(**said, client_key=key, at=AT).is_new
    assert not queue.arrive(**said, client_key=key, at=AT).is_new
    assert (Visit.objects.count(), QueueStep.objects.count()) == (1, 1)


def test_who_waits_already_is_not_queued_twice(citizen: Citizen, clerk: User) -> None:
    let_in(citizen, clerk)
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk)
    assert refused.value.code == "already_waiting"
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("priority", "vip"), ("kind", "99"), ("coverage", "x")]
)
def test_a_code_of_no_list_is_refused_at_its_field(
    citizen: Citizen, clerk: User, field: str, value: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk, **{field: value})
    assert [e.code for e in refused.value.error_dict[field]] == ["code_unknown"]
    assert not Visit.objects.exists()


def test_an_arrival_still_to_come_is_refused(citizen: Citizen, clerk: User) -> None:
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk, started_at=AT + timedelta(hours=1))
    assert refused.value.error_dict["started_at"][0].code == "visit_in_future"
    assert not QueueStep.objects.exists()


def test_a_record_that_is_not_open_lets_nobody_in(citizen: Citizen, neighbour: User) -> None:
    with pytest.raises(PermissionDenied):
        let_in(citizen, neighbour)
    assert not Visit.objects.exists()


def test_who_is_called_in_is_with_the_caller_until_the_visit_is_finished(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    visit = let_in(citizen, clerk)
    queue.take(actor=clinician, visit=visit, seen=1, at=AT + timedelta(minutes=12))
    day = day_of(station, ON, sees_sensitive=True)
    assert [row.visit for row in day.mine(clinician)] == [visit]
    assert (day.waiting, day.mine(clerk)) == ([], [])
    services.open_access(user=clinician, citizen=citizen, at=AT)
    done_at = AT + timedelta(minutes=20)
    services.correct_visit(
        actor=clinician, visit=visit, entry=visit_of(), version=version_of(visit), at=done_at
    )
    visit.refresh_from_db()
    assert (visit.status, visit.finished_by, visit.entered_by) == ("finished", clinician, clerk)
    day = day_of(station, ON, sees_sensitive=True)
    assert [row.visit for row in day.done if row.holder == clinician] == [visit]
    assert day.within == []


def test_of_two_callers_the_second_is_told_by_whom_and_when(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    visit = let_in(citizen, clerk)
    queue.take(actor=clinician, visit=visit, seen=1, at=AT)
    with pytest.raises(TakenByAnotherError) as refused:
        queue.take(actor=clerk, visit=visit, seen=1, at=AT)
    assert refused.value.code == "taken_by_other"
    assert refused.value.messages == ["Đỗ Quang Hưng đã gọi người này vào lúc 08:30."]
    assert steps_of(visit) == ["arrived", "taken"]


def test_who_saw_that_another_has_the_patient_may_take_over(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    visit = let_in(citizen, clerk)
    queue.take(actor=clinician, visit=visit, seen=1, at=AT)
    queue.take(actor=clerk, visit=visit, seen=2, at=AT)
    assert len(day_of(station, ON, sees_sensitive=True).mine(clerk)) == 1
    with pytest.raises(TakenByAnotherError) as refused:
        queue.give_back(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "with_other"


def test_calling_in_twice_is_one_step(citizen: Citizen, clerk: User) -> None:
    visit = let_in(citizen, clerk)
    for _time in range(2):
        queue.take(actor=clerk, visit=visit, seen=1, at=AT)
    assert steps_of(visit) == ["arrived", "taken"]


def test_who_is_given_back_waits_since_arrival_for_the_named_room(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    visit = let_in(citizen, clerk, room="Phòng khám 1")
    queue.take(actor=clinician, visit=visit, seen=1, at=AT + timedelta(minutes=5))
    queue.give_back(
        actor=clinician,
        visit=visit,
        room="Phòng tiêm",
        note="chờ tiêm",
        at=AT + timedelta(minutes=9),
    )
    (row,) = day_of(station, ON, sees_sensitive=True).waiting
    assert (row.room, row.note, row.ticket) == ("Phòng tiêm", "chờ tiêm", 1)
    assert row.minutes(AT + timedelta(minutes=10)) == 10


def test_who_left_is_no_longer_waiting_and_may_come_back_the_same_day(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    visit = let_in(citizen, clerk)
    queue.leave(actor=clerk, visit=visit, at=AT + timedelta(minutes=40), note="phải về đón con")
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert [r.visit for r in day_of(station, ON, sees_sensitive=True).left] == [visit]
    queue.come_back(actor=clerk, visit=visit, at=AT + timedelta(minutes=70))
    visit.refresh_from_db()
    assert (visit.status, visit.ended_at) == ("in_progress", None)
    assert steps_of(visit) == ["arrived", "left", "arrived"]
    assert day_of(station, ON, sees_sensitive=True).waiting[0].ticket == 1


def test_who_left_yesterday_is_registered_anew(citizen: Citizen, clerk: User) -> None:
    visit = let_in(citizen, clerk)
    queue.leave(actor=clerk, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        queue.come_back(actor=clerk, visit=visit, at=AT + timedelta(days=1))
    assert refused.value.code == "visit_over"
    assert steps_of(visit) == ["arrived", "left"]


def test_nobody_leaves_unseen_once_a_diagnosis_is_written(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, is_finished=False)
    with pytest.raises(ValidationError) as refused:
        queue.leave(actor=clerk, visit=visit, at=AT)
    assert refused.value.code == "visit_begun"
    visit.refresh_from_db()
    assert visit.status == "in_progress"


def test_a_visit_whose_person_left_is_not_completed_unseen(citizen: Citizen, clerk: User) -> None:
    visit = let_in(citizen, clerk)
    queue.leave(actor=clerk, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        services.correct_visit(
            actor=clerk, visit=visit, entry=visit_of(), version=version_of(visit), at=AT
        )
    assert refused.value.code == "visit_cancelled"
    assert not visit.diagnosis_rows.exists()


def test_a_finished_visit_is_not_called_in(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen)
    with pytest.raises(ValidationError) as refused:
        queue.take(actor=clerk, visit=visit, seen=0, at=AT)
    assert refused.value.code == "visit_over"
    assert not QueueStep.objects.exists()


def test_steps_of_another_place_are_not_ours(
    citizen: Citizen, clerk: User, neighbour: User
) -> None:
    visit = let_in(citizen, clerk)
    for deed in (queue.take, queue.leave):
        said = {"seen": 1} if deed is queue.take else {}
        with pytest.raises(PermissionDenied):
            deed(actor=neighbour, visit=visit, at=AT, **said)
    assert steps_of(visit) == ["arrived"]


def test_a_step_is_as_protected_as_its_visit(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    visit = let_in(citizen, clerk)
    services.open_access(user=clinician, citizen=citizen, at=AT)
    services.correct_visit(
        actor=clinician, visit=visit, entry=visit_of("B20"), version=version_of(visit), at=AT
    )
    assert visit.queuestep_rows.get().sensitivity == "hiv"


@pytest.mark.parametrize(
    ("said", "constraint"),
    [
        ({"number": 1}, "queuestep_in_order"),
        ({"kind": "danced"}, "queuestep_kind_known"),
        ({"ticket": 1}, "queuestep_ticket_once"),
        ({"citizen": "other"}, "queuestep_holds_visit"),
    ],
)
def test_the_database_itself_keeps_the_queue_whole(
    citizen: Citizen, clerk: User, communes: list[Area], said: dict[str, Any], constraint: str
) -> None:
    visit = let_in(citizen, clerk)
    other = person(clerk, communes[0], "Lò Thị Khác")
    values = {"number": 2, "kind": "taken", "at": AT, "on": ON, "by": clerk} | said
    owner = other if values.pop("citizen", None) else citizen
    step = QueueStep(visit=visit, **values)
    step.citizen, step.facility_id = owner, visit.facility_id
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        _past_save(step)


def _past_save(step: QueueStep) -> None:
    """Write a row past save(), which would set its owner right, and check it at once."""
    QueueStep.objects.bulk_create([step])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_outline_of_a_day_counts_and_orders_as_the_day_does(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation, communes: list[Area]
) -> None:
    names = ("Lò Văn Pánh", "Giàng A Sử", "Vàng Thị Mỷ", "Quàng Văn Ún", "Sùng A Tủa")
    others = [person(clerk, communes[0], name, sex="male") for name in names]
    came = [
        let_in(one, clerk, at=AT + timedelta(minutes=n), priority="emergency" if n == 3 else "")
        for n, one in enumerate([citizen, *others])
    ]
    queue.take(actor=clinician, visit=came[1], seen=1, at=AT + timedelta(minutes=20))
    queue.leave(actor=clerk, visit=came[2], note="về", at=AT + timedelta(minutes=30))
    Visit.objects.filter(pk=came[4].pk).update(
        status="finished", ended_at=AT + timedelta(minutes=40)
    )
    day = day_of(station, ON, sees_sensitive=True)
    outline = outline_of(station, ON, sees_sensitive=True)
    assert outline.numbers == {
        "with": len(day.within),
        "waiting": len(day.waiting),
        "done": len(day.done),
        "left": len(day.left),
    }
    assert {name: number for name, number in outline.numbers.items() if not number} == {}
    assert outline.in_turn == [row.visit.pk for row in day.everybody]
    few = outline.in_turn[:3]
    shown = day_of(station, ON, sees_sensitive=True, only=few)
    assert [row.visit.pk for row in shown.everybody] == few
    assert outline.done_by(clerk) == [row.visit.pk for row in day.done if row.holder == clerk]


def test_nobody_of_a_protected_visit_is_counted_without_the_right(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    visit = let_in(citizen, clerk)
    Visit.objects.filter(pk=visit.pk).update(sensitivity="hiv")
    hidden = outline_of(station, ON, sees_sensitive=False)
    assert (sum(hidden.numbers.values()), hidden.in_turn) == (0, [])
