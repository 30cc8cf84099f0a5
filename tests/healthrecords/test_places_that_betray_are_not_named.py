"""What has no class of its own names no place whose name betrays, and no death says why in the open.

An allergy noted at “Phòng khám ngoại trú HIV tỉnh” must warn everybody who gives a medicine; where it
was noted is told to those alone who may see protected data.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, Visit
from healthrecords.models.inquiry import Topic
from healthrecords.services.background import answer_none, record_fact
from healthrecords.services.consents import ConsentEntry, record_consent
from healthrecords.services.deaths import DeathEntry, record_death
from healthrecords.services.facts import (
    AllergyEntry,
    ImmunizationEntry,
    LongTermMedicineEntry,
    read_allergen,
    read_vaccine,
)
from healthrecords.services.numbers import add_number, end_number
from healthrecords.services.weighing import weigh
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import ON, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_consents import SAID
from tests.healthrecords.test_stopped_medicines import medicine
from tests.healthrecords.test_visits_that_end_with_a_death import HERE

HIV_CLINIC, ASYLUM = "Phòng khám ngoại trú HIV tỉnh", "Bệnh viện Tâm thần tỉnh Điện Biên"
PAGES = ("change", "identity", "background", "summary", "rights", "twins", "history", "looks")


@pytest.fixture
def lists(few_lists: None) -> None:
    """Whole lists of diseases are not needed here."""


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def told(user: User, citizen: Citizen, word: str) -> set[str]:
    """Return the pages of a record on which somebody reads a word."""
    services.open_access(user=user, citizen=citizen, at=timezone.now())
    client = logged_in(user)
    found = set()
    for name in PAGES:
        answer = client.get(reverse(f"admin:healthrecords_citizen_{name}", args=[citizen.pk]))
        assert answer.status_code == 200
        if word in text_of(answer):
            found.add(name)
    return found


@pytest.fixture
def betraying(other_station: Organisation) -> Organisation:
    other_station.name = HIV_CLINIC
    other_station.save()
    return other_station


@pytest.fixture
def there(citizen: Citizen, betraying: Organisation, now: datetime) -> dict[str, Any]:
    """Say who wrote what follows: a nurse of the place whose name betrays."""
    nurse = make_user("ngoaitru", "Vàng Thị Sua", Role.STATION_CLERK, betraying)
    services.break_glass(user=nurse, citizen=citizen, reason="đến khám theo hẹn", at=now)
    return {"actor": nurse, "citizen": citizen, "facility": betraying, "at": now}


def test_what_warns_everybody_does_not_say_that_it_was_noted_at_a_place_that_betrays(
    citizen: Citizen, clerk: User, clinician: User, there: dict[str, Any], now: datetime
) -> None:
    allergen = {**read_allergen("Penicillin", on=ON), "severity": "mild"}
    for entry in (
        AllergyEntry(**allergen),
        ImmunizationEntry(**read_vaccine("Vắc xin cúm", on=ON), given=PartialDate(2026)),
        LongTermMedicineEntry(name="Amlodipin 5 mg"),
    ):
        assert not record_fact(entry=entry, client_key=uuid7(), **there).row.sensitivity
    answer_none(topic=Topic.PROBLEM, **there)
    agreed = ConsentEntry(**{**SAID, "given_on": timezone.localdate(now)})
    record_consent(entry=agreed, client_key=uuid7(), **there)
    assert told(clerk, citizen, HIV_CLINIC) == set()
    assert "cơ sở khác" in text_of(_open(clerk, citizen, "background"))
    assert told(clinician, citizen, HIV_CLINIC) >= {"change", "background", "rights"}
    entry = visit_of(started_at=now, medicines=[medicine("Amlodipin 10 mg")])
    for sees, named in ((False, "cơ sở khác"), (True, HIV_CLINIC)):
        asked = weigh(entry, citizen=citizen, sees_sensitive=sees).asked[0]
        said = " ".join(text for error in asked for text in error.messages)
        assert named in said
        assert (HIV_CLINIC in said) == sees


def test_the_warning_itself_stays(
    citizen: Citizen, clerk: User, there: dict[str, Any], now: datetime
) -> None:
    allergen = {**read_allergen("Penicillin", on=ON), "severity": "mild"}
    record_fact(entry=AllergyEntry(**allergen), client_key=uuid7(), **there)
    assert told(clerk, citizen, "enicillin") >= {"change", "background"}
    entry = visit_of(started_at=now, medicines=[medicine("Amoxicilin 500 mg")])
    assert weigh(entry, citizen=citizen, sees_sensitive=False).asked[0]


def test_the_filter_by_place_names_no_place_that_betrays(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation, there: dict[str, Any]
) -> None:
    entry = ImmunizationEntry(**read_vaccine("Vắc xin cúm", on=ON), given=PartialDate(2026))
    record_fact(entry=entry, client_key=uuid7(), **there)
    services.open_access(user=clerk, citizen=citizen, at=there["at"])
    other = ImmunizationEntry(**read_vaccine("Vắc xin dại", on=ON), given=PartialDate(2025))
    record_fact(
        entry=other,
        client_key=uuid7(),
        **{**there, "actor": clerk, "facility": station},
    )
    assert HIV_CLINIC not in text_of(_open(clerk, citizen, "change"))
    assert HIV_CLINIC in text_of(_open(clinician, citizen, "change"))


def test_a_death_in_a_protected_visit_names_no_place(
    citizen: Citizen, clerk: User, other_station: Organisation, now: datetime
) -> None:
    other_station.name = ASYLUM
    other_station.save()
    nurse = make_user("tamthan", "Vàng Thị Sua", Role.STATION_CLERK, other_station)
    services.break_glass(user=nurse, citizen=citizen, reason="cấp cứu đưa vào viện", at=now)
    entry = visit_of(
        started_at=now - timedelta(hours=2), outcome=HERE, died_at=now - timedelta(hours=1)
    )
    services.record_visit(
        actor=nurse,
        citizen=citizen,
        facility=other_station,
        entry=entry,
        client_key=uuid7(),
        at=now,
    )
    assert Visit.objects.get().sensitivity == "mental"
    citizen.refresh_from_db()
    assert citizen.died_on is not None
    assert "Tâm thần" not in citizen.death_note
    assert told(clerk, citizen, "Tâm thần") == set()


def test_what_is_noted_of_a_death_and_of_a_number_is_told_to_those_with_the_right(
    citizen: Citizen, clerk: User, clinician: User, now: datetime
) -> None:
    services.open_access(user=clinician, citizen=citizen, at=now)
    number = add_number(
        actor=clinician,
        citizen=citizen,
        kind="birth_paper",
        value="C1234567",
        issued_on=None,
        at=now,
    )
    end_number(
        actor=clinician,
        identifier=number,
        ending="not_theirs",
        note="nhầm với người điều trị ARV",
        at=now,
    )
    record_death(
        actor=clinician,
        citizen=citizen,
        at=now,
        entry=DeathEntry(timezone.localdate(now), "family", "AIDS giai đoạn cuối"),
    )
    assert told(clerk, citizen, "AIDS") == told(clerk, citizen, "ARV") == set()
    assert told(clinician, citizen, "AIDS") == {"identity"}
    assert told(clinician, citizen, "ARV") == {"identity"}
    citizen.refresh_from_db()
    assert citizen.death_note == "AIDS giai đoạn cuối"


def test_who_gave_a_number_is_not_named_where_that_betrays(
    citizen: Citizen, clerk: User, clinician: User, betraying: Organisation
) -> None:
    citizen.identifiers.create(kind="facility_number", value="12345", issuer=betraying)
    assert told(clerk, citizen, HIV_CLINIC) == set()
    assert told(clerk, citizen, "12345") == {"identity"}
    assert told(clinician, citizen, HIV_CLINIC) == {"identity"}


def test_why_two_records_were_joined_is_told_to_those_with_the_right(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation, now: datetime
) -> None:
    other = Citizen.objects.create(name="Quàng Thị Hạc", birth_date="1962-03-12", sex="female")
    CitizenMerge.objects.create(
        survivor=citizen,
        merged=other,
        organisation=station,
        merged_at=now,
        merged_by=clinician,
        reason="cùng lĩnh ARV",
    )
    assert told(clerk, citizen, "ARV") == set()
    assert told(clinician, citizen, "ARV") == {"twins"}


def _open(user: User, citizen: Citizen, name: str) -> Any:
    services.open_access(user=user, citizen=citizen, at=timezone.now())
    return logged_in(user).get(reverse(f"admin:healthrecords_citizen_{name}", args=[citizen.pk]))
