"""What the house chose for want of a text is a bound of a dated list, and told on the page that uses it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.codelists.models import Code, CodeList
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.places.models import Organisation
from reporting.board.matters import BY_NAME, sums_of
from reporting.limits import QUALITY, limits_on
from reporting.models import ArrivalDay, PlaceStanding, QualityIssue, Report
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from reporting.standings import keep_standings
from tests.reporting.conftest import OCTOBER
from tests.reporting.test_quality_of_reports import NOW, of, rules, sent

__all__ = ["rules"]

OWN = "Mức của hệ thống, không theo văn bản"


def decide(changed: dict[str, str], without: frozenset[str] = frozenset()) -> None:
    """Load a department's own version of the list, with other figures or without some."""
    code_list = CodeList.objects.get(key=QUALITY)
    rows = [
        Row(
            code=row.code,
            title=row.title,
            attributes=row.attributes
            | ({"value": changed[row.code]} if row.code in changed else {}),
        )
        for row in Code.objects.filter(version__code_list=code_list).order_by("position")
        if row.code not in without
    ]
    edition = Edition(valid_from=date(2026, 9, 1), legal_basis="Quyết định thử của Sở")
    publish_version(code_list=code_list, rows=rows, edition=edition)


@pytest.fixture
def came_ten_days_ago(definitions: None, station: Organisation) -> Organisation:
    day = timezone.localdate() - timedelta(days=10)
    ArrivalDay.objects.create(facility=station, day=day, visits=3, protected=0)
    keep_standings(at=timezone.now())
    return station


def quiet(department: Organisation) -> int:
    on = timezone.localdate()
    rows = PlaceStanding.objects.below(department)
    found: int = sums_of(rows, [BY_NAME["quiet"]], on, sees_sensitive=True)["quiet"]
    return found


def test_a_place_is_quiet_after_the_days_of_the_list_and_the_page_says_whose_they_are(
    client: Client,
    department: Organisation,
    came_ten_days_ago: Organisation,
    statistician: User,
) -> None:
    client.force_login(statistician)
    said = "quá 7 ngày không có lượt khám (Mức của hệ thống, không theo văn bản)"
    before = quiet(department)
    pages = ("/", f"/dia-ban/{came_ten_days_ago.pk}/", "/dia-ban/?theo=co-so")
    assert [said.lower() in client.get(page).content.decode().lower() for page in pages] == [
        True
    ] * 3
    decide({"quiet.after": "30"})
    assert quiet(department) == before - 1
    assert "quá 30 ngày" in client.get("/dia-ban/?theo=co-so").content.decode()


def test_without_the_term_no_place_is_called_quiet(
    department: Organisation, came_ten_days_ago: Organisation
) -> None:
    assert quiet(department) >= 1
    decide({}, without=frozenset({"quiet.after"}))
    assert quiet(department) == 0


def test_the_page_of_data_quality_tells_every_bound_with_its_source_and_which_are_lacking(
    client: Client, department: Organisation, definitions: None, statistician: User
) -> None:
    load_rules()
    measure(at=timezone.now())
    client.force_login(statistician)
    page = client.get("/chat-luong/").content.decode()
    assert "<b>365 ngày</b>" in page
    assert page.count(OWN) >= 10
    assert "không được chấm" not in page
    decide({}, without=frozenset({"C02.near"}))
    page = client.get("/chat-luong/").content.decode()
    assert "không được chấm" in page
    assert "<li>C02.near " in page
    assert [one.code for one in limits_on(timezone.localdate()).lacking()] == ["C02.near"]


def test_reports_are_judged_for_as_long_as_the_list_says(
    rules: None, station: Organisation
) -> None:
    report: Report = sent(station, "BC02", OCTOBER, {"own": {"kham": 5, "kham_f": 9}})
    assert of(report, "U04")
    decide({"report.month": "5"})
    measure(at=NOW, everything=True)
    assert not QualityIssue.objects.open().filter(object_id=report.pk).exists()
