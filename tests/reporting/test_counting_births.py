"""Figures of births from the papers of birth of a place, counted by hand."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Document, Visit
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.computing import compute, form_for
from reporting.periods import Period
from reporting.sources import source_named
from reporting.sources.asked import Asked, Place
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person, told

# Of October, by the papers that stand: a girl of 2,400 g and a boy of 2,500 g, twins of one mother by
# operation; a girl of 3,100 g by operation; a boy of 3,300 g born in the first minute of the month.
# Not of October: a boy born on 30 September, a paper that was cancelled.
MOTHERS = {"mode": 2}
CHILDREN = {"ds": 4, "ds_f": 2, "can": 4, "nhe": 1}
MONTHS = {"BC07": MOTHERS, "BC08": CHILDREN}
_numbers: Iterator[int] = count(1)


@pytest.fixture
def born(see: Callable[..., Any], head: User) -> Callable[..., Document]:
    """Write the paper of a child straight into the tables, as it is kept."""

    def write(
        place: Organisation,
        at: datetime,
        sex: str,
        weight: int,
        *,
        visit: Any = None,
        said_at: str = "",
        cancelled: bool = False,
        **said: Any,
    ) -> Document:
        visit = visit or see(person(at.date() - timedelta(days=9000)), place, at, "O80")
        cancel = {"cancelled_at": at, "cancelled_by": head, "cancel_reason": "Ghi nhầm"}
        return Document.objects.create(
            visit=visit,
            citizen=visit.citizen,
            facility=place,
            kind="birth",
            year=at.year,
            number=next(_numbers),
            issued_at=at + timedelta(hours=5),
            issued_by=head,
            content={
                "child_born_at": said_at or at.isoformat(),
                "child_sex": sex,
                "child_weight": weight,
                **said,
            },
            **(cancel if cancelled else {}),
        )

    return write


@pytest.fixture
def births(born: Callable[..., Document], station: Organisation) -> list[Document]:
    operated = {"by_operation": True}
    first = born(station, moment(3), "2", 2400, **operated)
    return [
        first,
        born(station, moment(3), "1", 2500, visit=first.visit, **operated),
        born(station, moment(9), "2", 3100, **operated),
        # 30 September by the clock of London, and written without an offset elsewhere.
        born(station, moment(1, hour=0), "1", 3300, said_at="2026-09-30T17:01:00+00:00"),
        born(station, moment(30, 9), "1", 3000, said_at="2026-09-30T23:59"),
        born(station, moment(12), "2", 2000, cancelled=True),
    ]


@pytest.mark.parametrize("code", ["BC07", "BC08"])
def test_each_cell_that_papers_of_birth_fill(
    births: list[Document], station: Organisation, other_station: Organisation, code: str
) -> None:
    found = compute(form(code), OCTOBER, [station, other_station])
    assert told(found[station.pk]) == {"own": MONTHS[code]}
    # Whoever issues no such paper writes them elsewhere: blank, not nought.
    assert set(MONTHS[code]).isdisjoint(found[other_station.pk].get("own", {}))


def test_a_month_without_births_is_nought_where_papers_are_issued(
    births: list[Document], station: Organisation
) -> None:
    november = Period.holding("month", OCTOBER.last + timedelta(days=1))
    found = compute(form("BC08", november.last), november, [station])[station.pk]
    assert {key: found["own"][key] for key in CHILDREN} == dict.fromkeys(CHILDREN, 0)
    later = Period.holding("month", OCTOBER.last + timedelta(days=400))
    found = compute(form("BC08", later.last), later, [station])[station.pk]
    assert set(CHILDREN).isdisjoint(found.get("own", {}))


def test_a_child_whose_paper_was_issued_here_and_came_by_file_too_is_one_child(
    births: list[Document], station: Organisation
) -> None:
    """Of a visit without a paper issued here, and once that one is cancelled, the file's count."""

    def again(visit: Visit, at: datetime, sex: str, weight: int) -> None:
        Document.objects.create(
            visit=visit, citizen=visit.citizen, facility=station, kind="birth", origin="file",
            batch_id=uuid4(), year=at.year, issued_at=at,
            content={"child_born_at": at.isoformat(), "child_sex": sex, "child_weight": weight},
        )  # fmt: skip

    again(births[0].visit, moment(3), "2", 2400)
    again(births[0].visit, moment(3), "1", 2500)
    found = compute(form("BC08"), OCTOBER, [station])[station.pk]
    assert {key: found["own"][key] for key in CHILDREN} == CHILDREN
    again(births[5].visit, moment(12), "2", 2000)
    found = compute(form("BC08"), OCTOBER, [station])[station.pk]
    assert {key: found["own"][key] for key in CHILDREN} == {
        "ds": 5, "ds_f": 3, "can": 5, "nhe": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "column", "measure", "number"),
    [
        ("BC07", "mode", "operations", 2),
        ("BC08", "ds", "alive", 4),
        ("BC08", "ds_f", "alive_female", 2),
        ("BC08", "nhe", "light", 1),
    ],
)
def test_a_figure_opens_as_many_papers(
    births: list[Document], station: Organisation,
    code: str, column: str, measure: str, number: int,
) -> None:  # fmt: skip
    source = source_named(f"births:{measure}")
    assert source is not None
    asked = Asked(
        form_for(form(code), OCTOBER),
        OCTOBER,
        [("", column, measure)],
        [Place(station.pk, station.pk)],
    )
    found = source.lines(asked, None, "own", 10)
    assert found is not None
    assert (found.total, len(found.lines)) == (number, number)
    cut = source.lines(asked, None, "own", 1)
    assert cut is not None
    assert (cut.total, len(cut.lines)) == (number, 1)


def test_the_cell_of_a_report_opens_the_mothers(
    births: list[Document], station: Organisation, head: User
) -> None:
    report = services.begin_report(
        actor=head, definition=form("BC07"), organisation=station, period=OCTOBER, at=LATER
    )
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(head)
    page = client.get(reverse("reporting:report", args=[report.pk]) + "?o=own~mode")
    names = {births[0].citizen.name, births[2].citizen.name}
    assert [name for name in names if name not in page.content.decode()] == []
