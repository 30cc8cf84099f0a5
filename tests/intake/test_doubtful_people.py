"""Whom a row speaks of: sure by number, doubtful by likeness, and a person decides."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, CitizenIdentifier, TwinCase, Visit
from portal.accounts.models import User
from portal.intake.models import Batch, StagedRow
from portal.names import sort_key
from portal.places.models import Area, Organisation
from tests.intake.sending import confirm, counts, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def citizen(
    name: str = "Lò Văn Ún", *, birth: date = date(1971, 8, 15), **fields: object
) -> Citizen:
    return Citizen.objects.create(
        name=name, name_sort=sort_key(name), birth_date=birth, sex="male", **fields
    )


def numbered(person: Citizen, value: str, kind: str = "personal") -> Citizen:
    CitizenIdentifier.objects.create(citizen=person, kind=kind, value=value)
    return person


def test_number_with_birth_and_name_is_sure(data_officer: User, hospital: Organisation) -> None:
    known = numbered(citizen("LÒ VĂN ÚN"), "011071000123")
    citizen()  # the same name and birth without a number stays out of it
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 1}
    confirm(batch, data_officer)
    assert Visit.objects.get().citizen == known
    assert Citizen.objects.count() == 2


def test_a_card_number_with_birth_and_name_is_sure(
    data_officer: User, hospital: Organisation
) -> None:
    known = numbered(citizen(), "1234567890", "insurance_number")
    batch = send(workbook([visit(SO_CCCD="")]), by=data_officer, organisation=hospital)
    confirm(batch, data_officer)
    assert Visit.objects.get().citizen == known


@pytest.mark.parametrize(
    "known", [{"name": "Vừ A Dính"}, {"birth": date(1980, 1, 1)}], ids=["name", "birth"]
)
def test_a_known_number_under_another_name_or_birth_waits_for_a_person(
    data_officer: User, hospital: Organisation, known: dict
) -> None:
    person = numbered(citizen(**known), "011071000123")
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    assert counts(batch) == {"doubtful": 1}
    assert StagedRow.objects.get().candidates == [{"id": str(person.pk), "ground": "number"}]


def test_likeness_alone_waits_and_a_year_may_be_the_day(
    data_officer: User, hospital: Organisation, communes: list[Area]
) -> None:
    citizen(birth=date(1971, 1, 1), birth_precision="year", area=communes[0])
    citizen("Lò Văn Ún", area=communes[1])
    row = visit(SO_CCCD="", MA_THE_BHYT="")
    batch = send(workbook([row]), by=data_officer, organisation=hospital)
    assert counts(batch) == {"doubtful": 1}
    assert [c["ground"] for c in StagedRow.objects.get().candidates] == ["likeness"]


def decide(client: Client, batch: Batch, subject: Citizen | None) -> None:
    row = StagedRow.objects.filter(batch=batch, decision="doubtful").first()
    body = {"row": str(row.pk), **({"subject": str(subject.pk)} if subject else {})}
    assert client.post(reverse("intake:rule", args=[batch.pk]), body).status_code == 302


def test_the_same_person_gets_the_visit_and_all_rows_of_that_person_follow(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    known = citizen()
    rows = [visit(MA_LK=key, SO_CCCD="", MA_THE_BHYT="") for key in "12"]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert counts(batch) == {"doubtful": 2}
    client.force_login(data_officer)
    body = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "15/08/1971" in body
    decide(client, batch, known)
    assert counts(batch) == {"new": 2}
    confirm(batch, data_officer)
    assert set(Visit.objects.values_list("citizen", flat=True)) == {known.pk}


def test_another_person_gets_a_record_and_the_answer_is_kept(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    known = citizen()
    batch = send(
        workbook([visit(SO_CCCD="", MA_THE_BHYT="")]), by=data_officer, organisation=hospital
    )
    client.force_login(data_officer)
    decide(client, batch, None)
    confirm(batch, data_officer)
    made = Visit.objects.get().citizen
    assert made != known
    case = TwinCase.objects.get()
    assert (case.older, case.newer, case.answer) == (known, made, "different")
    assert case.answered_by == data_officer


def test_a_claimed_number_of_another_person_is_saved_and_stays_an_open_case(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    numbered(citizen("Vừ A Dính"), "011071000123")
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    decide(client, batch, None)
    confirm(batch, data_officer)
    assert CitizenIdentifier.objects.filter(value="011071000123").count() == 2
    case = TwinCase.objects.get()
    assert (case.ground, case.number, case.answer) == ("number", "011071000123", "")


def test_nobody_can_be_named_who_was_no_candidate(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    citizen()
    someone = citizen("Người Khác")
    batch = send(
        workbook([visit(SO_CCCD="", MA_THE_BHYT="")]), by=data_officer, organisation=hospital
    )
    client.force_login(data_officer)
    decide(client, batch, someone)
    assert counts(batch) == {"doubtful": 1}


def test_a_twin_that_appears_between_preview_and_writing_is_not_written_blindly(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(SO_CCCD="", MA_THE_BHYT=""), visit(MA_LK="2", HO_TEN="Sùng A Chứ", SO_CCCD="")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 2}
    citizen()
    confirm(batch, data_officer)
    assert counts(batch) == {"new": 1, "doubtful": 1}
    assert Visit.objects.get().citizen.name == "Sùng A Chứ"


def test_two_visits_of_one_new_person_make_one_record(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(MA_LK="1"), visit(MA_LK="2", MA_THE_BHYT="")]
    confirm(send(workbook(rows), by=data_officer, organisation=hospital), data_officer)
    assert Citizen.objects.count() == 1
    assert Visit.objects.count() == 2
