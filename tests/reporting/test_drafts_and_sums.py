"""A draft is counted after its period; a sum passes its checks and a second pair of eyes as any report."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Organisation
from reporting import services
from reporting.figures_of import standing_of, standings_of
from reporting.models import Report, ReportDefinition
from reporting.periods import ZONE
from reporting.services.running import TypedFigure
from tests.conftest import SINCE, make_user
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person
from tests.reporting.test_life_of_a_report import code_of

Begin = Callable[..., Report]
EARLY = datetime(2026, 10, 20, 9, tzinfo=ZONE)


@pytest.fixture
def begin(definitions: None) -> Begin:
    def begun(place: Organisation, code: str = "BC02", at: datetime = LATER) -> Report:
        return services.begin_report(
            actor=None, definition=form(code), organisation=place, period=OCTOBER, at=at
        )

    return begun


def page_of(user: User, report: Report) -> str:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    answer = client.get(reverse("reporting:report", args=[report.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_was_counted_before_its_period_was_over_is_counted_again_before_it_is_sent(
    begin: Begin, see: Callable[..., Any], station: Organisation, head: User
) -> None:
    report = begin(station, at=EARLY)
    see(person(date(1990, 1, 1)), station, moment(25), "J06.9")
    with pytest.raises(ValidationError) as refused:
        services.submit_report(actor=head, report=report, at=LATER)
    assert code_of(refused) == "check_refuses"
    assert "20/10/2026" in " ".join(refused.value.messages)
    report.refresh_from_db()
    assert (report.status, report.digest, report.figures["own"]["kham"]) == ("draft", "", 0)
    services.compute_again(actor=head, report=report, at=LATER)
    sent = services.submit_report(actor=head, report=report, at=LATER)
    assert (sent.status, sent.figures["own"]["kham"]) == ("submitted", 1)


def test_a_draft_tells_what_the_records_say_otherwise_by_now(
    begin: Begin, see: Callable[..., Any], station: Organisation, head: User
) -> None:
    report = begin(station)
    label = standing_of(report).form.by_key["kham"].label
    said = "có trong hồ sơ số khác"
    assert said not in page_of(head, report)
    see(person(date(1990, 1, 1)), station, moment(25), "J06.9")
    page = page_of(head, report)
    assert said in page
    assert f"{label}: 0, nay 1" in page
    services.compute_again(actor=head, report=report, at=LATER)
    assert said not in page_of(head, report)


@pytest.fixture
def sent(begin: Begin, station: Organisation, other_station: Organisation) -> list[Report]:
    found = [begin(place) for place in (station, other_station)]
    return [services.submit_report(actor=None, report=one, at=LATER) for one in found]


def close(actor: User, place: Organisation, code: str = "BC02", reason: str = "Gửi sau") -> Report:
    return services.close_summary(
        actor=actor, organisation=place, definition=form(code), period=OCTOBER, reason=reason,
        at=LATER,
    )  # fmt: skip


def test_a_sum_waits_for_a_second_person(
    sent: list[Report], department: Organisation, statistician: User
) -> None:
    second = make_user("hanh", "Lường Thị Hạnh", Role.STATISTICIAN, department)
    closed = close(statistician, department)
    assert (closed.status, closed.decided_by) == ("submitted", None)
    with pytest.raises(ValidationError) as refused:
        services.approve_report(actor=statistician, report=closed, at=LATER)
    assert code_of(refused) == "own_report"
    services.approve_report(actor=second, report=closed, at=LATER)
    closed.refresh_from_db()
    assert (closed.status, closed.decided_by) == ("approved", second)
    # The approved one stands until the next is approved.
    again = close(statistician, department, reason="Thêm")
    closed.refresh_from_db()
    assert (closed.status, again.status, again.number) == ("approved", "submitted", 2)
    services.approve_report(actor=second, report=again, at=LATER)
    closed.refresh_from_db()
    again.refresh_from_db()
    assert (closed.status, again.status) == ("superseded", "approved")


def test_the_only_statistician_of_a_department_hands_the_sum_to_the_ministry(
    sent: list[Report], department: Organisation, statistician: User, ministry: Organisation
) -> None:
    closed = close(statistician, department)
    for deed in (services.approve_report, partial(services.return_report, reason="Sai")):
        with pytest.raises(ValidationError) as refused:
            deed(actor=statistician, report=closed, at=LATER + timedelta(hours=1))
        assert code_of(refused) == "own_report"
    page = page_of(statistician, closed)
    assert "cán bộ thống kê của Bộ duyệt" in page
    assert reverse("reporting:return", args=[closed.pk]) not in page
    above = make_user("bo", "Hà Thị Bộ", Role.STATISTICIAN, ministry)
    assert reverse("reporting:return", args=[closed.pk]) in page_of(above, closed)
    services.approve_report(actor=above, report=closed, at=LATER + timedelta(hours=1))
    closed.refresh_from_db()
    assert (closed.status, closed.decided_by) == ("approved", above)


def test_the_database_refuses_a_sum_decided_on_by_who_closed_it(
    sent: list[Report], department: Organisation, statistician: User
) -> None:
    closed = close(statistician, department)
    decided = {"status": "approved", "decided_by": statistician}
    with pytest.raises(IntegrityError, match="report_four_eyes"), transaction.atomic():
        Report.objects.filter(pk=closed.pk).update(
            **decided, decided_at=LATER + timedelta(seconds=1)
        )
    closed.refresh_from_db()
    assert closed.status == "submitted"


def test_a_sum_that_was_returned_is_closed_again_and_not_corrected(
    sent: list[Report], department: Organisation, statistician: User
) -> None:
    second = make_user("hanh", "Lường Thị Hạnh", Role.STATISTICIAN, department)
    closed = close(statistician, department)
    services.return_report(actor=second, report=closed, reason="Thiếu bệnh viện", at=LATER)
    with pytest.raises(ValidationError) as refused:
        services.correct_report(actor=None, report=closed, reason="x", at=LATER)
    assert code_of(refused) == "sum_closed_again"
    assert close(statistician, department).number == 2


def test_a_sum_of_reports_that_wait_needs_a_reason(
    sent: list[Report], begin: Begin, department: Organisation, hospital: Organisation,
    statistician: User,
) -> None:  # fmt: skip
    said: dict[str, Any] = {"definition": form("BC02"), "period": OCTOBER}
    for one in services.sum_up(organisation=department, **said).missing:
        services.submit_report(actor=None, report=begin(one.organisation), at=LATER)
    services.approve_report(actor=statistician, report=sent[0], at=LATER)
    summed = services.sum_up(organisation=department, **said)
    assert (summed.missing, summed.approved, len(summed.waiting)) == ([], 1, len(summed.owed) - 1)
    with pytest.raises(ValidationError) as refused:
        close(statistician, department, reason=" ")
    assert code_of(refused) == "reports_waiting"
    assert not Report.objects.filter(is_summary=True).exists()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(statistician)
    url = reverse("reporting:summary", args=["BC02", OCTOBER.slug])
    page = client.get(url).content.decode()
    assert f"1 đã duyệt, {len(summed.waiting)} chưa duyệt" in page
    assert 'name="reason"' in page
    assert close(statistician, department, reason="Hạn nộp hôm nay").note == "Hạn nộp hôm nay"


def test_a_sum_that_a_check_refuses_is_not_closed(
    sent: list[Report], department: Organisation, statistician: User
) -> None:
    """A rule that came with a mended form holds for the sum, too."""
    definition = form("BC02")
    content = deepcopy(definition.content)
    rule = {"kind": "le", "left": ["kham"], "right": ["xq"], "refuses": True}
    content["checks"] = [{**rule, "message": "Phải khớp"}]
    report = sent[0]
    assert report.figures["own"]["kham"] == 0
    draft = services.correct_report(
        actor=None, report=_returned(report, statistician), reason="x", at=LATER
    )
    figures = [
        TypedFigure("own", "kham", number=Decimal(5)),
        TypedFigure("own", "xq", number=Decimal(3)),
    ]
    services.type_figures(actor=None, report=draft, figures=figures, reason="Sổ", at=LATER)
    services.submit_report(actor=None, report=draft, at=LATER)
    ReportDefinition.objects.filter(pk=definition.pk).update(content=content, digest="1" * 64)
    with pytest.raises(ValidationError) as refused:
        close(statistician, department)
    assert code_of(refused) == "check_refuses"
    assert not Report.objects.filter(is_summary=True).exists()


def _returned(report: Report, by: User) -> Report:
    services.return_report(actor=by, report=report, reason="Kiểm lại", at=LATER)
    report.refresh_from_db()
    return report


def test_sums_of_two_forms_must_agree_where_the_same_senders_made_both(
    sent: list[Report], begin: Begin, department: Organisation, station: Organisation,
    other_station: Organisation, statistician: User,
) -> None:  # fmt: skip
    others = [begin(place, "BC01") for place in (station, other_station)]
    for one in others:
        services.submit_report(actor=None, report=one, at=LATER)
    draft = services.correct_report(
        actor=None, report=_returned(others[0], statistician), reason="x", at=LATER
    )
    services.submit_report(actor=None, report=draft, at=LATER)
    assert close(statistician, department, "BC01").status == "submitted"
    assert close(statistician, department, "BC02").status == "submitted"


def test_a_report_is_read_by_the_form_it_was_sent_with(
    sent: list[Report], begin: Begin, department: Organisation, head: User
) -> None:
    definition = form("BC02")
    column = next(one for one in definition.content["columns"] if one["key"] == "kham")
    before = column["label"]
    content = deepcopy(definition.content)
    for one in content["columns"]:
        if one["key"] == "kham":
            one["label"] = "Cột đã đổi tên"
    definition.content, definition.digest = content, "2" * 64
    definition.save()
    report = Report.objects.get(pk=sent[0].pk)
    assert standing_of(report).form.by_key["kham"].label == before
    page = page_of(head, report)
    assert (escape(before) in page, "Cột đã đổi tên" in page) == (True, False)
    later = places.create_organisation(
        name="Trạm Y tế Nà Tấu", kind="station", parent=department, valid_from=SINCE
    )
    draft = begin(later)
    assert standing_of(draft).form.by_key["kham"].label == "Cột đã đổi tên"


def test_reading_by_frozen_forms_costs_the_same_for_many_reports(sent: list[Report]) -> None:
    definition = form("BC02")
    definition.note, definition.digest = "Sửa", "3" * 64
    definition.save()

    def queries(keys: list[Any]) -> int:
        rows = list(Report.objects.filter(pk__in=keys).select_related("definition"))
        with CaptureQueriesContext(connection) as captured:
            list(standings_of(rows))
        return len(captured)

    assert queries([sent[0].pk]) == queries([one.pk for one in sent]) == 3
