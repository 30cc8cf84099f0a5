"""A name is found with its words in any order, with a slip, and with what is known of the birth."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords.finding import Page, find_by_name
from healthrecords.models import CareRelation, Citizen, FormerName
from healthrecords.services.known_names import count_names
from portal.dates import PartialDate
from portal.identifiers import NameQuery
from portal.names import name_norm
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope
from tests.slips import slipped

AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)
BORN = date(1980, 3, 12)
NAMES = [
    "Nguyễn Văn An",
    "Nguyễn Thị Hương",
    "Trần Thị Ngọc Ánh",
    "Quàng Thị Hặc",
    "Đặng Đức Dũng",
    "Lê Hoàng Anh Thư",
    "Huỳnh Thị Kim Hồng",
    "Giàng A Páo",
    "H'Bia Êban",
    "Phan Như Quỳnh",
]


def person(name: str, home: Organisation | None = None, born: date = BORN, **more: Any) -> Citizen:
    return Citizen(name=name, birth_date=born, sex="female", home_station=home, **more)


def found(
    typed: str, scope: Scope, birth: PartialDate | None = None, after: UUID | None = None
) -> Page:
    return find_by_name(NameQuery(typed, birth), scope, after=after)


def names_of(page: Page) -> list[str]:
    return [one.citizen.name for one in page.people]


@pytest.fixture
def here(station: Organisation) -> Scope:
    return Scope(ids=frozenset([station.pk]))


@pytest.fixture
def people(station: Organisation, other_station: Organisation) -> list[Citizen]:
    """Ten people of the station; each name is borne at the neighbour's too, by somebody younger."""
    rows = [person(name, station) for name in NAMES]
    Citizen.objects.bulk_create(
        [*rows, *[person(name, other_station, date(1999, 5, 6)) for name in NAMES]]
    )
    count_names()
    return rows


@pytest.mark.parametrize("everywhere", [False, True])
def test_any_order_of_the_words_finds_the_person(
    people: list[Citizen], here: Scope, everywhere: bool
) -> None:
    for citizen in people:
        for words in permutations(name_norm(citizen.name).split()):
            page = found(" ".join(words), EVERYWHERE if everywhere else here)
            assert citizen.name in names_of(page), words
            assert page.people[0].why == ""


@pytest.mark.parametrize("everywhere", [False, True])
def test_any_single_slip_finds_the_person_among_the_first(
    people: list[Citizen], here: Scope, everywhere: bool
) -> None:
    missed = []
    for seed in range(4):
        for citizen in people:
            for kind, typed in slipped(citizen.name, Random(seed)):  # noqa: S311
                page = found(typed, EVERYWHERE if everywhere else here)
                if citizen.name not in names_of(page)[:6]:
                    missed.append((kind, typed, names_of(page)))
    assert missed == []


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9), which=st.sampled_from(NAMES))
def test_a_slip_and_the_birth_date_find_the_person(
    people: list[Citizen], here: Scope, seed: int, which: str
) -> None:
    for _kind, typed in slipped(which, Random(seed)):  # noqa: S311
        page = found(typed, EVERYWHERE, PartialDate.of(BORN))
        assert which in names_of(page)
        assert all(one.citizen.birth_date == BORN for one in page.people)


def test_somebody_registered_a_moment_ago_is_found_by_a_slip(db: None) -> None:
    person("Vàng Thị Dợ").save()
    assert names_of(found("vangf thi do", EVERYWHERE)) == ["Vàng Thị Dợ"]
    assert names_of(found("vang tih do", EVERYWHERE)) == ["Vàng Thị Dợ"]


def test_neither_words_nor_slips_find_anybody_outside_the_scope(
    people: list[Citizen], here: Scope, other_station: Organisation
) -> None:
    only_there = person("Sùng Thị Xa Lạ", other_station)
    only_there.save()
    for typed in ("sung thi xa la", "la xa", "sung thi xa lq", "sunh thi xa la", "sung thi"):
        assert "Sùng Thị Xa Lạ" not in names_of(found(typed, here))
        assert "Sùng Thị Xa Lạ" in names_of(found(typed, EVERYWHERE))
    for birth in (PartialDate.of(BORN), PartialDate(1980)):
        assert found("sung thi xa lq", here, birth).people == []
    assert found("sung thi xa la", Scope()).people == []


def test_somebody_in_care_here_is_found_by_a_slip(
    here: Scope, station: Organisation, other_station: Organisation
) -> None:
    guest = person("Tòng Thị Bun", other_station)
    guest.save()
    assert found("tong tih bun", here).people == []
    CareRelation.objects.create(
        citizen=guest, organisation=station, ground="visit", since=date(2026, 1, 1)
    )
    assert names_of(found("tong tih bun", here)) == ["Tòng Thị Bun"]
    assert names_of(found("tong thi", here)) == ["Tòng Thị Bun"]


@pytest.mark.parametrize("many", [False, True])
def test_a_scope_is_the_same_however_it_is_searched(
    people: list[Citizen], station: Organisation, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        monkeypatch.setattr("healthrecords.finding.reach.SMALL", 0)
    here = Scope(ids=frozenset([station.pk]))
    for typed in ("nguyen van an", "an van nguyen", "nguyen vna an", "thi", "h"):
        page = found(typed, here)
        assert page.people
        assert {one.citizen.home_station_id for one in page.people} == {station.pk}


def test_merged_and_withdrawn_records_are_not_found(db: None) -> None:
    kept, gone = person("Lý Thị Sa"), person("Lý Thị Sa", withdrawn_at=AT)
    merged = person("Lý Thị Sa", merged_into=kept)
    Citizen.objects.bulk_create([kept, gone])
    merged.save()
    for typed, birth in (("ly thi sa", None), ("sa ly", None), ("ly thi saa", None)):
        assert [one.citizen for one in found(typed, EVERYWHERE, birth).people] == [kept]
    page = found("ly thi saa", EVERYWHERE, PartialDate.of(BORN))
    assert [one.citizen for one in page.people] == [kept]


def test_a_year_or_a_date_narrows_a_name(db: None) -> None:
    elder, younger = person("Lò Văn An", born=date(1950, 7, 1)), person("Lò Văn An")
    by_year = person("Lò Văn An", born=date(1980, 1, 1), birth_precision="year")
    Citizen.objects.bulk_create([elder, younger, by_year])

    def born(birth: PartialDate, typed: str = "lo van an") -> list[Citizen]:
        return [one.citizen for one in found(typed, EVERYWHERE, birth).people]

    assert born(PartialDate(1980)) == [by_year, younger]
    assert born(PartialDate(1980, 3)) == [by_year, younger]
    assert set(born(PartialDate.of(BORN))) == {by_year, younger}
    assert younger in born(PartialDate.of(BORN), "an lo")
    assert set(born(PartialDate.of(BORN), "an van lo")) == {by_year, younger}
    assert born(PartialDate(1950, 7), "an") == [elder]


def test_with_another_birth_date_the_bearers_of_the_name_are_offered(db: None) -> None:
    person("Lò Văn An").save()
    page = found("lo van an", EVERYWHERE, PartialDate(1985, 1, 2))
    assert [(one.citizen.name, one.why) for one in page.people] == [("Lò Văn An", "other_birth")]
    assert found("lo van am", EVERYWHERE, PartialDate(1985, 1, 2)).people == []


def test_a_rare_word_weighs_more_than_a_common_one(db: None) -> None:
    Citizen.objects.bulk_create([person(f"Trần Thị {last}") for last in ("Ba", "Bốn", "Sáu") * 9])
    person("Quàng Thị Hặc").save()
    count_names()
    page = found("tran thi hac", EVERYWHERE)
    assert names_of(page) == ["Quàng Thị Hặc"]
    assert page.people[0].why == "guess"


def test_words_written_as_one_and_one_written_as_two_are_read(db: None) -> None:
    person("Nguyễn Văn Huyền").save()
    for typed in ("nguyenvan huyen", "nguyen vanhuyen", "nguyen van hu yen"):
        assert names_of(found(typed, EVERYWHERE)) == ["Nguyễn Văn Huyền"]


def test_the_likeliest_correction_comes_first(db: None) -> None:
    Citizen.objects.bulk_create([person("Nguyễn Văn Bình") for _n in range(9)])
    Citizen.objects.bulk_create([person("Nguyễn Văn Minh"), person("Nguyễn Văn Bính")])
    count_names()
    page = found("nguyen van binhh", EVERYWHERE)
    assert names_of(page)[0] == "Nguyễn Văn Bình"
    assert {one.why for one in page.people} == {"guess"}


@pytest.mark.parametrize("typed", ["nguyen van an", "an nguyen van", "nguyen"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_pages_follow_each_other_without_gap_or_repeat(
    station: Organisation, here: Scope, typed: str, everywhere: bool
) -> None:
    days = [date(1950 + n % 9, 1 + n % 12, 1 + n % 28) for n in range(45)]
    Citizen.objects.bulk_create([person("Nguyễn Văn An", station, day) for day in days])
    Citizen.objects.bulk_create([person("Nguyễn Ngọc Văn An", station, day) for day in days[:7]])
    seen: list[UUID] = []
    after, sizes = None, []
    while True:
        page = found(typed, EVERYWHERE if everywhere else here, after=after)
        sizes.append(len(page.people))
        seen += [one.citizen.pk for one in page.people]
        after = seen[-1]
        if not page.has_more:
            break
    assert sizes == [20, 20, 12]
    assert len(set(seen)) == 52


def test_a_page_after_somebody_out_of_scope_is_the_first(
    people: list[Citizen], here: Scope, other_station: Organisation
) -> None:
    other = Citizen.objects.get(name="Phan Như Quỳnh", home_station=other_station)
    assert names_of(found("nguyen", here, after=other.pk)) == names_of(found("nguyen", here))


@pytest.mark.parametrize("typed", ["", "  ", "'", "-", "a" * 5000, "x " * 3000, "😀", "1", "êqx"])
def test_odd_texts_find_nobody_and_break_nothing(people: list[Citizen], typed: str) -> None:
    assert found(typed, EVERYWHERE).people == []


def test_a_name_somebody_bore_before_leads_to_them_where_nobody_bears_it(
    station: Organisation, other_station: Organisation, here: Scope
) -> None:
    """Who was renamed still has papers with the old name; people elsewhere stay unseen."""
    mine, theirs = (
        Citizen.objects.create(
            name="Nguyễn Thị Thùy Dương", birth_date=BORN, sex="female", home_station=home
        )
        for home in (station, other_station)
    )
    for person_ in (mine, theirs):
        FormerName.objects.create(citizen=person_, name="Nguyễn Hoa Lý", until=date(2020, 1, 1))
    for typed in ("nguyen hoa ly", "Nguyễn Hoa Lý", "nguyen hoa"):
        page = found(typed, here)
        assert [(one.citizen.pk, one.why) for one in page.people][:1] == [(mine.pk, "former_name")]
        assert theirs.pk not in [one.citizen.pk for one in page.people]
    assert [one.citizen for one in found("nguyen hoa ly", here, PartialDate(1990)).people] == []
    Citizen.objects.create(
        name="Nguyễn Hoa Lý", birth_date=BORN, sex="female", home_station=station
    )
    assert [one.why for one in found("nguyen hoa ly", here).people] == [""]


def test_care_with_a_last_day_is_found_until_that_day(
    other_station: Organisation, station: Organisation, here: Scope
) -> None:
    """What the list of people shows, the box finds."""
    today = timezone.localdate()
    for name, until in (("Sùng A Chờ", today), ("Sùng A Qua", today - timedelta(days=1))):
        citizen = Citizen.objects.create(
            name=name, birth_date=BORN, sex="male", home_station=other_station
        )
        CareRelation.objects.create(
            citizen=citizen, organisation=station, ground="referral", since=BORN, until=until
        )
    assert names_of(found("sung a", here)) == ["Sùng A Chờ"]
    shown = Citizen.objects.within(here).values_list("name", flat=True)
    assert list(shown) == ["Sùng A Chờ"]


def test_the_unknown_word_may_be_the_one_that_is_dropped(people: list[Citizen]) -> None:
    """In the whole register, as for a department: one word that nobody bears hides nobody."""
    assert "Quàng Thị Hặc" in names_of(found("quang thi hac xyzwq", EVERYWHERE))


def born_so(name: str, birth: PartialDate, home: Organisation | None = None) -> Citizen:
    citizen = Citizen(name=name, sex="female", home_station=home)
    citizen.birth = birth
    citizen.save()
    return citizen


def why_of(page: Page) -> list[tuple[str, str, str]]:
    return [(one.citizen.name, str(one.citizen.birth), one.why) for one in page.people]


DAY = PartialDate(1980, 3, 12)
BY_MONTH, BY_YEAR = ("Lò Thị Lan", "03/1980", ""), ("Quàng Thị Lan", "1980", "")
ON_THE_DAY = ("Lò Văn Lan", "12/03/1980", "")


@pytest.fixture
def three_lans(station: Organisation) -> None:
    born_so("Lò Thị Lan", PartialDate(1980, 3), station)
    born_so("Lò Văn Lan", DAY, station)
    born_so("Quàng Thị Lan", PartialDate(1980), station)
    for other in (PartialDate(1980, 4), PartialDate(1981), PartialDate(1980, 1, 1)):
        born_so("Sùng Thị Lan", other, station)


@pytest.mark.usefixtures("three_lans")
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("lo thi lan", {BY_MONTH}),
        ("quang thi lan", {BY_YEAR}),
        ("quang lan", {BY_YEAR}),
        ("lan quang thi", {BY_YEAR}),
        ("quangf thij lan", {BY_YEAR}),
        ("thi lan", {BY_MONTH, BY_YEAR}),
        ("lan", {BY_MONTH, BY_YEAR, ON_THE_DAY}),
        ("la", {BY_MONTH, BY_YEAR, ON_THE_DAY}),
    ],
)
def test_a_full_date_finds_who_is_known_by_month_or_year_and_nobody_in_their_place(
    here: Scope, typed: str, everywhere: bool, expected: set[tuple[str, str, str]]
) -> None:
    page = found(typed, EVERYWHERE if everywhere else here, DAY)
    assert set(why_of(page)) == expected


@pytest.mark.usefixtures("three_lans")
@pytest.mark.parametrize("everywhere", [False, True])
def test_a_slip_and_a_full_date_find_who_is_known_by_the_year(
    here: Scope, everywhere: bool
) -> None:
    page = found("quanh thi lan", EVERYWHERE if everywhere else here, DAY)
    assert ("Quàng Thị Lan", "1980", "guess") in why_of(page)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_name_of_five_words_known_by_the_year_agrees_with_a_day_of_it(
    station: Organisation, here: Scope, everywhere: bool
) -> None:
    born_so("Nguyễn Thị Thu Hà Anh", PartialDate(1958), station)
    for typed in ("nguyen thi thu ha anh", "ha anh", "nguyeenx thij thu haf anh"):
        page = found(typed, EVERYWHERE if everywhere else here, PartialDate(1958, 3, 12))
        assert why_of(page) == [("Nguyễn Thị Thu Hà Anh", "1958", "")], typed


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    day=st.dates(date(1930, 1, 1), date(2020, 12, 31)), which=st.integers(0, 3), turned=st.randoms()
)
def test_whatever_is_known_of_a_birth_the_day_itself_finds_the_person(
    db: None, day: date, which: int, turned: Random
) -> None:
    """Known by day, month or year: each is offered to whoever reads the whole date from a card."""
    birth = PartialDate.of(day)
    known = [birth, PartialDate(day.year, day.month), PartialDate(day.year), None][which]
    citizen = born_so("Vừ Thị Mí Sính", known or PartialDate(day.year + 1))
    words = ["vu", "thi", "mi", "sinh"]
    turned.shuffle(words)
    page = found(" ".join(words), EVERYWHERE, birth)
    (one,) = [one for one in page.people if one.citizen == citizen]
    assert one.why == ("" if known else "other_birth")
    citizen.delete()


def test_people_known_by_the_year_follow_on_the_next_pages_without_gap_or_repeat(
    station: Organisation, here: Scope
) -> None:
    for n in range(45):
        births = (DAY, PartialDate(1980, 3), PartialDate(1980))
        born_so(f"Lò Thị {'Lan' if n % 2 else 'Bun'}", births[n % 3], station)
    for scope in (here, EVERYWHERE):
        seen: list[UUID] = []
        after = None
        while True:
            page = found("thi lo", scope, DAY, after)
            seen += [one.citizen.pk for one in page.people]
            if not page.has_more:
                break
            after = seen[-1]
        assert len(seen) == len(set(seen)) == 45
