"""The dead are not examined, vaccinated, given medicines or asked; and nobody was treated before their birth."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords import services
from healthrecords.models import (
    Citizen,
    Consent,
    DataRequest,
    Dispensing,
    Immunization,
    LongTermMedicine,
    Procedure,
    Visit,
)
from healthrecords.services.background import record_fact
from healthrecords.services.consents import ConsentEntry, record_consent
from healthrecords.services.deaths import DeathEntry, record_death
from healthrecords.services.dispensing import Line, dispense
from healthrecords.services.facts import FactEntry, ImmunizationEntry, LongTermMedicineEntry
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.requests import RequestEntry, receive_request
from healthrecords.services.results import record_report, void_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.merging import mended

pytestmark = pytest.mark.usefixtures("lists")
NOW = AT + timedelta(days=5)
DIED = ON + timedelta(days=2)


def codes_of(refused: Any) -> set[str]:
    errors = getattr(refused.value, "error_dict", {"": [refused.value]})
    return {error.code for of in errors.values() for error in of}


def die(clerk: User, citizen: Citizen, on: date = DIED) -> Citizen:
    return record_death(actor=clerk, citizen=citizen, entry=DeathEntry(on, "certificate"), at=NOW)


@pytest.fixture
def opened(clerk: User, citizen: Citizen) -> Citizen:
    services.open_access(user=clerk, citizen=citizen, at=NOW)
    return citizen


def examine(clerk: User, citizen: Citizen, place: Organisation, **said: Any) -> Any:
    entry = ReportEntry(
        **{
            "kind": "laboratory",
            "title": "Công thức máu",
            "performed_at": NOW,
            "results": [ResultEntry(name="Hồng cầu", value="4.5")],
            **said,
        }
    )
    return record_report(
        actor=clerk, citizen=citizen, facility=place, entry=entry, client_key=uuid7(), at=NOW
    ).row


def test_a_death_before_a_specimen_was_taken_is_refused_until_the_result_is_a_mistake(
    clerk: User, opened: Citizen, station: Organisation
) -> None:
    report = examine(clerk, opened, station, collected_at=AT + timedelta(days=3))
    with pytest.raises(ValidationError) as refused:
        die(clerk, opened)
    assert codes_of(refused) == {"treated_after_death"}
    opened.refresh_from_db()
    assert opened.died_on is None
    void_report(actor=clerk, report=report, reason="nhầm người bệnh", at=NOW)
    assert die(clerk, opened).died_on == DIED


def test_what_was_taken_in_life_may_be_examined_after_the_death(
    clerk: User, opened: Citizen, station: Organisation
) -> None:
    examine(clerk, opened, station, collected_at=AT)
    assert die(clerk, opened).died_on == DIED


def test_a_death_contradicted_by_a_protected_result_tells_no_day(
    clerk: User, opened: Citizen, station: Organisation
) -> None:
    examine(clerk, opened, station, title="Xét nghiệm HIV", collected_at=AT + timedelta(days=3))
    with pytest.raises(ValidationError) as refused:
        die(clerk, opened)
    assert codes_of(refused) == {"death_contradicted"}


def test_a_death_before_a_procedure_is_refused(
    clerk: User, opened: Citizen, station: Organisation
) -> None:
    Procedure.objects.create(
        citizen=opened,
        facility=station,
        title="Khâu vết thương",
        performed_at=AT + timedelta(days=3),
        recorded_at=NOW,
        recorded_by=clerk,
    )
    with pytest.raises(ValidationError) as refused:
        die(clerk, opened)
    assert codes_of(refused) == {"treated_after_death"}


@pytest.mark.parametrize(
    "entry",
    [
        ImmunizationEntry(vaccine="Vắc xin dại", given=PartialDate(2026, 11, 8)),
        LongTermMedicineEntry(name="Amlodipin 5 mg", since=PartialDate(2026, 11, 8)),
    ],
)
def test_what_began_after_the_death_is_refused_and_not_kept(
    entry: FactEntry, clerk: User, opened: Citizen, station: Organisation
) -> None:
    die(clerk, opened)
    said = {"actor": clerk, "citizen": opened, "facility": station, "at": NOW}
    with pytest.raises(ValidationError) as refused:
        record_fact(entry=entry, client_key=uuid7(), **said)
    assert codes_of(refused) == {"fact_after_death"}
    assert not Immunization.objects.exists()
    assert not LongTermMedicine.objects.exists()


def test_no_medicine_is_given_out_to_the_dead(
    clerk: User, opened: Citizen, record: Callable[..., Visit]
) -> None:
    visit = record(opened)
    die(clerk, opened)
    line = Line(name="Amlodipin 5 mg", quantity=Decimal(28), unit="viên", code="amlodipin-5-tab")
    with pytest.raises(ValidationError) as refused:
        dispense(actor=clerk, visit=visit, lines=[line], client_key=uuid7(), at=NOW)
    assert codes_of(refused) == {"given_after_death"}
    assert not Dispensing.objects.exists()


@pytest.mark.parametrize("giver", ["self", "both"])
def test_the_dead_agree_to_nothing(
    giver: str, clerk: User, opened: Citizen, station: Organisation
) -> None:
    die(clerk, opened)
    entry = ConsentEntry("images", "given", giver, "paper", "phiếu 4", NOW.date())
    with pytest.raises(ValidationError) as refused:
        record_consent(
            actor=clerk, citizen=opened, facility=station, entry=entry, client_key=uuid7(), at=NOW
        )
    assert "consent_after_death" in codes_of(refused)
    assert not Consent.objects.exists()


def test_the_dead_ask_for_nothing(clerk: User, opened: Citizen, station: Organisation) -> None:
    die(clerk, opened)
    entry = RequestEntry(
        kind="copy",
        asked="xin bản sao",
        asker="self",
        channel="in_person",
        identity_proof="thẻ căn cước",
        received_on=NOW.date(),
    )
    with pytest.raises(ValidationError) as refused:
        receive_request(
            actor=clerk, citizen=opened, facility=station, entry=entry, client_key=uuid7(), at=NOW
        )
    assert codes_of(refused) == {"asked_after_death"}
    assert not DataRequest.objects.exists()


def test_a_birth_after_a_visit_is_refused_and_the_record_stays(
    clerk: User, opened: Citizen, record: Callable[..., Visit], communes: list[Area]
) -> None:
    record(opened, started_at=AT - timedelta(days=3))
    with pytest.raises(ValidationError) as refused:
        mended(clerk, opened, communes[0], birth=PartialDate(2026, 11, 3))
    assert codes_of(refused) == {"treated_before_birth"}
    opened.refresh_from_db()
    assert opened.birth == PartialDate(1962, 3, 12)


@pytest.mark.parametrize("birth", [PartialDate(2026, 11, 2), PartialDate(2026), PartialDate(1963)])
def test_a_birth_that_leaves_the_visit_possible_is_taken(
    birth: PartialDate,
    clerk: User,
    opened: Citizen,
    record: Callable[..., Visit],
    communes: list[Area],
) -> None:
    record(opened, started_at=AT - timedelta(days=3))
    assert mended(clerk, opened, communes[0], birth=birth).birth == birth
