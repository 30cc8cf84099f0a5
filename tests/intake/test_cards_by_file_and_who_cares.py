"""Cards of insurance that come by file: the personal number as a card's, and how long a place cares."""

from datetime import date

import pytest
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.test_people_follow_their_station import step_of
from tests.intake.envelopes import whole, written
from tests.intake.sending import NOW, confirm, envelope, send
from tests.intake.test_files_say_where_cards_come_from import Bring, bring

__all__ = ["bring"]
pytestmark = pytest.mark.usefixtures("lists", "registers")
NUMBER = "011162004137"


@pytest.mark.parametrize("paper", [NUMBER, ""])
def test_the_personal_number_as_a_cards_is_claimed_once_and_the_card_kept(
    data_officer: User, hospital: Organisation, paper: str
) -> None:
    content = envelope(written(whole(SO_CCCD=paper, MA_THE_BHYT=NUMBER)))
    batch = send(content, by=data_officer, organisation=hospital, kind="envelope", name="hoso.xml")
    confirm(batch, data_officer)
    citizen = Citizen.objects.get()
    held = citizen.identifiers.exclude(kind="facility_number")
    assert list(held.values_list("kind", "value")) == [("personal", NUMBER)]
    card = Coverage.objects.get()
    assert (card.number, card.citizen, card.benefit) == (NUMBER, citizen, "")
    assert card.valid_until is not None


def test_a_card_by_file_keeps_care_no_longer_than_the_card_that_follows(
    bring: Bring, clerk: User, station: Organisation, hospital: Organisation
) -> None:
    bring(GT_THE_TU="", GT_THE_DEN="", MA_DKBD="")
    citizen, year = Citizen.objects.get(), timezone.localdate(NOW).year
    spoken = Spoken(Source.TYPED, NOW, clerk, station)
    cards = ((hospital, date(year, 1, 1), None), (station, date(year + 1, 1, 1), None))
    for place, first, last in cards:
        entry = CoverageEntry(
            "GD4111234500001", registered_at=place, valid_from=first, valid_until=last
        )
        keep_coverage(citizen, entry, spoken=spoken)
    here = CareRelation.objects.get(organisation=hospital, ground="insurance")
    assert here.until == date(year, 12, 31)
    bring(MA_LK="E-0002", GT_THE_TU=f"{year}0101", GT_THE_DEN="", MA_DKBD="11001")
    here.refresh_from_db()
    assert here.until == date(year, 12, 31)
    there = CareRelation.objects.get(organisation=station, ground="insurance")
    assert (there.since, there.until) == (date(year + 1, 1, 1), None)


def test_a_card_without_a_first_day_gives_way_to_the_one_that_follows(
    bring: Bring, clerk: User, station: Organisation, hospital: Organisation
) -> None:
    bring(GT_THE_TU="", GT_THE_DEN="", MA_DKBD="")
    citizen, year = Citizen.objects.get(), timezone.localdate(NOW).year
    spoken = Spoken(Source.TYPED, NOW, clerk, station)
    for place, first in ((hospital, None), (station, date(year + 1, 1, 1))):
        entry = CoverageEntry("GD4111234500001", registered_at=place, valid_from=first)
        keep_coverage(citizen, entry, spoken=spoken)
    bring(MA_LK="E-0002", GT_THE_TU="", GT_THE_DEN="", MA_DKBD="11001")
    here = CareRelation.objects.get(organisation=hospital, ground="insurance")
    assert here.until == date(year, 12, 31)


def test_the_last_day_of_a_card_that_a_file_tells_counts_for_who_continues_for_its_place(
    bring: Bring, clerk: User, station: Organisation, other_station: Organisation
) -> None:
    bring(GT_THE_TU="", GT_THE_DEN="", MA_DKBD="")
    citizen = Citizen.objects.get()
    entry = CoverageEntry(
        "GD4111234500001", registered_at=other_station, valid_from=date(2026, 1, 1)
    )
    keep_coverage(citizen, entry, spoken=Spoken(Source.TYPED, NOW, clerk, station))
    step_of(other_station, station)
    care = CareRelation.objects.filter(ground="insurance").order_by("pk")
    assert list(care.values_list("organisation", "until")) == [
        (other_station.pk, None),
        (station.pk, None),
    ]
    bring(MA_LK="E-0002", GT_THE_TU="20260101", GT_THE_DEN="20261231", MA_DKBD="")
    assert {row.until for row in care} == {date(2026, 12, 31)}
