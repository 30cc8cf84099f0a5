"""Requests of a person about their own data: clocks, one extension, refusals in writing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from healthrecords import services
from healthrecords.models import Citizen, Consent, DataRequest
from healthrecords.services.consents import is_allowed
from healthrecords.services.requests import (
    RequestEntry,
    complete_request,
    drop_request,
    extend_request,
    receive_request,
    refuse_request,
    reply_to_request,
)
from healthrecords.services.retention import decide_disposal, place_hold, propose_disposal
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.models import Holiday
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.test_broken_glass import code_of
from tests.healthrecords.test_consents import ask

__all__ = ["ask"]

SAID: dict[str, Any] = {
    "kind": "copy",
    "asked": "Bản tóm tắt hồ sơ năm 2026",
    "asker": "self",
    "channel": "in_person",
    "identity_proof": "thẻ căn cước",
    "received_on": ON,
}
LATER = AT + timedelta(days=3)


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, station)


@pytest.fixture
def receive(citizen: Citizen, clerk: User, station: Organisation) -> Callable[..., DataRequest]:
    services.open_access(user=clerk, citizen=citizen, at=AT)

    def receive_it(**said: Any) -> DataRequest:
        return receive_request(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=RequestEntry(**{**SAID, **said}),
            client_key=uuid7(),
            at=AT,
        ).row

    return receive_it


@pytest.mark.parametrize(
    ("kind", "own", "by_processor"),
    [
        ("see", 10, 15),
        ("copy", 10, 15),
        ("correct", 10, 15),
        ("delete", 20, 30),
        ("restrict", 15, 20),
        ("withdraw", 15, 20),
    ],
)
def test_each_kind_has_the_clock_of_the_law(
    receive: Callable[..., DataRequest], kind: str, own: int, by_processor: int
) -> None:
    """Law 91/2025/QH15, Decree 356/2025/NĐ-CP: 2 working days, then 10, 15 or 20 days."""
    purpose = {"purpose": "research"} if kind == "withdraw" else {}
    request = receive(kind=kind, **purpose)
    assert request.reply_due_on == date(2026, 11, 9)  # Thursday, Friday, Monday
    assert request.due_on == ON + timedelta(days=own)
    slower = receive(kind=kind, through_processor=True, **purpose)
    assert slower.due_on == ON + timedelta(days=by_processor)
    assert "91/2025" in request.legal_basis or "15/2023" in request.legal_basis


def test_a_holiday_is_no_working_day(receive: Callable[..., DataRequest]) -> None:
    Holiday.objects.create(day=date(2026, 11, 9), name="Nghỉ bù")
    assert receive().reply_due_on == date(2026, 11, 10)


def test_every_deed_leaves_its_step_with_actor_and_reason(
    receive: Callable[..., DataRequest], head: User, clerk: User
) -> None:
    request = receive()
    reply_to_request(actor=head, request=request, replied_on=ON, at=LATER)
    extend_request(
        actor=head, request=request, told_on=ON, reason="hồ sơ giấy ở kho huyện", at=LATER
    )
    complete_request(actor=head, request=request, on=ON, answer="Đã trao 4 tờ.", at=LATER)
    steps = list(request.steps.values_list("deed", "actor", "reason"))
    assert steps == [
        ("received", clerk.pk, ""),
        ("replied", head.pk, ""),
        ("extended", head.pk, "hồ sơ giấy ở kho huyện"),
        ("done", head.pk, "Đã trao 4 tờ."),
    ]


def test_a_term_is_extended_once_with_a_reason_before_it_ends(
    receive: Callable[..., DataRequest], head: User
) -> None:
    request = receive()

    def extend(reason: str = "chờ bản giấy", told_on: date = ON) -> DataRequest:
        at = AT + timedelta(days=60)
        return extend_request(actor=head, request=request, told_on=told_on, reason=reason, at=at)

    assert code_of(lambda: extend(reason=" ")) == "reason_missing"
    assert code_of(lambda: extend(told_on=ON + timedelta(days=11))) == "term_over"
    request.refresh_from_db()
    assert (request.due_on, request.extended_from) == (date(2026, 11, 15), None)
    extended = extend()
    assert (extended.due_on, extended.extended_from) == (date(2026, 11, 25), date(2026, 11, 15))
    assert code_of(extend) == "extended_before"
    request.refresh_from_db()
    assert request.due_on == date(2026, 11, 25)


def test_a_refusal_without_reason_and_law_is_refused(
    receive: Callable[..., DataRequest], head: User
) -> None:
    request = receive(kind="delete")
    for reason, basis in (("", "TT33"), ("còn thời hạn", " ")):
        act = lambda reason=reason, basis=basis: refuse_request(  # noqa: E731
            actor=head, request=request, on=ON, reason=reason, basis=basis, at=LATER
        )
        assert code_of(act) == "refusal_without_reason"
    request.refresh_from_db()
    assert request.is_open
    assert list(request.steps.values_list("deed", flat=True)) == ["received"]
    refused = refuse_request(
        actor=head,
        request=request,
        on=ON,
        reason="Sổ sức khỏe điện tử còn thời hạn lưu.",
        basis="TT33/2025/TT-BYT",
        at=LATER,
    )
    assert refused.outcome == "refused"


def test_a_record_the_law_keeps_is_not_deleted(
    citizen: Citizen, receive: Callable[..., DataRequest], head: User
) -> None:
    """TT33/2025/TT-BYT: the personal record is kept until ten years after death."""
    request = receive(kind="delete")
    act = lambda: complete_request(  # noqa: E731
        actor=head, request=request, on=ON, answer="đã xóa", at=LATER
    )
    assert code_of(act) == "kept_by_law"
    request.refresh_from_db()
    assert request.is_open


def test_nothing_is_told_deleted_before_a_disposal_list_holds_the_record(
    citizen: Citizen,
    receive: Callable[..., DataRequest],
    head: User,
    auditor: User,
    station: Organisation,
) -> None:
    """TT33/2025/TT-BYT: the term is over, and a list is decided on before anything is disposed of."""
    request = receive(kind="delete")
    Citizen.objects.filter(pk=citizen.pk).update(died_on=date(2016, 11, 4))
    request.citizen.refresh_from_db()

    def complete() -> DataRequest:
        return complete_request(actor=head, request=request, on=ON, answer="đã xóa", at=LATER)

    def refused() -> None:
        assert code_of(complete) == "not_on_a_disposal_list"
        request.refresh_from_db()
        assert request.is_open
        assert list(request.steps.values_list("deed", flat=True)) == ["received"]

    refused()
    proposal = propose_disposal(actor=head, facility=station, on=ON, reason="kiểm kê năm 2026")
    refused()  # proposed is not decided
    decide_disposal(
        actor=auditor,
        proposal=proposal,
        approve=True,
        decided_on=ON,
        decision_number="15/QĐ-TYT",
        minutes="Hội đồng ba người, hủy ngày 05/11/2026",
    )
    assert complete().outcome == "done"


def test_a_held_record_is_not_deleted_either(
    citizen: Citizen, receive: Callable[..., DataRequest], head: User, station: Organisation
) -> None:
    Citizen.objects.filter(pk=citizen.pk).update(died_on=date(2010, 1, 1))
    heir = {"asker_name": "Quàng Văn Út", "asker_relation": "con, giấy khai sinh"}
    request = receive(kind="delete", asker="representative", **heir)
    place_hold(
        actor=head,
        citizen=citizen,
        facility=station,
        reason="tranh chấp bồi thường",
        basis="Công văn 12/TA",
        placed_on=ON,
        at=AT,
    )
    act = lambda: complete_request(  # noqa: E731
        actor=head, request=request, on=ON, answer="", at=LATER
    )
    assert code_of(act) == "kept_by_law"


def test_a_withdrawal_closes_the_consent_it_names(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    head: User,
) -> None:
    ask(given_on=ON - timedelta(days=9))
    ask(purpose="images", given_on=ON - timedelta(days=9))
    request = receive(kind="withdraw", purpose="research", asked="không cho nghiên cứu nữa")
    complete_request(actor=head, request=request, on=ON, answer="đã ghi", at=LATER)
    assert is_allowed(citizen=citizen, purpose="research", on=ON).code == "withdrawn"
    assert is_allowed(citizen=citizen, purpose="images", on=ON).code == "given"
    assert Consent.objects.get(purpose="research").withdrawal_proof == request.number


def test_a_restriction_stops_what_rests_on_consent(
    citizen: Citizen,
    ask: Callable[..., Consent],
    receive: Callable[..., DataRequest],
    head: User,
) -> None:
    ask(given_on=ON - timedelta(days=9))
    request = receive(kind="restrict")
    assert is_allowed(citizen=citizen, purpose="research", on=ON)
    complete_request(actor=head, request=request, on=ON, answer="đã hạn chế", at=LATER)
    assert is_allowed(citizen=citizen, purpose="research", on=ON).code == "restricted"


def test_a_closed_request_stays_closed(receive: Callable[..., DataRequest], head: User) -> None:
    request = drop_request(
        actor=head, request=receive(), on=ON, reason="người dân rút đơn", at=LATER
    )
    for act in (reply_to_request, complete_request):
        said = {"replied_on": ON} if act is reply_to_request else {"on": ON, "answer": "x"}
        call: Any = act
        assert (
            code_of(lambda: call(actor=head, request=request, at=LATER, **said))  # noqa: B023
            == "closed_before"
        )
    assert DataRequest.objects.get().outcome == "dropped"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "withdraw"}, "purpose_missing"),
        ({"purpose": "research"}, "purpose_missing"),
        ({"asker": "representative"}, "representative_missing"),
        ({"identity_proof": ""}, "blank"),
        ({"asked": "  "}, "blank"),
        ({"received_on": ON + timedelta(days=1)}, "in_future"),
        ({"kind": "sell"}, "term_missing"),
        ({"received_on": date(2025, 12, 31)}, "term_missing"),
    ],
)
def test_a_request_without_its_facts_is_not_taken_in(
    receive: Callable[..., DataRequest], said: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: receive(**said)) == code
    assert not DataRequest.objects.exists()


def test_a_clerk_receives_and_does_not_answer(
    receive: Callable[..., DataRequest], clerk: User, head: User
) -> None:
    request = receive()
    with pytest.raises(PermissionDenied):
        complete_request(actor=clerk, request=request, on=ON, answer="xong", at=LATER)
    request.refresh_from_db()
    assert request.is_open


def test_late_ones_are_found_by_reply_and_by_term(
    receive: Callable[..., DataRequest], head: User
) -> None:
    request = receive()
    overdue = DataRequest.objects.overdue
    assert not overdue(date(2026, 11, 9)).exists()
    assert overdue(date(2026, 11, 10)).get() == request
    reply_to_request(actor=head, request=request, replied_on=ON, at=LATER)
    assert not overdue(date(2026, 11, 15)).exists()
    assert overdue(date(2026, 11, 16)).get() == request
