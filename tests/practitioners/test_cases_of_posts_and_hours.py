"""Cases about posts of responsibility and hours: which of them both sides may win."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Practitioner,
    Registration,
    WorkingSlot,
)
from tests.practitioners.conftest import Send
from tests.practitioners.test_cases import checks_of, decide, hear


@pytest.mark.parametrize("full_time", ["1", ""])
def test_a_post_of_responsibility_and_a_facility_of_another_deployment_are_a_case(
    send: Send, department: Organisation, hospital: Organisation, full_time: str
) -> None:
    submission = send(position="1", full_time=full_time, other_facilities="01234")
    check = submission.checks.get(code="responsible_elsewhere")
    case = DiscrepancyCase.objects.get(kind="responsible_twice")
    assert (check.status, check.params) == ("fail", {"code": "01234", "case": str(case.pk)})
    outside, own, person = case.sides.order_by("position")
    assert (outside.organisation, outside.claim) == (department, {"other_facilities": "01234"})
    assert (own.organisation, own.submission, own.claim["position"]) == (hospital, submission, "1")
    assert person.is_of_person


def test_the_case_about_a_post_outside_is_one_and_its_decision_speaks_at_the_desk(
    send: Send, licensing_officer: User, sender: User
) -> None:
    submission = send(position="1", full_time="", other_facilities="01234")
    for case in DiscrepancyCase.objects.all():
        hear(case, licensing_officer, sender)
        decide(case, "both_stand", licensing_officer)
    found = checks_of(submission)
    assert (found["case_for"], "responsible_elsewhere" in found) == ("pass", False)
    assert sorted(DiscrepancyCase.objects.values_list("kind", flat=True)) == [
        "hours_overlap",
        "responsible_twice",
    ]


def test_who_is_not_responsible_here_has_no_case_about_the_post(send: Send) -> None:
    send(full_time="", other_facilities="01234")
    assert not DiscrepancyCase.objects.filter(kind="responsible_twice").exists()


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        ({"is_full_time": False}, {"hours": "T2 đến T6, 15:00 đến 20:00"}),
        ({"position": "1"}, {"position": "1", "hours": "CN, 07:00 đến 11:00"}),
    ],
    ids=["hours that meet", "two posts of responsibility"],
)
def test_both_are_not_let_stand_where_the_register_holds_one_only(
    held: dict[str, object],
    sent: dict[str, str],
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
    client: Client,
) -> None:
    Registration.objects.update(**held)
    begins = {"registered_from": "01/11/2026", "full_time": ""}
    send(facility=station, actor=station_head, **begins, **sent)
    case = DiscrepancyCase.objects.get(kind__in=["hours_overlap", "responsible_twice"])
    hear(case, sender, station_head)
    client.force_login(licensing_officer)
    page = client.get(reverse("practitioners:case", args=[case.pk])).content.decode()
    assert 'value="second_holds"' in page
    assert "both_stand" not in page
    with pytest.raises(ValidationError) as refused:
        decide(case, "both_stand", licensing_officer)
    assert refused.value.code == "both_cannot_stand"
    case.refresh_from_db()
    assert (case.is_open, case.outcome) == (True, "")


def test_both_may_stand_where_no_hours_meet(
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
) -> None:
    """Two facilities that each say full time, in hours beside each other."""
    send(
        facility=station,
        actor=station_head,
        registered_from="01/11/2026",
        hours="CN, 07:00 đến 11:00",
    )
    case = DiscrepancyCase.objects.get(kind="hours_overlap")
    hear(case, sender, station_head)
    decide(case, "both_stand", licensing_officer)
    case.refresh_from_db()
    assert case.outcome == "both_stand"


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        ({"is_full_time": False}, {"hours": "T2 đến T6, 15:00 đến 20:00"}),
        ({"position": "1"}, {"position": "1", "hours": "CN, 07:00 đến 11:00"}),
    ],
    ids=["hours that meet", "two posts of responsibility"],
)
def test_both_may_stand_where_one_ends_before_the_other_begins(
    held: dict[str, object],
    sent: dict[str, str],
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
) -> None:
    """A stay with a last day meets nothing that begins after it."""
    Registration.objects.update(**held)
    stay = {"registered_from": "01/11/2026", "registered_until": "31/12/2026", "full_time": ""}
    send(facility=station, actor=station_head, **stay, **sent)
    case = DiscrepancyCase.objects.get(kind__in=["hours_overlap", "responsible_twice"])
    Registration.objects.update(valid_from=date(2027, 1, 1))
    WorkingSlot.objects.update(valid_from=date(2027, 1, 1))
    hear(case, sender, station_head)
    decide(case, "both_stand", licensing_officer)
    case.refresh_from_db()
    assert case.outcome == "both_stand"


def test_both_do_not_stand_where_a_second_registration_of_the_case_meets(
    send: Send,
    verified: Practitioner,
    hospital: Organisation,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
) -> None:
    """Every registration of the case is looked at, not the first alone."""
    Registration.objects.update(is_full_time=False)
    begins = {"registered_from": "01/11/2026", "full_time": ""}
    send(facility=station, actor=station_head, hours="T2 đến T6, 15:00 đến 20:00", **begins)
    case = DiscrepancyCase.objects.get(kind="hours_overlap")
    meets = case.sides.get(position=1)
    free = verified.registrations.create(
        facility=hospital, valid_from=date(2026, 1, 1), position="9"
    )
    CaseSide.objects.filter(position=3).update(position=4)
    CaseSide.objects.filter(pk=meets.pk).update(registration=free)
    CaseSide.objects.create(
        case=case, position=3, organisation=hospital, registration=meets.registration
    )
    hear(case, sender, station_head, licensing_officer)
    with pytest.raises(ValidationError) as refused:
        decide(case, "both_stand", licensing_officer)
    assert refused.value.code == "both_cannot_stand"
    case.refresh_from_db()
    assert case.is_open
