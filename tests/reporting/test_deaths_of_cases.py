"""A person dies after the case was reported: it waits again, with the hours of a death."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import Citizen, Visit
from healthrecords.services.deaths import DeathEntry, record_death, withdraw_death
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting.models import CaseNotification
from reporting.services.cases import settle_cases
from reporting.services.notifying import send_case, write_case
from tests.healthrecords.conftest import AT, citizen, lists, record
from tests.reporting.conftest import moment, person

__all__ = ["citizen", "lists", "record"]
TOLD = {
    "vaccinated": "no",
    "certainty": "clinical",
    "onset_on": date(2026, 10, 4),
    "treatment": "inpatient",
}


def reported(clerk: User, at: datetime, **told: Any) -> CaseNotification:
    case = CaseNotification.objects.get()
    write_case(actor=clerk, case=case, told={**TOLD, **told}, at=at)
    return send_case(actor=clerk, case=case, at=at)


def ill_in_hospital(see: Callable[..., Any], place: Organisation) -> Visit:
    visit: Visit = see(person(date(2020, 1, 1)), place, moment(5), "A97.0", ended_at=None)
    settle_cases([visit.pk])
    return visit


def test_a_death_at_the_visit_reopens_what_was_sent_and_is_due_in_24_hours(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = ill_in_hospital(see, station)
    sent = reported(clerk, moment(6))
    assert (sent.status, sent.sent["kqc"]) == ("sent", "")
    Visit.objects.filter(pk=visit.pk).update(outcome="5", ended_at=moment(12, hour=3))
    settle_cases([visit.pk])
    case = CaseNotification.objects.get()
    assert (case.status, case.subject, case.outcome) == ("changed", "died", "died")
    assert (case.left_on, case.due_at) == (date(2026, 10, 12), moment(13, hour=3))
    settle_cases([visit.pk])  # asking again changes nothing
    assert CaseNotification.objects.get().status == "changed"
    again = send_case(actor=clerk, case=case, at=moment(12, hour=20))
    assert (again.status, again.sent["kqc"], again.sent_before) == ("sent", "died", [sent.sent])
    assert not again.was_late
    assert not CaseNotification.objects.late(moment(30)).exists()
    settle_cases([visit.pk])
    assert CaseNotification.objects.get().status == "sent"


def test_a_death_told_after_its_hours_is_late_and_a_late_first_report_stays_late(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = ill_in_hospital(see, station)
    reported(clerk, moment(6))
    Visit.objects.filter(pk=visit.pk).update(outcome="5", ended_at=moment(12))
    settle_cases([visit.pk])
    case = CaseNotification.objects.get()
    assert CaseNotification.objects.late(moment(13, hour=9)).get() == case
    assert not CaseNotification.objects.late(moment(13, hour=7)).exists()
    late = send_case(actor=clerk, case=case, at=moment(14))
    assert late.was_late
    CaseNotification.objects.all().delete()
    settle_cases([visit.pk])
    Visit.objects.filter(pk=visit.pk).update(outcome="", ended_at=None)
    settle_cases([visit.pk])
    reported(clerk, moment(20))  # 48 hours were over on the 7th
    Visit.objects.filter(pk=visit.pk).update(outcome="5", ended_at=moment(21))
    settle_cases([visit.pk])
    case = send_case(actor=clerk, case=CaseNotification.objects.get(), at=moment(21, hour=9))
    assert case.was_late
    assert CaseNotification.objects.late(moment(22)).get() == case


def test_an_outcome_that_was_no_death_after_all_waits_to_be_corrected(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = ill_in_hospital(see, station)
    Visit.objects.filter(pk=visit.pk).update(outcome="5", ended_at=moment(6))
    settle_cases([visit.pk])
    reported(clerk, moment(6, hour=9))
    Visit.objects.filter(pk=visit.pk).update(outcome="1")
    settle_cases([visit.pk])
    case = CaseNotification.objects.get()
    assert (case.status, case.subject, case.outcome, case.left_on) == ("changed", "ill", "", None)


def test_a_death_at_home_asks_who_reported_and_is_answered_once(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    told = {**TOLD, "onset_on": date(2026, 11, 3)}
    write_case(actor=clerk, case=case, told=told, at=AT)
    send_case(actor=clerk, case=case, at=AT)
    entry = DeathEntry(date(2026, 11, 5), "family")
    record_death(actor=clerk, citizen=citizen, entry=entry, at=AT)
    case.refresh_from_db()
    assert (case.status, case.outcome, case.asks_of_death) == ("changed", "", True)
    with pytest.raises(ValidationError) as refused:
        send_case(actor=clerk, case=case, at=AT)
    assert set(refused.value.error_dict) == {"outcome"}
    write_case(actor=clerk, case=case, told={**told, "outcome": "other"}, at=AT)
    send_case(actor=clerk, case=case, at=AT)
    settle_cases([visit.pk])  # it was answered: the death was not of this
    case.refresh_from_db()
    assert (case.status, case.sent["kqc"]) == ("sent", "other")


def test_a_death_taken_back_asks_no_more(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, "B05.9")
    entry = DeathEntry(date(2026, 11, 5), "family")
    record_death(actor=clerk, citizen=citizen, entry=entry, at=AT)
    case = CaseNotification.objects.get()
    assert case.asks_of_death
    withdraw_death(actor=clerk, citizen=citizen, reason="Nhầm người", at=AT)
    case.refresh_from_db()
    assert (case.status, case.death_due_at) == ("open", None)
    assert case.due_at == case.noticed_at + timedelta(hours=24)


def test_a_death_long_after_the_illness_is_none_of_it(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = see(person(date(1950, 1, 1)), station, moment(5, 3), "A97.0")
    settle_cases([visit.pk])
    reported(clerk, moment(6, 3), onset_on=date(2026, 3, 4))
    Citizen.objects.filter(pk=visit.citizen_id).update(died_on=date(2026, 10, 1))
    settle_cases([visit.pk])
    assert CaseNotification.objects.get().status == "sent"
