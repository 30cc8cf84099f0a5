"""What rules said of a report is kept, and judged again where a change reaches it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from healthrecords.models import Document
from portal.codelists.models import Code, CodeListVersion
from portal.places.models import Organisation
from reporting.models import (
    QualityIssue,
    Recount,
    Report,
    ReportJudgement,
)
from reporting.services.expecting import recount_reports
from reporting.services.judging import judge_reports
from reporting.services.measuring import measure
from tests.reporting.conftest import OCTOBER, moment, person
from tests.reporting.test_counting_births import born
from tests.reporting.test_quality_of_reports import (
    NOW,
    months,
    of,
    rules,
    sent,
)

__all__ = ["born", "rules"]


def judgements() -> list[tuple[UUID, str, list[str]]]:
    rows = ReportJudgement.objects.order_by("report", "rule")
    return list(rows.values_list("report", "rule", "wrong"))


def kept_and_anew() -> list[tuple[UUID, str, list[str]]]:
    """Measure what changed; judging everything must find the same, and open and close nothing."""
    measure(at=NOW)
    kept = judgements()
    run = measure(at=NOW, everything=True)
    assert run is not None
    assert (run.opened, run.closed) == (0, 0)
    assert judgements() == kept
    return kept


@pytest.mark.parametrize("few", [100, 0])
def test_judging_what_a_change_reaches_is_judging_everything(
    few: int,
    rules: None,
    station: Organisation,
    other_station: Organisation,
    department: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where so much changed that it is joined as for all reports."""
    monkeypatch.setattr("reporting.services.judging.FEW", few)
    period = months(OCTOBER, 14)
    for one in period[:-1]:
        for place in (station, other_station):
            sent(place, "BC02", one, {"own": {"kham": 100, "kham_f": 40}})
    whole = sent(department, "BC02", period[-2], {"own": {"kham": 200}}, is_summary=True)
    before = kept_and_anew()
    assert {rule for _report, rule, _wrong in before} >= {"D07", "F05", "U02", "U04", "U06"}
    # A figure of long ago reaches the months that are compared with it, and nobody else's.
    old = Report.objects.get(organisation=station, first_day=period[3].first)
    Report.objects.filter(pk=old.pk).update(status="superseded")
    sent(station, "BC02", period[3], {"own": {"kham": 500, "kham_f": 900}}, number=2,
         supersedes=old, correction_reason="đếm lại")  # fmt: skip
    after = kept_and_anew()
    changed = {one[0] for one in [*before, *after] if (one in before) != (one in after)}
    places = set(Report.objects.filter(pk__in=changed).values_list("organisation", flat=True))
    assert places == {station.pk}
    # A new report of a place under the department changes the department's sum.
    last = Report.objects.get(organisation=other_station, first_day=period[-2].first)
    Report.objects.filter(pk=last.pk).update(status="superseded")
    sent(other_station, "BC02", period[-2], {"own": {"kham": 300}}, number=2,
         supersedes=last, correction_reason="đếm lại")  # fmt: skip
    kept_and_anew()
    assert ("U06", "kham") in of(whole, "U06")


def test_a_night_without_a_change_judges_no_report_again(
    rules: None, station: Organisation
) -> None:
    sent(station, "BC02", OCTOBER, {"own": {"kham": 5}})
    measure(at=NOW)
    assert recount_reports(at=NOW) == []  # what comes out as before is not written either
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (now,) = cursor.fetchone()
        assert judge_reports(cursor, NOW.date(), since=str(now + 1)) == 0
        assert judge_reports(cursor, NOW.date(), since=str(now)) == 1


def test_a_visit_that_came_later_is_counted_again_and_judged(
    rules: None, station: Organisation, see: Callable[..., Any]
) -> None:
    report = sent(station, "BC02", OCTOBER)
    assert of(report, "D07") == set()
    see(person(date(1990, 1, 1)), station, moment(5), "J00")
    assert of(report, "D07") != set()
    kept_and_anew()


def test_a_cell_that_nothing_counted_when_the_report_was_sent_is_not_counted_against_it(
    rules: None, station: Organisation, born: Callable[..., Document]
) -> None:
    report = sent(station, "BC07", OCTOBER, typed={("own", "mode"): 9})
    assert "mode" not in report.figures.get("own", {})
    for on in (3, 9):
        born(station, moment(on), "2", 3100, by_operation=True)
    assert of(report, "D07") == set()
    assert Recount.objects.get(report=report).figures["own"]["mode"] == 2
    Report.objects.filter(pk=report.pk).update(status="superseded")
    again = sent(station, "BC07", OCTOBER, typed={("own", "mode"): 9}, number=2,
                 supersedes=report, correction_reason="đếm lại")  # fmt: skip
    assert of(again, "D07") == {("D07", "own~mode")}


def test_a_system_that_was_measured_before_judgements_were_kept_judges_all_once(
    rules: None, station: Organisation
) -> None:
    report = sent(station, "BC02", OCTOBER, {"own": {"kham": 5, "kham_f": 9}})
    wanted = of(report, "U04")
    assert wanted
    ReportJudgement.objects.all().delete()
    assert of(report, "U04") == wanted


@pytest.mark.parametrize("code", ["U02.drift", "D07.high"])
def test_a_rule_without_its_bound_judges_nothing(
    rules: None, station: Organisation, code: str
) -> None:
    for one in months(OCTOBER, 5):
        sent(station, "BC02", one, {"own": {"kham": 400 if one == OCTOBER else 100}})
    report = Report.objects.get(organisation=station, first_day=OCTOBER.first)
    rule = code[:3]
    assert of(report, rule)
    versions = CodeListVersion.objects.filter(code_list__key="quality_limits")
    Code.objects.filter(version__in=versions, code=code).delete()
    versions.update(digest=f"without {code}")  # what is remembered of a list goes by its digest
    measure(at=NOW, everything=True)
    assert not QualityIssue.objects.open().filter(rule__code=rule, object_id=report.pk).exists()
