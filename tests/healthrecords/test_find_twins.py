"""Who may already be this person: the slips of registration desks are seen through."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import Citizen, CitizenIdentifier, TwinCase, Visit
from healthrecords.services import NumberEntry, sweeps
from healthrecords.services.likeness import (
    birth_bits,
    is_near,
    is_slip,
    name_bits,
    near_numbers,
    orders_of,
)
from healthrecords.services.sweeps import gather_late_rows, sweep
from portal.accounts.models import User
from portal.dates import PartialDate
from portal.places.models import Area
from portal.scope import EVERYWHERE
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import join

KNOWN = NumberEntry("personal", "011162004137")
SLIPS: dict[str, dict[str, Any]] = {
    "marks": {"name": "quang thi hac"},
    "words": {"name": "Quàng Hặc Thị"},
    "left out": {"name": "Quàng Hặc"},
    "letter": {"name": "Quàng Thị Hặcc"},
    "day and month": {"birth": PartialDate(1962, 12, 3)},
    "year": {"birth": PartialDate(1962)},
    "first of January": {"birth": PartialDate(1962, 1, 1)},
    "year wrong": {"birth": PartialDate(1952, 3, 12)},
    "figure": {"numbers": [NumberEntry("personal", "011162004187")]},
    "neighbours": {"numbers": [NumberEntry("personal", "011162001437")]},
    "address": {"area": None, "address": "Tổ 4"},
    "old card": {"numbers": [NumberEntry("old_card", "040123456")]},
}


@pytest.fixture
def known(citizen: Citizen) -> Citizen:
    citizen.identifiers.create(kind="old_card", value="040123456", ended_on=date(2024, 12, 31))
    return citizen


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_seen_through(slip: str, known: Citizen, communes: list[Area]) -> None:
    said = {"area": communes[0], "numbers": [], **SLIPS[slip]}
    entry = entry_of(said.pop("area"), **said)
    found = services.find_twins(entry, scope=EVERYWHERE)
    assert [twin.citizen for twin in found] == [known]
    assert found[0].asks


def test_a_child_with_its_mothers_number_is_its_own_twin_first(
    known: Citizen, communes: list[Area]
) -> None:
    child = Citizen.objects.create(
        name="Lò Văn Nam", birth_date=date(2021, 6, 1), sex="male", area=communes[0]
    )
    entry = entry_of(
        communes[0], name="Lò Văn Nam", birth=PartialDate(2021, 6, 1), sex="male", numbers=[KNOWN]
    )
    found = services.find_twins(entry, scope=EVERYWHERE)
    assert [twin.citizen for twin in found] == [child, known]
    assert found[1].grounds == {"number"}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Quàng Thị Mai"},
        {"birth": PartialDate(1971, 8, 15)},
        {"birth": PartialDate(1962, 9, 27), "area": None},
        {"name": "Lò Văn Páo", "phone": "0912000417"},
    ],
    ids=["given name", "birth", "day elsewhere", "phone"],
)
def test_somebody_else_is_not_asked_about(
    other: dict[str, Any], known: Citizen, communes: list[Area]
) -> None:
    Citizen.objects.update(phone="0912000417")
    said = {"numbers": [NumberEntry("personal", "011162099999")], "area": communes[0], **other}
    found = services.find_twins(entry_of(said.pop("area"), **said), scope=EVERYWHERE)
    assert not any(twin.asks for twin in found)


def test_somebody_unknown_is_nobodys_twin_by_a_description(
    known: Citizen, communes: list[Area]
) -> None:
    said = {"name": "Nam giới chưa rõ tên", "birth": PartialDate(1980), "numbers": []}
    Citizen.objects.create(
        name=said["name"], birth_date=date(1980, 1, 1), birth_precision="year", sex="male",
        area=communes[0], standing="unknown",
    )  # fmt: skip
    entry = entry_of(communes[0], **said, sex="male", standing="unknown")
    assert services.find_twins(entry, scope=EVERYWHERE) == []
    named = entry_of(communes[0], **said, sex="male")
    assert services.find_twins(named, scope=EVERYWHERE) == []


def test_somebody_unknown_with_a_number_is_the_twin_of_who_holds_it(
    known: Citizen, communes: list[Area]
) -> None:
    entry = entry_of(None, name="Nữ chưa rõ tên", birth=PartialDate(1960), standing="unknown")
    (twin,) = services.find_twins(entry, scope=EVERYWHERE)
    assert (twin.citizen, twin.ground, twin.asks) == (known, "number", True)


def test_a_common_name_says_less_than_a_rare_one(known: Citizen, communes: list[Area]) -> None:
    asked = entry_of(None, birth=PartialDate(1962), numbers=[])
    rare = services.find_twins(asked, scope=EVERYWHERE)[0]
    Citizen.objects.bulk_create(
        Citizen(name=known.name, birth_date=date(1920 + n, 5, 5), sex="female") for n in range(60)
    )
    assert services.find_twins(asked, scope=EVERYWHERE)[0].bits < rare.bits - 4


@given(st.from_regex(r"[0-9]{9,12}", fullmatch=True))
def test_near_numbers_are_those_that_are_near(value: str) -> None:
    near = set(near_numbers(value))
    assert value not in near
    assert all(is_near(value, other) and is_near(other, value) for other in near)
    assert len(near) >= 9 * len(value)


WORDS = st.lists(st.from_regex(r"[a-z]{2,5}", fullmatch=True), min_size=2, max_size=5)


@given(WORDS, WORDS)
def test_names_are_compared_the_same_from_both_sides(one: list[str], other: list[str]) -> None:
    first, second = " ".join(one), " ".join(other)
    assert name_bits(first, second) == name_bits(second, first)
    assert name_bits(first, first) > name_bits(first, f"{first}x y")
    assert first in orders_of(first)
    assert all(sorted(order.split()) == sorted(one) for order in orders_of(first))


@given(
    st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.dates(date(1900, 1, 1), date(2026, 12, 31))
)
def test_births_are_compared_the_same_from_both_sides(one: date, other: date) -> None:
    first, second = PartialDate.of(one), PartialDate.of(other)
    assert birth_bits(first, second) == birth_bits(second, first)
    assert birth_bits(first, PartialDate(one.year)) >= birth_bits(first, PartialDate(one.year - 1))


def test_a_slip_of_a_word_is_one_letter() -> None:
    assert is_slip("nguyen", "nguyeen")
    assert is_slip("hac", "hoc")
    assert not is_slip("mai", "hoa")


# ---- the search of the whole register


@pytest.fixture
def register(communes: list[Area]) -> dict[str, Citizen]:
    """A handful of people, some of them twice."""
    said: dict[str, dict[str, Any]] = {
        "hac": {"name": "Quàng Thị Hặc", "birth_date": date(1962, 3, 12)},
        "hac, days exchanged": {"name": "Quang Thi Hac", "birth_date": date(1962, 12, 3)},
        "pao": {"name": "Giàng A Páo", "birth_date": date(1990, 7, 20)},
        "pao, words moved": {"name": "Giàng Páo A", "birth_date": date(1990, 7, 20)},
        "pao, his brother": {"name": "Giàng A Dính", "birth_date": date(1990, 7, 20)},
        "mai": {"name": "Lò Thị Mai", "birth_date": date(1985, 1, 30)},
        "mai, younger": {"name": "Lò Thị Mai", "birth_date": date(1986, 5, 2)},
    }
    return {
        key: Citizen.objects.create(sex="female", area=communes[0], **values)
        for key, values in said.items()
    }


def test_the_search_finds_pairs_and_leaves_others_alone(register: dict[str, Citizen]) -> None:
    done = sweep(at=AT)
    assert (done.people, done.found) == (7, 2)
    assert done.ended_at is not None
    pairs = {(case.older.name, case.newer.name) for case in TwinCase.objects.all()}
    assert pairs == {("Quàng Thị Hặc", "Quang Thi Hac"), ("Giàng A Páo", "Giàng Páo A")}


def test_a_search_that_was_stopped_goes_on_and_asks_nothing_twice(
    register: dict[str, Citizen],
) -> None:
    begun = sweep(at=AT, years=1)
    assert (begun.reached, begun.ended_at) == (1962, None)
    TwinCase.objects.update(answer="different")
    ended = sweep(at=AT)
    assert ended.pk == begun.pk
    assert ended.ended_at is not None
    again = sweep(at=AT)
    assert (again.people, again.found) == (7, 0)
    assert TwinCase.objects.filter(answer="different").count() == 1


def test_a_number_that_two_people_claim_becomes_a_question(register: dict[str, Citizen]) -> None:
    for key in ("mai", "pao"):
        CitizenIdentifier.objects.create(
            citizen=register[key], kind="personal", value="011190000001"
        )
    sweep(at=AT)
    assert TwinCase.objects.get(number="011190000001").ground == "number"


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ({"birth_date": date(1975, 1, 30)}, True),
        ({"birth_date": date(1958, 1, 30)}, True),  # two figures exchanged
        ({"birth_date": date(1975, 1, 30), "area": None, "phone": "0912000417"}, True),
        ({"birth_date": date(1986, 1, 1), "birth_precision": "year", "phone": "0912000417"}, True),
        ({"birth_date": date(1975, 1, 30), "area": None}, False),
        ({"birth_date": date(1975, 1, 31)}, False),
        ({"birth_date": date(1993, 1, 30)}, False),  # no slip of one figure
        ({"birth_date": date(1963, 1, 30), "phone": "0912000417"}, False),  # mother and daughter
        ({"birth_date": date(1975, 1, 30), "name": "Lò Thị Xuân"}, False),
    ],
)
def test_a_slip_in_the_year_of_birth_is_found_where_name_and_address_or_phone_agree(
    said: dict[str, Any], is_found: bool, communes: list[Area]
) -> None:
    mai = {"name": "Lò Thị Mai", "sex": "female", "area": communes[0]}
    one = Citizen.objects.create(**mai, birth_date=date(1985, 1, 30), phone="0912000417")
    other = Citizen.objects.create(**{**mai, **said})
    assert sweep(at=AT).found == is_found
    pairs = TwinCase.objects.values_list("older", "newer")
    assert [set(pair) for pair in pairs] == ([{one.pk, other.pk}] if is_found else [])
    assert sweep(at=AT).found == 0


def test_slips_in_the_year_are_searched_with_as_many_questions_for_many_as_for_few(
    communes: list[Area], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "_cohort", lambda year: iter(()))
    asked = []
    for people in (range(1), range(1, 12)):
        for number in people:
            for year in (1985, 1975):
                Citizen.objects.create(
                    name=f"Lò Thị {chr(65 + number)}a",
                    sex="female",
                    area=communes[0],
                    birth_date=date(year, 1, 30),
                )
        with CaptureQueriesContext(connection) as queries:
            sweep(at=AT)
        asked.append(len(queries))
    assert TwinCase.objects.count() == 12
    assert asked[0] == asked[1]


def test_rows_written_too_late_are_gathered(
    clerk: User, people: list[Citizen], record: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    join(clerk, a, b)
    late = Visit.objects.create(citizen=b, facility=clerk.place_of_work, started_at=AT)
    assert gather_late_rows() == 1
    assert Visit.objects.get(pk=late.pk).citizen == a
    assert gather_late_rows() == 0
