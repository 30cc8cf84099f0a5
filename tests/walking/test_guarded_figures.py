"""(f) Of protected people no report, case, finding or count says anything to those without the right.

Law 71/2020/QH14, article 30. Everything is made twice, with protected people and without, down to
the sent reports and the sum of the province; no page, workbook or count of the two differs. What
counts visits whatever their class (forms without a row of a disease) counts them by law and is not
among the reports made here.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.accounts.roles import Role
from reporting.models import CaseNotification, Outbreak, Report
from reporting.pages.access import name_of
from tests.reporting.conftest import NEEDED
from tests.shipped import publish
from tests.walking.guarded import CODES, NOW, OCTOBER, SECRET, SEPTEMBER, Stand
from tests.walking.test_sensitive_rows import SKIPPED, difference, open_records, said
from tests.walking.world import World, addresses

Question = tuple[str, str, dict[str, Any]]
OPENED = {
    "BC01": ("I", "V", "A09", "A51", "B20", "total"),
    "BC03": ("H18", "W08", "W11", "total"),
    "BC10": ("tha", "ttpl", "total"),
}
# Who reads reports and figures of all places, and may see no protected row.
READERS = [str(Role.STATISTICIAN)]
DEEDS = ("compute_again", "submit")


@pytest.fixture(autouse=True)
def _a_clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _lists(db: None) -> None:
    publish(NEEDED)


def asked(world: World, stand: Stand) -> Iterator[Question]:
    """Yield every page on which figures, cases and findings stand, and every deed of a report."""
    plain = [one.at() for one in addresses() if not one.parameters and one.name not in SKIPPED]
    yield from (("GET", path, {}) for path in plain)
    for report in sorted(stand.reports, key=_order):
        yield from _of_report(report)
    for code, period in product(CODES, (SEPTEMBER, OCTOBER)):
        yield from _of_sum(code, name_of(period))
    yield from _of_places(stand)
    for case in CaseNotification.objects.filter(sensitivity="").order_by("noticed_at", "id"):
        yield "GET", reverse("reporting:case", args=[case.pk]), {}
    for outbreak in Outbreak.objects.order_by("name"):
        yield "GET", reverse("reporting:outbreak", args=[outbreak.pk]), {}
    for model, text in product(("citizen", "visit", "twincase"), (SECRET, "Quàng")):
        yield "GET", f"/healthrecords/{model}/", {"q": text}
    yield "GET", reverse("reporting:find_visit"), {"q": "L"}


def _of_sum(code: str, period: str) -> Iterator[Question]:
    yield "GET", reverse("reporting:senders", args=[code, period]), {}
    path = reverse("reporting:summary", args=[code, period])
    yield "GET", path, {"het": "1"}
    yield from (("GET", path, {"o": cell}) for cell in _cells(code))


def _order(report: Report) -> Any:
    return report.code, report.organisation.path, report.first_day, report.number


def _cells(code: str) -> list[str]:
    content = Report.objects.filter(code=code)[:1].get().definition.content
    return [f"{row}~{content['columns'][0]['key']}" for row in OPENED[code]]


def _of_report(report: Report) -> Iterator[Question]:
    path, cells = reverse("reporting:report", args=[report.pk]), _cells(report.code)
    yield "GET", path, {}
    yield "GET", path, {"het": "1"}
    yield from (("GET", path, {"o": cell}) for cell in cells)
    for name in ("typing", "workbook"):
        yield "GET", reverse(f"reporting:{name}", args=[report.pk]), {}
    if report.is_open:
        for name in DEEDS:
            yield "POST", reverse(f"reporting:{name}", args=[report.pk]), {}
        for cell in cells:
            typed = {f"c-{cell}": "3", "reason": "Sổ"}
            yield "POST", reverse("reporting:typing", args=[report.pk]), typed


def _of_places(stand: Stand) -> Iterator[Question]:
    week = f"{NOW.date():%Y-%m-%d}"
    for by in ("tinh", "co-so"):
        for query in ({}, {"tuan": week}, {"muc": "im-lang"}):
            yield "GET", reverse("reporting:places"), {"theo": by, **query}
    for place in (*stand.places, stand.world.department):
        yield "GET", reverse("reporting:place", args=[place.pk]), {"tuan": week}
        for name in ("quality", "mend"):
            yield "GET", reverse(f"reporting:{name}"), {"noi": str(place.pk)}
        for kind in ("cho", "qua-han", "gui", "tre", "khong"):
            yield "GET", reverse("reporting:cases"), {"noi": str(place.pk), "loc": kind}


def answers(who: str, world: World, walker: Callable[[str], Any], *, protected: bool) -> Any:
    """Return what every question is answered on one of the sides, which is then gone."""
    with transaction.atomic():
        stand = Stand(world, protected=protected)
        assert CaseNotification.objects.exclude(sensitivity="").exists() is protected
        assert any("B20" in report.figures for report in stand.reports) is protected
        open_records(world, who)
        person, found = walker(who), []
        for method, path, data in asked(world, stand):
            answer = person.ask(method, path, data=data, follow=method == "POST")
            found.append((method, path, data, answer.status_code, said(answer), answer.body))
        transaction.set_rollback(True)
    return found


@pytest.mark.by_turns
@pytest.mark.parametrize("who", READERS)
def test_protected_people_change_no_figure_for_those_without_the_right(
    who: str, world: World, walker: Callable[[str], Any]
) -> None:
    before = answers(who, world, walker, protected=False)
    after = answers(who, world, walker, protected=True)
    assert len(before) == len(after)
    told, changed = [], []
    for was, now in zip(before, after, strict=True):
        method, path, data, status, text, body = now
        if SECRET in body.replace(str(data.get("q", "\0")), ""):
            told.append(f"{method} {path} {data}")
        if (status, text) != was[3:5]:
            changed.append(f"{method} {path} {data} {was[3]} {status}: {difference(was[4], text)}")
    assert told == []
    assert changed == []
