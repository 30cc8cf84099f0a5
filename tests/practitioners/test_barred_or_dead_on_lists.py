"""Who is barred from practising, or has died, is told so wherever what is due of them is told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from portal.scope import Scope
from practitioners import services
from practitioners.models import Practitioner
from practitioners.staff import groups_of, members_of
from tests.practitioners.law import bar, load_law
from tests.practitioners.registered import make_registered

TODAY = timezone.localdate()
FIRST = TODAY - timedelta(days=5)


@pytest.fixture
def who(hospital: Organisation) -> Practitioner:
    load_law()
    return make_registered("Sùng A Lử", hospital)


def bar_until(
    who: Practitioner, days: int | None, *, since: int = -5, number: str = "12/2026/HS-ST"
) -> None:
    """Bar somebody until so many days from today."""
    bar(
        who,
        services.Decision(TODAY + timedelta(days=since), number, TODAY + timedelta(days=since)),
        services.Measure(
            "barred", valid_until=None if days is None else TODAY + timedelta(days=days)
        ),
    )


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (30, f"đến hết {TODAY + timedelta(days=30):%d/%m/%Y} theo quyết định 12/2026/HS-ST"),
        (None, "theo quyết định 12/2026/HS-ST, không ghi ngày hết hạn"),
    ],
)
def test_a_facility_s_list_says_who_is_barred_by_which_decision_until_when(
    days: int | None, says: str, who: Practitioner, hospital: Organisation, sender: User
) -> None:
    bar_until(who, days)
    (member,) = members_of(Scope(frozenset({hospital.pk})), TODAY)
    assert str(member.chip.text) == "Bị cấm hành nghề"
    assert says in member.dues[0].text
    assert f"từ {FIRST:%d/%m/%Y}" in member.dues[0].text
    assert {"lacking", "license"} <= groups_of(member)
    page = client_of(sender).get(reverse("practitioners:staff")).content.decode()
    assert says in page
    assert "Còn hiệu lực" not in page


@pytest.mark.parametrize(("days", "since"), [(-1, -5), (30, 1)])
def test_a_ban_that_is_over_or_to_come_stops_nobody_today(
    days: int, since: int, who: Practitioner, hospital: Organisation
) -> None:
    bar_until(who, days, since=since)
    (member,) = members_of(Scope(frozenset({hospital.pk})), TODAY)
    assert str(member.chip.text) == "Còn hiệu lực"
    assert not [one for one in member.dues if one.code == "barred"]


def test_of_who_has_died_the_list_says_nothing_else(
    who: Practitioner, hospital: Organisation, sender: User
) -> None:
    Practitioner.objects.update(died_on=TODAY - timedelta(days=2))
    (member,) = members_of(Scope(frozenset({hospital.pk})), TODAY)
    assert str(member.chip.text) == "Đã mất"
    assert [one.code for one in member.dues] == ["died"]
    page = client_of(sender).get(reverse("practitioners:staff")).content.decode()
    assert f"mất ngày {TODAY - timedelta(days=2):%d/%m/%Y}" in page
    assert "Còn hiệu lực" not in page


def test_the_own_page_and_the_first_page_say_who_is_barred(
    who: Practitioner, clinician: User
) -> None:
    services.link_account(actor=None, practitioner=who, user=clinician, on=FIRST)
    bar_until(who, 30)
    client = client_of(clinician)
    own = client.get(reverse("practitioners:my-profile"))
    assert str(own.context["chip"].text) == "Bị cấm hành nghề"
    assert own.context["dues"][0].code == "barred"
    assert "12/2026/HS-ST" in own.content.decode()
    assert "12/2026/HS-ST" in client.get("/").content.decode()


def test_the_own_page_takes_as_many_queries_for_one_ban_as_for_three(
    who: Practitioner, clinician: User
) -> None:
    services.link_account(actor=None, practitioner=who, user=clinician, on=FIRST)
    bar_until(who, 30)
    client = client_of(clinician)
    client.get(reverse("practitioners:my-profile"))
    counts = []
    for more in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("practitioners:my-profile"))
        counts.append(len(asked))
        bar_until(who, 40, number=f"13-{more}/2026/HS-ST")
    assert counts[0] == counts[1]


def test_the_list_takes_as_many_queries_however_many_are_barred(
    who: Practitioner, hospital: Organisation
) -> None:
    scope = Scope(frozenset({hospital.pk}))
    bar_until(who, 30)
    members_of(scope, TODAY)
    with CaptureQueriesContext(connection) as one:
        members_of(scope, TODAY)
    for number in range(5):
        bar_until(make_registered(f"Sùng A {number}", hospital), 30)
    with CaptureQueriesContext(connection) as many:
        assert len(members_of(scope, TODAY)) == 6
    assert len(many) == len(one)
