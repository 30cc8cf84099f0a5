"""Figures that no source told are typed with a reason; cases agree with their notices; nobody is summed twice."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.checks import check
from reporting.figures_of import is_as_sent, standing_of
from reporting.models import CaseNotification, ManualFigure, Report, ReportDefinition
from reporting.services.cases import settle_cases
from reporting.services.running import TypedFigure
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

TOLD = {"vaccinated": "no", "certainty": "clinical", "treatment": "outpatient"}


@pytest.fixture
def begin(definitions: None, station: Organisation) -> Callable[..., Report]:
    def draft(code: str, place: Organisation = station, **said: Any) -> Report:
        return services.begin_report(
            actor=None, definition=form(code), organisation=place, period=OCTOBER, at=LATER
        )

    return draft


def of_cases(report: Report) -> Any:
    [found] = [one for one in check(report) if "phiếu báo cáo ca" in one.text]
    return found


@pytest.fixture
def measles(see: Callable[..., Any], station: Organisation) -> list[CaseNotification]:
    """Two cases of measles in October, one of them reported."""
    visits = [see(person(date(2020, 1, n)), station, moment(n), "B05.9") for n in (5, 6)]
    settle_cases([visit.pk for visit in visits])
    cases = list(CaseNotification.objects.order_by("noticed_at"))
    CaseNotification.objects.filter(pk=cases[0].pk).update(
        status="sent", onset_on=date(2026, 10, 4), sent_at=moment(7), **TOLD
    )
    return cases


def test_form_11_is_sent_only_with_as_many_cases_as_were_reported(
    measles: list[CaseNotification], begin: Callable[..., Report], head: User
) -> None:
    report = begin("BC03")
    found = of_cases(report)
    assert (found.kind, found.cells) == ("bad", (("H18", "mac"),))
    assert "2" in found.detail
    assert "1" in found.detail
    with pytest.raises(ValidationError):
        services.submit_report(actor=head, report=report, at=LATER)
    report.refresh_from_db()
    assert report.status == "draft"
    CaseNotification.objects.filter(pk=measles[1].pk).update(
        status="sent", onset_on=date(2026, 10, 5), sent_at=moment(7), **TOLD
    )
    assert of_cases(report).kind == "ok"
    services.submit_report(actor=head, report=report, at=LATER)


@pytest.mark.parametrize(("row", "number"), [("H18", 3), ("H18", 1), ("D10", 1)])
def test_a_number_of_cases_typed_over_agrees_with_no_notice_and_is_refused(
    measles: list[CaseNotification], begin: Callable[..., Report], row: str, number: int
) -> None:
    CaseNotification.objects.filter(status="open").update(
        status="sent", onset_on=date(2026, 10, 5), sent_at=moment(7), **TOLD
    )
    report = begin("BC03")
    assert of_cases(report).kind == "ok"
    services.type_figures(
        actor=None, report=report, reason="Sổ A1", at=LATER,
        figures=[TypedFigure(row, "mac", Decimal(number)), TypedFigure(row, "mac_cd", Decimal(9))],
    )  # fmt: skip
    report.refresh_from_db()
    found = of_cases(report)
    assert (found.kind, found.cells) == ("bad", ((row, "mac"),))


def test_causes_of_who_died_at_home_are_typed_with_a_reason_and_never_shown_as_nought(
    client: Client, begin: Callable[..., Report], station: Organisation, head: User
) -> None:
    person(date(1940, 1, 1), "male", home_station=station, died_on=date(2026, 10, 2))
    report = begin("BC11")
    client.force_login(head)
    address = reverse("reporting:typing", args=[report.pk])
    body = client.get(address).content.decode()
    assert 'name="c-c05~tong"' in body  # nobody knows
    assert 'name="c-c05~u1"' not in body  # no child died: nought is known
    posted = {"c-c05~tong": "1", "c-c05~t60": "1", "c-c25~tong": "", "reason": ""}
    refused = client.post(address, posted)
    assert refused.status_code == 400
    assert 'value="1"' in refused.content.decode()  # what was typed stays
    assert not ManualFigure.objects.exists()
    client.post(address, posted | {"reason": "Sổ A6"})
    assert standing_of(report).number("c05", "tong") == 1
    assert {row.reason for row in ManualFigure.objects.all()} == {"Sổ A6"}
    assert 'name="c-c05~tong"' in client.get(address).content.decode()  # typed, and to be mended


def test_a_target_that_nobody_set_is_typed_and_no_share_is_made_of_it(
    client: Client, see: Callable[..., Any], begin: Callable[..., Report], station: Organisation,
    head: User,
) -> None:  # fmt: skip
    see(person(date(1950, 1, 1), home_station=station), station, moment(3), "J44.9")
    report = begin("BC10")
    assert "dat" not in report.figures["copd"]
    client.force_login(head)
    body = client.get(reverse("reporting:typing", args=[report.pk])).content.decode()
    assert 'name="c-copd~dat"' in body
    assert 'name="c-tha~dat"' not in body
    standing = standing_of(report)
    assert standing.number("copd", "tyle") is None


def test_who_is_treated_at_two_places_counts_once_in_the_sum_of_the_province(
    see: Callable[..., Any], begin: Callable[..., Report], station: Organisation,
    hospital: Organisation, department: Organisation,
) -> None:  # fmt: skip
    who = person(date(1950, 1, 1), home_station=station)
    see(who, station, moment(3), "I10")
    see(who, hospital, moment(9), "I10")
    for place in (station, hospital):
        report = begin("BC10", place)
        assert report.figures["tha"]["dt"] == 1
        services.submit_report(actor=None, report=report, at=LATER)
    said = {"organisation": department, "definition": form("BC10"), "period": OCTOBER}
    summed = services.sum_up(**said)
    assert summed.figures["tha"]["dt"] == 1
    assert [report.organisation for report in summed.reports] == [station]
    assert [source["place"] for source in summed.sources] == [str(station.pk)]
    # The hospital owes its report all the same.
    assert hospital in {one.organisation for one in summed.owed}


def test_a_last_line_makes_its_share_of_the_rows_that_know_both_sides(
    see: Callable[..., Any], station: Organisation
) -> None:
    from healthrecords.models import VitalSigns
    from reporting.computing import compute, form_for, totals
    from reporting.periods import Period

    half = Period.holding("half_year", date(2026, 8, 1))
    for born, weight, height in ((date(1980, 1, 1), 40, 160), (date(2023, 1, 1), 12, 90)):
        visit = see(person(born), station, moment(2), "J06.9")
        VitalSigns.objects.create(visit=visit, measured_at=moment(2), weight=weight, height=height)
    figures = compute(form("BC18", half.last), half, [station])[station.pk]
    found = totals(form_for(form("BC18", half.last), half), half, figures)
    # Two were measured; the child has no index: one thin of the one adult.
    assert (found["can"], found["tyle"]) == (2, [1, 1])


def test_what_was_sent_stays_as_it_was_sent_when_its_form_is_mended(
    client: Client, begin: Callable[..., Report], head: User, statistician: User
) -> None:
    report = begin("BC02")
    services.submit_report(actor=head, report=report, at=LATER)
    ReportDefinition.objects.filter(pk=report.definition_id).update(digest="0" * 64)
    report = Report.objects.get(pk=report.pk)
    assert is_as_sent(report)
    client.force_login(head)
    answer = client.get(reverse("reporting:report", args=[report.pk]))
    assert answer.context["is_intact"] is True
    services.approve_report(actor=statistician, report=report, at=LATER)
    report.figures = {"own": {"kham": 7}}
    assert not is_as_sent(report)
