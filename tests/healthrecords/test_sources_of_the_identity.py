"""Each field of a person remembers its source, who confirmed it and when; no field is forgotten."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import pytest

from healthrecords.admin.identity_pages import facts_of
from healthrecords.banner import banner_of
from healthrecords.models import Citizen, FieldSource
from healthrecords.models.source import OF_CITIZEN
from healthrecords.services.merged_fields import OWN, TOGETHER
from healthrecords.services.sources import values_of
from portal.accounts.models import User
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.merging import mended

# What each field says when it says something else than a record of nothing but a name.
SAID: Mapping[str, Any] = {
    "name": "Vàng A Dơ",
    "sex": "male",
    "birth_date": date(1980, 5, 6),
    "birth_precision": "month",
    "birth_time": time(4, 30),
    "birth_is_estimated": True,
    "standing": "unknown",
    "blood_group": "AB",
    "rhesus": "negative",
    "ethnic_group": "03",
    "occupation": "63210",
    "nationality": "LA",
    "phone": "0912000417",
    "address": "Bản Nà Pheo 2",
    "area": Area(code="03127"),
    "died_on": date(2026, 11, 4),
}
# What follows from another field, or was said in one breath with it.
WITH = {
    "name_sort": "name",
    "home_station": "area",
    "death_source": "died_on",
    "death_note": "died_on",
}


def columns() -> set[str]:
    return {field.name for field in Citizen._meta.concrete_fields} - OWN


def test_no_field_of_a_person_is_without_a_source_of_its_own() -> None:
    assert columns() == SAID.keys() | WITH.keys()
    plain = values_of(Citizen(name="x", birth_date=date(1980, 5, 7), birth_precision="day"))
    assert set(plain) == {*OF_CITIZEN}
    for name, value in SAID.items():
        said: dict[str, Any] = {
            "name": "x",
            "birth_date": date(1980, 5, 7),
            "birth_precision": "day",
        }
        other = values_of(Citizen(**{**said, name: value}))
        assert other != plain, name


def test_what_a_joining_carries_together_is_said_together() -> None:
    for name, main in WITH.items():
        assert any(name in parts and main in parts for parts in TOGETHER.values()), name


def typed(citizen: Citizen) -> dict[str, FieldSource]:
    """Return the latest word on each field."""
    return {word.field: word for word in citizen.sources.order_by("said_at", "id")}


def test_who_mends_the_hour_of_birth_alone_is_its_source(
    clerk: User, clinician: User, citizen: Citizen, communes: list[Area], station: Organisation
) -> None:
    born = typed(citizen)["birth"]
    mended(clinician, citizen, communes[0], birth_time=time(5, 30))
    words = typed(citizen)
    assert words["birth"] == born
    assert (words["birth_time"].value, words["birth_time"].said_by) == ("05:30", clinician)
    assert (words["birth_time"].source, words["birth_time"].organisation) == ("typed", station)


def test_who_estimates_a_birth_is_named_beside_it(
    clinician: User, citizen: Citizen, communes: list[Area]
) -> None:
    citizen = mended(clinician, citizen, communes[0], birth_is_estimated=True)
    word = typed(citizen)["birth_estimated"]
    assert (word.value, word.said_by) == ("yes", clinician)
    facts = {str(fact.label): fact for fact in facts_of(citizen, banner_of(citizen), ON)}
    assert clinician.full_name in facts["Ngày sinh ước chừng"].who


def test_who_identified_an_unknown_person_is_remembered(
    clerk: User, clinician: User, citizen: Citizen, communes: list[Area]
) -> None:
    said = {"name": "Nam khoảng 40 tuổi", "birth": PartialDate(1986), "numbers": []}
    citizen = mended(clerk, citizen, communes[0], **said, standing="unknown")
    assert (typed(citizen)["standing"].value, typed(citizen)["standing"].said_by) == (
        "unknown",
        clerk,
    )
    citizen = mended(clinician, citizen, communes[0], standing="known")
    assert (typed(citizen)["standing"].value, typed(citizen)["standing"].said_by) == (
        "known",
        clinician,
    )


def test_who_is_known_from_the_start_needs_no_word_of_it(citizen: Citizen) -> None:
    assert not citizen.sources.filter(field="standing").exists()
    assert entry_of().standing is None


@pytest.mark.parametrize("field", ["birth_time", "birth_estimated", "standing"])
def test_the_database_takes_a_word_on_each(citizen: Citizen, field: str) -> None:
    FieldSource.objects.create(citizen=citizen, field=field, value="x", source="typed", said_at=AT)
