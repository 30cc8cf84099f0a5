"""A page, another system and an exported list ask the same: care opens a record, consent does not.

Decree 102/2025/NĐ-CP and Law 91/2025/QH15 (read second-hand): care rests on law and asks no consent;
what rests on consent ends with it, and whoever reads the record is told so.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import CareAccess, Citizen, Consent, DataRequest, Visit
from healthrecords.services.consents import is_allowed, purposes_on, withdraw_consent
from healthrecords.services.requests import complete_request, refuse_request
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_consents import ask
from tests.healthrecords.test_data_requests import LATER, head, receive

__all__ = ["ask", "head", "receive"]

Ask, Receive, Record = Callable[..., Consent], Callable[..., DataRequest], Callable[..., Visit]
SHARE = "share_other_facility"
DAY = timedelta(days=1)
WORDS = ("never asked", "given", "refused", "withdrawn", "asked back", "restricted")


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    """Works at another facility."""
    return make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def say(clerk: User, ask: Ask, receive: Receive, head: User) -> Callable[[str], None]:
    """Let the person say something of sharing with other facilities."""

    def restrict() -> None:
        asked = receive(kind="restrict", asked="hạn chế xử lý")
        complete_request(actor=head, request=asked, on=ON, answer="đã hạn chế", at=LATER)

    def say_it(word: str) -> None:
        consent = None
        if word != "never asked":
            answer = "refused" if word == "refused" else "given"
            consent = ask(purpose=SHARE, answer=answer, given_on=ON - DAY)
        if word == "withdrawn" and consent is not None:
            withdraw_consent(actor=clerk, consent=consent, withdrawn_on=ON, proof="đơn", at=AT)
        elif word == "asked back":
            receive(kind="withdraw", purpose=SHARE)
        elif word == "restricted":
            restrict()

    return say_it


def told_by_api(client: Any, citizen: Citizen) -> dict[str, Any]:
    """Return what another system reads of a person: by number, by key, and their visits."""
    found = client.get("/api/v1/citizens/?identifier=011162004137").json()["results"]
    rows = client.get(f"/api/v1/visits/?citizen={citizen.pk}").json()["results"]
    return {
        "searched": [row["id"] for row in found],
        "listed": [row["id"] for row in client.get("/api/v1/citizens/").json()["results"]],
        "read": client.get(f"/api/v1/citizens/{citizen.pk}/").status_code,
        "visits": {row["id"] for row in rows},
        "each": {
            str(visit.pk): client.get(f"/api/v1/visits/{visit.pk}/").status_code
            for visit in citizen.visits.all()
        },
    }


@pytest.mark.parametrize("word", WORDS)
def test_no_word_of_the_person_opens_a_record_to_who_does_not_care_for_them(
    word: str, citizen: Citizen, record: Record, doctor: User, say: Callable[[str], None]
) -> None:
    visit = record(citizen)
    say(word)
    client = logged_in(doctor)
    assert client.get(record_url(citizen)).status_code == 403
    assert told_by_api(client, citizen) == {
        "searched": [],
        "listed": [],
        "read": 404,
        "visits": set(),
        "each": {str(visit.pk): 404},
    }


@pytest.mark.parametrize("word", WORDS)
def test_no_word_closes_it_to_who_does_and_each_facility_hands_out_its_own_visits(
    word: str,
    citizen: Citizen,
    clerk: User,
    record: Record,
    doctor: User,
    say: Callable[[str], None],
) -> None:
    """Hidden from who treats, an allergy or a medicine does harm."""
    at_station = record(citizen, "I10")
    services.break_glass(user=doctor, citizen=citizen, reason="đưa đến cấp cứu", at=AT)
    at_hospital = record(citizen, "J02", actor=doctor)
    say(word)
    key = str(citizen.pk)
    for user, own, other in ((doctor, at_hospital, at_station), (clerk, at_station, at_hospital)):
        client = logged_in(user)
        page = client.get(record_url(citizen))
        assert page.status_code == 200
        assert {"I10", "J02"} <= set(text_of(page).replace(",", " ").split())
        assert told_by_api(client, citizen) == {
            "searched": [key],
            "listed": [key],
            "read": 200,
            "visits": {str(own.pk)},
            "each": {str(own.pk): 200, str(other.pk): 404},
        }


def test_glass_opens_the_page_for_hours_and_nothing_to_a_machine(
    citizen: Citizen, record: Record, doctor: User, say: Callable[[str], None]
) -> None:
    record(citizen)
    say("restricted")
    at = timezone.now()
    services.break_glass(user=doctor, citizen=citizen, reason="đưa đến cấp cứu", at=at)
    client = logged_in(doctor)
    assert client.get(record_url(citizen)).status_code == 200
    assert told_by_api(client, citizen)["read"] == 404
    assert CareAccess.objects.get(user=doctor).ground == "glass"


@pytest.mark.parametrize("word", WORDS)
def test_another_system_is_told_what_the_page_tells(
    word: str, citizen: Citizen, clerk: User, say: Callable[[str], None]
) -> None:
    say(word)
    client = logged_in(clerk)
    told = client.get(f"/api/v1/citizens/{citizen.pk}/").json()
    listed = client.get("/api/v1/citizens/").json()["results"]
    assert listed == [told]
    assert told["consents"] == ([SHARE] if word == "given" else [])
    assert told["processing_restricted"] is (word == "restricted")
    page = text_of(client.get(record_url(citizen)))
    assert ("Đang hạn chế xử lý" in page) is told["processing_restricted"]


@pytest.mark.parametrize("word", ["given", "restricted"])
def test_a_list_and_its_export_name_whose_processing_is_restricted(
    word: str, citizen: Citizen, head: User, say: Callable[[str], None]
) -> None:
    say(word)
    client = logged_in(head)
    listed = text_of(client.get(reverse("admin:healthrecords_citizen_changelist")))
    url = reverse("admin:healthrecords_citizen_export")
    file = b"".join(client.get(url, {"tep": "csv"}).streaming_content).decode()
    assert citizen.name in file
    for text in (listed, file):
        assert ("Đang hạn chế xử lý" in text) is (word == "restricted")


def test_a_list_of_people_costs_the_same_however_much_they_said(
    citizen: Citizen,
    clerk: User,
    station: Organisation,
    communes: list[Area],
    say: Callable[[str], None],
) -> None:
    client = logged_in(clerk)

    def cost(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        return len(asked)

    urls = ("/api/v1/citizens/", reverse("admin:healthrecords_citizen_changelist"))
    few = [cost(url) for url in urls]
    for word in WORDS:
        say(word)
    for n in range(4):
        person = services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], name=f"Lò Thị {chr(65 + n)}", numbers=[]),
            client_key=uuid7(),
            at=AT,
            not_twins=frozenset(Citizen.objects.values_list("pk", flat=True)),
        ).row
        row = Consent.objects.filter(answer="given").values().first()
        assert row is not None
        Consent.objects.create(
            **{**row, "id": uuid7(), "client_key": uuid7(), "citizen_id": person.pk}
        )
    assert [cost(url) for url in urls] == few


DAYS = st.integers(0, 6).map(lambda n: ON - n * DAY)
SAYINGS = st.lists(
    st.one_of(
        st.tuples(
            st.just("consent"), DAYS, st.sampled_from(["given", "refused"]), st.none() | DAYS
        ),
        st.tuples(
            st.just("withdraw"), DAYS, st.sampled_from(["", "done", "refused"]), st.just(None)
        ),
        st.tuples(st.just("restrict"), DAYS, st.sampled_from(["", "done"]), st.just(None)),
    ),
    max_size=5,
)


@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAYINGS, months=st.booleans())
def test_what_is_asked_of_many_and_what_is_said_of_one_are_one_rule(
    citizen: Citizen,
    clerk: User,
    head: User,
    ask: Ask,
    receive: Receive,
    said: Any,
    *,
    months: bool,
) -> None:
    purpose = "share_insurer" if months else "research"
    with transaction.atomic():
        _say_all(said, purpose, clerk, head, ask, receive)
        for on in [*(ON - n * DAY for n in range(-1, 8)), date(2028, 1, 1)]:
            rows = Consent.objects.filter(citizen=citizen).allowing(on)
            assert set(rows.values_list("purpose", flat=True)) == {
                entry.code
                for entry in purposes_on(on)
                if is_allowed(citizen=citizen, purpose=entry.code, on=on)
            }
        transaction.set_rollback(True)


def _say_all(said: Any, purpose: str, clerk: User, head: User, ask: Ask, receive: Receive) -> None:
    for kind, day, how, ended in said:
        if kind == "consent":
            row = ask(purpose=purpose, answer=how, given_on=day)
            if how == "given" and ended is not None and ended >= day:
                withdraw_consent(actor=clerk, consent=row, withdrawn_on=ended, proof="", at=AT)
            continue
        about = {"purpose": purpose} if kind == "withdraw" else {}
        asked = receive(kind=kind, received_on=day, **about)
        done: dict[str, Any] = {"actor": head, "request": asked, "on": min(day + DAY, ON), "at": AT}
        if how == "done":
            complete_request(**done, answer="đã ghi")
        elif how == "refused":
            refuse_request(**done, reason="không phải người đại diện", basis="Luật 91/2025/QH15")
