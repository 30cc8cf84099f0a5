"""An insurance card moves care from its first day on, and the one that begins last says whereto."""

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.access import ground_of
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
OLD, NEW = "DN4011123456789", "HN2011123456789"
THIS_YEAR = date(2026, 1, 1), date(2026, 12, 31)
NEXT_YEAR = date(2027, 1, 1), date(2027, 12, 31)


@pytest.fixture
def person(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    row: Citizen = services.register_citizen(
        actor=clerk, place=station, entry=entry_of(communes[0]), client_key=uuid7(), at=AT
    ).row
    return row


@pytest.fixture
def keep(clerk: User, person: Citizen) -> Any:
    spoken = Spoken(Source.TYPED, AT, clerk, clerk.place_of_work)

    def keep_it(place: Organisation, days: tuple[Any, Any], number: str = OLD) -> Coverage:
        entry = CoverageEntry(number, registered_at=place, valid_from=days[0], valid_until=days[1])
        return keep_coverage(person, entry, spoken=spoken)

    return keep_it


def terms(person: Citizen) -> dict[Organisation, tuple[date, date | None]]:
    rows = CareRelation.objects.filter(citizen=person, ground="insurance")
    return {row.organisation: (row.since, row.until) for row in rows}


def caring(person: Citizen, on: date) -> set[Organisation]:
    rows = CareRelation.objects.holding(on).filter(citizen=person, ground="insurance")
    return {row.organisation for row in rows}


def test_a_card_of_the_next_year_moves_care_on_its_first_day_and_not_before(
    person: Citizen, keep: Any, hospital: Organisation, other_station: Organisation
) -> None:
    keep(hospital, THIS_YEAR)
    keep(other_station, NEXT_YEAR)
    assert terms(person) == {
        hospital: (ON, date(2026, 12, 31)),
        other_station: (date(2027, 1, 1), date(2027, 12, 31)),
    }
    assert caring(person, ON) == {hospital}
    assert caring(person, date(2026, 12, 31)) == {hospital}
    assert caring(person, date(2027, 1, 1)) == {other_station}
    later = AT + timedelta(days=57)  # 01/01/2027
    assert (ground_of(hospital, person, AT), ground_of(other_station, person, AT)) == (
        "insurance",
        "",
    )
    assert ground_of(other_station, person, later) == "insurance"


def test_a_card_without_an_end_gives_way_the_day_before_the_next_one(
    person: Citizen, keep: Any, hospital: Organisation, other_station: Organisation
) -> None:
    keep(hospital, (date(2026, 1, 1), None))
    keep(other_station, NEXT_YEAR)
    assert terms(person)[hospital] == (ON, date(2026, 12, 31))


def test_the_older_of_two_cards_moves_no_care(
    person: Citizen, keep: Any, hospital: Organisation, other_station: Organisation
) -> None:
    keep(hospital, (date(2026, 6, 1), date(2026, 12, 31)))
    before = terms(person)
    keep(other_station, THIS_YEAR, NEW)
    assert terms(person) == before
    assert Coverage.objects.count() == 2


def test_a_card_that_holds_already_moves_care_today(
    person: Citizen, keep: Any, hospital: Organisation, other_station: Organisation
) -> None:
    keep(hospital, THIS_YEAR)
    keep(other_station, (date(2026, 11, 1), None), NEW)
    assert terms(person) == {hospital: (ON, ON), other_station: (ON, None)}


def test_a_card_of_the_next_year_set_right_gives_nobody_care_who_was_named_by_mistake(
    person: Citizen,
    keep: Any,
    hospital: Organisation,
    other_station: Organisation,
    station: Organisation,
) -> None:
    keep(hospital, THIS_YEAR)
    keep(other_station, NEXT_YEAR)
    keep(station, NEXT_YEAR)
    assert caring(person, date(2027, 1, 1)) == {station}
    assert caring(person, ON) == {hospital}


def test_the_first_day_of_a_card_set_right_moves_the_beginning(
    person: Citizen, keep: Any, hospital: Organisation, other_station: Organisation
) -> None:
    keep(hospital, (date(2026, 1, 1), date(2027, 6, 30)))
    row = keep(other_station, NEXT_YEAR)
    row.valid_from = date(2027, 3, 1)
    row.save()
    keep(other_station, (date(2027, 3, 1), date(2027, 12, 31)))
    assert caring(person, date(2027, 2, 28)) == {hospital}
    assert caring(person, date(2027, 3, 1)) == {other_station}


days = st.dates(date(2026, 9, 1), date(2027, 3, 1))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
)
@given(cards=st.lists(st.tuples(st.integers(0, 2), days, st.none() | days), max_size=4))
def test_whatever_cards_are_written_nobody_cares_before_a_card_of_theirs_begins(
    person: Citizen,
    keep: Any,
    hospital: Organisation,
    other_station: Organisation,
    station: Organisation,
    cards: list[tuple[int, date, date | None]],
) -> None:
    CareRelation.objects.filter(citizen=person, ground="insurance").delete()
    Coverage.objects.all().delete()
    places = (hospital, other_station, station)
    for at, begin, end in cards:
        if end is None or end >= begin:
            keep(places[at], (begin, end))
    held: dict[Organisation, list[Coverage]] = {}
    for card in Coverage.objects.all():
        held.setdefault(card.registered_at, []).append(card)
    for place, (since, until) in terms(person).items():
        if place not in held:  # its card was set right and names another place
            assert until is not None
            assert until <= ON or until < since
            continue
        begins = min(card.valid_from for card in held[place])
        ends = [card.valid_until or date.max for card in held[place]]
        assert since >= max(ON, begins)
        assert (until or date.max) <= max(*ends, ON)


def test_the_form_says_that_two_cards_are_valid_on_the_same_days_and_keeps_both(
    person: Citizen, keep: Any, clerk: User, hospital: Organisation
) -> None:
    keep(hospital, (date(2026, 6, 1), date(2026, 12, 31)))
    client = logged_in(clerk)
    client.get(record_url(person))
    url = reverse("admin:healthrecords_citizen_mend", args=[person.pk])
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "insurance": NEW,
        "card_from": "01/01/2026",
        "card_until": "31/12/2026",
    }
    page = text_of(client.post(url, said, follow=True))
    assert "Thẻ BHYT DN4011123456789 (01/06/2026–31/12/2026" in page
    assert Coverage.objects.count() == 2
    again = fields_of(client.get(url), "citizen_form")
    assert "Thẻ BHYT DN4" not in text_of(client.post(url, again, follow=True))
    assert Coverage.objects.count() == 2


@pytest.mark.parametrize("has_first_day", [True, False])
def test_care_that_a_card_of_a_later_day_moved_at_once_goes_back_until_that_day(
    person: Citizen,
    hospital: Organisation,
    other_station: Organisation,
    station: Organisation,
    has_first_day: bool,
) -> None:
    today = timezone.localdate()
    written, begins = today - timedelta(days=9), today + timedelta(days=30)
    for place, begin, last in (
        (
            hospital,
            today - timedelta(days=300) if has_first_day else None,
            today + timedelta(days=60),
        ),
        (other_station, begins, None),
    ):
        Coverage.objects.create(
            citizen=person, number=OLD, registered_at=place, valid_from=begin, valid_until=last
        )
    for place, since, until in (
        (hospital, today - timedelta(days=300), written),
        (other_station, written, None),
        (station, today - timedelta(days=400), today - timedelta(days=200)),
    ):
        CareRelation.objects.create(
            citizen=person, organisation=place, ground="insurance", since=since, until=until
        )
    migration = import_module("healthrecords.migrations.0052_care_waits_for_its_card").Migration
    with connection.cursor() as cursor:
        for operation in migration.operations:
            cursor.execute(operation.sql)
    assert caring(person, today) == {hospital}
    assert caring(person, begins - timedelta(days=1)) == {hospital}
    assert caring(person, begins) == {other_station}
