"""A long-term medicine is stopped for a reason, goes on after a mistake, and its history says why."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, LongTermMedicine, MedicineStop, Visit
from healthrecords.services.background import answer_none, record_fact
from healthrecords.services.facts import LongTermMedicineEntry
from healthrecords.services.stopping import (
    resume_long_term,
    stop_long_term,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_stopped_medicines import NAME, page_of, taken_now

__all__ = ["taken_now"]


@pytest.fixture
def long_term(citizen: Citizen, clerk: User, station: Organisation) -> LongTermMedicine:
    saved = record_fact(
        actor=clerk,
        citizen=citizen,
        facility=station,
        entry=LongTermMedicineEntry(name=NAME, since=PartialDate(2020)),
        client_key=uuid7(),
        at=AT,
    )
    row: LongTermMedicine = saved.row
    return row


def test_a_long_term_medicine_is_stopped_for_a_reason_and_goes_on_after_a_mistake(
    citizen: Citizen, clerk: User, long_term: LongTermMedicine
) -> None:
    who = {"actor": clerk, "fact": long_term, "at": AT}
    with pytest.raises(ValidationError):
        stop_long_term(stopped=PartialDate(2026, 11, 5), reason="", **who)
    long_term.refresh_from_db()
    assert long_term.ended == ""
    stop_long_term(stopped=PartialDate(2026, 11, 5), reason="Phù chân", **who)
    long_term.refresh_from_db()
    assert (long_term.ended, long_term.stop_reason, long_term.stopped_by) == (
        "2026-11-05",
        "Phù chân",
        clerk,
    )
    resume_long_term(**who)
    long_term.refresh_from_db()
    assert (long_term.ended, long_term.stop_reason, long_term.stopped_by) == ("", "", None)
    with pytest.raises(ValidationError):
        resume_long_term(**who)


def test_a_long_term_medicine_written_anew_does_not_go_on_twice(
    citizen: Citizen, clerk: User, station: Organisation, long_term: LongTermMedicine
) -> None:
    stop_long_term(actor=clerk, fact=long_term, stopped=PartialDate(2026), reason="Phù chân", at=AT)
    said = {"actor": clerk, "citizen": citizen, "facility": station, "at": AT}
    record_fact(entry=LongTermMedicineEntry(name=NAME), client_key=uuid7(), **said)
    with pytest.raises(ValidationError) as refused:
        resume_long_term(actor=clerk, fact=long_term, at=AT)
    assert refused.value.code == "fact_twice"
    assert LongTermMedicine.objects.filter(ended="").count() == 1


def test_a_stopped_long_term_medicine_stands_in_no_way_of_asked_none(
    citizen: Citizen, clerk: User, station: Organisation, long_term: LongTermMedicine
) -> None:
    stop_long_term(actor=clerk, fact=long_term, stopped=PartialDate(2026), reason="Phù chân", at=AT)
    said = {"actor": clerk, "citizen": citizen, "facility": station, "at": AT}
    assert answer_none(topic="medicine", **said).answer == "none"


def test_a_form_that_comes_twice_stops_once_and_does_not_take_the_stop_back(
    clerk: User, citizen: Citizen, taken_now: Visit, long_term: LongTermMedicine
) -> None:
    client = logged_in(clerk)
    today = f"{timezone.localdate():%d/%m/%Y}"
    back = {"reason": "Nhầm thuốc"}
    for said in ("ten=Amlodipin+5+mg", f"dong={long_term.pk}"):
        url = page_of(citizen, said)
        for _twice in range(2):
            assert client.post(url, {"stopped_on": today, "reason": "Phù chân"}).status_code == 302
    long_term.refresh_from_db()
    assert (long_term.stop_reason, bool(long_term.ended)) == ("Phù chân", True)
    assert MedicineStop.objects.get().taken_back_at is None
    for said in ("ten=Amlodipin+5+mg", f"dong={long_term.pk}"):
        for _twice in range(2):
            assert client.post(page_of(citizen, said), back).status_code == 302
    long_term.refresh_from_db()
    assert long_term.ended == ""
    assert MedicineStop.objects.get().taken_back_because == "Nhầm thuốc"


def test_a_long_term_medicine_stopped_twice_is_refused_and_the_first_stays(
    clerk: User, long_term: LongTermMedicine
) -> None:
    said = {"actor": clerk, "fact": long_term, "stopped": PartialDate(2026), "at": AT}
    stop_long_term(reason="Phù chân", **said)
    with pytest.raises(ValidationError) as refused:
        stop_long_term(reason="Lần nữa", **said)
    assert refused.value.code == "stopped_already"
    long_term.refresh_from_db()
    assert long_term.stop_reason == "Phù chân"


def test_the_page_of_a_medicine_that_nobody_gave_is_not_there(
    clerk: User, citizen: Citizen, taken_now: Visit, long_term: LongTermMedicine
) -> None:
    client = logged_in(clerk)
    for said in ("ten=Khac", f"dong={uuid7()}", ""):
        assert client.post(page_of(citizen, said), {"reason": "x"}).status_code == 404
    assert not MedicineStop.objects.exists()


def test_the_page_stops_a_long_term_medicine_and_the_history_says_why(
    clerk: User, citizen: Citizen, long_term: LongTermMedicine
) -> None:
    client = logged_in(clerk)
    url = page_of(citizen, f"dong={long_term.pk}")
    assert client.post(url, {"stopped_on": "2026", "reason": "Phù chân"}).status_code == 302
    history = reverse("admin:healthrecords_citizen_background", args=[citizen.pk])
    assert "Đã ngừng: Phù chân" in text_of(client.get(history))
    assert client.post(url, {"back": "1"}).status_code == 302
    assert "Đã ngừng: Phù chân" not in text_of(client.get(history))
