"""Home pages and tables of places: who sees what, one step down and back, and never more queries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Area, Organisation
from reporting.days import count_anew
from reporting.models import PlaceStanding, QualityScore
from reporting.standings import keep_standings
from tests.conftest import SINCE, make_user
from tests.reporting.conftest import person
from tests.reporting.crawling import Crawler


def get(user: User, address: str, status: int = 200) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def count() -> None:
    today = timezone.localdate()
    count_anew(today - timedelta(days=460), today)
    keep_standings(at=timezone.now())


@pytest.fixture
def overseer(ministry: Organisation) -> User:
    return make_user("son", "Lê Hồng Sơn", Role.OVERSEER, ministry)


@pytest.fixture
def busy(see: Callable[..., Any], station: Organisation, other_station: Organisation) -> None:
    """Two stations with visits of last week, one of them of a protected class; scores that moved."""
    for place, days, codes in (
        (station, 7, ("J06.9",)),
        (station, 7, ("B20",)),
        (other_station, 6, ("I10",)),
        (station, 371, ("J06.9",)),
    ):
        monday = timezone.localtime() - timedelta(days=timezone.localdate().weekday())
        see(person(SINCE), place, monday - timedelta(days=days), *codes)
    today = timezone.localdate()
    for place, now, before in ((station, 80, 85), (other_station, 90, 70)):
        for days, value in ((0, now), (7, before)):
            QualityScore.objects.create(
                unit="facility",
                organisation=place,
                day=today - timedelta(days=days),
                value=value,
                evaluated=1,
            )
    count()


def test_the_department_goes_from_its_home_to_one_place_and_finds_the_same_numbers(
    busy: None, statistician: User, station: Organisation
) -> None:
    client = Client()
    client.force_login(statistician)
    crawler = Crawler(client)
    for address in ("/", "/dia-ban/?theo=tinh", "/dia-ban/?theo=xa", "/dia-ban/"):
        assert crawler.wrong(address) == []
    assert crawler.wrong(f"/dia-ban/{station.pk}/") == []
    assert {"figure worse", "figure places", "figure visits"} <= set(crawler.followed)
    provinces = Crawler(client)
    assert provinces.wrong("/dia-ban/?theo=tinh") == []
    # Of the one line and of the sum: places, this week's visits, those of a year before.
    followed = provinces.followed
    assert (followed.count("figure places"), followed.count("figure visits")) == (2, 4)


def test_the_ministry_begins_with_provinces_and_the_department_with_places(
    busy: None, overseer: User, statistician: User, province: Area
) -> None:
    assert province.name in get(overseer, "/dia-ban/")
    page = get(statistician, "/dia-ban/")
    assert "Trạm Y tế xã Mường Chà" in page
    home = get(overseer, "/")
    assert "Theo tỉnh" in home
    assert f'<a href="/dia-ban/?theo=xa&amp;vung={province.pk}">' in home


def test_a_place_out_of_sight_does_not_exist_and_a_clerk_has_no_table(
    busy: None, statistician: User, clerk: User, ministry: Organisation
) -> None:
    far = places.create_organisation(
        name="Sở Y tế tỉnh khác", kind="department", parent=ministry, valid_from=SINCE
    )
    get(statistician, f"/dia-ban/{far.pk}/", 404)
    get(clerk, "/dia-ban/", 200)  # supplies of the own station are its to see
    get(statistician, "/dia-ban/?vung=khong-co", 404)
    auditor = make_user("kiem", "Vũ Thị Kiểm", Role.AUDITOR, ministry)
    get(auditor, "/dia-ban/", 403)


def test_protected_visits_are_left_out_of_figures_without_the_right(
    busy: None, statistician: User, epidemiologist: User
) -> None:
    assert _visits(get(statistician, "/dia-ban/")) == 2
    assert _visits(get(epidemiologist, "/dia-ban/")) == 3


def _visits(page: str) -> int:
    from lxml import html

    return sum(
        int(one.get("data-value")) for one in html.fromstring(page).xpath("//td[@data-of='visits']")
    )


def test_a_body_without_counts_is_told_when_they_come(
    department: Organisation, statistician: User
) -> None:
    PlaceStanding.objects.all().delete()
    assert "máy đếm lại 5 phút một lần" in get(statistician, "/")
    assert "Chưa đếm được cơ sở nào" in get(statistician, "/dia-ban/")


ROLES = (
    (Role.STATION_HEAD, "station"),
    (Role.HOSPITAL_DATA_OFFICER, "hospital"),
    (Role.LICENSING_OFFICER, "department"),
    (Role.EPIDEMIOLOGIST, "department"),
    (Role.OVERSEER, "ministry"),
)


@pytest.mark.parametrize(("role", "where"), ROLES)
def test_a_home_page_asks_as_often_for_many_places_and_visits_as_for_few(
    busy: None,
    see: Callable[..., Any],
    role: str,
    where: str,
    request: pytest.FixtureRequest,
    hospital: Organisation,
    department: Organisation,
) -> None:
    user = make_user("ai", "Người Xem", role, request.getfixturevalue(where))
    place: Organisation = request.getfixturevalue("station")
    for number in range(8):  # a list longer than it shows is counted once more
        see(person(SINCE), place, timezone.now() - timedelta(days=number + 20), "J06.9")
    count()
    few = queries(user)
    for number in range(8):
        station = places.create_organisation(
            name=f"Trạm {number}", kind="station", parent=department, valid_from=SINCE
        )
        for at in (station, place, hospital):
            see(person(SINCE), at, timezone.now() - timedelta(days=number + 7), "J06.9")
        QualityScore.objects.create(
            unit="facility",
            organisation=station,
            day=timezone.localdate(),
            value=50,
            evaluated=1,
        )
    count()
    many = queries(user)
    assert len(many) == len(few), "\n".join(many)


def queries(user: User) -> list[str]:
    client = Client()
    client.force_login(user)
    for address in ("/", "/dia-ban/"):
        client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
        client.get("/dia-ban/")
    return [query["sql"] for query in captured.captured_queries]
