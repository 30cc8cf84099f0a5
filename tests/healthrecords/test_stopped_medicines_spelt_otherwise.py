"""A stopped medicine is stopped however visits and files spell it; another strength goes on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Value
from django.utils import timezone
from hypothesis import given as supposing
from hypothesis import strategies as st

from healthrecords.models import Citizen, Medication, MedicineStop, Visit
from healthrecords.models.stopping import MedicineKey, medicine_key
from healthrecords.services.stopping import take_back_stop
from portal.accounts.models import User
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_stopped_medicines import (
    DAY,
    NOW,
    asked_on,
    given,
    medicine,
    page_of,
    stop,
    taken_now,
)

__all__ = ["given", "stop", "taken_now"]
WHY = "dùng tiếp theo đơn"


@pytest.mark.parametrize(
    "written",
    [
        {"name": "AMLODIPIN 5mg", "code": ""},
        {"name": "Amlodipin  5-mg", "code": "", "strength": "5mg"},
        {"name": "Amlodipin", "code": "", "strength": "5 mg"},
        {"name": "Thuốc huyết áp Amlodipin"},  # the same code of the list
    ],
)
def test_a_stop_meets_the_same_medicine_however_a_visit_wrote_it(
    citizen: Citizen,
    given: Visit,
    record: Callable[..., Visit],
    stop: Callable[..., Any],
    written: dict[str, Any],
) -> None:
    other = replace(medicine(reason=WHY), **written)
    visit = record(citizen, medicines=[other])
    stop()
    assert {row.visit for row in MedicineStop.objects.all()} == {given, visit}
    assert not asked_on(citizen, DAY)
    # Whichever spelling is named when the stop is taken back, it is taken back of both.
    take_back_stop(
        actor=MedicineStop.objects.earliest("pk").noted_by,
        citizen=citizen,
        name=other.name,
        reason="Nhầm thuốc",
        at=NOW,
    )
    assert not MedicineStop.objects.filter(taken_back_at=None).exists()


@pytest.mark.parametrize(
    "written",
    [
        {"name": "Amlodipin 10 mg", "code": ""},
        {"name": "Amlodipin", "code": "", "strength": "10 mg"},
        {"name": "Amlodipin 0,5 mg", "code": ""},
    ],
)
def test_another_strength_is_another_medicine_and_goes_on(
    citizen: Citizen,
    given: Visit,
    record: Callable[..., Visit],
    stop: Callable[..., Any],
    written: dict[str, Any],
) -> None:
    record(citizen, medicines=[replace(medicine(reason=WHY), **{"strength": "", **written})])
    stop()
    assert [row.visit for row in MedicineStop.objects.all()] == [given]


def test_a_medicine_that_a_later_file_spells_otherwise_stays_stopped(
    citizen: Citizen, given: Visit, stop: Callable[..., Any]
) -> None:
    stop()
    Medication.objects.filter(visit=given).update(name="AMLODIPIN 5MG", code="", strength="")
    assert not asked_on(citizen, DAY)


def test_one_medicine_spelt_in_two_ways_is_one_line_and_one_stop(
    clerk: User, citizen: Citizen, taken_now: Visit, record: Callable[..., Visit]
) -> None:
    at = timezone.now() - timedelta(days=2)
    other = medicine(code="", name="AMLODIPIN 5mg")
    record(citizen, medicines=[other], at=at, started_at=at)
    client, today = logged_in(clerk), f"{timezone.localdate():%d/%m/%Y}"
    page = client.get(record_url(citizen)).content.decode()
    assert page.count("?ten=") == 1
    said = {"stopped_on": today, "reason": "Phù chân"}
    assert client.post(page_of(citizen, "ten=AMLODIPIN+5mg"), said).status_code == 302
    assert MedicineStop.objects.count() == 2
    assert f"Đã ngừng {today}" in text_of(client.get(record_url(citizen)))


def test_a_visit_that_spells_one_medicine_twice_is_shown_stopped(
    clerk: User, citizen: Citizen, taken_now: Visit
) -> None:
    row = Medication.objects.get(visit=taken_now)
    Medication.objects.create(visit=taken_now, name="Thuốc hạ áp", code=row.code, days=28)
    client, today = logged_in(clerk), f"{timezone.localdate():%d/%m/%Y}"
    said = {"stopped_on": today, "reason": "Phù chân"}
    assert client.post(page_of(citizen, "ten=Amlodipin+5+mg"), said).status_code == 302
    assert MedicineStop.objects.count() == 2
    assert text_of(client.get(record_url(citizen))).count(f"ngừng ngày {today}") == 2


TEXTS = st.text(alphabet="Aaăđ Đ5,.-()µ%*/'\"", max_size=12)


@pytest.mark.django_db
@pytest.mark.usefixtures("given")
@supposing(name=TEXTS, strength=TEXTS)
def test_the_database_folds_a_medicine_as_the_pages_do(name: str, strength: str) -> None:
    found = Medication.objects.values_list(MedicineKey(Value(name), Value(strength)))[0][0]
    assert found == medicine_key(name, strength)
