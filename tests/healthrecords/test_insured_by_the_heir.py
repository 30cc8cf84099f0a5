"""Whoever continues for a place where people are insured cares for them as long as their cards hold."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilities.models import FacilitySuccession
from facilities.services import withdraw_succession
from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services import NumberEntry
from healthrecords.services.coverage import care_where_registered, keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.merging import LATER, fresh, join, part
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of
from tests.healthrecords.test_insured_while_joined import caring
from tests.healthrecords.test_people_follow_their_station import step_of

pytestmark = pytest.mark.usefixtures("few_lists")
CARD, OTHER = "DN4011123456789", "HN2011123456780"
THIS_YEAR = date(2026, 1, 1), date(2026, 12, 31)
NEXT_YEAR = date(2027, 1, 1), date(2027, 12, 31)
IN_DECEMBER, IN_JUNE = date(2026, 12, 1), date(2027, 6, 1)
DAYS_LATER = AT + timedelta(days=2)


@pytest.fixture
def who(register: Register) -> Citizen:
    return register(
        numbers=[NumberEntry("insurance_card", CARD), NumberEntry("insurance_number", CARD[-10:])]
    )


@pytest.fixture
def keep(clerk: User) -> Any:
    def keep_it(
        citizen: Citizen, place: Organisation, days: Any, number: str = CARD, at: Any = AT
    ) -> Coverage:
        entry = CoverageEntry(number, registered_at=place, valid_from=days[0], valid_until=days[1])
        (citizen,) = fresh([citizen])
        spoken = Spoken(Source.TYPED, at, clerk, clerk.place_of_work)
        return keep_coverage(citizen, entry, spoken=spoken)

    return keep_it


def relations() -> list[dict[str, Any]]:
    return list(CareRelation.objects.order_by("pk").values())


def test_a_new_phone_leaves_the_insured_of_a_merged_place_with_its_heir(
    who: Citizen, keep: Any, clerk: User, other_station: Organisation, hospital: Organisation
) -> None:
    keep(who, other_station, (date(2026, 1, 1), None))
    step_of(other_station, hospital)
    before = relations()
    client = logged_in(clerk)
    client.get(record_url(who))
    url = reverse("admin:healthrecords_citizen_mend", args=[who.pk])
    said = {**fields_of(client.get(url), "citizen_form"), "phone": "0912000417"}
    answer = client.post(url, said)
    assert answer.status_code == 302, text_of(answer)
    assert fresh([who])[0].phone == "0912000417"
    assert relations() == before
    assert hospital in caring(who, date(2099, 1, 1))


def test_the_same_card_saved_again_leaves_care_with_the_heir(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    keep(who, other_station, THIS_YEAR)
    step_of(other_station, hospital)
    before = relations()
    keep(who, other_station, THIS_YEAR, at=DAYS_LATER)
    assert relations() == before


def test_the_heir_cares_until_the_card_of_a_third_place_begins(
    who: Citizen,
    keep: Any,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
) -> None:
    keep(who, other_station, (date(2026, 1, 1), None))
    step_of(other_station, hospital)
    keep(who, station, NEXT_YEAR, at=DAYS_LATER)
    assert hospital in caring(who, date(2026, 12, 31))
    assert caring(who, date(2027, 1, 1)) == {station}


def test_a_card_of_the_heir_renews_that_of_the_place_before_it(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    keep(who, other_station, THIS_YEAR)
    step_of(other_station, hospital)
    keep(who, hospital, NEXT_YEAR, at=DAYS_LATER)
    assert hospital in caring(who, IN_DECEMBER)
    assert hospital in caring(who, IN_JUNE)


def test_a_card_that_names_a_closed_place_brings_care_to_its_heir(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    step = step_of(other_station, hospital)
    keep(who, other_station, THIS_YEAR, at=DAYS_LATER)
    assert hospital in caring(who, IN_DECEMBER)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=DAYS_LATER)
    assert caring(who, IN_DECEMBER) == {other_station}


def test_an_heir_that_has_a_card_of_its_own_cares_on_when_the_step_is_taken_back(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    keep(who, other_station, THIS_YEAR)
    step = step_of(other_station, hospital)
    keep(who, hospital, (date(2026, 11, 1), date(2027, 3, 31)), OTHER, at=DAYS_LATER)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=DAYS_LATER)
    assert caring(who, IN_DECEMBER) == caring(who, date(2027, 3, 31)) == {hospital}
    assert caring(who, date(2027, 4, 1)) == set()


def test_a_list_without_a_card_is_no_less_than_one(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    """The heir has whom a list named; a card written later elsewhere ends both, as of one place."""
    CareRelation.objects.create(
        citizen=who, organisation=other_station, ground="insurance", since=date(2026, 1, 1)
    )
    step = step_of(other_station, hospital)
    assert caring(who, IN_JUNE) == {other_station, hospital}
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=DAYS_LATER)
    assert caring(who, IN_JUNE) == {other_station}


def test_a_point_of_a_station_keeps_its_insured_and_the_station_has_its_own(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    keep(who, hospital, (date(2026, 1, 1), None))
    step_of(other_station, hospital, FacilitySuccession.Kind.DOWNGRADE)
    row = keep(who, other_station, NEXT_YEAR, OTHER, at=DAYS_LATER)
    assert caring(who, date(2026, 12, 31)) == {hospital}
    assert caring(who, IN_JUNE) == {other_station}
    before = relations()
    care_where_registered(row, at=DAYS_LATER)
    assert relations() == before


def test_more_cards_ask_no_more_questions(
    who: Citizen, keep: Any, other_station: Organisation, hospital: Organisation
) -> None:
    row = keep(who, other_station, THIS_YEAR)
    step_of(other_station, hospital)
    asked = []
    for years in (0, 6):
        for year in range(2027, 2027 + years):
            place = (hospital, other_station)[year % 2]
            keep(who, place, (date(year, 1, 1), date(year, 12, 31)), at=DAYS_LATER)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            care_where_registered(row, at=DAYS_LATER)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize("ground", ["insurance", "visit"])
@pytest.mark.parametrize("is_known", [True, False])
def test_the_heir_of_a_place_that_cared_for_one_of_two_joined_records_cares_for_that_one(
    who: Citizen,
    register: Register,
    clinician: User,
    other_station: Organisation,
    hospital: Organisation,
    ground: str,
    is_known: bool,
) -> None:
    """Also where the other one had something to do with the heir."""
    other = register(name="Quàng Thị Hạc", numbers=[])
    cared = [(other, other_station, None), (who, hospital, date(2026, 11, 30))]
    for citizen, place, until in cared[: 1 + is_known]:
        CareRelation.objects.create(
            citizen=citizen,
            organisation=place,
            ground=ground,
            since=date(2026, 1, 1),
            until=until,
        )
    merge = join(clinician, *fresh([who, other]))
    step_of(other_station, hospital)
    there = CareRelation.objects.holding(IN_DECEMBER).filter(organisation=hospital, ground=ground)
    assert who in {row.citizen for row in there}
    part(clinician, merge, at=LATER)
    assert other in {row.citizen for row in there.all()}
    if ground == "insurance" or not is_known:
        assert {row.citizen for row in there.all()} == {other}


@pytest.mark.parametrize("has_card", [True, False])
def test_a_step_taken_back_while_records_are_joined_is_taken_back_for_each_of_them(
    who: Citizen,
    register: Register,
    keep: Any,
    clinician: User,
    other_station: Organisation,
    hospital: Organisation,
    has_card: bool,
) -> None:
    other = register(name="Quàng Thị Hạc", numbers=[])
    for number, citizen in ((CARD, who), (OTHER, other)):
        if has_card:
            keep(citizen, other_station, (date(2026, 1, 1), None), number)
        else:
            CareRelation.objects.create(
                citizen=citizen, organisation=other_station, ground="insurance", since=THIS_YEAR[0]
            )
    before = step_of(other_station, hospital)
    if has_card:  # written after the step, it names the heir by the closed place alone
        keep(other, other_station, (date(2026, 2, 1), None), "HN2011123456781", at=LATER)
    merge = join(clinician, *fresh([who, other]), at=LATER)
    withdraw_succession(actor=None, step=before, reason="Nhầm trạm", at=DAYS_LATER)
    part(clinician, merge, at=DAYS_LATER + timedelta(hours=1))
    for citizen in (who, other):
        assert caring(citizen, IN_DECEMBER) == {other_station}


def test_a_step_while_records_are_joined_reaches_what_only_the_other_ones_card_had_ended(
    who: Citizen,
    register: Register,
    keep: Any,
    clinician: User,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
) -> None:
    other = register(name="Quàng Thị Hạc", numbers=[])
    keep(who, other_station, (date(2026, 1, 1), None))
    keep(other, station, (date(2026, 6, 1), None), OTHER)
    merge = join(clinician, *fresh([who, other]))
    assert caring(who, IN_DECEMBER) == {station}
    step_of(other_station, hospital)
    part(clinician, merge, at=DAYS_LATER)
    assert caring(who, IN_DECEMBER) == {other_station, hospital}
    assert caring(other, IN_DECEMBER) == {station}
