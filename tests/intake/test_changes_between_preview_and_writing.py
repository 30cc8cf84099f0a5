"""What changed since the preview is seen by the writing, and only that is looked for again."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from healthrecords.imports import matching
from healthrecords.models import Citizen, CitizenIdentifier, Visit
from portal.accounts.models import User
from portal.intake.models import Batch, StagedRow
from portal.names import sort_key
from portal.places.models import Organisation
from tests.intake.sending import confirm, counts, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
PLAIN = visit(SO_CCCD="", MA_THE_BHYT="")


def person(name: str = "Lò Văn Ún", **fields: object) -> Citizen:
    words = {"birth_date": date(1971, 8, 15), "sex": "male", **fields}
    return Citizen.objects.create(name=name, name_sort=sort_key(name), **words)


def rename(someone: Citizen) -> None:
    someone.name = "LÒ VĂN ÚN"
    someone.save()


def give_number(someone: Citizen) -> None:
    CitizenIdentifier.objects.create(citizen=someone, kind="personal", value="011071000123")


def give_card(someone: Citizen) -> None:
    CitizenIdentifier.objects.create(citizen=someone, kind="insurance_number", value="1234567890")


CHANGES: dict[str, tuple[dict[str, str], Callable[[Citizen], None]]] = {
    "renamed": (PLAIN, rename),
    "numbered": (visit(MA_THE_BHYT=""), give_number),
    "carded": (visit(SO_CCCD=""), give_card),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_person_who_becomes_like_a_row_after_the_preview_makes_it_doubtful(
    data_officer: User, hospital: Organisation, change: str
) -> None:
    row, happen = CHANGES[change]
    someone = person("Vừ A Dính")
    batch = send(workbook([row]), by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 1}
    happen(someone)
    confirm(batch, data_officer)
    assert counts(batch) == {"doubtful": 1}
    assert not Visit.objects.exists()


def test_a_person_withdrawn_after_the_preview_is_nobody_s_twin(
    data_officer: User, hospital: Organisation
) -> None:
    known = person()
    batch = send(workbook([visit(MA_THE_BHYT="")]), by=data_officer, organisation=hospital)
    give_number(known)
    again = send(workbook([visit(MA_THE_BHYT="")]), by=data_officer, organisation=hospital)
    Citizen.objects.filter(pk=known.pk).update(withdrawn_at=timezone.now())
    confirm(again, data_officer)
    assert Visit.objects.get().citizen != known
    assert batch.pk != again.pk


def test_only_rows_that_a_change_may_concern_are_matched_again(
    data_officer: User, hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [PLAIN, visit(MA_LK="2", HO_TEN="Sùng A Chứ", SO_CCCD="", MA_THE_BHYT="")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    person("Vừ A Dính")
    assert touched(batch) == []
    person()
    assert touched(batch) == [str(StagedRow.objects.get(batch=batch, key__endswith="041").pk)]
    monkeypatch.setattr(matching, "CHANGES_AT_MOST", 2)
    assert touched(batch) is None


def touched(batch: Batch) -> list[object] | None:
    from django.db import connection

    batch.refresh_from_db()
    with connection.cursor() as cursor:
        return matching._touched(cursor, batch)
