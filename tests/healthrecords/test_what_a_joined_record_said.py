"""What a record said that was joined with another still leads to the person, by the one that stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.finding import Page, find_by_name
from healthrecords.models import CareRelation, Citizen, TwinCase
from healthrecords.services.sweeps import sweep
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.identifiers import NameQuery
from portal.places.models import Area, Organisation
from portal.scope import EVERYWHERE, Scope, scope_of
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import join, part
from tests.healthrecords.pages import CARD, logged_in, record_url, scan, text_of

pytestmark = pytest.mark.usefixtures("few_lists", "station")
LATER = AT + timedelta(days=15)
SAID: dict[str, Any] = {
    "name": "Vàng Thị Mỷ",
    "phone": "0912000418",
    "birth": PartialDate(1962),
    "numbers": [],
}
Register = Callable[..., Citizen]


@pytest.fixture
def register(clerk: User, station: Organisation, communes: list[Area]) -> Register:
    def registered(**said: Any) -> Citizen:
        return services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], **said),
            client_key=uuid7(),
            at=AT,
            not_twins=frozenset(Citizen.objects.values_list("pk", flat=True)),
        ).row

    return registered


@pytest.fixture
def stays(clerk: User, register: Register) -> Citizen:
    """Quàng Thị Hặc, with whose record that of Vàng Thị Mỷ was joined."""
    stays, joined = register(phone="0912000417"), register(**SAID)
    join(clerk, stays, joined, at=LATER)
    return stays


def found(typed: str, scope: Scope, birth: PartialDate | None = None) -> list[tuple[str, str]]:
    page: Page = find_by_name(NameQuery(typed, birth), scope)
    return [(one.citizen.name, one.why) for one in page.people]


@pytest.mark.parametrize(
    ("typed", "birth"),
    [
        ("vang thi my", None),
        ("my vang", None),
        ("vang thi m", None),
        ("vangf thij myr", None),
        ("vang thi my", PartialDate(1962)),
        ("vang thi my", PartialDate(1962, 3, 12)),
        ("vang thi my", PartialDate(1962, 7, 1)),  # the joined record knows the year alone
    ],
)
@pytest.mark.parametrize("everywhere", [False, True])
def test_the_name_of_a_joined_record_finds_the_one_that_stays(
    stays: Citizen, clerk: User, typed: str, birth: PartialDate | None, everywhere: bool
) -> None:
    scope = EVERYWHERE if everywhere else scope_of(clerk, "view_records")
    assert found(typed, scope, birth) == [("Quàng Thị Hặc", "former_name")]


def test_another_birth_than_either_record_says_finds_nobody_by_the_joined_name(
    stays: Citizen,
) -> None:
    assert found("vang thi my", EVERYWHERE, PartialDate(1990)) == []


def test_the_page_says_that_the_name_was_borne_before_and_notes_who_was_shown(
    stays: Citizen, clerk: User
) -> None:
    page = scan(logged_in(clerk), "vang thi my")
    assert record_url(stays) in page.content.decode()
    assert "Tên cũ" in text_of(page)
    assert AccessLog.objects.filter(action="listed", people=[stays.pk]).exists()


def test_the_phone_of_a_joined_record_finds_the_one_that_stays(stays: Citizen, clerk: User) -> None:
    for phone in ("0912000418", "0912000417"):
        page = scan(logged_in(clerk), phone).content.decode()
        assert page.count(record_url(stays)) == 1, phone


def test_neither_name_nor_phone_of_a_joined_record_is_told_outside_the_scope_of_the_one_that_stays(
    stays: Citizen, neighbour: User, other_station: Organisation
) -> None:
    """The joined record was in their care; the one that stays is not: it is asked."""
    joined = Citizen.objects.get(merged_into=stays)
    Citizen.objects.filter(pk=joined.pk).update(home_station=other_station)
    scope = scope_of(neighbour, "view_records")
    assert found("vang thi my", scope) == []
    for typed in ("vang thi my", "0912000418"):
        assert "Hặc" not in text_of(scan(logged_in(neighbour), typed))
    assert services.find_twins(entry_of(None, **SAID), scope=scope) == []
    CareRelation.objects.create(
        citizen=stays, organisation=other_station, ground="visit", since=timezone.localdate()
    )
    assert found("vang thi my", scope) == [("Quàng Thị Hặc", "former_name")]


def test_records_that_were_parted_are_found_each_by_its_own_name(
    clerk: User, clinician: User, register: Register
) -> None:
    stays, joined = register(), register(**SAID)
    part(clinician, join(clerk, stays, joined, at=LATER), at=LATER + timedelta(days=1))
    assert found("vang thi my", EVERYWHERE) == [("Vàng Thị Mỷ", "")]


@pytest.mark.parametrize("gone", ["joined", "stays"])
def test_a_withdrawn_record_says_nothing_any_more(stays: Citizen, clerk: User, gone: str) -> None:
    joined = Citizen.objects.get(merged_into=stays)
    one = joined if gone == "joined" else stays
    Citizen.objects.filter(pk=one.pk).update(withdrawn_at=LATER)
    scope = scope_of(clerk, "view_records")
    assert found("vang thi my", scope) == []
    assert record_url(stays) not in scan(logged_in(clerk), "0912000418").content.decode()
    assert services.find_twins(entry_of(None, **SAID), scope=scope) == []


def test_a_description_of_somebody_unknown_is_no_name_of_who_it_was(
    clerk: User, register: Register
) -> None:
    stays = register()
    unknown = register(name="Nữ khoảng 60 tuổi", standing="unknown", numbers=[])
    join(clerk, stays, unknown, at=LATER)
    assert found("nu khoang 60 tuoi", EVERYWHERE) == []


def test_who_was_joined_is_not_registered_again_without_a_question(
    stays: Citizen, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    (twin,) = services.find_twins(
        entry_of(communes[0], **SAID), scope=scope_of(clerk, "view_records")
    )
    assert (twin.citizen, twin.asks, twin.formerly) == (stays, True, "Vàng Thị Mỷ")
    before = Citizen.objects.count()
    with pytest.raises(ValidationError) as refused:
        services.register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], **SAID),
            client_key=uuid7(),
            at=LATER,
        )
    assert refused.value.code == "confirm_twin"
    assert Citizen.objects.count() == before


def test_the_question_says_what_the_joined_record_said(
    stays: Citizen, clerk: User, neighbour: User
) -> None:
    said = {"name": "Vàng Thị Mỷ", "birth": "1962", "sex": "female", "phone": "0912000418"}
    said["commune"] = "Xã Mường Chà"
    url = reverse("admin:healthrecords_citizen_candidates")
    page = text_of(logged_in(clerk).post(url, said))
    assert "Quàng Thị Hặc" in page
    assert "hồ sơ đã gộp ghi tên Vàng Thị Mỷ" in page
    page = text_of(logged_in(neighbour).post(url, said))
    assert "Quàng Thị Hặc" not in page
    assert "hồ sơ đã gộp" not in page


def test_the_record_that_stays_is_one_twin_however_many_records_are_like(
    clerk: User, register: Register, communes: list[Area]
) -> None:
    stays = register()
    for year in (1962, 1963):
        birth = PartialDate(year)
        join(clerk, stays, register(name="Quàng Thị Hạc", birth=birth, numbers=[]), at=LATER)
    (twin,) = services.find_twins(entry_of(communes[0]), scope=EVERYWHERE)
    assert (twin.citizen, twin.numbers, twin.formerly) == (stays, {"011162004137"}, "")
    assert services.find_twins(entry_of(communes[0]), scope=EVERYWHERE, besides=stays) == []


def test_the_nightly_search_asks_about_the_record_that_stays(
    stays: Citizen, register: Register
) -> None:
    again = register(**SAID)
    TwinCase.objects.all().delete()
    sweep(at=LATER)
    (case,) = TwinCase.objects.all()
    assert {case.older, case.newer} == {stays, again}
    sweep(at=LATER)
    assert TwinCase.objects.count() == 1


def test_the_nightly_search_never_asks_whether_joined_records_are_one(
    clerk: User, register: Register
) -> None:
    said: dict[str, Any] = {"numbers": [], "phone": "0912000418"}
    stays = register(**said)
    for birth in (PartialDate(1962, 3, 12), PartialDate(1963, 3, 12)):
        join(clerk, stays, register(birth=birth, **said), at=LATER)
    TwinCase.objects.all().delete()
    done = sweep(at=LATER)
    assert not TwinCase.objects.exists()
    assert done.people == 1


def test_a_slip_in_the_year_is_seen_through_a_joined_record_too(
    clerk: User, register: Register
) -> None:
    stays = register(numbers=[])
    said: dict[str, Any] = {"name": "Vàng Thị Mỷ", "phone": "0912000418", "numbers": []}
    join(clerk, stays, register(birth=PartialDate(1962, 3, 12), **said), at=LATER)
    again = register(birth=PartialDate(1992, 3, 12), **said)
    TwinCase.objects.all().delete()
    sweep(at=LATER)
    (case,) = TwinCase.objects.all()
    assert {case.older, case.newer} == {stays, again}


def test_a_card_with_the_name_of_a_joined_record_opens_the_one_that_stays(
    clerk: User, register: Register
) -> None:
    stays = register(name="Quàng Thị Hoa")
    join(clerk, stays, register(numbers=[]), at=LATER)
    assert scan(logged_in(clerk), CARD).url == f"{record_url(stays)}?by=chip_card"


def test_a_card_with_a_name_that_no_record_says_is_still_compared(
    clerk: User, register: Register
) -> None:
    stays = register(name="Quàng Thị Hoa")
    join(clerk, stays, register(name="Quàng Thị Mai", numbers=[]), at=LATER)
    assert record_url(stays) not in scan(logged_in(clerk), CARD).url


def test_a_name_of_many_joined_records_asks_as_many_questions_as_of_one(
    clerk: User, register: Register
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert found("vang my", EVERYWHERE)
        return len(queries)

    join(clerk, register(numbers=[]), register(**SAID), at=LATER)
    once = asked()
    for n in range(5):
        stays = register(name=f"Lò Thị Sa {'abcde'[n]}", numbers=[])
        join(clerk, stays, register(**{**SAID, "birth": PartialDate(1970 + n)}), at=LATER)
    assert asked() == once
