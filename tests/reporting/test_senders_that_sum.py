"""A place that sends its own report and sums up those under it has two reports of one form and period."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.checks import check
from reporting.models import Report
from tests.conftest import SINCE, make_user
from tests.reporting.conftest import LATER, OCTOBER, form
from tests.reporting.test_life_of_a_report import code_of


@pytest.fixture
def centre(definitions: None, department: Organisation) -> Organisation:
    """A health centre that treats patients itself."""
    return places.create_organisation(
        name="Trung tâm Y tế Mường Chà", kind="centre", parent=department, valid_from=SINCE
    )


@pytest.fixture
def clinic(centre: Organisation) -> Organisation:
    """A clinic of the centre, which sends a report of its own."""
    return places.create_organisation(
        name="Phòng khám Na Sang", kind="clinic", parent=centre, valid_from=SINCE
    )


@pytest.fixture
def closer(centre: Organisation) -> User:
    """Closes the sums of the centre."""
    return make_user("tong", "Lò Thị Tổng", Role.STATISTICIAN, centre)


def begun(place: Organisation, code: str = "BC02") -> Report:
    return services.begin_report(
        actor=None, definition=form(code), organisation=place, period=OCTOBER, at=LATER
    )


def sent(place: Organisation, code: str = "BC02") -> Report:
    return services.submit_report(actor=None, report=begun(place, code), at=LATER)


def close(closer: User, centre: Organisation, code: str = "BC02") -> Report:
    return services.close_summary(
        actor=closer, organisation=centre, definition=form(code), period=OCTOBER, reason="Hạn",
        at=LATER,
    )  # fmt: skip


def states() -> dict[tuple[bool, int], str]:
    rows = Report.objects.filter(code="BC02", organisation__kind="centre")
    return {
        (is_sum, n): state
        for is_sum, n, state in rows.values_list("is_summary", "number", "status")
    }


def test_a_sender_closes_the_sum_of_its_own_report_and_those_under_it(
    centre: Organisation, clinic: Organisation, closer: User, statistician: User
) -> None:
    own, part = sent(centre), sent(clinic)
    whole = close(closer, centre)
    assert {one["report"] for one in whole.sources} == {str(own.pk), str(part.pk)}
    assert set(whole.figures) == {str(centre.pk), str(clinic.pk)}
    # Each is decided on by itself.
    services.approve_report(actor=statistician, report=own, at=LATER)
    services.approve_report(actor=statistician, report=whole, at=LATER)
    assert states() == {(False, 1): "approved", (True, 1): "approved"}


def test_a_sum_of_one_cell_for_each_figure_adds_the_senders_own_to_those_under_it(
    centre: Organisation, closer: User, department: Organisation
) -> None:
    part = places.create_organisation(
        name="Bệnh viện Na Sang", kind="hospital", parent=centre, valid_from=SINCE
    )
    sent(centre, "BC01"), sent(part, "BC01")
    assert {one["place"] for one in close(closer, centre, "BC01").sources} == {
        str(centre.pk), str(part.pk),
    }  # fmt: skip


def test_a_sum_is_closed_while_the_own_report_is_still_worked_on_and_the_other_way_round(
    centre: Organisation, clinic: Organisation, closer: User
) -> None:
    sent(clinic)
    draft = begun(centre)
    assert close(closer, centre).status == "submitted"
    assert begun(centre) == draft
    services.submit_report(actor=None, report=draft, at=LATER)
    assert close(closer, centre).number == 2
    assert states() == {(False, 1): "submitted", (True, 1): "superseded", (True, 2): "submitted"}


def test_a_correction_of_the_own_report_leaves_the_approved_sum_standing(
    centre: Organisation, clinic: Organisation, closer: User, statistician: User
) -> None:
    own = sent(centre)
    sent(clinic)
    whole = close(closer, centre)
    for one in (own, whole):
        services.approve_report(actor=statistician, report=one, at=LATER)
    fresh = services.correct_report(
        actor=None, report=Report.objects.get(pk=own.pk), reason="Đếm sót", at=LATER
    )
    services.submit_report(actor=None, report=fresh, at=LATER)
    services.approve_report(actor=statistician, report=fresh, at=LATER)
    assert states() == {
        (False, 1): "superseded", (False, 2): "approved", (True, 1): "approved",
    }  # fmt: skip


def test_a_senders_own_report_is_held_against_its_own_other_form_and_not_against_a_sum(
    centre: Organisation, clinic: Organisation, closer: User
) -> None:
    own = sent(centre)
    sent(clinic, "BC02")
    Report.objects.create(
        definition=form("BC01"), code="BC01", organisation=centre, period="month",
        first_day=OCTOBER.first, last_day=OCTOBER.last, due_on=OCTOBER.last, is_summary=True,
        figures={"none": {"ip_d": 7, "ip_total": 7}}, computed_at=LATER, status="submitted",
        digest="0" * 64, submitted_at=LATER,
    )  # fmt: skip
    [*told] = [one for one in check(own) if "14/BCT" in one.text]
    assert {one.kind for one in told} == {"mute"}


def test_there_is_still_one_own_report_and_one_sum_at_work(
    centre: Organisation, clinic: Organisation, closer: User
) -> None:
    own = sent(centre)
    sent(clinic)
    whole = close(closer, centre)
    for report in (own, whole):
        said: dict[str, Any] = {
            field.attname: getattr(report, field.attname)
            for field in Report._meta.concrete_fields
            if field.name != "id"
        }
        with pytest.raises(IntegrityError, match="report_one_open"), transaction.atomic():
            Report.objects.create(
                **said | {"number": 2, "supersedes_id": report.pk, "correction_reason": "x"}
            )
    assert states() == {(False, 1): "submitted", (True, 1): "submitted"}
    with pytest.raises(ValidationError) as refused:
        services.correct_report(actor=None, report=whole, reason="x", at=LATER)
    assert code_of(refused) == "sum_closed_again"


def test_whoever_closes_sums_of_a_sender_reads_and_closes_it_on_the_page(
    centre: Organisation, clinic: Organisation, closer: User
) -> None:
    sent(centre), sent(clinic)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(closer)
    address = reverse("reporting:summary", args=["BC02", OCTOBER.slug])
    answer = client.post(address, {"reason": "Hạn"})
    whole = Report.objects.get(is_summary=True)
    assert (answer.status_code, answer["Location"]) == (
        302, reverse("reporting:report", args=[whole.pk]),
    )  # fmt: skip
    assert client.get(answer["Location"]).status_code == 200
