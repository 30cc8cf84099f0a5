"""Who is seen before those who came earlier, and by which law?"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import Citizen, QueueStep, Visit
from healthrecords.queue import day_of
from healthrecords.services import queue
from portal.accounts.models import User
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.test_queue import let_in, person


@pytest.mark.parametrize(
    ("birth", "codes"),
    [
        (PartialDate(2021, 11, 6), ["child"]),
        (PartialDate(2020, 11, 4), []),
        (PartialDate(1951, 11, 4), ["elderly"]),
        (PartialDate(1951, 11, 30), []),
        (PartialDate(1962, 3, 12), []),
    ],
)
def test_children_under_six_and_people_from_75_go_first_by_law(
    clerk: User, lists: None, communes: list[Area], birth: PartialDate, codes: list[str]
) -> None:
    """Law 15/2023/QH15, Article 3."""
    citizen = person(clerk, communes[0], "Người Tới Khám", birth=birth)
    assert [row.code for row in queue.priorities_by_age(citizen, ON)] == codes


@pytest.mark.parametrize(
    ("sex", "birth", "priority", "code"),
    [
        ("female", PartialDate(1962, 3, 12), "elderly", "priority_age"),
        ("female", PartialDate(1962, 3, 12), "child", "priority_age"),
        ("male", PartialDate(1990, 3, 12), "pregnant", "priority_sex"),
        ("female", PartialDate(1990, 3, 12), "pregnant", None),
        ("unknown", PartialDate(1990, 3, 12), "pregnant", None),
        ("male", PartialDate(1951), "elderly", None),
        ("male", PartialDate(1952), "elderly", "priority_age"),
    ],
)
def test_a_reason_to_go_first_is_one_that_this_person_can_have(
    clerk: User,
    lists: None,
    communes: list[Area],
    sex: str,
    birth: PartialDate,
    priority: str,
    code: str | None,
) -> None:
    citizen = person(clerk, communes[0], "Người Tới Khám", birth=birth, sex=sex)
    if code is None:
        assert let_in(citizen, clerk, priority=priority).priority == priority
        return
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk, priority=priority)
    assert [e.code for e in refused.value.error_dict["priority"]] == [code]
    assert not Visit.objects.exists()
    assert not QueueStep.objects.exists()


def test_an_estimated_birth_keeps_nobody_from_going_first(citizen: Citizen, clerk: User) -> None:
    Citizen.objects.filter(pk=citizen.pk).update(birth_is_estimated=True)
    citizen.refresh_from_db()
    assert let_in(citizen, clerk, priority="elderly").priority == "elderly"


def test_an_emergency_goes_before_a_priority_and_both_before_who_came_earlier(
    citizen: Citizen, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    """Law 15/2023/QH15, Article 3 (not compared with the text)."""
    plain = let_in(citizen, clerk)
    old = let_in(
        person(clerk, communes[0], "Lò Văn Già"),
        clerk,
        at=AT + timedelta(minutes=5),
        priority="merit",
    )
    urgent = let_in(
        person(clerk, communes[0], "Vì Thị Gấp"),
        clerk,
        at=AT + timedelta(minutes=9),
        priority="emergency",
    )
    day = day_of(station, ON, sees_sensitive=True)
    assert [row.visit for row in day.waiting] == [urgent, old, plain]
    following = day.next_in()
    assert following is not None
    assert following.visit == urgent
