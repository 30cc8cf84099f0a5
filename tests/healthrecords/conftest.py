"""The lists that records stand on, and people of the two communes."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from healthrecords import services
from healthrecords.models import Citizen, Visit
from healthrecords.services import (
    CitizenEntry,
    MedicineEntry,
    NumberEntry,
    VisitEntry,
    VitalEntry,
)
from healthrecords.services.diagnoses import read_diagnosis
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from practitioners.hours import read_hours
from practitioners.models import PracticeLicense, Practitioner
from practitioners.services import Post, Stay, link_account, register_person
from tests.conftest import SINCE
from tests.shipped import publish

NEEDED = {
    "allergens",
    "anaesthesia_kinds",
    "allergic_reactions",
    "consent_purposes",
    "coverage_kinds",
    "departments",
    "diagnosis_limits",
    "discharge_kinds",
    "ethnic_groups",
    "icd10",
    "growth_standards",
    "identity_methods",
    "life_stages",
    "lab_tests",
    "injury_kinds",
    "measurement_changes",
    "medicine_rules",
    "occupations",
    "prescription_limits",
    "referral_terms",
    "revisit_terms",
    "key_figure_targets",
    "protection_terms",
    "retention_classes",
    "sensitivity_rules",
    "sexes",
    "station_medicines",
    "transfer_reasons",
    "treatment_outcomes",
    "unknown_patient_duties",
    "vaccines",
    "visit_kinds",
    "visit_priorities",
    "visit_reasons",
    "vital_signs",
}
FEW = frozenset({"I10", "J02", "J02.9", "E11.9", "B20"})
AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)  # 08:30 in Điện Biên
ON = date(2026, 11, 5)


def publish_lists(*, codes: frozenset[str] | None = None) -> None:
    """Publish what the tests need; of the diseases only ``codes``, where they are enough."""
    publish(NEEDED, diseases=codes)


@pytest.fixture
def lists(db: None) -> None:
    """The lists as the project ships them."""
    publish_lists()


@pytest.fixture
def few_lists(db: None) -> None:
    """The same with a handful of diseases: the whole list takes longer than most tests."""
    publish_lists(codes=FEW)


def entry_of(area: Area | None = None, **changes: Any) -> CitizenEntry:
    """What a clerk types for Quàng Thị Hặc, with changes."""
    said: dict[str, Any] = {
        "name": "Quàng Thị Hặc",
        "sex": "female",
        "birth": PartialDate(1962, 3, 12),
        "area": area,
        "address": "Bản Nà Pheo 2",
        "ethnic_group": "03",
        "numbers": [NumberEntry("personal", "011162004137")],
    }
    return CitizenEntry(**{**said, **changes})


def visit_of(*diagnoses: str, **changes: Any) -> VisitEntry:
    """A finished visit for high blood pressure, with changes."""
    said: dict[str, Any] = {
        "started_at": AT,
        "kind": "01",
        "coverage": "1.2",
        "identified_by": "chip_card",
        "reason": "Khám tăng huyết áp",
        "vitals": VitalEntry(pulse=78, systolic=148, diastolic=90, weight=Decimal("58.5")),
        "diagnoses": [read_diagnosis(text, on=ON).entry for text in diagnoses or ("I10",)],
        "medicines": [
            MedicineEntry(
                name="Amlodipin 5 mg",
                code="amlodipin-5-tab",
                unit="viên",
                morning=Decimal(1),
                days=28,
                # Visits of a test may lie close together: the same medicine is given on purpose.
                reason="dùng tiếp theo đơn",
            )
        ],
        "outcome": "2",
        "discharge": "1",
    }
    return VisitEntry(**{**said, **changes})


@pytest.fixture
def citizen(lists: None, clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    """Quàng Thị Hặc, who lives in Mường Chà."""
    return services.register_citizen(
        actor=clerk, place=station, entry=entry_of(communes[0]), client_key=uuid7(), at=AT
    ).row


Register = Callable[..., Citizen]


@pytest.fixture
def register(clerk: User, station: Organisation, communes: list[Area]) -> Register:
    """Register somebody in Mường Chà who is nobody's twin; ``changes`` are those of the form."""

    def register_it(*, at: datetime = AT, **changes: Any) -> Citizen:
        return services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], **changes),
            client_key=uuid7(),
            at=at,
            not_twins=frozenset(Citizen.objects.values_list("pk", flat=True)),
        ).row

    return register_it


@pytest.fixture
def record(clerk: User, station: Organisation) -> Callable[..., Visit]:
    """Record a visit as the clerk of Mường Chà."""

    def record_it(
        citizen: Citizen, *diagnoses: str, actor: User = clerk, facility: Any = None, **said: Any
    ) -> Visit:
        at = said.pop("at", said.get("started_at", AT))
        services.open_access(user=actor, citizen=citizen, at=at)
        return services.record_visit(
            actor=actor,
            citizen=citizen,
            facility=facility or actor.place_of_work or station,
            entry=visit_of(*diagnoses, **said),
            client_key=uuid7(),
            at=at,
        ).row

    return record_it


@pytest.fixture
def to_sign(
    record: Callable[..., Visit], citizen: Citizen, clinician: User
) -> Callable[..., Visit]:
    """Record a visit of Quàng Thị Hặc that waits for the clinician, who has her record open."""

    def record_it(*diagnoses: str, **said: Any) -> Visit:
        services.open_access(user=clinician, citizen=citizen, at=AT)
        return record(citizen, *diagnoses, **said)

    return record_it


@pytest.fixture
def papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    """What is printed at a signature goes to files of this test alone."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signs sees nothing protected."""
    monkeypatch.setattr("healthrecords.services.signing.sees_sensitive", lambda _access: False)


@pytest.fixture
def people(
    lists: None,
    clerk: User,
    station: Organisation,
    communes: list[Area],
    record: Callable[..., Visit],
) -> list[Citizen]:
    """Four records of one woman; see tests/healthrecords/merging.py."""
    from tests.healthrecords.merging import four_records

    return four_records(clerk, station, communes[0], record)


@pytest.fixture
def doctor(clinician: User, station: Organisation) -> Practitioner:
    """Đỗ Quang Hưng in the register: verified, licensed, registered at the station, linked."""
    person = Practitioner.objects.create(
        name="Đỗ Quang Hưng", birth_date=date(1978, 4, 22), sex="male", verified_at=AT
    )
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw="001287/ĐB-GPHN",
        serial=1287,
        issuer_code="ĐB",
        kind="gphn",
        title="doctor",
        issued_on=SINCE,
    )
    register_person(
        actor=None,
        practitioner=person,
        facility=station,
        post=Post(position_text="Trưởng trạm"),
        stay=Stay(SINCE),
        at=AT,
        spans=read_hours("T2-T6 07:30-17:00") or (),
    )
    link_account(actor=None, practitioner=person, user=clinician, on=SINCE)
    return person
