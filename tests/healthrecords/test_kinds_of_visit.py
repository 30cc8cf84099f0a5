"""What each of the sixteen kinds of visit needs, its period, its days of treatment, what is measured."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, Visit
from healthrecords.services import VitalEntry
from healthrecords.services.diagnoses import read_traditional
from healthrecords.services.kinds import KindRules
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.codelists.lookup import codes_on
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area
from tests.healthrecords.conftest import AT, ON, entry_of, visit_of
from tests.healthrecords.pages import fields_of, logged_in, text_of

DAY = timedelta(days=1)
STAY = {
    "kind": "03",
    "department": "K03",
    "admitted_at": AT + timedelta(hours=1),
    "ended_at": AT + 3 * DAY,
    "at": AT + 3 * DAY,
}


@pytest.fixture
def child(clerk: User, lists: None, communes: list[Area]) -> Citizen:
    entry = entry_of(communes[0], name="Lò Thị Bé", birth=PartialDate(2024, 11, 1), numbers=())
    return services.register_citizen(
        actor=clerk, place=clerk.place_of_work, entry=entry, client_key=uuid7(), at=AT
    ).row


def codes_of(refused: Any) -> dict[str, list[str]]:
    return {
        name: [error.code for error in errors] for name, errors in refused.value.error_dict.items()
    }


def test_every_one_of_the_sixteen_kinds_says_what_it_asks_for(lists: None) -> None:
    """QĐ 824/QĐ-BYT (2023), codes 11 to 16 QĐ 1804/QĐ-BYT (2026)."""
    kinds = [row.code for row in codes_on("visit_kinds", ON)]
    assert kinds == [f"{n:02}" for n in range(1, 17)]
    known = {"stay", "admission", "department", "treatment", "place", "days"}
    for kind in kinds:
        rules = KindRules.on(kind, ON)
        assert rules.asks <= known, kind
        assert rules.days_rule in {"", "none", "period", "medicines", "services"}, kind


@pytest.mark.parametrize(
    ("kind", "said", "missing"),
    [
        ("03", {}, {"department", "admitted_at", "ended_at"}),
        ("04", {}, {"department", "ended_at"}),
        ("07", {"medicines": ()}, {"medicines-0-name"}),
        ("12", {}, {"held_at"}),
        ("11", {}, {"held_at"}),
    ],
)
def test_a_kind_lacks_what_it_needs_only_once_it_is_finished(
    citizen: Citizen,
    record: Callable[..., Visit],
    kind: str,
    said: dict[str, Any],
    missing: set[str],
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(citizen, kind=kind, **said)
    assert set(codes_of(refused)) == missing
    assert not Visit.objects.exists()
    assert record(citizen, kind=kind, is_finished=False, **said).status == "in_progress"


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({"kind": "01"}, 0),
        ({"kind": "05"}, 28),
        ({"kind": "07"}, 0),
        ({"kind": "08", "care_days": 4}, 4),
        (STAY, 4),
        ({**STAY, "kind": "09", "ended_at": AT + timedelta(hours=3), "at": AT + DAY}, 0),
    ],
)
def test_days_of_treatment_are_counted_by_the_kind(
    citizen: Citizen, record: Callable[..., Visit], said: dict[str, Any], days: int
) -> None:
    """SO_NGAY_DTRI of table 1, QĐ 4750/QĐ-BYT."""
    visit = record(citizen, **said)
    assert visit.care_days == days


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"ended_at": AT - DAY}, "ended_at", "visit_reversed"),
        ({"ended_at": AT + 9 * DAY}, "ended_at", "end_in_future"),
        ({"admitted_at": AT - DAY}, "admitted_at", "admission_outside"),
        ({"admitted_at": AT + 4 * DAY}, "admitted_at", "admission_outside"),
        ({"kind": "09"}, "ended_at", "stay_too_long"),
        ({"department": "K999"}, "department", "code_unknown"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    citizen: Citizen, record: Callable[..., Visit], said: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(citizen, **{**STAY, **said})
    assert code in codes_of(refused)[field]
    assert not Visit.objects.exists()


def test_the_database_keeps_the_admission_between_arrival_and_end(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """QĐ 4750/QĐ-BYT, table 1: NGAY_VAO ≤ NGAY_VAO_NOI_TRU ≤ NGAY_RA."""
    visit = record(citizen, **STAY)
    with (
        pytest.raises(IntegrityError, match="visit_admitted_within"),
        transaction.atomic(),
    ):
        Visit.objects.filter(pk=visit.pk).update(admitted_at=AT - DAY)


def test_what_is_measured_of_small_children_is_kept_and_weighed_by_age(
    child: Citizen, record: Callable[..., Visit]
) -> None:
    fitting = {"head_circumference": Decimal("48.5"), "arm_circumference": Decimal("14.5")}
    vitals = record(
        child, "J06.9", vitals=VitalEntry(**fitting), medicines=()
    ).vitalsigns_rows.get()
    assert (vitals.head_circumference, vitals.arm_circumference) == (
        Decimal("48.5"),
        Decimal("14.5"),
    )
    with pytest.raises(ValidationError) as refused:
        record(
            child,
            "J06.9",
            vitals=VitalEntry(arm_circumference=Decimal(40), head_circumference=Decimal(60)),
            medicines=(),
        )
    assert codes_of(refused) == {
        "arm_circumference": ["impossible"],
        "head_circumference": ["confirm_unlikely"],
    }


def test_who_measured_an_unlikely_value_again_is_kept(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    sure = VitalEntry(temperature=Decimal("41.5"), confirmed=frozenset({"temperature"}))
    vitals = record(citizen, vitals=sure).vitalsigns_rows.get()
    assert (vitals.confirmed, vitals.confirmed_by) == (["temperature"], clerk)
    other = record(citizen, vitals=VitalEntry(pulse=80)).vitalsigns_rows.get()
    assert other.confirmed_by is None


def test_another_hand_that_corrects_a_visit_does_not_take_over_who_measured_again(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    def hot(temperature: str) -> VitalEntry:
        return VitalEntry(temperature=Decimal(temperature), confirmed=frozenset({"temperature"}))

    visit = record(citizen, vitals=hot("41.5"), medicines=())
    services.open_access(user=clinician, citizen=citizen, at=AT)

    def correct(temperature: str, **said: Any) -> Any:
        visit.refresh_from_db()
        services.correct_visit(
            actor=clinician,
            visit=visit,
            entry=visit_of(vitals=hot(temperature), medicines=(), **said),
            version=version_of(visit),
            at=AT,
        )
        return visit.vitalsigns_rows.get().confirmed_by

    assert correct("41.5", advice="Uống nhiều nước") == clerk
    assert correct("41.8") == clinician


def test_pain_above_ten_is_impossible_and_consciousness_alone_is_kept(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(citizen, vitals=VitalEntry(pain=11))
    assert codes_of(refused) == {"pain": ["impossible"]}
    visit = record(citizen, vitals=VitalEntry(consciousness="voice"))
    assert visit.vitalsigns_rows.get().consciousness == "voice"


def test_a_traditional_diagnosis_keeps_its_own_rank(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """QĐ 4750/QĐ-BYT, table 1: MA_BENH_YHCT beside MA_BENH_CHINH."""
    visit = record(citizen, traditional=[read_traditional("U62.392 Yêu thống", on=ON)])
    row = visit.diagnosis_rows.get(rank="traditional")
    assert (row.code, row.title, visit.diagnosis_rows.count()) == ("U62.392", "Yêu thống", 2)
    with pytest.raises(ValidationError) as refused:
        read_traditional("đau lưng", on=ON)
    assert refused.value.code == "traditional_unknown"


def test_the_form_opens_what_a_stay_asks_for_and_keeps_all_that_was_typed(
    citizen: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    fields = fields_of(client.get(url), "visit_form") | {
        "kind": "12",
        "reason": "Khám tại nhà",
        "d-0-text": "I10",
        "treatment": "Hướng dẫn ăn nhạt",
    }
    answer = client.post(url, fields | {"_save": "1"})
    assert "Khám ở đâu? Ghi bản, nhà hoặc điểm khám." in text_of(answer)
    assert 'value="Hướng dẫn ăn nhạt"' in answer.content.decode()
    fields = fields_of(answer, "visit_form") | {"held_at": "Bản Nà Pheo 2", "_save": "1"}
    client.post(url, fields)
    visit = Visit.objects.get()
    assert (visit.kind, visit.held_at, visit.treatment) == (
        "12",
        "Bản Nà Pheo 2",
        "Hướng dẫn ăn nhạt",
    )


def test_the_form_asks_why_a_medicine_is_given_all_the_same(child: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_new", args=[child.pk])
    fields = fields_of(client.get(url), "visit_form") | {
        "reason": "Sốt",
        "d-0-text": "J06.9",
        "m-0-name": "Acid acetylsalicylic 81 mg",
        "m-0-each": "1",
        "m-0-every_hours": "12",
        "m-0-days": "2",
        "_save": "1",
    }
    answer = client.post(url, fields)
    assert "Reye" in text_of(answer)
    assert not Visit.objects.exists()
    client.post(url, fields | {"m-0-reason": "theo đơn BV tỉnh"})
    row = Visit.objects.get().medication_rows.get()
    assert row.warnings["reason"] == "theo đơn BV tỉnh"
    assert row.instruction == "1 viên mỗi lần, cách 12 giờ một lần, 2 ngày: 4 viên."
