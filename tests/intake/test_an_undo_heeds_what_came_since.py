"""An undone file takes back what it said wherever a joining carried it, and leaves what a person confirmed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenAddress,
    CitizenIdentifier,
    Coverage,
    FieldSource,
)
from healthrecords.services.identity import file_differences
from healthrecords.services.row_sources import confirm_row
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Area, AreaSuccession, FormerArea, Organisation
from tests.healthrecords.merging import join
from tests.intake.sending import NOW
from tests.intake.test_a_list_becomes_people import person, sent, undone
from tests.intake.test_files_say_where_cards_come_from import Bring, bring, clashing

__all__ = ["bring", "clashing", "sent"]

pytestmark = pytest.mark.usefixtures("lists", "registers")


def cared_for(citizen: Citizen, station: Organisation) -> Citizen:
    """Let a station keep the record, so that its clerk may mend and join it."""
    said = {"organisation": station, "ground": "residence", "defaults": {"since": date(2025, 1, 1)}}
    CareRelation.objects.get_or_create(citizen=citizen, **said)
    return citizen


def joined(clerk: User, station: Organisation, citizen: Citizen) -> Citizen:
    """Join a record into another one and return that one."""
    other = Citizen.objects.create(
        name="Vàng A Dơ", sex="male", birth_date=date(1986, 4, 2), home_station=station
    )
    for one in (citizen, other):
        cared_for(one, station)
    join(clerk, other, citizen, at=timezone.now())
    return other


def confirm(row: Any, clerk: User, station: Organisation) -> None:
    cared_for(row.citizen, station)
    confirm_row(actor=clerk, row=row, at=timezone.now())


def last_undone(by: User) -> None:
    batch = Batch.objects.order_by("id").last()
    assert batch is not None
    undone(batch, by)


def test_a_word_on_a_card_that_a_joining_carried_away_waits_no_more(
    clashing: Coverage, clerk: User, station: Organisation, data_officer: User
) -> None:
    other = joined(clerk, station, clashing.citizen)
    assert len(file_differences(other)) == 1
    last_undone(data_officer)
    assert file_differences(other) == []


def test_a_word_on_a_person_whose_record_was_joined_waits_no_more(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring()
    bring(MA_LK="E-0002", DIEN_THOAI="0987654321")
    joined(clerk, station, Citizen.objects.get())
    last_undone(data_officer)
    word = FieldSource.objects.get(value="0987654321")
    assert "đã hoàn tác" in word.set_aside_because


def test_a_number_that_a_joining_carried_away_ends_with_its_file(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring(SO_CCCD="")
    bring(MA_LK="E-0002")
    other = joined(clerk, station, Citizen.objects.get())
    number = CitizenIdentifier.objects.get(kind="personal")
    assert (number.citizen, number.ended_on) == (other, None)
    last_undone(data_officer)
    number.refresh_from_db()
    assert number.ended_on is not None


def test_a_number_that_a_person_confirmed_stays(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring(SO_CCCD="")
    bring(MA_LK="E-0002")
    number = CitizenIdentifier.objects.get(kind="personal")
    confirm(number, clerk, station)
    last_undone(data_officer)
    number.refresh_from_db()
    assert number.ended_on is None


def test_what_a_file_made_of_a_card_stays_where_a_person_confirmed_it_since(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring(GT_THE_DEN="")
    bring(MA_LK="E-0002", GT_THE_DEN="20270630")
    confirm(Coverage.objects.get(), clerk, station)
    last_undone(data_officer)
    assert Coverage.objects.get().valid_until == date(2027, 6, 30)


def test_what_a_file_made_of_a_card_after_it_was_confirmed_goes_back(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring(GT_THE_DEN="")
    cared_for(Citizen.objects.get(), station)
    confirm_row(actor=clerk, row=Coverage.objects.get(), at=NOW - timedelta(days=400))
    bring(MA_LK="E-0002", GT_THE_DEN="20270630")
    last_undone(data_officer)
    assert Coverage.objects.get().valid_until is None


def test_a_new_card_that_a_person_confirmed_is_not_withdrawn(
    bring: Bring, clerk: User, station: Organisation, data_officer: User
) -> None:
    bring()
    said = {"MA_THE_BHYT": "HT3111234500001", "GT_THE_TU": "20260701", "GT_THE_DEN": "20270630"}
    bring(MA_LK="E-0002", **said)
    confirm(Coverage.objects.get(benefit="3"), clerk, station)
    last_undone(data_officer)
    assert Coverage.objects.get(benefit="3").withdrawn_on is None


def test_an_address_that_a_person_confirmed_ends_and_is_not_lost(
    sent: Any, clerk: User, station: Organisation, data_officer: User, communes: list[Area]
) -> None:
    former = FormerArea.objects.create(
        code="03190", name="Xã Sa Lông", district_code="097", province_code="11"
    )
    AreaSuccession.objects.create(former=former, area=communes[1], on=date(2025, 7, 1))
    sent(person())
    batch = sent(person(DIA_CHI="Bản Lạnh", MAXA_CU_TRU="03190"))
    here = CitizenAddress.objects.get(valid_until=None)
    confirm(here, clerk, station)
    undone(batch, data_officer)
    assert CitizenAddress.objects.get(pk=here.pk).valid_until is not None
    words = FieldSource.objects.filter(field="further_address")
    assert set(words.values_list("row_id", flat=True)) == {here.pk}
