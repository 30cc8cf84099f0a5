"""A medicine is stopped with day and reason, counts as not taken from then on, and a mistake is taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Medication, MedicineStop, Visit
from healthrecords.services import MedicineEntry
from healthrecords.services.medicines import read_medicine
from healthrecords.services.signing import sign_visit
from healthrecords.services.stopping import (
    stop_medicine,
    take_back_stop,
)
from healthrecords.services.versions import version_of
from healthrecords.services.weighing import weigh
from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import Practitioner
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.merging import LATER, join, part
from tests.healthrecords.pages import logged_in, record_url, text_of

NAME = "Amlodipin 5 mg"
DAY = ON + timedelta(days=7)
NOW = AT + timedelta(days=8)


def medicine(name: str = NAME, **said: Any) -> MedicineEntry:
    return replace(read_medicine(name, on=ON), **{"morning": Decimal(1), "days": 28, **said})


@pytest.fixture
def given(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    """A visit that gave amlodipine for 28 days."""
    return record(citizen, medicines=[medicine()])


@pytest.fixture
def stop(clerk: User, citizen: Citizen) -> Callable[..., list[MedicineStop]]:
    def stop_it(**said: Any) -> list[MedicineStop]:
        services.open_access(user=clerk, citizen=citizen, at=NOW)
        told = {"name": NAME, "stopped_on": DAY, "reason": "Phù chân", "at": NOW, **said}
        return stop_medicine(actor=clerk, citizen=citizen, **told)

    return stop_it


def asked_on(citizen: Citizen, day: date) -> bool:
    """Say whether amlodipine prescribed anew on a day is asked about as still taken."""
    at = AT + (day - ON)
    entry = visit_of(medicines=[medicine()], started_at=at)
    return bool(weigh(entry, citizen=citizen, sees_sensitive=True).asked[0])


def test_a_stopped_medicine_is_not_warned_about_from_its_day_on_but_was_before(
    citizen: Citizen, given: Visit, stop: Callable[..., Any]
) -> None:
    assert asked_on(citizen, DAY)
    stop()
    assert asked_on(citizen, DAY - timedelta(days=1))
    assert not asked_on(citizen, DAY)
    assert not asked_on(citizen, DAY + timedelta(days=3))


def test_who_stopped_it_where_and_why_is_kept(
    given: Visit, clerk: User, station: Organisation, stop: Callable[..., Any]
) -> None:
    (row,) = stop()
    assert (row.visit, row.noted_by, row.noted_where, row.reason) == (
        given,
        clerk,
        station,
        "Phù chân",
    )


def test_a_mistaken_stop_is_taken_back_with_its_reason_and_stays_readable(
    citizen: Citizen, clerk: User, given: Visit, stop: Callable[..., Any]
) -> None:
    stop()
    who = {"actor": clerk, "citizen": citizen, "name": NAME, "at": NOW}
    with pytest.raises(ValidationError):
        take_back_stop(reason=" ", **who)
    assert not asked_on(citizen, DAY)
    take_back_stop(reason="Nhầm thuốc", **who)
    assert asked_on(citizen, DAY)
    row = MedicineStop.objects.get()
    assert (row.reason, row.taken_back_by, row.taken_back_because) == (
        "Phù chân",
        clerk,
        "Nhầm thuốc",
    )
    with pytest.raises(ValidationError):
        take_back_stop(reason="Nhầm thuốc", **who)
    stop(reason="Lần này đúng")
    assert MedicineStop.objects.filter(taken_back_at=None).count() == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"reason": "x"}, "reason_missing"),
        ({"stopped_on": ON + timedelta(days=9)}, "stop_in_future"),
        ({"stopped_on": ON - timedelta(days=1)}, "stop_outside"),
        ({"name": "Thuốc không ai kê"}, "not_taken"),
    ],
)
def test_a_refused_stop_changes_nothing(
    said: dict[str, Any], code: str, given: Visit, stop: Callable[..., Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        stop(**said)
    errors = getattr(refused.value, "error_dict", {"": [refused.value]})
    assert {error.code for of in errors.values() for error in of} == {code}
    assert not MedicineStop.objects.exists()


def test_a_medicine_stopped_twice_is_refused_and_the_first_stays(
    given: Visit, stop: Callable[..., Any]
) -> None:
    (first,) = stop()
    with pytest.raises(ValidationError):
        stop(reason="Lần nữa")
    assert list(MedicineStop.objects.values_list("pk", "reason")) == [(first.pk, "Phù chân")]


def test_who_may_not_open_the_record_stops_nothing(
    citizen: Citizen, given: Visit, stranger: User
) -> None:
    with pytest.raises(PermissionDenied):
        stop_medicine(
            actor=stranger, citizen=citizen, name=NAME, stopped_on=DAY, reason="Phù chân", at=NOW
        )
    assert not MedicineStop.objects.exists()


def test_what_is_prescribed_anew_after_the_stop_is_taken(
    citizen: Citizen, given: Visit, stop: Callable[..., Any], record: Callable[..., Visit]
) -> None:
    stop()
    record(citizen, medicines=[medicine()], at=NOW, started_at=NOW)
    assert asked_on(citizen, DAY + timedelta(days=3))


@pytest.mark.usefixtures("doctor")
def test_a_signed_visit_is_as_it_was_signed_when_its_medicine_is_stopped(
    citizen: Citizen, given: Visit, clinician: User, stop: Callable[..., Any]
) -> None:
    sign_visit(actor=clinician, visit=given, at=AT)
    before = list(Medication.objects.values()), Visit.objects.filter(pk=given.pk).values().get()
    stop()
    assert before == (
        list(Medication.objects.values()),
        Visit.objects.filter(pk=given.pk).values().get(),
    )
    seal = Visit.objects.get(pk=given.pk).seal
    assert (seal.has_later, seal.amendment_id) == (False, None)


def test_a_stop_goes_with_its_visit_when_records_are_joined_and_parted(
    clerk: User, clinician: User, people: list[Citizen]
) -> None:
    a, b = people[:2]
    visit = Visit.objects.get(citizen=b, sensitivity="")
    services.open_access(user=clerk, citizen=b, at=LATER)
    (row,) = stop_medicine(
        actor=clerk, citizen=b, name=NAME, stopped_on=ON, reason="Phù chân", at=LATER
    )
    merge = join(clerk, a, b)
    row.refresh_from_db()
    assert (row.citizen, row.visit) == (a, visit)
    part(clinician, merge)
    row.refresh_from_db()
    assert row.citizen == b


def page_of(citizen: Citizen, said: str) -> str:
    return f"{reverse('admin:healthrecords_citizen_stop', args=[citizen.pk])}?{said}"


@pytest.fixture
def taken_now(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    """A visit of yesterday that gave amlodipine for 28 days."""
    at = timezone.now() - timedelta(days=1)
    return record(citizen, medicines=[medicine()], at=at, started_at=at)


def test_the_page_stops_a_medicine_and_the_record_and_its_timeline_say_so(
    clerk: User, citizen: Citizen, taken_now: Visit
) -> None:
    client = logged_in(clerk)
    url = page_of(citizen, "ten=Amlodipin+5+mg")
    today = f"{timezone.localdate():%d/%m/%Y}"
    assert "?ten=Amlodipin%205%20mg" in client.get(record_url(citizen)).content.decode()
    assert f'value="{today}"' in client.get(url).content.decode()
    refused = client.post(url, {"stopped_on": "31/12/2099", "reason": "Phù chân"})
    assert refused.status_code == 400
    assert 'value="Phù chân"' in refused.content.decode()
    assert not MedicineStop.objects.exists()
    done = client.post(url, {"stopped_on": today, "reason": "Phù chân"})
    assert done.status_code == 302
    shown = text_of(client.get(record_url(citizen)))
    assert f"Đã ngừng {today}" in shown
    assert f"ngừng ngày {today}" in shown
    assert "Phù chân" in shown
    back = client.post(url, {"reason": "Nhầm thuốc"})
    assert back.status_code == 302
    assert "Đã ngừng" not in text_of(client.get(record_url(citizen)))


def test_stopped_medicines_cost_the_record_no_query(
    clerk: User, citizen: Citizen, taken_now: Visit
) -> None:
    client = logged_in(clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(record_url(citizen))
        return len(asked.captured_queries)

    cost()
    before = cost()
    now = timezone.now()
    stop_medicine(
        actor=clerk,
        citizen=citizen,
        name=NAME,
        stopped_on=timezone.localdate(),
        reason="Phù chân",
        at=now,
    )
    assert cost() == before


def test_a_protected_medicine_is_stopped_by_nobody_who_may_not_see_it(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], doctor: Practitioner
) -> None:
    record(citizen, "B20", medicines=[medicine()])
    services.open_access(user=clerk, citizen=citizen, at=NOW)
    with pytest.raises(ValidationError) as refused:
        stop_medicine(
            actor=clerk, citizen=citizen, name=NAME, stopped_on=DAY, reason="Phù chân", at=NOW
        )
    assert refused.value.code == "not_taken"
    assert not MedicineStop.objects.exists()


def test_a_stop_of_a_visit_that_was_protected_is_told_to_nobody_without_the_right(
    clerk: User,
    clinician: User,
    citizen: Citizen,
    record: Callable[..., Visit],
    doctor: Practitioner,
) -> None:
    """A stop noted while the visit was protected may say why; it stays protected."""
    now = timezone.now()
    visit = record(citizen, "B20", medicines=[medicine()], at=now, started_at=now)
    services.open_access(user=clinician, citizen=citizen, at=now)
    said = {"name": NAME, "stopped_on": timezone.localdate(now), "reason": "Tương tác ARV"}
    stop_medicine(actor=clinician, citizen=citizen, at=now, **said)
    visit.refresh_from_db()
    services.correct_visit(
        actor=clinician,
        visit=visit,
        entry=visit_of("J06.9", medicines=[medicine()], started_at=now),
        version=version_of(visit),
        at=now,
    )
    assert MedicineStop.objects.get().sensitivity == "hiv"
    shown = text_of(logged_in(clerk).get(record_url(citizen)))
    assert NAME in shown
    assert "ARV" not in shown
    assert f"ngừng ngày {timezone.localdate(now):%d/%m/%Y}" not in shown
    assert "Tương tác ARV" in text_of(logged_in(clinician).get(record_url(citizen)))
    again = visit_of(medicines=[medicine()], started_at=now)
    assert weigh(again, citizen=citizen, sees_sensitive=False).asked[0]
    assert not weigh(again, citizen=citizen, sees_sensitive=True).asked[0]
