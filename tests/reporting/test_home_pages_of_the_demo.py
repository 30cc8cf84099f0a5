"""Every number of every home page of the demo is what stands behind it; a wrong one is found.

Everybody of the cast has the score of their place on the home page, with what pulls it down most; the
auditor of personal data (kiem) is excepted: the role sees neither records nor figures of a place.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from config.demo.logins import CAST
from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.places.models import Catchment, Organisation
from reporting.days import count_anew
from reporting.models import ArrivalDay, PlaceStanding
from reporting.standings import keep_standings
from tests.reporting.crawling import Crawler

# What each role's home page must count at least, or the walk has proven nothing.
EXPECTED = {
    "duyen": {"visits", "cases_waiting", "supplies_due", "queue_waiting"},
    "pao": {"visits", "reports_due", "reports_late", "cases_waiting", "issues", "rank"},
    "hoa": {"visits", "reports_due", "issues"},
    "minh": {
        "licenses_due", "equipment_due", "dossiers", "dossiers_late", "communes_none", "decided_today",
    },
    "lan": {"visits", "reports_due", "reports_late", "reports_returned", "quiet", "better", "told"},
    "tuan": {"cases_waiting", "cases_late", "reports_late", "told"},
    "son": {"visits", "reports_late", "licenses_due", "communes_none", "better", "told"},
}  # fmt: skip
WITHOUT_SCORE = {"kiem"}


def expected_of(username: str) -> set[str]:
    """Return what somebody's home page must count at least."""
    score = set() if username in WITHOUT_SCORE else {"score"}
    return EXPECTED.get(username, set()) | score


@pytest.fixture
def demo(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    """The demo, with rows planted that ought to be counted and rows that ought not."""
    settings.STATE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    call_command("load_reference_lists", verbosity=0)
    call_command("load_demo", verbosity=0)
    plant()
    today = timezone.localdate()
    count_anew(today - timedelta(days=500), today)
    keep_standings(at=timezone.now())
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database that serves has been


def plant() -> None:
    """Write visits that count, that do not, and that only some may know of; empty a commune."""
    station = User.objects.get(username="duyen").place_of_work
    assert station is not None
    person = Citizen.objects.filter(home_station=station).order_by("pk").first()
    now = timezone.now()
    for days, more in (
        (9, {}),
        (9, {"sensitivity": "hiv"}),
        (9, {"status": "withdrawn"}),
        (9, {"status": "cancelled"}),
        (373, {"sensitivity": "mental"}),
    ):
        said = {"status": "finished", "citizen": person, "facility": station, **more}
        Visit.objects.create(started_at=now - timedelta(days=days), **said)
    Visit.objects.create(
        citizen=person, facility=station, status="in_progress", started_at=now - timedelta(days=3)
    )
    without = Organisation.objects.filter(kind="station").order_by("path").last()
    assert without is not None
    Catchment.objects.filter(organisation=without).delete()
    Organisation.objects.filter(pk=without.pk).update(area=None)


def walk(username: str) -> Crawler:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return Crawler(client)


def test_every_number_of_every_home_page_is_what_stands_behind_it(demo: None) -> None:
    faults: dict[str, list[str]] = {}
    unmet: dict[str, set[str]] = {}
    bare: dict[str, list[str]] = {}
    for _role, username, _name, _place in CAST:
        crawler = walk(username)
        wrong = crawler.wrong()
        if found := crawler.bare():
            bare[username] = found
        if wrong:
            faults[username] = wrong
        met = {one.removeprefix("figure ") for one in crawler.followed}
        if lacking := expected_of(username) - met:
            unmet[username] = lacking
    assert (faults, unmet, bare) == ({}, {}, {})
    one_step_down()
    a_wrong_number_is_found()


def one_step_down() -> None:
    """The tables of places hold as well: by province, by commune, one by one, down to a place."""
    crawler = walk("lan")
    for way in ("tinh", "xa", "co-so"):
        assert crawler.wrong(f"/dia-ban/?theo={way}") == []
    assert crawler.wrong("/dia-ban/?muc=tre") == []
    assert len(crawler.followed) > 100


def a_wrong_number_is_found() -> None:
    """What is not counted yet, or counted wrongly, is told by the figure that shows it."""
    department = User.objects.get(username="lan").place_of_work
    assert department is not None
    station = User.objects.get(username="duyen").place_of_work
    late = PlaceStanding.objects.get(place=station).reports_late + 1
    PlaceStanding.objects.filter(place=station).update(reports_late=late)
    found = walk("lan").wrong("/dia-ban/?muc=tre")
    assert len(found) == 1
    assert found[0].startswith(f"reports_late {late}: ")
    row = ArrivalDay.objects.filter(facility=station).order_by("-day").first()
    assert row is not None
    ArrivalDay.objects.filter(pk=row.pk).update(visits=row.visits + 1)
    assert any(one.startswith("visits ") for one in walk("pao").wrong())
