"""A case that no diagnosis opened: form 01 on its own page, its clock from the diagnosis."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting.models import CaseNotification, Outage
from reporting.services.cases import settle_cases
from reporting.services.notifying import open_by_hand, send_case, write_case
from tests.reporting.conftest import moment, person

POSTED = {
    "disease": "D10",
    "origin": "phone",
    "diagnosed_at": "05/10/2026 07:30",
    "subject": "suspected",
    "onset_on": "04/10/2026",
    "certainty": "clinical",
    "vaccinated": "yes",
    "doses": "2",
    "workplace": "Trường Tiểu học Mường Chà",
    "is_sampled": "true",
    "test": "rapid",
    "finding": "positive",
    "treatment": "outpatient",
    "exposure": "Cùng lớp có ba em sốt",
}


@pytest.fixture
def visit(see: Callable[..., Any], station: Organisation) -> Visit:
    found: Visit = see(person(date(2018, 1, 1)), station, moment(5), "R50.9")
    return found


def client_of(user: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def test_the_visit_is_found_by_the_beginning_of_a_name_and_its_page_sends_all_27_fields(
    visit: Visit, clerk: User
) -> None:
    client = client_of(clerk)
    found = client.get(reverse("reporting:find_visit"), {"q": visit.citizen.name[:8]})
    address = reverse("reporting:open_case", args=[visit.pk])
    assert address in found.content.decode()
    assert client.get(address).status_code == 200
    answer = client.post(address, {**POSTED, "send": "1"})
    case = CaseNotification.objects.get()
    assert answer.status_code == 302
    assert (case.status, case.origin, case.visit) == ("sent", "phone", visit)
    assert case.noticed_at == moment(5, hour=7) + timedelta(minutes=30)
    assert case.due_at == case.noticed_at + timedelta(hours=48)  # dengue, from the diagnosis
    assert case.was_late  # typed in weeks later
    assert len(case.sent) == 28
    for key, value in (("so_lan", 2), ("loai_xn", "rapid"), ("kq", "positive"), ("mau", True)):
        assert case.sent[key] == value
    assert case.sent["noi_lv"] == "Trường Tiểu học Mường Chà"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"diagnosed_at": ""}, "diagnosed_at"),
        ({"diagnosed_at": "05/10/2099 07:30"}, "diagnosed_at"),
        ({"onset_on": "04/10/2099"}, "onset_on"),
        ({"onset_on": "04/10/2010"}, "onset_on"),
        ({"disease": "I10"}, "disease"),
        ({"is_sampled": "false"}, "is_sampled"),
        ({"left_on": "01/10/2026"}, "left_on"),
        ({"certainty": ""}, "certainty"),
        ({"subject": "died", "outcome": "discharged"}, "outcome"),
        ({"origin": "paper"}, "paper_sent_at"),
        ({"origin": "paper", "paper_sent_at": "01/10/2026 08:00"}, "paper_sent_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(
    visit: Visit, clerk: User, changed: dict[str, str], field: str
) -> None:
    address = reverse("reporting:open_case", args=[visit.pk])
    answer = client_of(clerk).post(address, {**POSTED, **changed, "send": "1"})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert "Cùng lớp có ba em sốt" in answer.content.decode()
    assert not CaseNotification.objects.exists()


def test_a_paper_form_from_before_the_system_is_in_time_and_later_ones_need_an_outage(
    visit: Visit, clerk: User, station: Organisation
) -> None:
    client, address = client_of(clerk), reverse("reporting:open_case", args=[visit.pk])
    paper = {**POSTED, "origin": "paper", "paper_sent_at": "06/10/2026 08:00", "send": "1"}
    assert client.post(address, paper).status_code == 302
    case = CaseNotification.objects.get()
    assert (case.paper_sent_at, case.outage, case.was_late) == (moment(6), None, False)
    CaseNotification.objects.update(paper_sent_at=None, sent_at=moment(5, hour=9), origin="hand")
    other = {**paper, "disease": "D13"}
    refused = client.post(address, other)
    assert (refused.status_code, "paper_sent_at" in refused.context["form"].errors) == (400, True)
    outage = Outage.objects.create(
        organisation=station,
        began_at=moment(6, hour=1),
        ended_at=moment(6, hour=12),
        reason="Mất điện",
    )
    assert client.post(address, other).status_code == 302
    assert CaseNotification.objects.get(disease="D13").outage == outage


def test_a_contact_is_asked_for_no_onset_and_a_dead_person_for_the_day(
    visit: Visit, clerk: User
) -> None:
    now = timezone.now()
    told = {"subject": "contact", "vaccinated": "no", "diagnosed_at": moment(5)}
    contact = open_by_hand(actor=clerk, visit=visit, disease="D10", told=told, at=now)
    assert send_case(actor=clerk, case=contact, at=now).status == "sent"
    told = {
        "subject": "died",
        "vaccinated": "no",
        "certainty": "clinical",
        "treatment": "inpatient",
    }
    dead = open_by_hand(
        actor=clerk,
        visit=visit,
        disease="D13",
        told={**told, "onset_on": date(2026, 10, 4)},
        at=now,
    )
    with pytest.raises(ValidationError) as refused:
        send_case(actor=clerk, case=dead, at=now)
    assert set(refused.value.error_dict) == {"outcome"}


def test_the_moment_of_diagnosis_starts_the_clock_until_the_case_is_sent(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    visit = see(person(date(1990, 1, 1)), station, moment(1), "A97.0", ended_at=None)
    settle_cases([visit.pk])
    case = CaseNotification.objects.get()
    assert case.due_at == moment(3)  # an in-patient since the 1st: as if diagnosed on arrival
    told = {"vaccinated": "no", "certainty": "laboratory", "onset_on": date(2026, 10, 1),
            "treatment": "inpatient", "diagnosed_at": moment(8, hour=15)}  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        write_case(
            actor=clerk, case=case, told={**told, "diagnosed_at": moment(1, 9)}, at=moment(9)
        )
    assert set(refused.value.error_dict) == {"diagnosed_at"}
    case = write_case(actor=clerk, case=case, told=told, at=moment(9))
    assert (case.noticed_at, case.due_at) == (moment(8, hour=15), moment(10, hour=15))
    settle_cases([visit.pk])  # what a person told stands
    case.refresh_from_db()
    assert case.noticed_at == moment(8, hour=15)
    assert not send_case(actor=clerk, case=case, at=moment(9)).was_late
    with pytest.raises(ValidationError):
        write_case(
            actor=clerk, case=case, told={**told, "diagnosed_at": moment(9)}, at=moment(9, hour=20)
        )
    case.refresh_from_db()
    assert (case.status, case.noticed_at) == ("sent", moment(8, hour=15))


def test_a_visit_whose_beginning_was_corrected_moves_the_clock(
    see: Callable[..., Any], station: Organisation
) -> None:
    visit = see(person(date(1990, 1, 1)), station, moment(15), "A97.0")
    settle_cases([visit.pk])
    Visit.objects.filter(pk=visit.pk).update(started_at=moment(5))
    settle_cases([visit.pk])
    case = CaseNotification.objects.get()
    assert (case.noticed_at, case.due_at) == (moment(5), moment(7))


def test_nobody_opens_a_case_at_a_place_they_do_not_enter_for(
    see: Callable[..., Any], hospital: Organisation, clerk: User
) -> None:
    visit = see(person(date(1990, 1, 1)), hospital, moment(5), "R50.9")
    address = reverse("reporting:open_case", args=[visit.pk])
    assert client_of(clerk).post(address, {**POSTED, "send": "1"}).status_code == 404
    with pytest.raises(PermissionDenied):
        open_by_hand(actor=clerk, visit=visit, disease="D10", at=timezone.now())
    assert not CaseNotification.objects.exists()
