"""A report finds the same children underweight and stunted as the chart of each of them says."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.growth import Moment, age_in_months, deviation, standards_on
from healthrecords.models import VitalSigns
from portal.accounts.models import User
from portal.codelists.models import Code
from portal.places.models import Organisation
from reporting import services
from reporting.computing import compute
from reporting.periods import Period
from reporting.sources import source_named
from reporting.sources.asked import Asked, Place
from tests.reporting.conftest import LATER, form, moment, person

HALF = Period.holding("half_year", date(2026, 8, 1))
DAY = date(2026, 10, 2)
FIGURES = {"nhecan": "weight", "thapcoi": "height"}


@pytest.fixture
def weigh(see: Callable[..., Any], station: Organisation) -> Callable[..., Any]:
    def write(born: date, sex: str, weight: str, height: str, **said: Any) -> Any:
        child = person(born, sex, **said)
        visit = see(child, said.pop("place", station), moment(2), "Z00.1")
        VitalSigns.objects.create(
            visit=visit,
            measured_at=moment(2),
            weight=Decimal(weight),
            height=Decimal(height),
        )
        return child

    return write


def cells(place: Organisation) -> dict[str, Any]:
    return compute(form("BC18", HALF.last), HALF, [place])[place.pk]["te"]


def asked(column: str, measure: str, place: Organisation) -> Asked:
    from reporting.computing import form_for

    whole = form_for(form("BC18", HALF.last), HALF)
    return Asked(whole, HALF, [("", column, measure)], [Place(place.pk, place.pk)])


def low(curve: Moment) -> float:
    return curve.value_at(-2)


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("days", [0, 1, 31, 200, 761, 1461, 1812, 1825])
def test_the_border_lies_where_the_chart_draws_it(
    weigh: Callable[..., Any], station: Organisation, sex: str, days: int
) -> None:
    born = DAY - timedelta(days=days)
    curves = standards_on(DAY, sex=sex)
    age = age_in_months(person(born, sex), DAY)
    assert age is not None
    edges = {figure: low(curves[figure].at(age)) for figure in ("weight", "height")}
    # Weight is kept to the gram and height to the millimetre: one step to each side of the line.
    steps = {"weight": Decimal("0.01"), "height": Decimal("0.1")}
    under, over = (
        {
            figure: str(round(Decimal(edge) + side * steps[figure], 2 if figure == "weight" else 1))
            for figure, edge in edges.items()
        }
        for side in (-1, 1)
    )
    weigh(born, sex, over["weight"], over["height"])
    assert {key: cells(station)[key] for key in FIGURES} == {"nhecan": 0, "thapcoi": 0}
    weigh(born, sex, under["weight"], over["height"])
    weigh(born, sex, over["weight"], under["height"])
    weigh(born, sex, under["weight"], under["height"])
    assert {key: cells(station)[key] for key in FIGURES} == {"nhecan": 2, "thapcoi": 2}


def test_who_lies_on_no_curve_is_measured_and_not_judged(
    weigh: Callable[..., Any], station: Organisation
) -> None:
    born = date(2024, 10, 2)
    weigh(born, "female", "4", "60", birth_is_estimated=True)
    weigh(born, "female", "4", "60", birth_precision="year")
    weigh(born, "unknown", "4", "60")
    assert (cells(station)["can"], cells(station)["nhecan"]) == (3, 0)
    weigh(born, "female", "4", "60")
    assert (cells(station)["can"], cells(station)["nhecan"]) == (4, 1)


def test_without_a_list_of_curves_nothing_is_known(
    weigh: Callable[..., Any], station: Organisation
) -> None:
    weigh(date(2024, 10, 2), "female", "4", "60")
    Code.objects.filter(version__code_list__key="growth_standards").delete()
    from portal.codelists.models import CodeListVersion

    CodeListVersion.objects.filter(code_list__key="growth_standards").delete()
    assert cells(station)["can"] == 1
    assert {"nhecan", "thapcoi"}.isdisjoint(cells(station))


@pytest.mark.parametrize(("column", "name"), [("nhecan", "underweight"), ("thapcoi", "stunted")])
def test_a_figure_opens_the_children_with_how_far_below_they_are(
    weigh: Callable[..., Any], station: Organisation, column: str, name: str
) -> None:
    born = date(2023, 10, 2)
    boy = weigh(born, "male", "10", "84")
    weigh(born, "male", "14", "96")
    source = source_named(f"growth:{name}")
    assert source is not None
    found = source.lines(asked(column, name, station), None, "te", 10)
    assert found is not None
    assert (found.total, [line.citizen for line in found.lines]) == (1, [boy.pk])
    curve = standards_on(DAY, sex="male")[FIGURES[column]]
    age = age_in_months(boy, DAY)
    assert age is not None
    z = curve.at(age).z_of({"weight": 10.0, "height": 84.0}[FIGURES[column]])
    assert (found.lines[0].text, found.lines[0].day) == (deviation(z), DAY)


def test_the_cell_of_a_report_opens_its_children(
    weigh: Callable[..., Any], station: Organisation, head: User
) -> None:
    boy = weigh(date(2023, 10, 2), "male", "10", "84")
    report = services.begin_report(
        actor=head, definition=form("BC18", HALF.last), organisation=station, period=HALF, at=LATER
    )
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(head)
    address = reverse("reporting:report", args=[report.pk])
    page = client.get(f"{address}?o=te~nhecan").content.decode()
    assert 'id="dong"' in page
    assert boy.name in page
