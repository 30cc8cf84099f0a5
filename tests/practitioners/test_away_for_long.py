"""The department is told who stopped practising 18 months ago; 24 are a ground (article 35(1))."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.dates import months_later
from portal.places.models import Organisation
from portal.scope import Scope
from practitioners.away import away_for_long, clock_of
from practitioners.models import LicenseEvent, PracticePeriod, Practitioner
from practitioners.pages.person import continuity_of
from practitioners.rules import rules_on
from practitioners.services import link_account
from practitioners.whole import whole_of
from tests.practitioners.given import World, pending
from tests.practitioners.law import day, load_law
from tests.practitioners.registered import give_license, make_registered, register_at

TODAY = timezone.localdate()
SINCE = months_later(TODAY, -60)


@pytest.fixture
def stopped(hospital: Organisation, department: Organisation) -> Any:
    """Make somebody of the department who practised until some months ago."""
    load_law()

    def make(name: str, months: int, keeper: Organisation = department) -> Practitioner:
        person = make_registered(
            name,
            hospital,
            issued_on=SINCE,
            registered_from=SINCE,
            registered_until=months_later(TODAY, -months),
        )
        Practitioner.objects.filter(pk=person.pk).update(keeper=keeper)
        return person

    return make


@pytest.mark.parametrize(
    ("completed", "state"), [("10/11/2026", "warned"), ("05/11/2026", "practising")]
)
def test_on_a_day_a_registration_not_complete_by_then_was_no_practice(
    completed: str, state: str, hospital: Organisation, station: Organisation
) -> None:
    load_law()
    world = World(hospital, station)
    pending(completed)(world)
    world.who.licenses.update(issued_on=day("01/04/2025"))
    on = day("05/11/2026")
    clocks = (
        clock_of(world.who, on, rules_on(on)),
        continuity_of(whole_of(world.who), on, rules_on(on)),
    )
    assert [str(clock.state) for clock in clocks] == [state, state]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def listed(user: User) -> dict[str, str]:
    answer = client_of(user).get(reverse("practitioners:away"))
    return {line["person"].name: str(line["clock"].state) for line in answer.context["lines"]}


def test_who_stopped_is_listed_from_month_18_and_marked_from_month_24(
    stopped: Any, hospital: Organisation, licensing_officer: User, foreign_officer: User
) -> None:
    stopped("Lò Văn Mới", 17)
    warned, ground = stopped("Lò Văn Lâu", 19), stopped("Lò Văn Rất Lâu", 25)
    back = stopped("Lò Văn Trở Lại", 25)
    make_registered("Quàng Văn Làm", hospital)
    PracticePeriod.objects.create(
        practitioner=back, place_text="Bệnh viện Bạch Mai", valid_from=months_later(TODAY, -2)
    )
    assert listed(licensing_officer) == {"Lò Văn Rất Lâu": "ground", "Lò Văn Lâu": "warned"}
    assert listed(foreign_officer) == {}
    log = AccessLog.objects.filter(ground="continuity").earliest("at")
    assert set(log.people) == {warned.pk, ground.pk}


def test_training_in_a_speciality_stops_the_clock_in_the_list_too(
    stopped: Any, licensing_officer: User
) -> None:
    person = stopped("Lò Văn Học", 25)
    PracticePeriod.objects.create(
        practitioner=person,
        kind="specialist",
        place_text="Trường Đại học Y Hà Nội",
        valid_from=months_later(TODAY, -20),
        valid_until=months_later(TODAY, -4),
    )
    assert listed(licensing_officer) == {"Lò Văn Học": "away"}


def test_the_list_asks_as_often_for_one_as_for_many_and_only_who_reviews_sees_it(
    stopped: Any, licensing_officer: User, sender: User
) -> None:
    stopped("Lò Văn A", 20)
    client, address = client_of(licensing_officer), reverse("practitioners:away")
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(6):
        stopped(f"Lò Văn B{number}", 20 + number)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(one) <= 19
    assert client_of(sender).get(address).status_code == 403


def test_the_practitioner_is_warned_on_their_own_page(stopped: Any, clinician: User) -> None:
    person = stopped("Đỗ Quang Hưng", 19)
    link_account(actor=None, practitioner=person, user=clinician, on=TODAY - timedelta(days=9))
    answer = client_of(clinician).get(reverse("practitioners:my-profile"))
    (due,) = [one for one in answer.context["dues"] if one.code.startswith("practice")]
    last = person.registrations.get().valid_until
    assert (due.code, due.until) == ("practice_warned", months_later(last, 24))
    assert f"{last:%d/%m/%Y}" in due.text


def licensed(name: str, months: int, keeper: Organisation, **facts: Any) -> Practitioner:
    """Make somebody who has held a licence for some months and was never registered anywhere."""
    person = make_registered(name, issued_on=months_later(TODAY, -months), **facts)
    Practitioner.objects.filter(pk=person.pk).update(keeper=keeper)
    return person


def test_who_never_practised_is_listed_from_the_first_licence_on(
    department: Organisation, licensing_officer: User
) -> None:
    """24 months without practice begin with the licence (Law 15/2023/QH15, article 35(1))."""
    load_law()
    licensed("Lò Văn Mới", 17, department)
    licensed("Lò Văn Chờ", 19, department)
    old = licensed("Lò Văn Chưa", 30, department)
    old.licenses.update(superseded_on=months_later(TODAY, -3))
    give_license(old, issued_on=months_later(TODAY, -3))
    assert listed(licensing_officer) == {"Lò Văn Chưa": "ground", "Lò Văn Chờ": "warned"}
    text = client_of(licensing_officer).get(reverse("practitioners:away")).content.decode()
    assert f"tính từ giấy phép ngày {months_later(TODAY, -30):%d/%m/%Y}" in text


def test_a_registration_that_waits_or_begins_later_is_no_practice(
    stopped: Any, hospital: Organisation, licensing_officer: User
) -> None:
    waits, begins = stopped("Lò Văn Đợi", 20), stopped("Lò Văn Sắp", 19)
    row = register_at(waits, hospital, registered_from=TODAY - timedelta(days=9))
    row.announced_on = TODAY - timedelta(days=2)
    row.save()
    register_at(begins, hospital, registered_from=TODAY + timedelta(days=9))
    assert listed(licensing_officer) == {"Lò Văn Đợi": "warned", "Lò Văn Sắp": "warned"}


def test_whose_licence_is_revoked_already_is_not_listed_unless_it_was_given_back(
    stopped: Any, licensing_officer: User
) -> None:
    gone, back = stopped("Lò Văn Thôi", 25), stopped("Lò Văn Lại", 25)
    for person, kinds in ((gone, ["revoked"]), (back, ["revoked", "reinstated"])):
        for ago, kind in enumerate(kinds):
            LicenseEvent.objects.create(
                license=person.licenses.get(),
                kind=kind,
                decision_no="118/QĐ-SYT",
                decided_on=TODAY - timedelta(days=9),
                valid_from=TODAY - timedelta(days=9 - ago),
            )
    assert listed(licensing_officer) == {"Lò Văn Lại": "ground"}


@pytest.mark.parametrize(
    ("acts", "months", "state"),
    [
        (["revoked"], 3, "away"),
        (["revoked"], 19, "warned"),
        (["revoked", "reinstated"], 3, "ground"),
        ([], 3, "ground"),
    ],
    ids=["revoked", "revoked long ago", "given back", "replaced only"],
)
def test_the_clock_begins_anew_with_a_licence_given_after_another_was_revoked(
    acts: list[str],
    months: int,
    state: str,
    stopped: Any,
    licensing_officer: User,
) -> None:
    """No licence is revoked for months in which its holder had none (article 35(1))."""
    person = stopped("Lò Văn Lại", 25)
    old = person.licenses.get()
    given = months_later(TODAY, -months)
    for ago, kind in enumerate(acts):
        LicenseEvent.objects.create(
            license=old,
            kind=kind,
            decision_no="118/QĐ-SYT",
            decided_on=given - timedelta(days=60),
            valid_from=given - timedelta(days=60 - ago),
        )
    old.superseded_on = given
    old.save()
    give_license(person, issued_on=given)
    rules = rules_on(TODAY)
    clock = clock_of(person, TODAY, rules)
    assert clock.state == state
    expected = {} if state == "away" else {"Lò Văn Lại": state}
    assert listed(licensing_officer) == expected
    if acts == ["revoked"]:
        assert (clock.last, clock.is_certain) == (given, False)
        assert clock.ground_on == months_later(given, 24)
    assert continuity_of(whole_of(person), TODAY, rules) == clock


def test_months_that_end_in_february_are_over_on_its_last_day(
    hospital: Organisation, department: Organisation
) -> None:
    load_law()
    on = date(2027, 2, 28)
    person = make_registered(
        "Lò Văn Tháng", hospital, issued_on=date(2020, 1, 1), registered_until=date(2025, 8, 31)
    )
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    rules, everywhere = rules_on(on), Scope(everything=True)
    assert list(away_for_long(everywhere, on, rules)) == [person]
    assert clock_of(person, on, rules).state == "warned"
    assert not away_for_long(everywhere, on - timedelta(days=1), rules)


def test_who_never_practised_is_warned_on_their_own_page(
    department: Organisation, clinician: User
) -> None:
    load_law()
    person = licensed("Đỗ Quang Hưng", 25, department)
    link_account(actor=None, practitioner=person, user=clinician, on=TODAY - timedelta(days=9))
    answer = client_of(clinician).get(reverse("practitioners:my-profile"))
    (due,) = [one for one in answer.context["dues"] if one.code.startswith("practice")]
    issued = person.licenses.get().issued_on
    assert (due.code, due.until) == ("practice_ground", months_later(issued, 24))
    assert f"{issued:%d/%m/%Y}" in due.text
