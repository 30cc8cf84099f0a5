"""A facility's own patient number means whom its files wrote under it before (records.md 1.9, step 3)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, CitizenIdentifier, Visit
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.intake.sending import NOW, confirm, counts, envelope, record, send, visit, workbook
from tests.intake.test_doubtful_people import decide

pytestmark = pytest.mark.usefixtures("lists")
HEADINGS = [*visit(), "MA_BN"]
NOBODYS = {"SO_CCCD": "", "MA_THE_BHYT": "", "MA_BN": "BN-7"}


def book(*rows: dict[str, Any]) -> bytes:
    return workbook([visit(**{**NOBODYS, **row}) for row in rows], headings=HEADINGS)


@pytest.fixture
def known(data_officer: User, hospital: Organisation) -> Citizen:
    """Somebody whom a file brought under a patient number and no other."""
    first = send(book({"MA_LK": "1"}), by=data_officer, organisation=hospital)
    confirm(first, data_officer)
    return Citizen.objects.get()


def test_two_files_under_one_patient_number_are_one_person(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    second = send(book({"MA_LK": "2"}), by=data_officer, organisation=hospital)
    assert counts(second) == {"new": 1}
    assert StagedRow.objects.get(batch=second).subject_id == known.pk
    confirm(second, data_officer)
    assert set(Visit.objects.values_list("citizen", flat=True)) == {known.pk}


def test_an_envelope_means_the_same_patient(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    said = {
        "HO_TEN": "LÒ VĂN ÚN",
        "NGAY_SINH": "197108150000",
        "GIOI_TINH": "1",
        "SO_CCCD": "",
        "MA_THE_BHYT": "",
        "MA_BN": "BN-7",
    }
    batch = send(envelope(record(**said)), by=data_officer, organisation=hospital, kind="envelope")
    assert StagedRow.objects.get(batch=batch).subject_id == known.pk


@pytest.mark.parametrize(
    "changed", [{"HO_TEN": "Lò Văn Ước"}, {"NGAY_SINH": "15/08/1981"}], ids=["name", "birth"]
)
def test_a_changed_name_or_birth_is_doubtful_and_no_new_person(
    client: Client, data_officer: User, hospital: Organisation, known: Citizen, changed: dict
) -> None:
    second = send(book({"MA_LK": "2", **changed}), by=data_officer, organisation=hospital)
    assert counts(second) == {"doubtful": 1}
    candidates = StagedRow.objects.get(batch=second).candidates
    assert candidates == [{"id": str(known.pk), "ground": "patient"}]
    assert Citizen.objects.count() == 1
    client.force_login(data_officer)
    assert client.get(reverse("intake:batch", args=[second.pk])).status_code == 200
    decide(client, second, None)
    confirm(second, data_officer)
    assert Citizen.objects.count() == 2


TWIN = {"HO_TEN": "Lò Ngọc Hà", "NGAY_SINH": "03/10/2012"}


def test_twins_under_the_number_of_their_mother_are_two_people(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    first = send(book({"MA_LK": "1", **TWIN}), by=data_officer, organisation=hospital)
    confirm(first, data_officer)
    boy = Citizen.objects.get()
    girl = {"MA_LK": "2", **TWIN, "GIOI_TINH": "Nữ"}
    second = send(book(girl), by=data_officer, organisation=hospital)
    assert counts(second) == {"doubtful": 1}
    staged = StagedRow.objects.get(batch=second)
    assert (staged.subject_id, staged.candidates) == (
        None,
        [{"id": str(boy.pk), "ground": "patient"}],
    )
    again = send(book({"MA_LK": "3", **TWIN}), by=data_officer, organisation=hospital)
    assert StagedRow.objects.get(batch=again).subject_id == boy.pk
    client.force_login(data_officer)
    decide(client, second, None)
    confirm(second, data_officer)
    assert set(Citizen.objects.values_list("sex", flat=True)) == {"male", "female"}


def test_twins_of_one_file_are_two_people(data_officer: User, hospital: Organisation) -> None:
    rows = ({"MA_LK": "1", **TWIN}, {"MA_LK": "2", **TWIN, "GIOI_TINH": "Nữ"})
    confirm(send(book(*rows), by=data_officer, organisation=hospital), data_officer)
    assert Visit.objects.values("citizen").distinct().count() == 2


def test_a_patient_number_with_another_personal_number_is_for_a_person_to_decide(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    own = CitizenIdentifier.objects.create(citizen=known, kind="personal", value="011071000999")
    other = send(
        book({"MA_LK": "2", "SO_CCCD": "011071000123"}), by=data_officer, organisation=hospital
    )
    assert counts(other) == {"doubtful": 1}
    staged = StagedRow.objects.get(batch=other)
    assert (staged.subject_id, staged.candidates) == (
        None,
        [{"id": str(known.pk), "ground": "patient"}],
    )
    own.ended_on = NOW.date()
    own.save()
    later = send(
        book({"MA_LK": "3", "SO_CCCD": "011071000123"}), by=data_officer, organisation=hospital
    )
    assert StagedRow.objects.get(batch=later).subject_id == known.pk


def test_a_number_that_is_written_for_everybody_makes_nobody_doubtful(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    other = {"MA_LK": "2", "HO_TEN": "Giàng A Páo", "NGAY_SINH": "02/03/1990"}
    second = send(book(other), by=data_officer, organisation=hospital)
    assert counts(second) == {"new": 1}
    assert StagedRow.objects.get(batch=second).candidates == []


def test_the_number_of_another_facility_means_nobody_here(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    below = places.create_organisation(
        name="Cơ sở 2", kind="hospital", parent=hospital, valid_from=SINCE
    )
    places.give_code(organisation=below, scheme="insurance", value="11091", valid_from=SINCE)
    headings = [*HEADINGS, "MA_CSKCB"]
    row = visit(**NOBODYS, MA_LK="2", MA_CSKCB="11091", HO_TEN="Lò Văn Ước")
    second = send(workbook([row], headings=headings), by=data_officer, organisation=hospital)
    assert StagedRow.objects.get(batch=second).candidates == []


def test_a_number_of_an_undone_file_means_nobody(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    first = Batch.objects.get()
    services.ask_to_undo(actor=data_officer, batch=first, reason="Tệp sai")
    services.undo_batch(first.pk, at=NOW)
    second = send(
        book({"MA_LK": "2", "HO_TEN": "Lò Văn Ước"}), by=data_officer, organisation=hospital
    )
    assert counts(second) == {"new": 1}
    assert StagedRow.objects.get(batch=second).candidates == []


def test_a_patient_number_written_after_the_preview_is_seen_when_the_file_is_written(
    data_officer: User, hospital: Organisation
) -> None:
    waiting = send(
        book({"MA_LK": "2", "HO_TEN": "Lò Văn Ước"}), by=data_officer, organisation=hospital
    )
    confirm(send(book({"MA_LK": "1"}), by=data_officer, organisation=hospital), data_officer)
    confirm(waiting, data_officer)
    assert counts(waiting) == {"doubtful": 1}
    assert Visit.objects.count() == 1


def test_the_numbers_are_found_by_their_index(
    data_officer: User, hospital: Organisation, known: Citizen
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            """EXPLAIN SELECT earlier.target_id FROM intake_stagedrow earlier
            WHERE earlier."values" -> '@' ->> 'facility' = %s
              AND earlier."values" ->> 'MA_BN' = %s AND earlier."values" ->> 'MA_BN' <> ''
              AND earlier.written_at IS NOT NULL AND earlier.target_id IS NOT NULL
            ORDER BY earlier.id DESC LIMIT 5""",
            [str(hospital.pk), "BN-7"],
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "Index Scan Backward using stagedrow_patient" in plan
    assert "Sort" not in plan
