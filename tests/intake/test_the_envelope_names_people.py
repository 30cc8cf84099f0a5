"""Practitioners and facilities that an envelope names by number are found in the registers, now or later."""

from datetime import timedelta

import pytest

from healthrecords.jobs import resolve_namings
from healthrecords.models import Naming
from healthrecords.services.namings import practitioners_of, resolve_waiting
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, Finding
from portal.places import services as places
from portal.places.models import Organisation
from practitioners.models import PracticeLicense, Practitioner, PractitionerIdentifier
from tests.conftest import SINCE
from tests.intake.envelopes import DOCTOR, NURSE, medicine, whole, written
from tests.intake.sending import NOW, counts, envelope, found, send

pytestmark = pytest.mark.usefixtures("lists")
LATER = NOW + timedelta(days=3)


def sent(officer: User, hospital: Organisation, *records: dict) -> Batch:
    content = envelope(*(written(record) for record in records or [whole()]))
    return send(content, by=officer, organisation=hospital, kind="envelope", name="a.xml")


def said(batch: Batch) -> set[tuple[str, str, str]]:
    return set(Finding.objects.filter(batch=batch).values_list("cell", "code", "value"))


def test_numbers_that_the_registers_know_are_resolved_at_once(
    data_officer: User, hospital: Organisation, registers: Practitioner
) -> None:
    batch = sent(data_officer, hospital)
    assert found(batch) == []
    owners = {n.number: n.practitioner_id or n.facility_id for n in Naming.objects.all()}
    assert owners == {DOCTOR: registers.pk, NURSE: registers.pk, "11001": hospital.pk}


def test_what_no_register_knows_is_one_remark_each_and_keeps_no_row_out(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(data_officer, hospital, whole(), whole(MA_LK="E-2", MA_NOI_DEN="99999"))
    assert counts(batch) == {"new": 1, "unchanged": 0} or counts(batch)["new"] == 2
    assert said(batch) == {
        ("HOSO 1/XML2[1]/MA_BAC_SI", "practitioner_unknown", DOCTOR),
        ("HOSO 1/XML1/MA_TTDV", "practitioner_unknown", NURSE),
        ("HOSO 2/XML1/MA_NOI_DEN", "facility_unknown", "99999"),
    }
    doctor = Finding.objects.get(value=DOCTOR)
    assert doctor.params == {"value": DOCTOR, "count": 2}
    assert doctor.severity == "warning"


def test_a_remark_settles_itself_when_the_register_learns_the_number(
    data_officer: User,
    hospital: Organisation,
    department: Organisation,
    request: pytest.FixtureRequest,
) -> None:
    batch = sent(data_officer, hospital, whole(MA_NOI_DEN="99999"))
    assert resolve_waiting(at=LATER) == 0
    person = request.getfixturevalue("registers")
    other = places.create_organisation(
        name="Bệnh viện khác", kind="hospital", parent=department, valid_from=SINCE
    )
    places.give_code(organisation=other, scheme="insurance", value="99999", valid_from=SINCE)
    assert resolve_waiting(at=LATER) == 3
    assert {code for _cell, code, _value in said(batch)} == {"number_learnt"}
    doctor = Naming.objects.get(number=DOCTOR)
    assert (doctor.practitioner, doctor.resolved_at) == (person, LATER)
    assert Naming.objects.get(number="99999").facility == other
    assert resolve_waiting(at=LATER) == 0


def test_the_job_looks_again_by_itself(data_officer: User, hospital: Organisation, request) -> None:
    sent(data_officer, hospital)
    request.getfixturevalue("registers")
    assert resolve_namings.func(timestamp=0) == 2


def test_a_licence_is_the_same_however_its_number_is_written(registers: Practitioner) -> None:
    written_ = [
        "001/HNO-CCHN",
        "0000001/hno-cchn",
        "Số: 000001/HNO–CCHN",
        "000001/HNO-CCHN.C.11001",
    ]
    assert practitioners_of(written_) == dict.fromkeys(written_, registers.pk)


def test_a_number_that_two_people_hold_is_nobodys(registers: Practitioner) -> None:
    other = Practitioner.objects.create(name="Người khác", birth_date=SINCE, sex="female")
    PractitionerIdentifier.objects.create(practitioner=other, kind="insurance", value=NURSE)
    assert practitioners_of([NURSE]) == {}


def test_several_numbers_in_one_field_are_each_looked_for(
    data_officer: User, hospital: Organisation, registers: Practitioner
) -> None:
    line = medicine(1, None, MA_BAC_SI=f"{DOCTOR};000777/HNO-GPHN; 000888/HNO-GPHN")
    batch = sent(data_officer, hospital, whole(medicines=[line]))
    assert {value for _cell, _code, value in said(batch)} == {"000777/HNO-GPHN", "000888/HNO-GPHN"}


def test_reading_a_file_again_counts_nobody_twice(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(data_officer, hospital)
    Batch.objects.filter(pk=batch.pk).update(state="received")
    services.read_batch(batch.pk, at=NOW)
    assert Naming.objects.filter(batch=batch).count() == 3
    assert Finding.objects.filter(batch=batch).count() == 2


def test_a_superseded_licence_still_names_its_holder(registers: Practitioner) -> None:
    PracticeLicense.objects.update(superseded_on=SINCE)
    assert practitioners_of([DOCTOR]) == {DOCTOR: registers.pk}
