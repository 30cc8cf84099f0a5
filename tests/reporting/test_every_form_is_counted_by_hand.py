"""No cell that a source fills is without a figure somebody counted by hand that is not nought."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from reporting.computing import form_for
from reporting.definitions import Form, Row
from reporting.models import ReportDefinition
from reporting.periods import Period
from reporting.sources import source_named
from tests.reporting.conftest import told
from tests.reporting.test_counting_births import CHILDREN, MOTHERS
from tests.reporting.test_counting_illness import (
    AT_HOSPITAL,
    CASES,
    DEATHS,
    INJURIES,
    LONG_ILLNESSES,
)
from tests.reporting.test_counting_people import NUTRITION, POPULATION
from tests.reporting.test_counting_things import DEVICES, LOTS, STAFF, VACCINATIONS
from tests.reporting.test_counting_visits import FOURTEEN, FOURTEEN_HOSPITAL, NINE, NINE_HOSPITAL

Figures = Mapping[str, Mapping[str, Any]]
# What the tests of these modules hold the figures of each form against.
BY_HAND: Mapping[str, Sequence[Figures]] = {
    "BC01": (FOURTEEN, FOURTEEN_HOSPITAL),
    "BC02": ({"own": NINE}, {"own": NINE_HOSPITAL}),
    "BC03": (CASES,),
    "BC04": (POPULATION,),
    "BC06": (STAFF,),
    "BC07": ({"own": MOTHERS},),
    "BC08": ({"own": CHILDREN},),
    "BC09": ({"own": VACCINATIONS},),
    "BC10": (LONG_ILLNESSES, AT_HOSPITAL),
    "BC11": (DEATHS,),
    "BC13": tuple({"lot": said} for said in LOTS),
    "BC14": tuple({"device": said} for said in DEVICES),
    "BC15": (INJURIES,),
    "BC18": (NUTRITION,),
}
# Whose rows are found with the figures; of the others each row of the form is asked for.
FOUND_ROWS = {"categories", "diseases", "items", "facilities"}
EVENTS = {"BC16", "BC17"}  # a form of one case or outbreak: it counts nothing


def sourced() -> Iterable[ReportDefinition]:
    for definition in ReportDefinition.objects.order_by("code", "valid_from"):
        period = Period.holding((definition.periods or ["year"])[-1], date(2027, 6, 1))
        if any(source_named(one[2]) for one in form_for(definition, period).cells_with_source()):
            yield definition


def uncovered(definition: ReportDefinition, figures: Sequence[Figures]) -> set[tuple[str, str]]:
    """Return the cells that a source fills and no figure covers: of a row, or of a whole column."""
    form = form_for(definition, Period.holding("month", date(2026, 10, 1)))
    covered = {
        (row, column) for part in figures for row, cells in told(part).items() for column in cells
    }
    rows, columns = ({cell[n] for cell in covered} for n in (0, 1))
    cells = [(row, one.key) for row, one, said in form.cells_with_source() if source_named(said)]
    wanted = {key for row, key in cells if row is None} | shares_with_source(form)
    missing = {("", key) for key in wanted - columns}
    missing |= {(row.key, key) for row, key in cells if row is not None} - covered
    if form.rows_from not in FOUND_ROWS:
        missing |= {(row.key, "") for row in form.rows if counts(form, row)} - {
            (row, "") for row in rows
        }
    return missing


def counts(form: Form, row: Row) -> bool:
    return any(source_named(form.source_of(row, column)) for column in form.columns)


def shares_with_source(form: Form) -> set[str]:
    """Return the shares both sides of which a source fills."""
    filled = {column.key for column in form.columns if column.source}
    return {one.key for one in form.columns if one.ratio and set(one.ratio) <= filled}


@pytest.mark.usefixtures("definitions")
def test_every_form_with_a_source_has_its_hand_counted_figures() -> None:
    assert {definition.code for definition in sourced()} == set(BY_HAND)
    events = ReportDefinition.objects.filter(content__rows_from="events")
    assert set(events.values_list("code", flat=True)) == EVENTS


@pytest.mark.usefixtures("definitions")
def test_every_cell_with_a_source_has_a_figure_counted_by_hand_that_is_not_nought() -> None:
    missing = {one.code: uncovered(one, BY_HAND[one.code]) for one in sourced()}
    assert {code: cells for code, cells in missing.items() if cells} == {}


@pytest.mark.usefixtures("definitions")
def test_a_cell_that_nobody_counted_is_found() -> None:
    short = {row: cells for row, cells in DEATHS.items() if row != "c07"}
    no_men = [{row: {"tong": 1, "nu": 1} for row in STAFF}]
    by_code = {definition.code: definition for definition in sourced()}
    assert uncovered(by_code["BC11"], [short]) == {("c07", "")}
    assert ("row_19", "dtts") in uncovered(by_code["BC06"], no_men)
    assert uncovered(by_code["BC02"], [{"own": NINE}]) >= {("", "xn"), ("", "giuong_kh")}
