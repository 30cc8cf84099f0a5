"""A restriction of processing ends: asked for or proposed by one, decided by another, told before."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Consent, DataRequest, RestrictionLift
from healthrecords.services.consents import is_allowed, restricting
from healthrecords.services.requests import complete_request, refuse_request
from healthrecords.services.restrictions import Decision, decide_lift, propose_lift
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_broken_glass import code_of
from tests.healthrecords.test_consents import ask
from tests.healthrecords.test_data_requests import LATER, head, receive

__all__ = ["ask", "head", "receive"]

WHY = "Số đo tranh chấp đã được đo lại và sửa."
DAY = timedelta(days=1)


@pytest.fixture
def deputy(station: Organisation) -> User:
    return make_user("pho", "Quàng Văn Phó", Role.STATION_HEAD, station)


@pytest.fixture
def restriction(
    ask: Callable[..., Consent], receive: Callable[..., DataRequest], head: User
) -> DataRequest:
    """A person who allowed research once, and had the processing restricted."""
    ask(given_on=ON - 9 * DAY)
    asked = receive(kind="restrict", asked="hạn chế đến khi sửa xong số đo huyết áp")
    return complete_request(actor=head, request=asked, on=ON, answer="đã hạn chế", at=LATER)


def propose(restriction: DataRequest, by: User, **said: Any) -> RestrictionLift:
    said = {"reason": WHY, "on": ON + DAY, "at": LATER, **said}
    return propose_lift(actor=by, restriction=restriction, **said)


def decided(**said: Any) -> Decision:
    whole: dict[str, Any] = {
        "is_lifted": True,
        "reason": "Đã kiểm tra, lý do không còn.",
        "decided_on": ON + 2 * DAY,
        "told_on": ON + DAY,
        "told_how": "trao thông báo tại quầy",
    }
    return Decision(**{**whole, **said})


def decide(restriction: DataRequest, by: User, **said: Any) -> RestrictionLift:
    return decide_lift(actor=by, restriction=restriction, decision=decided(**said), at=LATER)


def allowed(citizen: Citizen, on: date) -> str:
    return is_allowed(citizen=citizen, purpose="research", on=on).code


def test_a_restriction_ends_on_its_day_and_held_until_then(
    citizen: Citizen, restriction: DataRequest, head: User, deputy: User
) -> None:
    """Law 91/2025/QH15: what was restricted stays known to have been so."""
    propose(restriction, head)
    assert allowed(citizen, ON + DAY) == "restricted"  # a proposal ends nothing
    lift = decide(restriction, deputy)
    assert lift.lifted_on == ON + 2 * DAY
    assert allowed(citizen, ON + 2 * DAY) == "given"
    assert allowed(citizen, ON + DAY) == "restricted"
    restriction.refresh_from_db()
    assert (restriction.outcome, restriction.closed_on) == ("done", ON)
    steps = list(restriction.steps.values_list("deed", "actor", "reason"))
    assert steps[-2:] == [
        ("lifting", head.pk, WHY),
        ("lifted", deputy.pk, "Đã kiểm tra, lý do không còn."),
    ]


def test_nobody_decides_on_their_own_proposal(
    citizen: Citizen, restriction: DataRequest, head: User
) -> None:
    lift = propose(restriction, head)
    assert code_of(lambda: decide(restriction, head)) == "own_proposal"
    said = {
        "decided_by": head,
        "decided_on": ON + DAY,
        "decided_at": LATER,
        "is_lifted": False,
        "decision": "x",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        RestrictionLift.objects.filter(pk=lift.pk).update(**said)
    lift.refresh_from_db()
    assert lift.decided_on is None
    assert restricting(citizen, ON + 2 * DAY) == restriction


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"told_on": None}, "person_not_told"),
        ({"told_how": " "}, "person_not_told"),
        ({"lifted_on": ON}, "ends_before_word"),
        ({"told_on": ON + 4 * DAY}, "ends_before_word"),
        ({"reason": " "}, "decision_without_reason"),
        ({"decided_on": ON}, "day_impossible"),
        ({"decided_on": ON + 9 * DAY}, "day_impossible"),
    ],
)
def test_the_person_is_told_before_it_ends(
    citizen: Citizen,
    restriction: DataRequest,
    head: User,
    deputy: User,
    said: dict[str, Any],
    code: str,
) -> None:
    propose(restriction, head)
    assert code_of(lambda: decide(restriction, deputy, **said)) == code
    assert RestrictionLift.objects.get().decided_on is None
    assert restriction.steps.last().deed == "lifting"
    assert allowed(citizen, ON + 2 * DAY) == "restricted"


def test_what_is_kept_may_be_proposed_again_and_ends_once(
    citizen: Citizen, restriction: DataRequest, head: User, deputy: User
) -> None:
    propose(restriction, head)
    assert code_of(lambda: propose(restriction, deputy)) == "lift_open"
    kept = decide(restriction, deputy, is_lifted=False, told_on=None, told_how="")
    assert (kept.is_lifted, kept.lifted_on) == (False, None)
    assert allowed(citizen, ON + 2 * DAY) == "restricted"
    propose(restriction, deputy, on=ON + 2 * DAY)
    decide(restriction, head)
    for act in (propose, decide):
        assert code_of(lambda act=act: act(restriction, head)) == "lifted_before"  # type: ignore[misc]


def test_a_proposal_needs_a_reason_and_a_restriction(
    receive: Callable[..., DataRequest], restriction: DataRequest, head: User
) -> None:
    assert code_of(lambda: propose(restriction, head, reason="  ")) in {
        "blank",
        "lift_without_reason",
    }
    refused = refuse_request(
        actor=head,
        request=receive(kind="restrict"),
        on=ON,
        reason="không có căn cứ",
        basis="Luật 91/2025/QH15",
        at=LATER,
    )
    assert code_of(lambda: propose(refused, head)) == "nothing_restricted"
    assert code_of(lambda: decide(restriction, head)) == "nothing_proposed"
    assert not RestrictionLift.objects.exists()


def test_a_clerk_neither_proposes_nor_decides(
    restriction: DataRequest, clerk: User, head: User
) -> None:
    with pytest.raises(PermissionDenied):
        propose(restriction, clerk)
    propose(restriction, head)
    with pytest.raises(PermissionDenied):
        decide(restriction, clerk)
    assert RestrictionLift.objects.get().decided_on is None


def test_the_person_asks_and_every_restriction_ends(
    citizen: Citizen,
    receive: Callable[..., DataRequest],
    restriction: DataRequest,
    head: User,
    clerk: User,
) -> None:
    """The clock of such a request is that of a restriction: 15 days, 20 by a processor."""
    more = complete_request(
        actor=head, request=receive(kind="restrict"), on=ON, answer="đã hạn chế", at=LATER
    )
    propose(more, head)  # what the person asks for needs no second word
    asked = receive(kind="lift", asked="tôi cho dùng lại")
    assert asked.due_on == ON + timedelta(days=15)
    complete_request(actor=head, request=asked, on=ON + 2 * DAY, answer="Đã bỏ hạn chế.", at=LATER)
    assert restricting(citizen, ON + 2 * DAY) is None
    rows = RestrictionLift.objects.values_list(
        "ground", "asked_in", "proposed_by", "decided_by", "decision"
    )
    assert set(rows) == {("asked", asked.pk, clerk.pk, head.pk, "Đã bỏ hạn chế.")}
    assert {row.steps.last().deed for row in (restriction, more)} == {"lifted"}


def test_who_took_the_request_in_does_not_grant_it(
    citizen: Citizen, restriction: DataRequest, receive: Callable[..., DataRequest], head: User
) -> None:
    asked = receive(kind="lift")
    DataRequest.objects.filter(pk=asked.pk).update(received_by=head)
    act = lambda: complete_request(  # noqa: E731
        actor=head, request=asked, on=ON + DAY, answer="xong", at=LATER
    )
    assert code_of(act) == "own_proposal"
    asked.refresh_from_db()
    assert asked.is_open
    assert restricting(citizen, ON + DAY) == restriction


def test_nothing_is_lifted_where_nothing_is_restricted(
    receive: Callable[..., DataRequest],
) -> None:
    assert code_of(lambda: receive(kind="lift")) == "nothing_restricted"
    assert not DataRequest.objects.exists()


def deed_url(name: str, row: DataRequest) -> str:
    return reverse(f"admin:healthrecords_datarequest_{name}", args=[row.pk])


def test_it_is_proposed_decided_and_told_on_pages(
    citizen: Citizen, restriction: DataRequest, clerk: User, head: User, deputy: User
) -> None:
    rights = reverse("admin:healthrecords_citizen_rights", args=[citizen.pk])
    shown = logged_in(clerk).get(rights).content.decode()
    assert "?kind=lift" in shown
    record = reverse("admin:healthrecords_citizen_change", args=[citizen.pk])
    assert "Đang hạn chế xử lý dữ liệu" in text_of(logged_in(clerk).get(record))
    today = timezone.localdate()
    on = f"{today:%d/%m/%Y}"
    theirs, own = logged_in(deputy), logged_in(head)
    assert own.get(deed_url("quyet_han_che", restriction)).status_code == 403
    sent = own.post(deed_url("het_han_che", restriction), {"on": on, "reason": WHY})
    assert sent.status_code == 302
    assert own.get(deed_url("quyet_han_che", restriction)).status_code == 403
    assert own.get(deed_url("lift_paper", restriction)).content.startswith(b"%PDF")
    assert WHY in text_of(theirs.get(deed_url("quyet_han_che", restriction)))
    said = {"outcome": "lifted", "reason": "Đồng ý.", "decided_on": on}
    missing = theirs.post(deed_url("quyet_han_che", restriction), said)
    assert "báo cho người dân trước khi" in text_of(missing)
    said |= {"told_on": on, "told_how": "tại quầy"}
    assert theirs.post(deed_url("quyet_han_che", restriction), said).status_code == 302
    assert RestrictionLift.objects.get().lifted_on == today
    page = text_of(theirs.get(deed_url("change", restriction)))
    assert "Đã hết hạn chế" in page
    assert "Đồng ý." in page
    assert "Đang hạn chế xử lý dữ liệu" not in text_of(logged_in(clerk).get(record))
    assert "?kind=lift" not in logged_in(clerk).get(rights).content.decode()


def test_a_proposal_stands_among_what_is_to_do(restriction: DataRequest, head: User) -> None:
    to_do = DataRequest.objects.to_do()
    assert restriction not in to_do
    propose(restriction, head, at=AT + 5 * DAY)
    assert restriction in to_do.all()
