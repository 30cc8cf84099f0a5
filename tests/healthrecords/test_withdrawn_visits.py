"""A visit typed in error is withdrawn with its reason, and what followed from it is taken back."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.admin.offered import OFFERED_FOR
from healthrecords.models import (
    Appointment,
    CareRelation,
    Citizen,
    Dispensing,
    Document,
    Referral,
    Visit,
    VisitAmendment,
)
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from healthrecords.services.withdrawing import withdraw_visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import (
    fields_of,
    logged_in,
    record_url,
    send_visit,
    text_of,
    visit_url,
)
from tests.healthrecords.test_papers import issue, refer
from tests.healthrecords.test_queue import person

REASON = "nhập nhầm sang hồ sơ người khác"
OFFER = 'href="?offered=1"'
LATER = AT + timedelta(hours=2)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _lists(lists: None, settings: Any, tmp_path: Path) -> None:
    """Every page needs the lists."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


def withdraw(visit: Visit, actor: User, reason: str = REASON) -> Visit:
    return withdraw_visit(actor=actor, visit=visit, reason=reason, at=LATER)


def state_of(visit: Visit) -> str:
    return str(Visit.objects.values_list("status", flat=True).get(pk=visit.pk))


def test_a_withdrawn_visit_keeps_who_why_and_when_and_a_second_time_changes_nothing(
    visit: Visit, clerk: User
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): nothing is erased."""
    withdraw(visit, clerk)
    withdraw(visit, clerk)
    assert state_of(visit) == "withdrawn"
    said = VisitAmendment.objects.get()
    assert (said.reason, said.outcome) == (REASON, "withdrawn")
    assert (said.opened_by, said.closed_at) == (clerk, LATER)
    assert visit.diagnosis_rows.exists()  # nothing is deleted


def test_without_a_reason_or_by_another_place_nothing_is_withdrawn(
    visit: Visit, clerk: User, neighbour: User
) -> None:
    with pytest.raises(ValidationError):
        withdraw(visit, clerk, "sai")
    with pytest.raises(PermissionDenied):
        withdraw(visit, neighbour)
    assert state_of(visit) == "finished"
    assert not VisitAmendment.objects.exists()


def test_papers_lose_their_force_and_the_way_a_referral_opened_closes(
    visit: Visit, clerk: User, hospital: Organisation
) -> None:
    issue(visit, clerk)
    refer(visit, clerk, hospital)
    withdraw(visit, clerk)
    assert set(Document.objects.values_list("cancelled_at", "cancel_reason")) == {(LATER, REASON)}
    care = CareRelation.objects.get(organisation=hospital, ground="referral")
    assert care.until == ON


def test_the_appointment_it_made_and_the_care_it_began_end(
    citizen: Citizen, neighbour: User, record: Callable[..., Visit]
) -> None:
    other = neighbour.place_of_work
    services.break_glass(user=neighbour, citizen=citizen, reason="bất tỉnh, đưa đến đây", at=AT)
    visit = record(citizen, actor=neighbour, next_visit_on=ON + timedelta(days=7))
    withdraw(visit, neighbour)
    assert Appointment.objects.get().cancelled_at == LATER
    grounds = CareRelation.objects.filter(organisation=other).values_list("ground", "until")
    assert dict(grounds) == {"visit": ON, "appointment": ON}


def test_a_referral_whose_person_came_by_this_visit_waits_again(
    visit: Visit, clerk: User, neighbour: User, record: Callable[..., Visit], citizen: Citizen
) -> None:
    other = neighbour.place_of_work
    refer(visit, clerk, other)
    came = record(citizen, actor=neighbour, at=LATER, started_at=LATER)
    assert Referral.objects.get().arrived_visit == came
    with pytest.raises(ValidationError) as refused:
        withdraw(visit, clerk)
    assert refused.value.code == "visit_has_more"
    withdraw_visit(actor=neighbour, visit=came, reason=REASON, at=LATER)
    assert Referral.objects.get().arrived_visit is None
    assert state_of(visit) == "finished"


def test_a_death_that_only_this_visit_tells_is_taken_back(
    citizen: Citizen, clerk: User, record: Callable[..., Visit]
) -> None:
    visit = record(citizen, outcome="5", died_at=AT + timedelta(hours=1), at=LATER)
    citizen.refresh_from_db()
    assert citizen.died_on == ON
    withdraw(visit, clerk)
    citizen.refresh_from_db()
    assert citizen.died_on is None


def test_what_was_given_out_is_taken_back_first(visit: Visit, clerk: User) -> None:
    row = Dispensing(
        visit=visit,
        position=1,
        name="Amlodipin 5 mg",
        quantity=10,
        given_at=AT,
        given_by=clerk,
        client_key=uuid7(),
    )
    row.save()
    with pytest.raises(ValidationError) as refused:
        withdraw(visit, clerk)
    assert refused.value.code == "visit_has_more"
    assert state_of(visit) == "finished"
    assert not VisitAmendment.objects.exists()


@pytest.mark.parametrize("is_open", [False, True])
def test_a_signed_visit_is_withdrawn_under_an_amendment(
    visit: Visit, clinician: User, *, is_open: bool
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a signed record changes by a new version only."""
    sign_visit(actor=clinician, visit=visit, at=AT)
    if is_open:
        open_amendment(actor=clinician, visit=visit, reason="ghi nhầm liều thuốc", at=AT)
    withdraw(visit, clinician)
    assert state_of(visit) == "withdrawn"
    assert not VisitAmendment.objects.open().exists()
    said = VisitAmendment.objects.order_by("opened_at", "pk").last()
    assert said is not None
    assert (said.reason, said.opened_by, said.outcome) == (REASON, clinician, "withdrawn")


def test_what_is_signed_is_not_withdrawn_by_who_does_not_sign(
    visit: Visit, clinician: User, clerk: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        withdraw(visit, clerk)
    assert refused.value.code == "visit_signed"
    assert state_of(visit) == "finished"
    assert not VisitAmendment.objects.exists()
    page = logged_in(clerk).get(reverse("admin:healthrecords_visit_change", args=[visit.pk]))
    assert "Nhập nhầm" not in page.content.decode()


def test_a_visit_of_a_file_is_taken_back_with_its_file_only(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    open_amendment(actor=clinician, visit=visit, reason="ghi nhầm liều thuốc", at=AT)
    Visit.objects.filter(pk=visit.pk).update(origin=Visit.Origin.FILE)
    with pytest.raises(ValidationError) as refused:
        withdraw(visit, clinician)
    assert refused.value.code == "visit_from_file"
    assert state_of(visit) == "finished"
    assert VisitAmendment.objects.open().count() == 1


def test_what_was_typed_is_offered_for_the_right_person(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen, **{"d-0-text": "J02"})
    wrong = Visit.objects.get()
    url = reverse("admin:healthrecords_visit_withdraw", args=[wrong.pk])
    page = client.get(reverse("admin:healthrecords_visit_change", args=[wrong.pk]))
    assert url in page.content.decode()
    refused = client.post(url, {"reason": "sai"})
    assert 'value="sai"' in refused.content.decode()
    assert "Ghi vài chữ vì sao rút lượt khám" in refused.content.decode()
    assert client.post(url, {"reason": REASON}).url == record_url(citizen)
    assert "Sốt, ho" not in text_of(client.get(record_url(citizen)))
    right = person(clerk, communes[0], "Lò Thị Đúng")
    form = visit_url(right)
    assert "?offered=1" not in client.get(visit_url(citizen)).content.decode()
    assert "?offered=1" in client.get(form).content.decode()
    said = {**fields_of(client.get(f"{form}?offered=1"), "visit_form"), "_save": ""}
    said.pop("_later", None)
    assert (said["reason"], said["pulse"], said["d-0-text"][:3]) == ("Sốt, ho", "88", "J02")
    assert client.post(f"{form}?offered=1", said).status_code == 302
    visit = Visit.objects.get(citizen=right)
    assert visit.medication_rows.get().evening == 1
    assert timezone.localtime(visit.started_at).date() == timezone.localdate()
    assert "?offered=1" not in client.get(form).content.decode()


def test_the_offer_is_noted_as_a_look_at_the_other_person_and_ends(
    clerk: User, citizen: Citizen, communes: list[Area], visit: Visit
) -> None:
    client = logged_in(clerk)
    services.open_access(user=clerk, citizen=citizen, at=timezone.now())
    url = reverse("admin:healthrecords_visit_withdraw", args=[visit.pk])
    assert client.post(url, {"reason": REASON}).status_code == 302
    form = visit_url(person(clerk, communes[0], "Lò Thị Đúng"))
    looks = AccessLog.objects.filter(ground="withdrawn", people__contains=[citizen.pk])
    for address, action in ((form, "listed"), (f"{form}?offered=1", "opened")):
        assert OFFER in client.get(address).content.decode()
        assert looks.filter(action=action).count() == 1
    before = timezone.now() - OFFERED_FOR - timedelta(minutes=1)
    VisitAmendment.objects.filter(visit=visit).update(opened_at=before, closed_at=before)
    for address in (form, f"{form}?offered=1"):
        assert OFFER not in client.get(address).content.decode()
    assert "Sốt, ho" not in client.get(f"{form}?offered=1").content.decode()
    assert looks.count() == 2
