"""What stands behind a figure is listed whole, page after page; the number above is that of all."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.models import CaseNotification, Report
from tests.conftest import SINCE
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person


def client_of(user: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def in_turn(client: Client, url: str, rows: str) -> list[list[str]]:
    """Return the rows of a page and of those after it, each as it is written."""
    found = []
    for _n in range(5):
        answer = client.get(url)
        assert answer.status_code == 200, url
        page = html.fromstring(answer.content.decode())
        found.append([html.tostring(row).decode() for row in page.xpath(rows)])
        following = page.xpath("//p[@class='paginator']/a[@rel='next']/@href")
        if not following:
            return found
        url = urljoin(url.partition("#")[0], following[0])
    raise AssertionError(f"{url} has no end")


def told(client: Client, url: str, where: str) -> int:
    page = html.fromstring(client.get(url).content.decode())
    return int(re.sub(r"\D", "", page.xpath(f"string({where})")))


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len(captured)


WAITING = "//section[@aria-labelledby='h-wait']"


def test_a_hundred_and_one_reports_wait_on_two_pages(
    definitions: None, department: Organisation, station: Organisation, statistician: User
) -> None:
    def send(place: Organisation, number: int) -> None:
        Report.objects.create(
            definition=form("BC02"), code="BC02", organisation=place, period="month",
            first_day=OCTOBER.first, last_day=OCTOBER.last, due_on=OCTOBER.last,
            status="submitted", computed_at=LATER, submitted_at=LATER, digest=f"{number:064d}",
        )  # fmt: skip

    send(station, 0)
    client, url = client_of(statistician), reverse("reporting:due")
    client.get(url)
    few = queries(client, url)
    for number in range(1, 101):
        said: dict[str, Any] = {"kind": "station", "parent": department, "valid_from": SINCE}
        send(places.create_organisation(name=f"Trạm số {number}", **said), number)
    pages = in_turn(client, url, f"{WAITING}//tbody/tr")
    assert [len(rows) for rows in pages] == [100, 1]
    assert len({row for rows in pages for row in rows}) == 101
    assert told(client, url, f"{WAITING}//span[@class='count']") == 101
    assert queries(client, url) == few


def test_a_hundred_and_one_cases_wait_on_two_pages(
    see: Callable[..., Visit], station: Organisation, epidemiologist: User
) -> None:
    def notice(number: int) -> None:
        visit = see(person(date(1990, 1, 1)), station, moment(5), "B05.9")
        CaseNotification.objects.create(
            visit=visit, disease="H18", code="B05.9", noticed_at=moment(5),
            due_at=LATER + timedelta(hours=number),
        )  # fmt: skip

    notice(0)
    client = client_of(epidemiologist)
    url = f"{reverse('reporting:cases')}?loc=cho&noi={station.pk}"
    client.get(url)
    few = queries(client, url)
    for number in range(1, 101):
        notice(number)
    pages = in_turn(client, url, "//tr[@data-of]")
    assert [len(rows) for rows in pages] == [100, 1]
    assert len({row for rows in pages for row in rows}) == 101
    assert told(client, url, "//section[@aria-labelledby='h-cases']//span[@class='count']") == 101
    assert queries(client, url) == few


@pytest.fixture
def long_cell(see: Callable[..., Visit], station: Organisation, head: User) -> str:
    """A report of 201 visits, and the address of their number."""
    for number in range(201):
        see(person(date(1990, 1, 1)), station, moment(1 + number % 28), "J06.9")
    report = services.begin_report(
        actor=head, definition=form("BC02"), organisation=station, period=OCTOBER, at=LATER
    )
    return f"{reverse('reporting:report', args=[report.pk])}?o=own~kham&het=1"


def test_two_hundred_and_one_records_behind_a_figure_are_listed_on_two_pages(
    long_cell: str, head: User
) -> None:
    client = client_of(head)
    pages = in_turn(client, long_cell, "//section[@id='dong']//tbody/tr")
    assert [len(rows) for rows in pages] == [200, 1]
    people = {
        re.findall(r"Lò Thị Số \d+|L&#242; Th&#7883; S&#7889; \d+", r)[0] for p in pages for r in p
    }
    assert len(people) == 201
    assert "201" in client.get(long_cell).content.decode().split('id="dong"')[1]
    assert abs(queries(client, long_cell) - queries(client, f"{long_cell}&trang=2")) <= 1


@pytest.mark.parametrize("asked", ["0", "x", "-1", "3", "99999999", "²"])
def test_a_page_that_is_not_there_shows_one_that_is(long_cell: str, head: User, asked: str) -> None:
    pages = in_turn(
        client_of(head), f"{long_cell}&trang={asked}", "//section[@id='dong']//tbody/tr"
    )
    assert len(pages[0]) in {1, 200}
