"""Every figure of a report opens what it is made of: records, rows, two sides, or the senders' reports."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.models import Report
from reporting.services.running import TypedFigure
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

LINK = re.compile(r'<a href="(\?o=[^"]+)#dong"')
PART = re.compile(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th><td class="num">([^<]*)</td>')


def client_of(user: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def links(client: Client, address: str) -> list[str]:
    return sorted({unescape(found) for found in LINK.findall(client.get(address).content.decode())})


def parts(client: Client, address: str) -> list[tuple[str, str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return [(unescape(a), b, c) for a, b, c in PART.findall(answer.content.decode())]


@pytest.fixture
def sent(
    see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> dict[str, list[Report]]:
    """Two stations with their reports of October: three visits here, two there."""
    for place, number in ((station, 3), (other_station, 2)):
        for n in range(number):
            see(person(date(1960 + 20 * n, 1, 1)), place, moment(3 + n), "J06.9")
    found: dict[str, list[Report]] = {}
    for code in ("BC01", "BC02"):
        for place in (station, other_station):
            report = services.begin_report(
                actor=None, definition=form(code), organisation=place, period=OCTOBER, at=LATER
            )
            if code == "BC02":
                services.type_figures(
                    actor=None, report=report, reason="Kho", at=LATER,
                    figures=[TypedFigure(row="own", column="giuong_tk", number=5)],
                )  # fmt: skip
            services.submit_report(actor=None, report=report, at=LATER)
            found.setdefault(code, []).append(report)
    return found


@pytest.mark.parametrize("code", ["BC01", "BC02"])
def test_every_link_of_a_report_opens(sent: dict[str, list[Report]], head: User, code: str) -> None:
    client = client_of(head)
    address = reverse("reporting:report", args=[sent[code][0].pk])
    found = links(client, address)
    assert any("total" in one for one in found) == (code == "BC01")
    for one in found:
        answer = client.get(address + one)
        assert answer.status_code == 200, one
        assert 'id="dong"' in answer.content.decode(), one


def test_a_share_opens_its_two_sides(sent: dict[str, list[Report]], head: User) -> None:
    client = client_of(head)
    address = reverse("reporting:report", args=[sent["BC02"][0].pk])
    found = parts(client, f"{address}?o=own~cs_giuong")
    assert [value for _url, _label, value in found] == ["0", "5"]
    for url, _label, _value in found:
        assert client.get(address + url.removesuffix("#dong")).status_code == 200


def test_a_last_line_opens_the_rows_it_adds_up(sent: dict[str, list[Report]], head: User) -> None:
    address = reverse("reporting:report", args=[sent["BC01"][0].pk])
    found = parts(client_of(head), f"{address}?o=total~op_total")
    assert [value for _url, _label, value in found] == ["3"]


@pytest.mark.parametrize(
    ("code", "cell", "values"),
    [
        ("BC01", "J06~op_total", ["3", "2"]),
        ("BC01", "total~op_total", ["3", "2"]),
        ("BC02", "total~kham", ["3", "2"]),
    ],
)
def test_a_figure_of_a_sum_opens_what_each_sender_adds(
    sent: dict[str, list[Report]], statistician: User, department: Organisation,
    code: str, cell: str, values: list[str],
) -> None:  # fmt: skip
    closed = services.close_summary(
        actor=statistician, organisation=department, definition=form(code), period=OCTOBER,
        reason="Gửi sau", at=LATER,
    )  # fmt: skip
    client = client_of(statistician)
    names = [report.organisation.name for report in sent[code]]
    for address in (
        reverse("reporting:summary", args=[code, "month-2026-10-01"]),
        reverse("reporting:report", args=[closed.pk]),
    ):
        found = parts(client, f"{address}?o={cell}")
        assert [(label, value) for _url, label, value in found] == list(
            zip(names, values, strict=True)
        )
        for url, _label, _value in found:
            assert client.get(url).status_code == 200, unquote(url)
        for one in links(client, address):
            assert client.get(address + one).status_code == 200, one


def test_a_cell_that_no_report_has_is_not_found(
    sent: dict[str, list[Report]], statistician: User
) -> None:
    client = client_of(statistician)
    address = reverse("reporting:summary", args=["BC02", "month-2026-10-01"])
    for cell in ("own", "own~", "~kham", "khong~kham", "total~khong"):
        assert client.get(f"{address}?o={cell}").status_code == 404, cell


@pytest.mark.parametrize(("code", "cell"), [("BC02", "total~kham"), ("BC01", "total~op_total")])
def test_a_sum_asks_as_often_for_two_senders_as_for_one(
    sent: dict[str, list[Report]], statistician: User, code: str, cell: str
) -> None:
    client = client_of(statistician)
    address = reverse("reporting:summary", args=[code, "month-2026-10-01"]) + f"?o={cell}"
    numbers = []
    for place in (sent[code][1], None):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        numbers.append(len(queries))
        if place is not None:
            services.return_report(actor=statistician, report=place, reason="Thiếu", at=LATER)
    assert numbers[0] == numbers[1]
