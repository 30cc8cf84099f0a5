"""In every order of the queue: which profile is first, which stands before one, which after it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import ProfileSubmission
from tests.practitioners.conftest import AT, Send

# What each waiting profile is, in the order they were sent: at the station, the worst of its checks,
# its due day.
WAITING = (
    (False, "pass", "2026-11-20"),
    (True, "fail", "2026-11-12"),
    (False, "ask", "2026-11-10"),
    (True, "fail", "2026-11-11"),
    (False, "pass", None),
)
# By due day; by age; wrong ones first; the hospital before the station (Bệnh viện, Trạm).
ORDERS = {
    "": (2, 3, 1, 0, 4),
    "age": (0, 1, 2, 3, 4),
    "risk": (3, 1, 2, 0, 4),
    "facility": (2, 0, 4, 3, 1),
}


@pytest.fixture
def waiting(send: Send, station: Organisation, station_head: User) -> list[ProfileSubmission]:
    sent = []
    for n, (is_station, worst, due_on) in enumerate(WAITING):
        by = {"facility": station, "actor": station_head} if is_station else {}
        row = send(
            name=f"Lò Văn Số {n}",
            identifier=f"0110780{n:05d}",
            license_number=f"00{1000 + n}/ĐB-GPHN",
            at=AT + timedelta(minutes=n),
            **by,
        )
        ProfileSubmission.objects.filter(pk=row.pk).update(worst=worst, due_on=due_on)
        sent.append(row)
    return sent


def desk_of(row: ProfileSubmission) -> str:
    return reverse("practitioners:desk", args=[row.pk])


@pytest.mark.parametrize("order", ORDERS)
def test_the_queue_is_walked_forth_and_back_in_its_order(
    waiting: list[ProfileSubmission], licensing_officer: User, order: str
) -> None:
    client = Client()
    client.force_login(licensing_officer)
    chosen = f"?order={order}" if order else ""
    line = [desk_of(waiting[n]) + chosen for n in ORDERS[order]]
    opened = client.get(reverse("practitioners:desk-queue") + chosen)
    assert opened.headers["Location"] == line[0]
    for place, here in enumerate(line):
        shown = client.get(here).context
        assert shown["before"] == (line[place - 1] if place else "")
        assert shown["after"] == line[(place + 1) % len(line)]  # after the last, the first again


@pytest.mark.parametrize("order", ORDERS)
def test_a_decision_leads_to_the_next_of_the_order(
    waiting: list[ProfileSubmission], licensing_officer: User, order: str
) -> None:
    client = Client()
    client.force_login(licensing_officer)
    chosen = f"?order={order}" if order else ""
    line = [waiting[n] for n in ORDERS[order]]
    sent = {"_return": "1", "version": "1", "reason_code": "evidence_differs", "reason": "Mờ"}
    for decided, following in ((2, 3), (0, 1), (4, 1)):
        answer = client.post(desk_of(line[decided]) + chosen, sent)
        assert answer.headers["Location"] == desk_of(line[following]) + chosen
