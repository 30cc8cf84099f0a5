"""Addresses, insurance, names, households and deaths have a time, and what was stays readable."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords import services
from healthrecords.models import (
    CareRelation,
    Citizen,
    Coverage,
    FieldSource,
)
from healthrecords.services import NumberEntry, deaths, households
from healthrecords.services.entries import AddressEntry, CoverageEntry
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.test_identity import LATER, newborn


@pytest.fixture
def register(clerk: User, station: Organisation, lists: None) -> Any:
    def register_it(entry: Any, **said: Any) -> Citizen:
        saved = services.register_citizen(
            actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT, **said
        )
        row: Citizen = saved.row
        return row

    return register_it


@pytest.fixture
def mend(clerk: User) -> Any:
    def mend_it(citizen: Citizen, entry: Any, at: datetime = LATER) -> Citizen:
        return services.mend_citizen(
            actor=clerk, citizen=citizen, entry=entry, version=version_of_citizen(citizen), at=at
        )

    return mend_it


def test_an_address_is_closed_and_never_overwritten(
    citizen: Citizen, mend: Any, communes: list[Area]
) -> None:
    """QĐ 19/2025/QĐ-TTg: communes of 01/07/2025; addresses of before stay as they were received."""
    moved = entry_of(
        communes[1],
        address="Bản Hồi",
        permanent=AddressEntry("permanent", "Bản Nà Pheo 2", communes[0]),
    )
    # The station that has treated the person goes on keeping the record.
    CareRelation.objects.create(
        citizen=citizen, organisation=citizen.home_station, ground="visit", since=ON
    )
    mend(citizen, moved)
    rows = {
        (row.kind, row.text, row.valid_from, row.valid_until) for row in citizen.addresses.all()
    }
    assert rows == {
        ("residence", "Bản Nà Pheo 2", ON, date(2026, 11, 19)),
        ("residence", "Bản Hồi", date(2026, 11, 20), None),
        ("permanent", "Bản Nà Pheo 2", date(2026, 11, 20), None),
    }
    mend(citizen, moved)
    assert citizen.addresses.count() == 3


def test_insurance_has_a_time_and_a_registered_facility_that_cares_from_then_on(
    citizen: Citizen, mend: Any, communes: list[Area], hospital: Organisation, station: Organisation
) -> None:
    """QĐ 4750/QĐ-BYT, table 1: GT_THE_TU, GT_THE_DEN, MA_DKBD."""
    card = NumberEntry("insurance_card", "HT2111234567890")
    said = CoverageEntry(
        "HT2111234567890",
        registered_at=hospital,
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        five_years_on=date(2024, 6, 1),
    )
    personal = NumberEntry("personal", "011162004137")
    mend(citizen, entry_of(communes[0], numbers=[personal, card], coverage=said))
    row = Coverage.objects.get()
    assert (row.benefit, row.registered_code, row.registered_at) == ("2", "11001", hospital)
    care = CareRelation.objects.get(citizen=citizen, ground="insurance")
    assert (care.organisation, care.until) == (hospital, date(2026, 12, 31))
    shorter = replace(said, valid_until=date(2026, 11, 30))
    mend(citizen, entry_of(communes[0], numbers=[personal, card], coverage=shorter))
    care.refresh_from_db()
    assert care.until == date(2026, 11, 30)
    elsewhere = CoverageEntry("HT2111234567890", registered_at=station, valid_from=date(2026, 1, 1))
    mend(citizen, entry_of(communes[0], numbers=[personal, card], coverage=elsewhere))
    assert Coverage.objects.get().registered_at == station
    open_care = CareRelation.objects.get(citizen=citizen, ground="insurance", until=None)
    assert open_care.organisation == station
    care.refresh_from_db()
    assert care.until == date(2026, 11, 20)


def test_a_changed_name_is_kept_and_a_slip_is_not(
    citizen: Citizen, mend: Any, communes: list[Area]
) -> None:
    mend(citizen, entry_of(communes[0], name="Quàng Thị Hạc"))
    assert not citizen.former_names.exists()
    mend(citizen, entry_of(communes[0], name="Quàng Hải Yến", was_renamed=True))
    former = citizen.former_names.get()
    assert (former.name, former.until) == ("Quàng Thị Hạc", date(2026, 11, 20))


def test_a_household_has_one_head_and_a_person_one_household(
    register: Any, citizen: Citizen, clerk: User, communes: list[Area]
) -> None:
    child = register(newborn(communes[0]))
    row = households.join_household(
        actor=clerk, citizen=child, member=citizen, relation="grandchild", at=AT
    )
    assert [m.relation for m in row.household.members.order_by("id")] == ["head", "grandchild"]
    with pytest.raises(ValidationError) as refused:
        households.begin_household(actor=clerk, head=child, at=AT)
    assert "household_taken" in {e.code for e in refused.value.error_dict["__all__"]}
    with pytest.raises(ValidationError) as refused:
        households.leave_household(actor=clerk, citizen=citizen, at=AT)
    assert refused.value.code == "head_leaves_last"
    households.make_head(actor=clerk, citizen=child, at=AT)
    households.leave_household(actor=clerk, citizen=citizen, at=AT)
    left = row.household.members.get(until=None)
    assert (left.citizen, left.relation) == (child, "head")


def test_a_death_has_a_source_and_can_be_taken_back_with_a_reason(
    citizen: Citizen, clerk: User
) -> None:
    entry = deaths.DeathEntry(date(2026, 11, 1), "certificate", "Giấy báo tử số 5")
    dead = deaths.record_death(actor=clerk, citizen=citizen, entry=entry, at=AT)
    assert (dead.died_on, dead.death_source) == (date(2026, 11, 1), "certificate")
    with pytest.raises(ValidationError):
        deaths.withdraw_death(actor=clerk, citizen=citizen, reason=" ", at=AT)
    citizen.refresh_from_db()
    assert citizen.died_on is not None
    back = deaths.withdraw_death(actor=clerk, citizen=citizen, reason="Nhầm người cùng tên", at=AT)
    assert (back.died_on, back.death_source) == (None, "")
    word = FieldSource.objects.get(citizen=citizen, field="death")
    assert word.set_aside_because == "Nhầm người cùng tên"


def test_a_death_before_the_last_visit_is_refused(
    citizen: Citizen, clerk: User, record: Any
) -> None:
    record(citizen)
    entry = deaths.DeathEntry(date(2026, 11, 1), "family")
    with pytest.raises(ValidationError) as refused:
        deaths.record_death(actor=clerk, citizen=citizen, entry=entry, at=AT)
    assert refused.value.error_dict["died_on"][0].code == "treated_after_death"
    citizen.refresh_from_db()
    assert citizen.died_on is None


def test_a_death_before_a_hidden_visit_is_refused_without_its_day(
    citizen: Citizen, clerk: User, record: Any
) -> None:
    record(citizen)
    visits = citizen.visits.all()
    visits.update(sensitivity="hiv")
    entry = deaths.DeathEntry(date(2026, 11, 1), "family")
    with pytest.raises(ValidationError) as refused:
        deaths.record_death(actor=clerk, citizen=citizen, entry=entry, at=AT)
    assert refused.value.error_dict["died_on"][0].code == "death_contradicted"
    assert "05/11/2026" not in str(refused.value.messages)
    citizen.refresh_from_db()
    assert citizen.died_on is None
