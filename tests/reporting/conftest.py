"""A small province that can be counted by hand, and who sends and approves its reports."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from healthrecords.models import Citizen, Diagnosis, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.holidays import load_holidays
from portal.codelists.sensitivity import sensitivity_of
from portal.places.models import Organisation
from reporting.definitions import load_definitions
from reporting.models import ReportDefinition
from reporting.periods import ZONE, Period
from tests.conftest import make_user
from tests.shipped import publish

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), "month")
LATER = datetime(2026, 11, 3, 9, tzinfo=ZONE)
NEEDED = {
    "report_classes", "infectious_diseases", "sensitivity_rules", "quality_limits", "vaccines",
    "surveillance_rules", "key_figure_targets", "growth_standards",
}  # fmt: skip


@pytest.fixture
def definitions(db: None, request: pytest.FixtureRequest) -> None:
    """The forms as they are shipped, and the lists they stand on."""
    lists = {"sensitivity_rules", "vaccines", "key_figure_targets"}
    needed = NEEDED - (lists if "lists" in request.fixturenames else set())
    publish(needed)
    load_definitions()
    load_holidays([2026, 2027])


@pytest.fixture
def head(station: Organisation) -> User:
    """Heads the station of Mường Chà and sends its reports."""
    return make_user("truong", "Giàng A Páo", Role.STATION_HEAD, station)


@pytest.fixture
def statistician(department: Organisation) -> User:
    """Approves reports at the department."""
    return make_user("lan", "Quàng Thị Lan", Role.STATISTICIAN, department)


@pytest.fixture
def epidemiologist(department: Organisation) -> User:
    return make_user("tuan", "Phạm Anh Tuấn", Role.EPIDEMIOLOGIST, department)


def form(code: str, on: date = OCTOBER.last) -> ReportDefinition:
    return ReportDefinition.objects.holding(on).get(code=code)


def moment(day: int, month: int = 10, hour: int = 8, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE)


def told(figures: Any) -> dict[str, dict[str, Any]]:
    """Return the figures that are not nought: what a test says by hand, row by row."""
    return {
        row: said
        for row, cells in figures.items()
        if (said := {key: value for key, value in cells.items() if value not in (0, [0, 0])})
    }


_people = iter(range(10**6))


def person(born: date, sex: str = "female", **said: Any) -> Citizen:
    return Citizen.objects.create(
        name=f"Lò Thị Số {next(_people)}", birth_date=born, sex=sex, **said
    )


@pytest.fixture
def see(definitions: None) -> Callable[..., Visit]:
    """Write a finished visit straight into the tables: what is counted is what stands there."""

    def visit(
        citizen: Citizen, place: Organisation, began: datetime, *codes: str, **said: Any
    ) -> Visit:
        traditional = said.pop("traditional", "")
        said.setdefault("ended_at", began)
        sensitivity = sensitivity_of(codes, on=began.date())
        row = Visit.objects.create(
            citizen=citizen,
            facility=place,
            started_at=began,
            sensitivity=sensitivity,
            **{"status": "finished", "kind": "01", "coverage": "1.1", **said},
        )
        for n, code in enumerate(codes):
            rank = "other" if n else "main"
            Diagnosis.objects.create(
                visit=row,
                rank=rank,
                position=n or 1,
                code=code,
                title=code,
                sensitivity=sensitivity,
            )
        if traditional:
            Diagnosis.objects.create(
                visit=row, rank="traditional", code=traditional, title=traditional
            )
        return row

    return visit


@pytest.fixture
def definitions_once(definitions: None) -> None:
    """The same for a property test: every example undoes what it wrote itself."""


def a_station() -> Organisation:
    """Return some station for an example of a property test."""
    from portal.places import services as places
    from tests.conftest import SINCE

    root = Organisation.objects.filter(parent=None).first() or places.create_organisation(
        name="Bộ Y tế", kind="ministry", parent=None, valid_from=SINCE
    )
    return places.create_organisation(
        name="Trạm Y tế", kind="station", parent=root, valid_from=SINCE
    )
