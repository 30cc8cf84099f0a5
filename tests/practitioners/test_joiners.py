"""Who joins a known staff is announced by sending, complete by verifying; the law's terms count."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from portal.scope import scope_of
from practitioners import services
from practitioners.models import Practitioner, ProfileSource, ProfileSubmission, Registration
from practitioners.practising import may_practise
from practitioners.public.facts import facts_of
from practitioners.staff_clocks import Clock, clocks_of
from tests.practitioners.conftest import AT, Send
from tests.practitioners.law import day, load_law, when

pytestmark = pytest.mark.django_db
JOINER = {
    "name": "Giàng A Páo",
    "birth_date": "02/09/1990",
    "identifier": "011090004321",
    "license_number": "002002/ĐB-GPHN",
    "diploma_number": "B 654321",
    "registered_from": "10/11/2026",
}
SENT = AT + timedelta(days=7)
DECIDED = AT + timedelta(days=11)


@pytest.fixture
def clocks(sender: User, verified: Practitioner) -> Callable[[str], list[Clock]]:
    """Return the hospital's terms as of a day; its first person was verified on 05/11/2026."""
    load_law()
    return lambda on: clocks_of(scope_of(sender, "submit_practitioners"), day(on))


def decide(row: ProfileSubmission, officer: User, at: datetime = DECIDED) -> Registration:
    done = services.verify_all_passing(submission_id=row.pk, version=1, actor=officer, at=at)
    assert done.practitioner is not None
    return done.practitioner.registrations.get()


def test_the_first_list_of_a_facility_says_nothing_of_when_its_people_were_announced(
    verified: Practitioner, hospital: Organisation
) -> None:
    """They practised there before the register knew; their past days stay answered."""
    row = verified.registrations.get()
    assert (row.added_on, row.announced_on, row.completed_on) == (None, None, None)


def test_a_joiner_s_days_are_written_by_the_acts_that_fulfil_them(
    clocks: Any, send: Send, licensing_officer: User, hospital: Organisation
) -> None:
    """Sent on 12/11 and verified on 16/11/2026; before that day nobody may practise (article 36)."""
    row = decide(send(at=SENT, **JOINER), licensing_officer)
    assert (row.added_on, row.announced_on, row.completed_on) == (
        date(2026, 11, 10),
        date(2026, 11, 12),
        date(2026, 11, 16),
    )

    def answered(at: str) -> tuple[str, tuple[str, ...]]:
        asked = {"practitioner": row.practitioner, "facility": hospital, "moments": [when(at)]}
        found = may_practise(**asked)  # type: ignore[arg-type]
        return found.verdict, found.reasons

    assert answered("13/11/2026 09:00") == ("no", ("registration_pending",))
    assert answered("16/11/2026 09:00") == ("yes", ())
    found = {on: facts_of([row.practitioner_id], day(on)) for on in ("13/11/2026", "16/11/2026")}
    shown = [[p.name for p in one[row.practitioner_id].places] for one in found.values()]
    assert shown == [[], [hospital.name]]


def test_a_later_change_keeps_the_days_of_the_joiner(
    clocks: Any, send: Send, licensing_officer: User
) -> None:
    first = decide(send(at=SENT, **JOINER), licensing_officer)
    later = send(at=DECIDED, **JOINER | {"hours": "T2 đến T6, 17:30 đến 20:00"})
    services.verify_item(
        submission_id=later.pk,
        key="registration",
        version=1,
        actor=licensing_officer,
        at=DECIDED + timedelta(days=2),
    )
    old, new = first.practitioner.registrations.order_by("valid_from")
    assert old.pk == first.pk
    assert (new.announced_on, new.completed_on) == (first.announced_on, first.completed_on)
    words = ProfileSource.objects.filter(field="registration.completed_on")
    said = {(row.row_id, row.value, row.verified_by, row.verified_at) for row in words}
    assert said == {(row.pk, "2026-11-16", licensing_officer, DECIDED) for row in (old, new)}


def test_the_department_s_term_runs_from_the_sending_and_ends_with_the_verification(
    clocks: Any, send: Send, licensing_officer: User
) -> None:
    """Five working days: sent on Thursday 12/11/2026, due on Thursday 19/11/2026."""
    assert clocks("12/11/2026") == []
    row = send(at=SENT, **JOINER)
    (clock,) = clocks("13/11/2026")
    assert (clock.code, clock.name, clock.due_on, clock.is_ours) == (
        "publish_list",
        "Giàng A Páo",
        date(2026, 11, 19),
        False,
    )
    decide(row, licensing_officer)
    assert clocks("16/11/2026") == []


def test_a_joiner_who_came_back_is_due_within_ten_days_of_joining(
    clocks: Any, send: Send, licensing_officer: User, sender: User
) -> None:
    """Began on 10/11/2026: the mended list is due by 20/11, and sending it ends the term."""
    row = services.return_profile(
        submission_id=send(at=SENT, **JOINER).pk,
        version=1,
        reason_code="license_wrong",
        reason="Số giấy phép không khớp.",
        actor=licensing_officer,
        at=SENT,
    )
    (clock,) = clocks("13/11/2026")
    assert (clock.code, clock.due_on, clock.left, clock.is_ours) == (
        "join_list",
        date(2026, 11, 20),
        7,
        True,
    )
    client = Client()
    client.force_login(sender)
    page = client.get(reverse("practitioners:staff")).content.decode()
    assert f"?again={row.pk}" in page
    send(at=SENT + timedelta(days=1), supersedes=row, **JOINER)
    (clock,) = clocks("13/11/2026")
    assert clock.code == "publish_list"
