"""A value that a file brought says so: which place sent it, and on which day."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from healthrecords.models import Citizen, FieldSource
from healthrecords.provenances import Provenances, words_of
from healthrecords.services.identity import file_differences
from healthrecords.services.sources import held_number, values_of
from portal.accounts.models import User
from portal.intake import services
from portal.places.models import Organisation
from portal.provenance import Sureness
from tests.intake.sending import NOW
from tests.intake.test_a_list_becomes_people import PERSON, person, sent

__all__ = ["sent"]
pytestmark = pytest.mark.usefixtures("lists")


def provenance(citizen: Citizen, field: str) -> Any:
    number = held_number(citizen)
    on = timezone.localdate()
    found = Provenances(citizen, words_of(citizen), number=number, on=on).provenance_of(field)
    assert found is not None
    return found


def test_who_came_with_a_file_needs_no_word_and_tells_place_and_day(
    sent: Any, hospital: Organisation
) -> None:
    sent(person())
    citizen = Citizen.objects.get()
    assert not FieldSource.objects.exists()
    found = provenance(citizen, "phone")
    assert (found.sureness, found.text) == (Sureness.RECEIVED, hospital.name)
    assert found.on == timezone.localdate()


def test_what_a_later_file_changes_is_its_word_and_nothing_else_is(
    sent: Any, hospital: Organisation
) -> None:
    sent(person())
    batch = sent(person(DIEN_THOAI="0987654321", DIA_CHI="Bản Nà Pheo 2"))
    citizen = Citizen.objects.get()
    words = {row.field: row for row in FieldSource.objects.all()}
    assert set(words) == {"phone", "address"}
    ours = values_of(citizen)
    assert {name: row.value for name, row in words.items()} == {
        name: ours[name] for name in ("phone", "address")
    }
    assert {(row.source, row.batch_id, row.organisation) for row in words.values()} == {
        ("file", batch.pk, hospital)
    }
    assert provenance(citizen, "phone").text == hospital.name


def test_an_undone_list_says_nothing_any_more(sent: Any, data_officer: User) -> None:
    """What it said is set aside with the reason; nobody is asked about it."""
    sent(person())
    batch = sent(person(DIEN_THOAI="0987654321"))
    citizen = Citizen.objects.get()
    services.ask_to_undo(actor=data_officer, batch=batch, reason="gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)
    citizen.refresh_from_db()
    assert citizen.phone == PERSON["DIEN_THOAI"]
    assert file_differences(citizen) == []
    assert "đã hoàn tác" in FieldSource.objects.get(field="phone").set_aside_because


@pytest.mark.parametrize("born", ["1971", "08/1971", "16/08/1971"])
def test_a_word_of_a_birth_is_as_exact_as_the_birth(born: str, sent: Any) -> None:
    sent(person())
    sent(person(NGAY_SINH=born))
    citizen = Citizen.objects.get()
    if citizen.birth_date == date(1971, 8, 15):
        pytest.skip("the file said nothing new")
    word = FieldSource.objects.get(field="birth")
    assert word.value == citizen.birth.iso()


def test_an_hour_of_birth_that_a_later_file_brings_with_the_day_is_its_word(
    sent: Any, hospital: Organisation
) -> None:
    sent(person())
    batch = sent(person(NGAY_SINH="197108160530"))
    citizen = Citizen.objects.get()
    words = {word.field: word for word in FieldSource.objects.all()}
    assert {name: word.value for name, word in words.items()} == {
        "birth": "1971-08-16",
        "birth_time": values_of(citizen)["birth_time"],
    }
    assert words["birth_time"].value == "05:30"
    assert {(word.batch_id, word.organisation) for word in words.values()} == {(batch.pk, hospital)}


def test_the_words_of_many_cost_one_statement_a_chunk(sent: Any) -> None:
    people = [
        person(MA_BN=f"BN{n}", SO_CCCD=f"0110710{n:05}", HO_TEN=f"Lò Văn Ún {chr(65 + n)}")
        for n in range(6)
    ]
    sent(*people)
    with CaptureQueriesContext(connection) as asked:
        sent(*({**one, "DIEN_THOAI": f"09111111{n:02}"} for n, one in enumerate(people)))
    said = "INSERT INTO healthrecords_fieldsource"
    spoken = [q for q in asked.captured_queries if q["sql"].lstrip().startswith(said)]
    assert FieldSource.objects.filter(field="phone").count() == 6
    assert len(spoken) == 1
    assert PERSON["DIEN_THOAI"] not in FieldSource.objects.values_list("value", flat=True)
