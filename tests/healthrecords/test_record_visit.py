"""A visit is recorded once, checked as a whole, and corrected on its day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, Diagnosis, Medication, Visit, VitalSigns
from healthrecords.services import DiagnosisEntry, MedicineEntry, VitalEntry
from healthrecords.services.parts import write_parts
from healthrecords.services.versions import version_of
from healthrecords.services.weighing import Weighed
from portal.accounts.models import User
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, publish_lists, visit_of


def codes_of(refused: Any) -> dict[str, list[str | None]]:
    return {field: [e.code for e in found] for field, found in refused.value.error_dict.items()}


def test_a_visit_keeps_its_parts_and_its_citizen(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    """QĐ 4750/QĐ-BYT, table 1: one MA_BENH_CHINH, the others in MA_BENH_KT."""
    visit = record(citizen, "I10", "E11.9")
    assert (visit.status, visit.facility, visit.ended_at) == ("finished", station, AT)
    assert list(visit.diagnosis_rows.values_list("rank", "code")) == [
        ("main", "I10"),
        ("other", "E11.9"),
    ]
    medicine = visit.medication_rows.get()
    assert (medicine.quantity, medicine.instruction) == (
        Decimal(28),
        "Sáng 1 viên, 28 ngày: 28 viên.",
    )
    assert visit.vitalsigns_rows.get().citizen_id == citizen.pk


def test_the_same_visit_sent_twice_changes_nothing(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    key = uuid7()
    said = {"actor": clerk, "citizen": citizen, "facility": station, "client_key": key, "at": AT}
    first = services.record_visit(**said, entry=visit_of("I10"))
    second = services.record_visit(**said, entry=visit_of("J00", reason="Khác"))
    assert (first.is_new, second.is_new, second.row) == (True, False, first.row)
    assert Visit.objects.get().reason == "Khám tăng huyết áp"
    assert Diagnosis.objects.get().code == "I10"


@pytest.mark.django_db(transaction=True)
def test_the_same_visit_sent_twice_at_once_is_one_visit(
    clerk: User, station: Organisation, citizen: Citizen
) -> None:
    key, barrier, saved = uuid7(), Barrier(2), []
    entry = visit_of("I10")

    def send() -> None:
        with acting(command="pytest"):
            actor = User.objects.get(pk=clerk.pk)
            barrier.wait(5)
            saved.append(
                services.record_visit(
                    actor=actor,
                    citizen=citizen,
                    facility=station,
                    entry=entry,
                    client_key=key,
                    at=AT,
                )
            )
        connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(result.is_new for result in saved) == [False, True]
    assert (Visit.objects.count(), Diagnosis.objects.count()) == (1, 1)


def test_a_key_of_another_person_is_refused(
    citizen: Citizen, clerk: User, station: Organisation, record: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    other = Citizen.objects.create(name="Lò Văn Páo", birth_date=date(1990, 1, 1), sex="male")
    with pytest.raises(ValidationError) as refused:
        services.record_visit(
            actor=clerk,
            citizen=other,
            facility=station,
            entry=visit_of(),
            client_key=visit.client_key,
            at=AT,
        )
    assert refused.value.code == "form_of_another"
    assert Visit.objects.get().citizen == citizen


def test_a_visit_needs_an_open_record(
    citizen: Citizen, stranger: User, clerk: User, station: Organisation
) -> None:
    with pytest.raises(PermissionDenied):
        services.record_visit(
            actor=stranger,
            citizen=citizen,
            facility=stranger.place_of_work,
            entry=visit_of(),
            client_key=uuid7(),
            at=AT,
        )
    with pytest.raises(PermissionDenied):
        services.record_visit(
            actor=stranger,
            citizen=citizen,
            facility=station,
            entry=visit_of(),
            client_key=uuid7(),
            at=AT,
        )
    assert not Visit.objects.exists()


def test_the_facility_cares_for_the_person_afterwards(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    record(citizen)
    record(citizen, started_at=AT + timedelta(hours=1))
    assert CareRelation.objects.get(citizen=citizen, organisation=station).ground == "visit"


def test_everything_wrong_is_said_at_once_and_nothing_is_stored(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(
            citizen,
            "C61",
            at=AT,
            started_at=AT + timedelta(days=1),
            reason="",
            vitals=VitalEntry(pulse=780, systolic=80, diastolic=120),
            medicines=[MedicineEntry(name="X", days=900, morning=Decimal(-1))],
            next_visit_on=date(2026, 1, 1),
            outcome="99",
        )
    assert codes_of(refused) == {
        "started_at": ["visit_in_future"],
        "next_visit_on": ["next_visit_before"],
        "outcome": ["code_unknown"],
        "reason": ["reason_missing"],
        "pulse": ["impossible"],
        "systolic": ["blood_pressure_reversed"],
        "diagnoses-0": ["diagnosis_sex"],
        "medicines-0-morning": ["dose_impossible"],
        "medicines-0-days": ["days_impossible"],
    }
    assert not Visit.objects.exists()
    assert not VitalSigns.objects.exists()


def test_a_visit_put_off_needs_no_diagnosis(citizen: Citizen, record: Callable[..., Visit]) -> None:
    visit = record(citizen, is_finished=False, diagnoses=[], reason="", medicines=[])
    assert (visit.status, visit.ended_at) == ("in_progress", None)


def test_an_unlikely_value_is_asked_about_and_its_confirmation_kept(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    unlikely = VitalEntry(pulse=150)
    with pytest.raises(ValidationError) as refused:
        record(citizen, vitals=unlikely)
    assert codes_of(refused) == {"pulse": ["confirm_unlikely"]}
    visit = record(citizen, vitals=VitalEntry(pulse=150, confirmed=frozenset({"pulse", "weight"})))
    assert visit.vitalsigns_rows.get().confirmed == ["pulse"]


def test_blood_pressure_far_from_last_time_is_asked_about(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen)
    with pytest.raises(ValidationError) as refused:
        record(
            citizen,
            started_at=AT + timedelta(days=1),
            vitals=VitalEntry(systolic=182, diastolic=104),
        )
    assert codes_of(refused) == {"systolic": ["confirm_unlikely"]}
    assert "148" in " ".join(refused.value.messages)


def test_a_code_known_by_structure_alone_is_taken(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from healthrecords.services.diagnoses import read_diagnosis

    reading = read_diagnosis("a22.1", on=date(2026, 11, 5))
    visit = record(citizen, diagnoses=[reading.entry])
    diagnosis = visit.diagnosis_rows.get()
    assert reading.is_structure_only
    assert (diagnosis.code, diagnosis.list_version) == ("A22.1", None)


def test_a_visit_is_corrected_on_the_day_it_was_entered(
    citizen: Citizen, clerk: User, record: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    services.correct_visit(
        actor=clerk,
        visit=visit,
        entry=visit_of("J00", medicines=[], reason="Cảm lạnh"),
        version=version_of(visit),
        at=AT + timedelta(hours=5),
    )
    visit.refresh_from_db()
    assert (visit.reason, visit.diagnosis_rows.get().code) == ("Cảm lạnh", "J00")
    assert not Medication.objects.exists()


def test_who_read_the_visit_before_somebody_else_saved_it_overwrites_nothing(
    citizen: Citizen, clerk: User, record: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    version = version_of(visit)
    said = {"actor": clerk, "visit": visit, "version": version, "at": AT}
    services.correct_visit(entry=visit_of("J00", medicines=[]), **said)
    with pytest.raises(ValidationError) as refused:
        services.correct_visit(entry=visit_of("I10", reason="Đau đầu"), **said)
    assert refused.value.code == "saved_by_another"
    visit.refresh_from_db()
    assert (visit.reason, visit.diagnosis_rows.get().code) == ("Khám tăng huyết áp", "J00")


def test_a_later_day_or_another_place_corrects_nothing(
    citizen: Citizen, clerk: User, neighbour: User, stranger: User, record: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    tomorrow = AT + timedelta(days=1)
    services.open_access(user=clerk, citizen=citizen, at=tomorrow)
    with pytest.raises(ValidationError) as refused:
        services.correct_visit(
            actor=clerk, visit=visit, entry=visit_of("J00"), version="", at=tomorrow
        )
    assert refused.value.code == "visit_closed"
    for user in (neighbour, stranger):
        services.break_glass(user=user, citizen=citizen, reason="đang cấp cứu tại đây", at=AT)
        with pytest.raises(PermissionDenied):
            services.correct_visit(
                actor=user, visit=visit, entry=visit_of("J00"), version="", at=AT
            )
    assert Diagnosis.objects.get().code == "I10"


def test_a_visit_from_a_file_is_corrected_at_its_source(
    citizen: Citizen, clerk: User, record: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    Visit.objects.update(origin="file")
    with pytest.raises(ValidationError) as refused:
        services.correct_visit(actor=clerk, visit=visit, entry=visit_of("J00"), version="", at=AT)
    assert refused.value.code == "visit_from_file"


@pytest.mark.parametrize(
    ("codes", "sensitivity"),
    [(("I10",), ""), (("B20",), "hiv"), (("I10", "F20"), "mental"), (("F20", "B20"), "hiv")],
)
def test_a_visit_and_its_parts_carry_the_class_of_its_diagnoses(
    citizen: Citizen, record: Callable[..., Visit], codes: tuple[str, ...], sensitivity: str
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    entries = [DiagnosisEntry(code, code) for code in codes]
    visit = record(citizen, diagnoses=entries)
    assert visit.sensitivity == sensitivity
    for parts in (visit.diagnosis_rows, visit.medication_rows, visit.vitalsigns_rows):
        assert {row.sensitivity for row in parts.all()} == {sensitivity}


def test_the_version_of_the_day_of_the_visit_decides(db: None) -> None:
    """Circular 06/2026/TT-BYT: the day a visit ends picks the list (read second-hand)."""
    publish_lists()
    from healthrecords.services.diagnoses import read_diagnosis

    assert read_diagnosis("tang huyet ap", on=date(2026, 11, 5)).entry is not None
    assert read_diagnosis("tang huyet ap", on=date(2001, 1, 1)).entry is None


def test_a_visit_with_much_costs_no_more_questions_than_one_with_little(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    """Each list of codes is read once, each kind of part written at once."""
    services.open_access(user=clerk, citizen=citizen, at=AT)
    many = [
        MedicineEntry(name=f"Thuốc {n}", morning=Decimal(1), days=5, reason="theo đơn")
        for n in range(8)
    ]
    much = visit_of("I10", "E11.9", "J02.9", medicines=many)
    asked = []
    # The first one reads the lists, which are kept from then on.
    for minutes, entry in enumerate((much, visit_of(medicines=many[:1]), much)):
        at = AT + timedelta(minutes=minutes)
        with CaptureQueriesContext(connection) as queries:
            services.record_visit(
                actor=clerk,
                citizen=citizen,
                facility=station,
                entry=replace(entry, started_at=at),
                client_key=uuid7(),
                at=at,
            )
        asked.append(len(queries))
    assert asked[1] == asked[2]
    assert asked[2] <= 36


def test_what_only_the_database_refuses_is_said_in_its_rule_s_words(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, medicines=[])
    impossible = MedicineEntry(name="Thuốc", each=Decimal(1), every_hours=500, days=1)
    entry = visit_of(medicines=[impossible], vitals=VitalEntry(), diagnoses=[])
    with pytest.raises(ValidationError) as refused:
        write_parts(visit, entry, actor=clerk, weighed=Weighed({}, {}))
    assert "hours_impossible" in {e.code for e in refused.value.error_dict["__all__"]}
    assert not visit.medication_rows.exists()
