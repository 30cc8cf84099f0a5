"""A question about a number that two records claim is open as long as both claim it."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
from healthrecords.services import NumberEntry, numbers
from healthrecords.services.sweeps import sweep
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import fresh, join, part
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
LATER = AT + timedelta(days=15)
NUMBER = "011162004137"
HIM: dict[str, Any] = {"name": "Lò Văn Xa", "sex": "male", "birth": PartialDate(1990, 1, 2)}
THIRD: dict[str, Any] = {"name": "Vàng Thị Pà", "birth": PartialDate(1975, 4, 30)}
Register = Callable[..., Citizen]


@pytest.fixture
def register(clerk: User, station: Organisation, communes: list[Area]) -> Register:
    def register_it(**said: Any) -> Citizen:
        row: Citizen = services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], **said),
            client_key=uuid7(),
            at=AT,
            not_twins=frozenset(Citizen.objects.values_list("pk", flat=True)),
        ).row
        return row

    return register_it


@pytest.fixture
def mend(clerk: User, communes: list[Area]) -> Register:
    def mend_it(citizen: Citizen, **said: Any) -> Citizen:
        return services.mend_citizen(
            actor=clerk,
            citizen=citizen,
            entry=entry_of(communes[0], **said),
            version=version_of_citizen(citizen),
            at=LATER,
        )

    return mend_it


def give_up(clerk: User, citizen: Citizen, **said: Any) -> None:
    row = citizen.identifiers.get(value=NUMBER, ended_on=None)
    said = {"ending": "not_theirs", "note": "", **said}
    numbers.end_number(actor=clerk, identifier=row, at=LATER, **said)


def test_a_number_that_one_gives_up_is_no_question_any_more(
    register: Register, clerk: User
) -> None:
    register()
    other = register(**HIM)
    assert TwinCase.objects.open().get().number == NUMBER
    give_up(clerk, other)
    case = TwinCase.objects.get()
    assert (case.answer, case.answered_by, case.answered_at) == ("given_up", clerk, LATER)


def test_a_number_typed_over_is_no_question_any_more(register: Register, mend: Register) -> None:
    register()
    other = register(**HIM)
    mend(other, **HIM, numbers=[NumberEntry("personal", "011070000001")])
    assert TwinCase.objects.get().answer == "given_up"


def test_mending_something_else_closes_no_question(register: Register, mend: Register) -> None:
    register()
    other = register(**HIM)
    mend(other, **HIM, phone="0912000417")
    assert TwinCase.objects.get().answer == ""


def test_of_three_who_claim_a_number_two_go_on_being_asked_about(
    register: Register, clerk: User
) -> None:
    first, third = register(), register(**THIRD)
    other = register(**HIM)
    assert TwinCase.objects.open().count() == 3
    give_up(clerk, other)
    case = TwinCase.objects.open().get()
    assert {case.older, case.newer} == {first, third}
    assert TwinCase.objects.filter(answer="given_up").count() == 2


def test_a_number_claimed_anew_is_asked_about_again(
    register: Register, mend: Register, clerk: User
) -> None:
    register()
    other = register(**HIM)
    give_up(clerk, other)
    mend(other, **HIM)
    case = TwinCase.objects.get()
    assert (case.answer, case.answered_by, case.answered_at) == ("", None, None)


def test_a_number_issued_anew_is_asked_about_again(register: Register, clerk: User) -> None:
    register()
    other = register(**HIM)
    give_up(clerk, other, ending="replaced", successor="011070000001")
    row = other.identifiers.get(ended_on=None)
    numbers.end_number(
        actor=clerk, identifier=row, ending="corrected", note="", successor=NUMBER, at=LATER
    )
    assert TwinCase.objects.get().answer == ""


def test_what_a_person_answered_is_not_closed_by_a_number(register: Register, clerk: User) -> None:
    register()
    other = register(**HIM)
    TwinCase.objects.update(answer="different", answered_at=AT, answered_by=clerk)
    give_up(clerk, other)
    assert TwinCase.objects.get().answer == "different"


def test_the_list_of_questions_finds_those_about_numbers_given_up(
    register: Register, clerk: User
) -> None:
    register()
    give_up(clerk, register(**HIM))
    client, url = logged_in(clerk), reverse("admin:healthrecords_twincase_changelist")
    assert "Lò Văn Xa" not in text_of(client.get(url))
    page = text_of(client.get(url, {"answer": "given_up"}))
    assert "Lò Văn Xa" in page
    assert "Đã bỏ số trùng" in page


def test_questions_stored_before_are_closed_where_one_had_given_the_number_up(
    register: Register,
) -> None:
    first, third = register(), register(**THIRD)
    other = register(**HIM)
    other.identifiers.update(ended_on=LATER.date(), ending="not_theirs")
    migration = import_module("healthrecords.migrations.0051_numbers_given_up_before").Migration
    with connection.cursor() as cursor:
        for operation in migration.operations:
            cursor.execute(operation.sql)
    case = TwinCase.objects.open().get()
    assert {case.older, case.newer} == {first, third}
    assert TwinCase.objects.filter(answer="given_up").count() == 2


def test_the_nightly_search_asks_again_about_a_number_that_a_file_claims_anew(
    register: Register, clerk: User
) -> None:
    register()
    other = register(**HIM)
    give_up(clerk, other)
    sweep(at=LATER)
    assert TwinCase.objects.get().answer == "given_up"
    CitizenIdentifier.objects.create(citizen=other, kind="personal", value=NUMBER, origin="file")
    assert sweep(at=LATER).found == 1
    case = TwinCase.objects.get()
    assert (case.answer, case.answered_by, case.answered_at) == ("", None, None)


def test_a_number_given_up_leaves_two_records_of_one_woman_to_be_asked_about(
    register: Register, clerk: User
) -> None:
    """The number of one was mistyped over; name, birth and commune are still the same."""
    register()
    other = register(name="Quàng Thị Hạc")
    give_up(clerk, other, ending="corrected", successor="011162004999")
    sweep(at=LATER)
    assert TwinCase.objects.open().get().ground != "number"


def test_another_number_that_both_claim_is_asked_about_when_one_was_given_up(
    register: Register, clerk: User
) -> None:
    both = [NumberEntry("personal", NUMBER), NumberEntry("insurance_number", "1123456789")]
    register(numbers=both)
    other = register(**THIRD, numbers=both)
    TwinCase.objects.filter(number="1123456789").delete()
    give_up(clerk, other)
    sweep(at=LATER)
    assert TwinCase.objects.open().get().number == "1123456789"


def test_who_gave_a_number_up_and_is_joined_with_another_claimant_is_asked_about_again(
    register: Register, clerk: User, clinician: User
) -> None:
    a, c, b = register(), register(name="Quàng Thị Hạc"), register(**HIM)
    give_up(clerk, a, ending="corrected", successor="011162004999")
    before = {case.pk: case.answer for case in TwinCase.objects.all()}
    merge = join(clerk, *fresh([a, c]))
    case = TwinCase.objects.open().get()
    assert {case.older, case.newer} == {a, b}
    sweep(at=LATER)
    assert TwinCase.objects.open().get() == case
    part(clinician, merge)
    assert {case.pk: case.answer for case in TwinCase.objects.all()} == before
    case = TwinCase.objects.open().get()
    assert {case.older, case.newer} == {c, b}
