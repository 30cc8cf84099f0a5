"""A card that two people of a file claim is a question about that card, open as long as both do."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from healthrecords.models import CitizenIdentifier, TwinCase
from healthrecords.services.number_cases import close_cases
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import StagedRow
from tests.intake.sending import NOW, confirm
from tests.intake.test_a_list_becomes_people import person, sent

__all__ = ["sent"]
pytestmark = pytest.mark.usefixtures("lists")
HIM = {
    "MA_BN": "BN2",
    "HO_TEN": "Vừ A Dính",
    "SO_CCCD": "011090000777",
    "NGAY_SINH": "01/01/1990",
}


@pytest.fixture
def case(sent: Any, data_officer: User) -> TwinCase:
    """The question about a card that a list names for two people."""
    sent(person())
    batch = sent(person(**HIM), write=False)
    row = StagedRow.objects.get(batch=batch)
    services.rule_on_rows(actor=data_officer, batch=batch, rows=[row.pk], subject_id=None, at=NOW)
    confirm(batch, data_officer)
    return TwinCase.objects.get()


def migrate() -> None:
    migration = import_module("healthrecords.migrations.0051_numbers_given_up_before").Migration
    with connection.cursor() as cursor:
        for operation in migration.operations:
            cursor.execute(operation.sql)


def holders(number: str) -> int:
    rows = CitizenIdentifier.objects.filter(value=number, ended_on=None)
    return rows.values("citizen").distinct().count()


def test_the_question_names_the_card_and_stays_open_while_both_claim_it(
    case: TwinCase, data_officer: User
) -> None:
    assert (case.ground, holders(case.number)) == ("number", 2)
    close_cases([case.older_id], by=data_officer, at=NOW)
    migrate()
    case.refresh_from_db()
    assert case.answer == ""


def test_the_question_closes_when_one_gives_the_card_up(case: TwinCase, data_officer: User) -> None:
    case.newer.identifiers.filter(value=case.number).update(ended_on=timezone.localdate(NOW))
    close_cases([case.newer_id], by=data_officer, at=NOW)
    case.refresh_from_db()
    assert case.answer == "given_up"


def test_a_question_stored_with_the_number_of_the_newer_one_gets_that_of_the_card(
    case: TwinCase, data_officer: User
) -> None:
    shared = case.number
    TwinCase.objects.update(number=HIM["SO_CCCD"])
    close_cases([case.newer_id], by=data_officer, at=NOW)
    assert TwinCase.objects.get().answer == ""
    migrate()
    case.refresh_from_db()
    assert (case.number, case.answer) == (shared, "")
