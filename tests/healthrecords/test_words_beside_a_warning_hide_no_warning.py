"""What a nurse has to know stays known: an allergy, a dose, a stop; words beside it that betray are left out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Allergy, Citizen, Immunization, MedicineStop, Visit
from healthrecords.services.background import record_fact
from healthrecords.services.facts import (
    AllergyEntry,
    ImmunizationEntry,
    LongTermMedicineEntry,
    read_allergen,
    read_vaccine,
)
from healthrecords.services.stopping import stop_long_term
from healthrecords.services.weighing import weigh
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from tests.healthrecords.conftest import ON, visit_of
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_stopped_medicines import (  # noqa: F401  (fixtures)
    DAY,
    NOW,
    given,
    medicine,
    stop,
)

pytestmark = pytest.mark.django_db
BETRAYS = "phát hiện khi đang điều trị HIV"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def background_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_background", args=[citizen.pk])


def write(actor: User, citizen: Citizen, entry: Any) -> Any:
    now = timezone.now()
    services.open_access(user=actor, citizen=citizen, at=now)
    place = actor.place_of_work
    assert place is not None
    who = {"actor": actor, "citizen": citizen, "facility": place}
    return record_fact(entry=entry, client_key=uuid7(), at=now, **who).row


def penicillin(**said: Any) -> AllergyEntry:
    return AllergyEntry(**{**read_allergen("Penicillin", on=ON), "severity": "severe", **said})


def asked(citizen: Citizen, *, sees_sensitive: bool) -> str:
    entry = visit_of(medicines=[medicine("Amoxicilin 500 mg")])
    found = weigh(entry, citizen=citizen, sees_sensitive=sees_sensitive).asked
    return " ".join(message for errors in found.values() for e in errors for message in e.messages)


@pytest.mark.parametrize("where", ["note", "reaction"])
def test_an_allergy_is_shown_and_warned_of_without_the_words_that_betray(
    where: str, citizen: Citizen, clerk: User, clinician: User
) -> None:
    row = write(clerk, citizen, penicillin(**{where: BETRAYS}))
    assert row.sensitivity == ""
    client = logged_in(clerk)
    record, listed = (text_of(client.get(url(citizen))) for url in (record_url, background_url))
    (served,) = client.get("/api/v1/allergies/").json()["results"]
    assert "penicillin" in record.lower()
    assert "penicillin" in listed.lower()
    assert "enicillin" in asked(citizen, sees_sensitive=False)
    assert BETRAYS not in record + listed + asked(citizen, sees_sensitive=False)
    assert served[where] == ""
    services.open_access(user=clinician, citizen=citizen, at=timezone.now())
    client = logged_in(clinician)
    assert BETRAYS in text_of(client.get(background_url(citizen)))
    assert client.get("/api/v1/allergies/").json()["results"][0][where] == BETRAYS
    assert Allergy.objects.get().pk == row.pk


def test_a_reaction_that_betrays_nothing_is_told_to_everybody(
    citizen: Citizen, clerk: User
) -> None:
    write(clerk, citizen, penicillin(reaction="sốc phản vệ", note="mẹ kể lại"))
    page = text_of(logged_in(clerk).get(background_url(citizen)))
    assert "sốc phản vệ" in page
    assert "mẹ kể lại" in page
    assert "sốc phản vệ" in asked(citizen, sees_sensitive=False)


def test_an_allergy_to_a_protected_medicine_stays_protected(citizen: Citizen, clerk: User) -> None:
    entry = AllergyEntry(**read_allergen("Nevirapin", on=ON))
    assert write(clerk, citizen, entry).sensitivity == "hiv"


def test_a_dose_is_listed_without_the_place_and_note_that_betray(
    citizen: Citizen, clerk: User
) -> None:
    said = {"place": "Phòng khám HIV", "note": BETRAYS}
    row = write(clerk, citizen, ImmunizationEntry(**read_vaccine("Vắc xin cúm", on=ON), **said))
    assert row.sensitivity == ""
    client = logged_in(clerk)
    page = text_of(client.get(background_url(citizen)))
    assert row.vaccine in page
    assert "HIV" not in page
    (served,) = client.get("/api/v1/immunizations/").json()["results"]
    assert (served["place"], served["note"]) == ("", "")
    assert Immunization.objects.get().note == BETRAYS


def test_a_stop_counts_for_who_may_not_read_its_reason(
    citizen: Citizen,
    clerk: User,
    clinician: User,
    given: Visit,  # noqa: F811
    stop: Callable[..., list[MedicineStop]],  # noqa: F811
) -> None:
    (row,) = stop(reason="tương tác với thuốc ARV")
    assert (row.sensitivity, row.visit.sensitivity) == ("", "")
    for sees in (True, False):
        entry = visit_of(started_at=NOW, medicines=[medicine()])
        assert not weigh(entry, citizen=citizen, sees_sensitive=sees).asked.get(0)
    services.open_access(user=clinician, citizen=citizen, at=NOW)
    page = text_of(logged_in(clerk).get(record_url(citizen)))
    assert f"{DAY:%d/%m/%Y}" in page
    assert "ARV" not in page


def test_why_a_long_term_medicine_was_stopped_is_told_to_whom_it_may_be(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    row = write(clerk, citizen, LongTermMedicineEntry(name="Amlodipin 5 mg"))
    reason, now = "tương tác với thuốc ARV", timezone.now()
    stop_long_term(actor=clerk, fact=row, stopped=PartialDate(now.year), reason=reason, at=now)
    page = text_of(logged_in(clerk).get(background_url(citizen)))
    assert "Amlodipin" in page
    assert "ARV" not in page
    services.open_access(user=clinician, citizen=citizen, at=timezone.now())
    assert reason in text_of(logged_in(clinician).get(background_url(citizen)))
