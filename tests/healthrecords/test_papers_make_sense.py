"""What stands on a paper is whole and can be true: no zero is dropped, no day is out of its visit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from healthrecords import services
from healthrecords.models import Citizen, Document, Referral, Visit
from healthrecords.models.documents import NumberSeries
from healthrecords.services import documents, referrals
from healthrecords.services.referrals import Way
from portal.accounts.models import User
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of, publish_lists, visit_of
from tests.healthrecords.test_papers import SENT, SICK

BORN: dict[str, Any] = {
    "mother": "Quàng Thị Hặc",
    "mother_birth": date(1990, 3, 12),
    "mother_number": "011162004137",
    "mother_number_on": date(2021, 7, 5),
    "mother_number_by": "Cục Cảnh sát",
    "mother_address": "Bản Nà Pheo 2",
    "child_sex": "1",
    "child_born_at": "2026-11-05T05:30",
    "child_place": "Trạm Y tế xã Mường Chà",
    "child_weight": 3100,
    "child_state": "Khỏe",
    "children_now": 1,
    "birth_order": 2,
    "children_alive": 2,
    "midwife": "Lò Thị Đỡ",
    "writer": "Vũ Thị Tình",
    "book": "01",
}
REST = {
    "employer": "Trường Tiểu học Mường Chà",
    "diagnosis": "O20.0 Dọa sảy thai, dưỡng thai",
    "rest_days": 30,
    "rest_from": ON,
    "rest_until": ON + timedelta(days=29),
    "doctor": "Đỗ Quang Hưng",
    "series": "A13",
}
AGAIN = {"on": ON + timedelta(days=28), "diagnosis": "I10 Tăng huyết áp"}


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


def give(visit: Visit, actor: User, kind: str, content: dict[str, Any]) -> Document:
    return documents.issue(
        actor=actor, visit=visit, kind=kind, content=content, client_key=uuid7(), at=AT
    ).row


def test_no_living_child_stays_on_the_paper_of_a_birth_as_zero(visit: Visit, clerk: User) -> None:
    paper = give(visit, clerk, "birth", {**BORN, "children_alive": 0, "by_operation": False})
    assert paper.content["children_alive"] == 0
    assert "by_operation" not in paper.content


@pytest.mark.parametrize(
    ("kind", "content", "field", "code"),
    [
        ("revisit", {**AGAIN, "on": ON - timedelta(days=1)}, "on", "revisit_before"),
        (
            "sick_leave",
            {**SICK, "rest_from": date(2026, 11, 3), "rest_days": 5},
            "rest_from",
            "rest_before_visit",
        ),
        # QĐ 4750/QĐ-BYT, table 10: from the day of the examination, both days counted.
        (
            "pregnancy",
            {**REST, "rest_from": ON + timedelta(days=1), "rest_days": 29},
            "rest_from",
            "rest_after_visit",
        ),
        ("pregnancy", {**REST, "rest_days": 29}, "rest_days", "rest_miscounted"),
        ("pregnancy", {**REST, "employer": ""}, "employer", "field_missing"),
        (
            "birth",
            {**BORN, "child_born_at": "2026-11-06T05:30"},
            "child_born_at",
            "birth_in_future",
        ),
        (
            "birth",
            {**BORN, "child_born_at": "2025-11-05T05:30"},
            "child_born_at",
            "birth_far_from_visit",
        ),
        ("birth", {**BORN, "child_weight": 32}, "child_weight", "weight_impossible"),
        ("birth", {**BORN, "child_weight": 31000}, "child_weight", "weight_impossible"),
        ("birth", {**BORN, "children_now": 0}, "children_now", "count_impossible"),
        ("birth", {**BORN, "birth_order": 99}, "birth_order", "count_impossible"),
        ("birth", {**BORN, "birth_order": 1}, "children_alive", "more_alive_than_born"),
        ("birth", {**BORN, "mother_birth": date(2026, 11, 5)}, "mother_birth", "mother_born_after"),
        (
            "birth",
            {**BORN, "mother_number_on": date(2026, 11, 6)},
            "mother_number_on",
            "issued_in_future",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_takes_no_number(
    visit: Visit, clerk: User, kind: str, content: dict[str, Any], field: str, code: str
) -> None:
    """QĐ 4750/QĐ-BYT: table 10, field 7; table 14 as the insurer's portal checks it.

    A re-visit is not before the end of the visit. The rest are slips of the pen and no law.
    """
    with pytest.raises(ValidationError) as refused:
        give(visit, clerk, kind, content)
    assert {name: [e.code for e in found] for name, found in refused.value.error_dict.items()} == {
        field: [code]
    }
    assert not Document.objects.exists()
    assert not NumberSeries.objects.exists()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("birth", BORN),
        ("pregnancy", REST),
        (
            "birth",
            {**BORN, "child_born_at": "2026-10-01T05:30", "birth_order": 1, "children_alive": 1},
        ),
        ("revisit", AGAIN),
        ("revisit", {**AGAIN, "on": ON}),
    ],
)
def test_what_can_be_is_issued(
    visit: Visit, clerk: User, kind: str, content: dict[str, Any]
) -> None:
    assert give(visit, clerk, kind, content).kind == kind


def test_no_man_is_given_rest_in_pregnancy(visit: Visit, clerk: User) -> None:
    Citizen.objects.filter(pk=visit.citizen_id).update(sex="male")
    visit.citizen.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        give(visit, clerk, "pregnancy", REST)
    assert [e.code for e in refused.value.error_dict["diagnosis"]] == ["pregnancy_of_a_man"]
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_paper_and_a_referral_sent_twice_at_once_are_one_each(
    transactional_db: None,
    clerk: User,
    communes: list[Area],
    station: Organisation,
    hospital: Organisation,
) -> None:
    publish_lists()
    citizen = services.register_citizen(
        actor=clerk, place=station, entry=entry_of(communes[0]), client_key=uuid7(), at=AT
    ).row
    visit = services.record_visit(
        actor=clerk, citizen=citizen, facility=station, entry=visit_of(), client_key=uuid7(), at=AT
    ).row
    for send in (_leave, _referral):
        key, ready = uuid7(), Barrier(2)

        def twice(_n: int, send: Any = send, key: Any = key, ready: Any = ready) -> bool:
            try:
                with acting(command="pytest"):
                    ready.wait(timeout=10)
                    return bool(send(visit, clerk, hospital, key).is_new)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(twice, range(2))) == [False, True]
    assert (Document.objects.count(), Referral.objects.count()) == (2, 1)


def _leave(visit: Visit, actor: User, _to: Organisation, key: Any) -> Any:
    return documents.issue(
        actor=actor, visit=visit, kind="sick_leave", content=SICK, client_key=key, at=AT
    )


def _referral(visit: Visit, actor: User, to: Organisation, key: Any) -> Any:
    way = Way(reason="2", to=to)
    return referrals.refer(actor=actor, visit=visit, way=way, content=SENT, client_key=key, at=AT)
