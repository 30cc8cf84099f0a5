"""A card of insurance says which file brought it, and what a file says otherwise of it waits for a person."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from healthrecords.imports import around
from healthrecords.models import Citizen, Coverage, FieldSource
from healthrecords.provenances import Provenances, words_of
from healthrecords.row_provenances import RowSources, first_batch
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.identity import file_differences, settle_difference
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Organisation
from portal.provenance import Sureness
from tests.intake.envelopes import whole, written
from tests.intake.sending import NOW, confirm, envelope, send
from tests.intake.test_a_list_becomes_people import undone

pytestmark = pytest.mark.usefixtures("lists", "registers")
CARD = "GD4111234500001"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
Bring = Callable[..., Batch]


@pytest.fixture
def bring(data_officer: User, hospital: Organisation) -> Bring:
    """Send an envelope of the hospital for one person and write it."""

    def bring_it(**said: str) -> Batch:
        content = envelope(written(whole(**said)))
        batch = send(
            content, by=data_officer, organisation=hospital, kind="envelope", name="hoso.xml"
        )
        return confirm(batch, data_officer)

    return bring_it


def typed(clerk: User, station: Organisation, citizen: Citizen, at: datetime, **said: Any) -> Any:
    entry = CoverageEntry(**{"number": CARD, "valid_from": FIRST, "valid_until": LAST, **said})
    return keep_coverage(citizen, entry, spoken=Spoken(Source.TYPED, at, clerk, station))


def sources_of(row: Coverage) -> RowSources:
    citizen = row.citizen
    found = Provenances(citizen, words_of(citizen), number="", on=timezone.localdate())
    return RowSources(row, found, first_batch(citizen.identifiers.all()))


def test_a_card_that_came_with_its_person_needs_no_word_and_tells_place_and_day(
    bring: Bring, hospital: Organisation
) -> None:
    bring()
    row = Coverage.objects.get()
    assert not FieldSource.objects.filter(row_id=row.pk).exists()
    came = sources_of(row).provenance_of("card_until")
    assert came is not None
    assert (came.sureness, came.text) == (Sureness.RECEIVED, hospital.name)
    assert came.on == timezone.localdate()


def test_a_new_card_of_a_known_person_is_the_word_of_the_file(
    bring: Bring, hospital: Organisation, data_officer: User
) -> None:
    bring()
    batch = bring(
        MA_LK="E-0002", MA_THE_BHYT="HT3111234500001", GT_THE_TU="20260701", GT_THE_DEN="20270630"
    )
    row = Coverage.objects.get(benefit="3")
    (word,) = FieldSource.objects.filter(row_id=row.pk)
    assert (word.field, word.value, word.source) == ("card_number", row.number, "file")
    assert (word.organisation, word.said_by, word.batch_id) == (hospital, data_officer, batch.pk)
    assert data_officer.full_name in sources_of(row).who_said("card_until")


def test_a_longer_time_of_a_card_by_file_is_said_by_that_file_alone(bring: Bring) -> None:
    bring()
    batch = bring(MA_LK="E-0002", GT_THE_DEN="20270630")
    row = Coverage.objects.get()
    assert row.valid_until == date(2027, 6, 30)
    (word,) = FieldSource.objects.filter(row_id=row.pk)
    assert (word.field, word.value, word.batch_id) == ("card_until", "2027-06-30", batch.pk)
    assert file_differences(row.citizen) == []
    bring(MA_LK="E-0003", GT_THE_DEN="20270630")
    assert FieldSource.objects.filter(row_id=row.pk).count() == 1


@pytest.fixture
def clashing(bring: Bring, clerk: User, station: Organisation) -> Coverage:
    """Somebody typed until when the card holds, and a file says another day."""
    bring(GT_THE_TU="", GT_THE_DEN="", MA_DKBD="")
    citizen = Citizen.objects.get()
    row: Coverage = typed(clerk, station, citizen, NOW)
    bring(MA_LK="E-0002", GT_THE_DEN="20270630", MA_DKBD="", NAM_NAM_LIEN_TUC="")
    row.refresh_from_db()
    return row


def test_what_was_typed_stands_and_the_file_s_day_waits_for_a_person(clashing: Coverage) -> None:
    assert (clashing.valid_until, clashing.origin) == (LAST, "typed")
    ((word, ours),) = file_differences(clashing.citizen)
    assert (word.field, word.value, ours) == ("card_until", "2027-06-30", "2026-12-31")
    citizen = clashing.citizen
    found = Provenances(citizen, words_of(citizen), number="", on=timezone.localdate())
    assert found.file_differs


def test_a_person_takes_the_day_over_and_is_named(
    clashing: Coverage, clerk: User, bring: Bring
) -> None:
    ((word, _ours),) = file_differences(clashing.citizen)
    settle_difference(actor=clerk, word=word, takes_theirs=True, at=timezone.now())
    clashing.refresh_from_db()
    assert clashing.valid_until == date(2027, 6, 30)
    assert file_differences(clashing.citizen) == []
    assert clerk.full_name in sources_of(clashing).who_said("card_until")


def test_a_day_that_was_kept_is_not_asked_about_again(
    clashing: Coverage, clerk: User, bring: Bring
) -> None:
    ((word, _ours),) = file_differences(clashing.citizen)
    with pytest.raises(ValidationError):
        settle_difference(actor=clerk, word=word, takes_theirs=False, reason="", at=NOW)
    assert len(file_differences(clashing.citizen)) == 1
    settle_difference(actor=clerk, word=word, takes_theirs=False, reason="Xem thẻ", at=NOW)
    bring(MA_LK="E-0003", GT_THE_DEN="20270630", MA_DKBD="", NAM_NAM_LIEN_TUC="")
    clashing.refresh_from_db()
    assert clashing.valid_until == LAST
    assert file_differences(clashing.citizen) == []


def test_a_protected_visit_names_no_place_beside_a_card(bring: Bring) -> None:
    bring(GT_THE_TU="", GT_THE_DEN="", MA_DKBD="")
    bring(MA_LK="E-0002", MA_BENH_CHINH="B20", MA_BENH_KT="")
    row = Coverage.objects.get()
    assert not FieldSource.objects.filter(row_id=row.pk).exists()
    came = sources_of(row).provenance_of("card_number")
    assert came is not None
    assert came.text == "từ tệp"


def test_an_undone_file_says_nothing_of_a_card_any_more(
    clashing: Coverage, data_officer: User
) -> None:
    undone(Batch.objects.order_by("id").last(), data_officer)
    clashing.refresh_from_db()
    assert clashing.valid_until == LAST
    assert file_differences(clashing.citizen) == []
    assert (
        "đã hoàn tác"
        in FieldSource.objects.get(field="card_until", source="file").set_aside_because
    )


def test_words_of_cards_cost_no_statement_of_their_own(bring: Bring) -> None:
    batch = bring()
    with CaptureQueriesContext(connection) as asked:
        around.fill(batch, NOW)
    told = [one["sql"] for one in asked if "enable_nestloop" not in one["sql"]]
    assert len(told) == 7  # the first asks who continues for closed places
