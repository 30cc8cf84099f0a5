"""What a file altered around people who were known goes back with the file, unless it was changed since."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from healthrecords.models import Citizen, CitizenAddress, CitizenIdentifier, Coverage, TwinCase
from healthrecords.services.number_cases import open_cases
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Area, AreaSuccession, FormerArea, Organisation
from tests.healthrecords.merging import fresh, join
from tests.intake.sending import confirm, send, visit, workbook
from tests.intake.test_a_list_becomes_people import person, sent, undone

__all__ = ["sent"]

pytestmark = pytest.mark.usefixtures("lists", "registers")

Bring = Callable[..., Batch]


@pytest.fixture
def visits(data_officer: User, hospital: Organisation) -> Bring:
    """Send a workbook of visits for the hospital and write it."""

    def bring(**said: str) -> Batch:
        content = workbook([visit(**said)])
        return confirm(send(content, by=data_officer, organisation=hospital), data_officer)

    return bring


@pytest.fixture(params=["list", "visits"])
def bring(request: pytest.FixtureRequest, sent: Any, visits: Bring) -> Bring:
    """Bring the same person by a list of people or by a file of visits."""
    if request.param == "list":
        return lambda **said: sent(person(**{"MA_THE_BHYT": "", "MA_DKBD": "", **said}))
    return visits  # the card tells that it is the same person


def without_number(bring: Bring, standing: str) -> Citizen:
    bring(SO_CCCD="")
    citizen = Citizen.objects.get()
    Citizen.objects.update(standing=standing)
    return citizen


@pytest.mark.parametrize("standing", ["unknown", "newborn"])
def test_who_was_named_by_an_undone_file_is_not_known_any_more(
    bring: Bring, data_officer: User, standing: str
) -> None:
    citizen = without_number(bring, standing)
    batch = bring(MA_LK="LK-2")
    citizen.refresh_from_db()
    assert (Citizen.objects.count(), citizen.standing) == (1, "known")
    word = citizen.sources.get(field="standing")
    assert (word.value, word.source, word.batch_id) == ("known", "file", batch.pk)
    undone(batch, data_officer)
    citizen.refresh_from_db()
    assert citizen.standing == standing
    word.refresh_from_db()
    assert word.set_aside_at is not None
    assert citizen.withdrawn_at is None


def test_who_kept_a_number_of_another_source_stays_known(bring: Bring, data_officer: User) -> None:
    citizen = without_number(bring, "unknown")
    batch = bring(MA_LK="LK-2")
    CitizenIdentifier.objects.filter(kind="personal").update(is_verified=True)
    undone(batch, data_officer)
    citizen.refresh_from_db()
    assert citizen.standing == "known"


def test_who_was_given_another_standing_since_keeps_it(bring: Bring, data_officer: User) -> None:
    citizen = without_number(bring, "unknown")
    batch = bring(MA_LK="LK-2")
    Citizen.objects.update(standing="newborn")
    undone(batch, data_officer)
    citizen.refresh_from_db()
    assert citizen.standing == "newborn"


def test_a_question_about_a_number_closes_when_the_file_is_undone_that_brought_it(
    bring: Bring, data_officer: User
) -> None:
    citizen = without_number(bring, "unknown")
    batch = bring(MA_LK="LK-2")
    number = citizen.identifiers.get(kind="personal")
    other = Citizen.objects.create(name="Hờ A Sùng", sex="male", birth_date=date(1980, 1, 1))
    other.identifiers.create(kind="personal", value=number.value)
    open_cases(number, at=timezone.now())
    undone(batch, data_officer)
    case = TwinCase.objects.get()
    assert (case.answer, case.answered_by) == ("given_up", data_officer)
    assert case.answered_at is not None


def moved(sent: Any) -> Batch:
    batch: Batch = sent(person(DIA_CHI="Bản Lạnh", MAXA_CU_TRU="03325"))
    return batch


def addresses() -> list[tuple[Any, ...]]:
    rows = CitizenAddress.objects.order_by("id")
    return list(rows.values_list("id", "text", "area", "valid_from", "valid_until"))


def test_an_address_a_list_ended_goes_on_when_the_list_is_undone(
    sent: Any, data_officer: User, communes: list[Area]
) -> None:
    sent(person())
    CitizenAddress.objects.create(
        citizen=Citizen.objects.get(),
        kind="residence",
        text="Bản Hồi, xã Mường Chà",
        area=communes[0],
        valid_from=date(2020, 1, 1),
    )
    before = addresses()
    batch = moved(sent)
    assert CitizenAddress.objects.get().valid_until is not None
    undone(batch, data_officer)
    assert Citizen.objects.get().area == communes[0]
    assert addresses() == before


def test_a_list_that_moves_a_joined_person_leaves_the_residence_of_the_joined_record(
    sent: Any, data_officer: User, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    sent(person())
    citizen = Citizen.objects.get()
    lives = {"address": "Bản Cũ", "area": communes[0]}
    other = Citizen.objects.create(
        name="Hờ A Sùng", sex="male", birth_date=date(1980, 1, 1), home_station=station, **lives
    )
    Citizen.objects.filter(pk=citizen.pk).update(home_station=station)
    for one, text in ((citizen, "Bản Hồi, xã Mường Chà"), (other, "Bản Cũ")):
        CitizenAddress.objects.create(
            citizen=one, kind="residence", text=text, area=communes[0], valid_from=date(2020, 1, 1)
        )
    join(clerk, *fresh([citizen, other]), at=timezone.now())
    before = addresses()
    batch = moved(sent)
    assert CitizenAddress.objects.get(text="Bản Cũ").valid_until is None
    assert CitizenAddress.objects.exclude(text="Bản Cũ").get().valid_until is not None
    undone(batch, data_officer)
    assert addresses() == before


def test_an_address_a_list_left_behind_goes_when_the_list_is_undone(
    sent: Any, data_officer: User
) -> None:
    sent(person())
    batch = moved(sent)
    assert len(addresses()) == 1
    undone(batch, data_officer)
    assert addresses() == []


def test_who_is_moved_keeps_the_received_codes_on_the_new_address_until_the_list_is_undone(
    sent: Any, data_officer: User, communes: list[Area]
) -> None:
    former = FormerArea.objects.create(
        code="03190", name="Xã Sa Lông", district_code="097", province_code="11"
    )
    AreaSuccession.objects.create(former=former, area=communes[1], on=date(2025, 7, 1))
    sent(person())
    before = addresses()
    batch = sent(person(DIA_CHI="Bản Lạnh", MAXA_CU_TRU="03190"))
    here = CitizenAddress.objects.get(valid_until=None)
    assert (here.text, here.area, here.commune_code) == ("Bản Lạnh", communes[1], "03190")
    assert (here.origin, here.batch_id) == ("file", batch.pk)
    left = CitizenAddress.objects.exclude(pk=here.pk).get()
    assert (left.text, left.commune_code) == ("Bản Hồi, xã Mường Chà", "")
    undone(batch, data_officer)
    assert addresses() == before


def test_who_moved_again_since_keeps_the_address_that_ended(
    sent: Any, data_officer: User, communes: list[Area]
) -> None:
    sent(person())
    batch = moved(sent)
    Citizen.objects.update(address="Bản Mới")
    before = addresses()
    undone(batch, data_officer)
    assert addresses() == before


def cards() -> list[dict[str, Any]]:
    return list(Coverage.objects.order_by("id").values())


def test_a_card_a_file_altered_says_again_what_it_said(
    sent: Any, data_officer: User, hospital: Organisation
) -> None:
    sent(person())
    before = cards()
    batch = sent(person(GT_THE_DEN="30/06/2027", MA_DKBD="99999"))
    assert cards() != before
    assert Coverage.objects.get().valid_until == date(2027, 6, 30)
    undone(batch, data_officer)
    assert cards() == before


def test_a_card_somebody_set_right_since_stays_as_it_is(sent: Any, data_officer: User) -> None:
    sent(person())
    batch = sent(person(GT_THE_DEN="30/06/2027"))
    Coverage.objects.update(valid_until=date(2028, 1, 1))
    before = cards()
    undone(batch, data_officer)
    assert cards() == before


@pytest.mark.parametrize("order", ["first", "last", "middle"])
def test_files_that_altered_one_card_are_undone_in_any_order(
    sent: Any, data_officer: User, order: str
) -> None:
    sent(person())
    before = cards()
    ends = ["30/06/2027", "31/07/2027", "31/08/2027"]
    batches = [sent(person(GT_THE_DEN=end)) for end in ends]
    ways = {"first": [0, 1, 2], "last": [2, 1, 0], "middle": [1, 0, 2]}
    for place in ways[order]:
        assert cards() != before
        undone(batches[place], data_officer)
    assert cards() == before


@pytest.mark.parametrize("first", [0, 1])
def test_a_card_a_file_brought_and_a_later_one_altered_stays_until_both_are_undone(
    sent: Any, data_officer: User, first: int
) -> None:
    sent(person(MA_THE_BHYT=""))
    assert not cards()
    both = [sent(person()), sent(person(GT_THE_DEN="31/07/2027"))]
    undone(both[first], data_officer)
    assert Coverage.objects.get().withdrawn_on is None
    undone(both[1 - first], data_officer)
    assert Coverage.objects.get().withdrawn_on is not None


def test_a_card_that_was_withdrawn_is_withdrawn_again(sent: Any, data_officer: User) -> None:
    sent(person())
    Coverage.objects.update(withdrawn_on=date(2026, 3, 1))
    before = cards()
    batch = sent(person(GT_THE_DEN="30/06/2027"))
    assert Coverage.objects.get().withdrawn_on is None
    undone(batch, data_officer)
    assert cards() == before
