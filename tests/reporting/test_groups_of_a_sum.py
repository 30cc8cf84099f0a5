"""The province's sum of form 9/BCT adds each group of senders up: hospitals, clinics, stations."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from portal.accounts.models import User
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.computing import form_for
from reporting.models import Report
from reporting.pages.report import places_told
from reporting.services.running import TypedFigure
from tests.conftest import SINCE
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

SUMMARY = ("BC02", "month-2026-10-01")
# Visits, beds and days of treatment of each place: what is added up below.
VISITS = {"hospital": 4, "other_hospital": 1, "station": 3, "other_station": 2}


@pytest.fixture
def other_hospital(department: Organisation) -> Organisation:
    return places.create_organisation(
        name="Trung tâm Y tế Tuần Giáo", kind="centre", parent=department, valid_from=SINCE
    )


@pytest.fixture
def sent(see: Callable[..., Any], request: pytest.FixtureRequest) -> dict[str, Report]:
    found = {}
    for nth, (name, number) in enumerate(VISITS.items()):
        place = request.getfixturevalue(name)
        for day in range(number):
            see(person(date(1970 + day, 1, 1)), place, moment(3 + day), "J06.9")
        report = services.begin_report(
            actor=None, definition=form("BC02"), organisation=place, period=OCTOBER, at=LATER
        )
        services.type_figures(
            actor=None, report=report, reason="Kho", at=LATER,
            figures=[TypedFigure(row="own", column="giuong_tk", number=10 * (nth + 1))],
        )  # fmt: skip
        services.submit_report(actor=None, report=report, at=LATER)
        found[name] = report
    return found


@pytest.fixture
def client(statistician: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(statistician)
    return client


def lines(client: Client, address: str) -> list[tuple[str, str, str, str]]:
    """Return number, label, visits and beds of each line of the table."""
    page = html.fromstring(client.get(address).content.decode())
    columns = [one.key for one in form_for(form("BC02"), OCTOBER).columns]
    found = []
    for row in page.xpath("//table[@class='grid']/tbody/tr"):
        cells = [cell.text_content().rpartition(":")[2].strip() for cell in row.xpath("td | th")]
        figures = dict(zip(columns, cells[2:], strict=True))
        found.append((cells[0], cells[1], figures["kham"], figures["giuong_tk"]))
    return found


def expected(sent: dict[str, Report]) -> list[tuple[str, str, str, str]]:
    name = {key: report.organisation.name for key, report in sent.items()}
    return [
        ("I", "Bệnh viện, trung tâm y tế", "5", "30"),
        ("1", name["hospital"], "4", "10"),
        ("2", name["other_hospital"], "1", "20"),
        ("II", "Trạm y tế xã, phường", "5", "70"),
        *sorted(
            [("", name["station"], "3", "30"), ("", name["other_station"], "2", "40")],
            key=lambda line: line[1],
        ),
        ("", "Tổng số", "10", "100"),
    ]


def test_each_group_has_its_line_and_the_last_line_adds_all_once(
    sent: dict[str, Report], client: Client
) -> None:
    found = lines(client, reverse("reporting:summary", args=SUMMARY))
    assert [line[0] for line in found] == ["I", "1", "2", "II", "3", "4", ""]
    assert [line[1:] for line in found[:-1]] == [line[1:] for line in expected(sent)[:-1]]
    assert found[-1][2:] == ("10", "100")


def test_a_frozen_sum_and_its_workbook_hold_the_same_lines(
    sent: dict[str, Report], client: Client, statistician: User, department: Organisation
) -> None:
    closed = services.close_summary(
        actor=statistician, organisation=department, definition=form("BC02"), period=OCTOBER,
        reason="Gửi sau", at=LATER,
    )  # fmt: skip
    assert set(closed.figures) == {str(report.organisation_id) for report in sent.values()}
    address = reverse("reporting:report", args=[closed.pk])
    shown = lines(client, address)
    assert shown == lines(client, reverse("reporting:summary", args=SUMMARY))
    answer = client.get(reverse("reporting:workbook", args=[closed.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    said = [[cell for cell in row if cell is not None] for row in sheet.values]
    rows = {str(row[1]): row for row in said if len(row) > 2}
    assert rows["Bệnh viện, trung tâm y tế"][0] == "I"
    for label in ("Bệnh viện, trung tâm y tế", "Trạm y tế xã, phường"):
        assert 5 in rows[label]
    assert {30, 70} <= {cell for row in rows.values() for cell in row if isinstance(cell, int)}


def test_a_frozen_sum_keeps_its_groups_whatever_its_senders_become(
    sent: dict[str, Report], client: Client, statistician: User, department: Organisation
) -> None:
    closed = services.close_summary(
        actor=statistician, organisation=department, definition=form("BC02"), period=OCTOBER,
        reason="Gửi sau", at=LATER,
    )  # fmt: skip
    address = reverse("reporting:report", args=[closed.pk])
    before = lines(client, address)
    became = {"other_hospital": "clinic", "station": "point", "other_station": "clinic"}
    for name, kind in became.items():
        Organisation.objects.filter(pk=sent[name].organisation_id).update(kind=kind)
    assert lines(client, address) == before
    # A sum of before, that kept no kinds: who is a point now was a station when it sent.
    key = str(sent["station"].organisation_id)
    of_before = Report(figures={key: {}}, sources=[{"report": "", "digest": "", "place": key}])
    assert places_told(of_before)[1] == {key: "station"}


@pytest.mark.parametrize(
    ("cell", "names", "values"),
    [
        ("group-1~kham", ["hospital", "other_hospital"], ["4", "1"]),
        ("group-2~kham", ["station", "other_station"], ["3", "2"]),
    ],
)
def test_a_group_s_figure_opens_the_reports_of_its_senders(
    sent: dict[str, Report], client: Client, cell: str, names: list[str], values: list[str]
) -> None:
    address = reverse("reporting:summary", args=SUMMARY)
    page = html.fromstring(client.get(f"{address}?o={cell}").content.decode())
    links = page.xpath("//*[@id='dong']//th[@scope='row']/a")
    assert [one.text_content() for one in links] == [sent[name].organisation.name for name in names]
    assert page.xpath("//*[@id='dong']//td[@class='num']/text()") == values
    for link in links:
        assert client.get(link.get("href")).status_code == 200
    assert client.get(f"{address}?o=group-3~kham").status_code == 404


def test_every_figure_of_the_sum_opens(sent: dict[str, Report], client: Client) -> None:
    address = reverse("reporting:summary", args=SUMMARY)
    page = html.fromstring(client.get(address).content.decode())
    links = page.xpath("//table[@class='grid']//a/@href")
    assert any("group-1" in one for one in links)
    for link in links:
        assert client.get(address + link.partition("#")[0]).status_code == 200, link


def test_a_report_of_one_sender_has_no_groups(sent: dict[str, Report], client: Client) -> None:
    found = lines(client, reverse("reporting:report", args=[sent["hospital"].pk]))
    assert [line[0] for line in found] == ["1"]
