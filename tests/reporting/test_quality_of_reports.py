"""Each rule about reports finds what was planted, nothing else; what is explained or mended passes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.database.context import acting
from portal.places.models import Organisation
from reporting.checks import check
from reporting.computing import compute
from reporting.figures_of import standing_of
from reporting.models import (
    ExpectedReport,
    ManualFigure,
    QualityIssue,
    QualityMeasurement,
    QualityRule,
    Report,
)
from reporting.periods import ZONE, Period, due_on
from reporting.quality.loading import load_rules
from reporting.senders import duties_of
from reporting.services.measuring import measure, measure_again
from tests.reporting.conftest import OCTOBER, form, moment, person

NOW = datetime(2026, 11, 28, 9, tzinfo=ZONE)
OF_REPORTS = {"D07", "F04", "F05", "L02", "U01", "U02", "U03", "U04", "U06"}
Found = tuple[str, UUID, str]


@pytest.fixture
def rules(definitions: None) -> None:
    load_rules()
    # The rules of outliers judge thirty reports at least; a small province has fewer.
    QualityRule.objects.update(minimum=1)


def months(last: Period, number: int) -> list[Period]:
    found = [last]
    while len(found) < number:
        found.append(found[-1].before)
    return found[::-1]


def sent(
    place: Organisation,
    code: str,
    period: Period,
    figures: dict[str, dict[str, Any]] | None = None,
    *,
    typed: dict[tuple[str, str], Any] | None = None,
    at: datetime | None = None,
    reason: str = "Sổ A1",
    **said: Any,
) -> Report:
    """Write an approved report straight into the tables: what was counted, with some cells changed."""
    definition = form(code, period.last)
    whole = compute(definition, period, [place])[place.pk]
    for row, cells in (figures or {}).items():
        whole.setdefault(row, {}).update(cells)
    at = at or datetime(period.after.first.year, period.after.first.month, 3, tzinfo=ZONE)
    report = Report.objects.create(
        definition=definition,
        code=code,
        organisation=place,
        period=period.kind,
        first_day=period.first,
        last_day=period.last,
        due_on=period.last + timedelta(days=8),
        figures=whole,
        computed_at=at,
        **said,
    )
    for (row, column), value in (typed or {}).items():
        ManualFigure.objects.create(
            report=report, row=row, column=column, number=value, reason=reason, entered_at=at
        )
    Report.objects.filter(pk=report.pk).update(
        status="approved", digest="0" * 64, submitted_at=at, decided_at=at
    )
    report.refresh_from_db()
    return report


def found_now() -> set[Found]:
    measure(at=NOW)
    rows = QualityIssue.objects.open().filter(rule__code__in=OF_REPORTS)
    return {
        (code, key, name)
        for code, key, names in rows.values_list("rule__code", "object_id", "fields")
        for name in names
    }


def of(report: Report, *codes: str) -> set[tuple[str, str]]:
    measure(at=NOW)
    rows = QualityIssue.objects.open().filter(object_id=report.pk, rule__code__in=codes)
    return {(code, n) for code, names in rows.values_list("rule__code", "fields") for n in names}


def judged(code: str, place: Organisation) -> tuple[int, int]:
    rows = QualityMeasurement.objects.standing(NOW.date()).filter(rule__code=code, facility=place)
    row = rows.first()
    return (0, 0) if row is None else (row.evaluated, row.passed)


def test_each_duty_of_a_closed_period_is_expected_once(
    rules: None, station: Organisation, hospital: Organisation
) -> None:
    measure(at=NOW)
    rows = ExpectedReport.objects.filter(organisation=station, code="BC02")
    assert {row.first_day for row in rows} == {date(2026, 10, 1), date(2026, 9, 1)}
    october = rows.get(first_day=OCTOBER.first)
    [duty] = [duty for one, duty, _period in duties_of("station", [OCTOBER]) if one.code == "BC02"]
    assert october.due_on == due_on(duty, OCTOBER) == date(2026, 11, 6)
    before = ExpectedReport.objects.count()
    measure(at=NOW)
    assert ExpectedReport.objects.count() == before


def test_a_report_that_was_not_sent_is_missing_and_late_until_it_is_sent(
    rules: None, station: Organisation
) -> None:
    measure(at=NOW)
    owed = ExpectedReport.objects.get(organisation=station, code="BC02", first_day=OCTOBER.first)
    found = found_now()
    assert {("F04", owed.pk, "report"), ("L02", owed.pk, "sent")} <= found
    sent(station, "BC02", OCTOBER, at=moment(25, 11))
    found = found_now()
    assert ("F04", owed.pk, "report") not in found
    assert ("L02", owed.pk, "sent") in found  # sent, but after the day it was due


def test_a_report_sent_on_its_last_day_is_in_time(rules: None, station: Organisation) -> None:
    sent(station, "BC02", OCTOBER, at=moment(6, 11, hour=23))
    measure(at=NOW)
    owed = ExpectedReport.objects.get(organisation=station, code="BC02", first_day=OCTOBER.first)
    assert not {one for one in found_now() if one[1] == owed.pk}


def test_a_report_that_is_not_due_yet_is_not_asked(rules: None, station: Organisation) -> None:
    measure(at=datetime(2026, 11, 6, 12, tzinfo=ZONE))
    owed = ExpectedReport.objects.get(organisation=station, code="BC02", first_day=OCTOBER.first)
    assert not QualityIssue.objects.filter(object_id=owed.pk).exists()


def test_a_blank_cell_is_missing_and_a_typed_nought_is_not(
    rules: None, station: Organisation, other_station: Organisation
) -> None:
    report = sent(station, "BC02", OCTOBER)
    blank = sorted(
        f"own~{column.key}"
        for column in standing_of(report).form.columns
        if column.ratio is None and column.key not in report.figures["own"]
    )
    assert "own~giuong_kh" in blank  # nobody told of beds, which is not 0 beds
    assert "own~kham" not in blank  # counted: 0 is a figure
    assert of(report, "F05") == {("F05", name) for name in blank}
    typed = {("own", name.partition("~")[2]): 0 for name in blank}
    assert of(sent(other_station, "BC02", OCTOBER, typed=typed), "F05") == set()


def test_a_figure_a_tenth_off_the_records_passes_and_a_fifth_off_does_not(
    rules: None, see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    for place in (station, other_station):
        for day in range(1, 11):
            see(person(date(1990, 1, 1), "male"), place, moment(day), "I10")
    near = sent(station, "BC02", OCTOBER, {"own": {"kham": 11}})
    far = sent(other_station, "BC02", OCTOBER, {"own": {"kham": 12}})
    assert of(near, "D07") == set()
    assert of(far, "D07") == {("D07", "own~kham")}


def test_records_written_afterwards_show_in_the_report_that_was_sent(
    rules: None, see: Callable[..., Any], station: Organisation
) -> None:
    report = sent(station, "BC02", OCTOBER)
    assert of(report, "D07") == set()
    see(person(date(1990, 1, 1), "male"), station, moment(9), "I10")
    assert ("D07", "own~kham") in of(report, "D07")
    [issue] = QualityIssue.objects.open().filter(rule__code="D07", object_id=report.pk)
    Report.objects.filter(pk=report.pk).update(status="superseded")
    again = sent(
        station, "BC02", OCTOBER, number=2, supersedes=report, correction_reason="ghi bổ sung"
    )
    measured = measure_again(issues=[issue], at=NOW)
    assert measured.closed >= 1
    assert of(again, "D07") == set()


def test_two_forms_that_differ_are_both_named(rules: None, station: Organisation) -> None:
    nine = sent(station, "BC02", OCTOBER, {"own": {"tv": 3}})
    alone = of(nine, "U01")
    assert alone == set()  # nothing to compare with yet
    fourteen = sent(station, "BC01", OCTOBER)
    assert of(nine, "U01") == {("U01", "tv")}
    assert of(fourteen, "U01") == {("U01", "ip_d")}
    assert judged("U01", station) == (2, 0)


def test_figures_of_one_form_that_cannot_be_are_found_at_their_cell(
    rules: None, station: Organisation
) -> None:
    report = sent(station, "BC02", OCTOBER, {"own": {"kham": 5, "kham_f": 6}})
    assert of(report, "U04") == {("U04", "own~kham_f")}
    year = Period.holding("year", date(2025, 6, 1))
    sums = {("row_12", "so"): 7} | {(f"row_{n}", "so"): 1 for n in (14, 15, 16)}
    column = form("BC04", OCTOBER.last).content["columns"][0]["key"]
    typed = {(row, column): value for (row, _column), value in sums.items()}
    parts = sent(station, "BC04", year, typed=typed)
    assert ("U04", f"row_14~{column}") in of(parts, "U04")


def series(place: Organisation, values: list[int], **said: Any) -> list[Report]:
    periods = months(OCTOBER, len(values))
    return [
        sent(place, "BC02", period, {"own": {"kham": value, "kham_u15": 0}}, **said)
        for period, value in zip(periods, values, strict=True)
    ]


def test_a_third_more_than_the_three_months_before_is_asked_about(
    rules: None, station: Organisation, other_station: Organisation
) -> None:
    *_before, steady = series(station, [100, 100, 100, 133])
    *_others, jumped = series(other_station, [100, 100, 100, 134])
    assert of(steady, "U02") == set()
    assert of(jumped, "U02") == {("U02", "kham")}
    assert judged("U02", other_station) == (1, 0)


def test_what_is_explained_in_the_remarks_passes(rules: None, station: Organisation) -> None:
    *_before, last = series(station, [100, 100, 100, 300], note="Có đợt khám sức khỏe cả xã.")
    assert of(last, "U02", "U03") == set()


@pytest.mark.parametrize("note", [".", "...", "x", "0", "Không rõ", " - \n - "])
def test_a_remark_that_stands_for_nothing_explains_nothing(
    rules: None, station: Organisation, note: str
) -> None:
    *_before, last = series(station, [100, 100, 100, 300], note=note)
    assert of(last, "U02") == {("U02", "kham")}


@pytest.mark.parametrize(("reason", "is_asked"), [("Sổ A1, khám cả xã", False), ("...", True)])
def test_the_reason_of_a_typed_figure_explains_its_own_column_alone(
    rules: None, station: Organisation, reason: str, is_asked: bool
) -> None:
    *before, last = months(OCTOBER, 4)
    for period in before:
        sent(station, "BC02", period, {"own": {"kham": 100, "kham_u15": 100}})
    report = sent(
        station, "BC02", last, {"own": {"kham": 300, "kham_u15": 300}},
        typed={("own", "kham"): 300}, reason=reason,
    )  # fmt: skip
    wanted = {("U02", "kham_u15")} | ({("U02", "kham")} if is_asked else set())
    assert of(report, "U02") == wanted


def test_a_gap_in_the_months_before_is_not_three_months(rules: None, station: Organisation) -> None:
    june, _july, august, _september, last = series(station, [100, 100, 100, 100, 300])
    Report.objects.filter(pk=june.pk).update(status="superseded")
    assert of(last, "U02") == {("U02", "kham")}  # July to September are still there
    Report.objects.filter(pk=august.pk).update(status="superseded")
    assert of(last, "U02") == set()
    assert judged("U02", station) == (0, 0)


def test_an_outlier_among_twelve_months_is_asked_about(
    rules: None, station: Organisation, other_station: Organisation
) -> None:
    usual = [100, 102, 98, 101, 99, 100, 103, 97, 100, 102, 98]
    *_before, calm = series(station, [*usual, 104])
    *_others, wild = series(other_station, [*usual, 125])
    assert of(calm, "U03") == set()
    assert ("U03", "kham") in of(wild, "U03")


def test_a_sum_that_its_senders_no_longer_make_up_is_found(
    rules: None, station: Organisation, other_station: Organisation, department: Organisation
) -> None:
    parts = [
        sent(place, "BC02", OCTOBER, {"own": {"kham": value}})
        for place, value in ((station, 40), (other_station, 60))
    ]
    figures = {str(part.organisation_id): part.figures["own"] for part in parts}
    whole = Report.objects.create(
        definition=parts[0].definition, code="BC02", organisation=department, period="month",
        first_day=OCTOBER.first, last_day=OCTOBER.last, due_on=date(2026, 11, 6), is_summary=True,
        figures=figures, computed_at=NOW, status="approved", digest="0" * 64,
        submitted_at=NOW, decided_at=NOW,
    )  # fmt: skip
    assert of(whole, "U06") == set()
    Report.objects.filter(pk=parts[0].pk).update(status="superseded")
    sent(
        station, "BC02", OCTOBER, {"own": {"kham": 41}},
        number=2, supersedes=parts[0], correction_reason="sót một lượt",
    )  # fmt: skip
    assert of(whole, "U06") == {("U06", "kham")}


def test_looking_at_what_changed_finds_what_looking_at_everything_finds(
    rules: None, see: Callable[..., Any], station: Organisation, other_station: Organisation
) -> None:
    series(station, [100, 100, 100, 300])
    sent(other_station, "BC01", OCTOBER)
    measure(at=NOW)
    sent(other_station, "BC02", OCTOBER, {"own": {"tv": 1, "kham_f": 3}}, at=moment(20, 11))
    see(person(date(1990, 1, 1)), station, moment(9), "I10")
    partly = found_now()
    assert {rule for rule, _key, _name in partly} >= {"D07", "F04", "F05", "L02", "U01", "U02"}
    run = measure(at=NOW, everything=True)
    assert run is not None
    assert (run.opened, run.closed) == (0, 0)
    assert found_now() == partly


def test_each_line_opens_the_report_at_its_cell(
    client: Client, rules: None, head: User, station: Organisation
) -> None:
    sent(station, "BC02", OCTOBER, {"own": {"kham": 5, "kham_f": 6}})
    measure(at=NOW)
    client.force_login(head)
    answer = client.get("/chat-luong/can-sua/", {"quy-tac": "U04"})
    [line] = answer.context["lines"]
    assert line.who == "Biểu 9/BCT, tháng 10/2026"
    assert line.wrong == ["Nữ"]
    assert line.url.endswith("?o=own~kham_f#dong")
    opened = client.get(line.url.partition("#")[0])
    assert opened.context["behind"] is not None
    answer = client.get("/chat-luong/can-sua/", {"quy-tac": "F04"})
    assert all(line.url.startswith("/bao-cao/#BC") for line in answer.context["lines"])


def test_reports_to_mend_are_shown_to_who_sees_reports_alone(
    client: Client, rules: None, clerk: User, head: User, station: Organisation
) -> None:
    measure(at=NOW)
    for user, sees in ((clerk, False), (head, True)):
        client.force_login(user)
        answer = client.get("/chat-luong/can-sua/", {"quy-tac": "F04"})
        assert bool(answer.context["lines"]) is sees


_n = count(1)


@given(
    cells=st.dictionaries(
        st.sampled_from(["kham", "kham_f", "kham_bhyt", "kham_u15", "kham_60", "nt", "ngay", "tv",
                         "tv_u1", "tv_u5", "nt_u15"]),
        st.integers(0, 4), max_size=11,
    )
)  # fmt: skip
@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
def test_measuring_and_the_check_before_sending_agree(
    cells: dict[str, int], rules: None, station: Organisation
) -> None:
    period = months(OCTOBER, 12)[next(_n) % 12]
    Report.objects.filter(organisation=station, status="approved").update(status="superseded")
    latest = Report.objects.of_period("BC02", period.first, period.last).order_by("number").last()
    chain = {} if latest is None else {
        "number": latest.number + 1, "supersedes": latest, "correction_reason": "làm lại",
    }  # fmt: skip
    report = sent(station, "BC02", period, {"own": cells}, **chain)
    wanted = {
        f"{row}~{column}"
        for finding in check(report)
        if finding.kind in {"bad", "warn"} and finding.text not in _of_two_forms(report)
        for row, column in finding.cells
    } - {name for _rule, name in of(report, "F05")}
    assert {name for _rule, name in of(report, "U04")} == wanted


def _of_two_forms(report: Report) -> set[str]:
    return {rule.message for rule in standing_of(report).form.rules if rule.kind == "same"}


def test_no_rule_waits_any_more(rules: None) -> None:
    assert not QualityRule.objects.exclude(not_measured_because="").exists()


def test_rules_that_waited_for_reports_are_measured_after_an_update(rules: None) -> None:
    QualityRule.objects.filter(code="F04").update(not_measured_because="Chờ phần báo cáo")
    with acting(user="1", username="quan.tri"):
        QualityRule.objects.filter(code="F05").update(not_measured_because="Sở cho tạm ngừng")
    load_rules()
    rows = dict(QualityRule.objects.values_list("code", "not_measured_because"))
    assert (rows["F04"], rows["F05"]) == ("", "Sở cho tạm ngừng")
