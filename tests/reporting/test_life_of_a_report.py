"""A report is begun, checked, sent, returned or approved, frozen, corrected; nobody decides on their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.services import give_role
from portal.places.models import Organisation
from reporting import services
from reporting.figures_of import digest_of, standing_of
from reporting.models import ManualFigure, Outage, Report
from reporting.periods import ZONE, Period
from reporting.senders import owed_by, owed_by_all
from reporting.services.running import TypedFigure
from tests.conftest import SINCE, TODAY
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person


@pytest.fixture
def draft(see: Callable[..., Any], head: User, station: Organisation) -> Callable[..., Report]:
    def begin(code: str = "BC02", period: Period = OCTOBER, at: datetime = LATER) -> Report:
        return services.begin_report(
            actor=head,
            definition=form(code, period.last),
            organisation=station,
            period=period,
            at=at,
        )

    return begin


def code_of(refused: Any) -> str:
    error = refused.value
    found = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return next(e.code for errors in found for e in errors)


def test_beginning_twice_is_one_report(draft: Callable[..., Report]) -> None:
    assert draft() == draft()
    assert Report.objects.count() == 1


def test_what_was_counted_may_be_counted_again(
    draft: Callable[..., Report], see: Callable[..., Any], head: User, station: Organisation
) -> None:
    report = draft()
    see(person(date(1990, 1, 1)), station, moment(20), "I10")
    assert services.compute_again(actor=head, report=report, at=LATER) > 0
    report.refresh_from_db()
    assert report.figures["own"]["kham"] == 1


def test_who_may_not_send_begins_nothing(
    see: Callable[..., Any], clerk: User, station: Organisation
) -> None:
    with pytest.raises(PermissionDenied):
        services.begin_report(
            actor=clerk, definition=form("BC02"), organisation=station, period=OCTOBER, at=LATER
        )
    assert not Report.objects.exists()


def test_a_form_that_is_not_owed_is_not_begun(draft: Callable[..., Report]) -> None:
    half = Period.holding("half_year", date(2026, 6, 1))
    with pytest.raises(ValidationError) as refused:
        draft("BC12", half)
    assert code_of(refused) == "report_not_owed"


def test_a_typed_figure_needs_a_reason_and_stands_beside_the_counted_one(
    draft: Callable[..., Report], head: User
) -> None:
    report = draft()
    typed = [
        TypedFigure("own", "kham", number=Decimal(7)),
        TypedFigure("own", "xq", number=Decimal(2)),
    ]
    with pytest.raises(ValidationError) as refused:
        services.type_figures(actor=head, report=report, figures=typed, reason=" ", at=LATER)
    assert code_of(refused) == "reason_missing"
    assert not ManualFigure.objects.exists()
    services.type_figures(
        actor=head, report=report, figures=typed, reason="Sổ giấy ngày mất điện", at=LATER
    )
    report.refresh_from_db()
    assert (report.figures["own"]["kham"], standing_of(report).figures["own"]["kham"]) == (0, 7)
    taken_back = [replace(typed[0], number=None, is_taken_back=True)]
    services.type_figures(actor=head, report=report, figures=taken_back, reason="", at=LATER)
    assert standing_of(report).figures["own"]["kham"] == 0


def test_a_report_is_not_sent_before_its_period_is_over(
    draft: Callable[..., Report], head: User
) -> None:
    report = draft()
    with pytest.raises(ValidationError) as refused:
        services.submit_report(
            actor=head, report=report, at=datetime(2026, 10, 31, 23, 59, tzinfo=ZONE)
        )
    assert code_of(refused) == "period_open"
    report.refresh_from_db()
    assert (report.status, report.digest) == ("draft", "")


def test_figures_that_do_not_agree_are_not_sent(draft: Callable[..., Report], head: User) -> None:
    report = draft()
    figures = [TypedFigure("own", "kham_f", number=Decimal(3))]
    services.type_figures(actor=head, report=report, figures=figures, reason="Sổ A1", at=LATER)
    with pytest.raises(ValidationError) as refused:
        services.submit_report(actor=head, report=report, at=LATER)
    assert code_of(refused) == "check_refuses"
    report.refresh_from_db()
    assert report.status == "draft"


def test_two_forms_of_one_month_must_agree(draft: Callable[..., Report], head: User) -> None:
    nine = draft("BC02")
    draft("BC01")
    figures = [
        TypedFigure("own", "nt", number=Decimal(1)),
        TypedFigure("own", "ngay", number=Decimal(1)),
    ]
    services.type_figures(actor=head, report=nine, figures=figures, reason="Sổ lưu", at=LATER)
    with pytest.raises(ValidationError) as refused:
        services.submit_report(actor=head, report=nine, at=LATER)
    assert "14/BCT" in " ".join(refused.value.messages)


@pytest.fixture
def sent(draft: Callable[..., Report], head: User) -> Report:
    return services.submit_report(actor=head, report=draft(), at=LATER)


def test_what_is_sent_is_frozen_even_for_the_database(sent: Report, head: User) -> None:
    assert sent.digest == digest_of(sent) != ""
    with pytest.raises(ValidationError) as refused:
        services.compute_again(actor=head, report=sent, at=LATER)
    assert code_of(refused) == "report_frozen"
    for change in (
        lambda: Report.objects.filter(pk=sent.pk).update(figures={}),
        lambda: Report.objects.filter(pk=sent.pk).update(
            status="draft", submitted_at=None, digest=""
        ),
        lambda: Report.objects.filter(pk=sent.pk).delete(),
        lambda: ManualFigure.objects.create(
            report=sent, row="own", column="kham", number=1, reason="x", entered_at=LATER
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    sent.refresh_from_db()
    assert sent.digest == digest_of(sent)


def test_who_sent_does_not_approve(sent: Report, head: User) -> None:
    with pytest.raises(PermissionDenied):
        services.approve_report(actor=head, report=sent, at=LATER)
    sent.refresh_from_db()
    assert sent.status == "submitted"


def test_who_sent_does_not_approve_even_with_both_roles(
    draft: Callable[..., Report], head: User, department: Organisation, statistician: User
) -> None:
    """Two people look at a report, whatever roles one of them has been given."""
    give_role(
        actor=None, user=head, role=Role.STATISTICIAN, organisation=department,
        valid_from=SINCE, today=TODAY,
    )  # fmt: skip
    both = User.objects.get(pk=head.pk)
    report = services.submit_report(actor=both, report=draft(), at=LATER)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(both)
    address = reverse("reporting:approve", args=[report.pk])
    assert address not in client.get(reverse("reporting:report", args=[report.pk])).content.decode()
    client.post(address)
    with pytest.raises(ValidationError) as refused:
        services.approve_report(actor=both, report=report, at=LATER)
    assert code_of(refused) == "own_report"
    report.refresh_from_db()
    assert (report.status, report.decided_by) == ("submitted", None)
    services.approve_report(actor=statistician, report=report, at=LATER)
    report.refresh_from_db()
    assert (report.status, report.decided_by) == ("approved", statistician)


def test_a_return_needs_its_reason_and_the_next_version_carries_the_typed_on(
    draft: Callable[..., Report], head: User, statistician: User
) -> None:
    report = draft()
    figures = [TypedFigure("own", "xq", number=Decimal(4))]
    services.type_figures(actor=head, report=report, figures=figures, reason="Sổ X-quang", at=LATER)
    services.submit_report(actor=head, report=report, at=LATER)
    with pytest.raises(ValidationError) as refused:
        services.return_report(actor=statistician, report=report, reason="", at=LATER)
    assert code_of(refused) == "reason_missing"
    words = "Số X-quang chưa khớp sổ"
    services.return_report(actor=statistician, report=report, reason=words, at=LATER)
    second = services.correct_report(actor=head, report=report, reason="", at=LATER)
    assert (second.number, second.correction_reason) == (2, words)
    assert second.typed.get().number == 4
    report.refresh_from_db()
    assert (report.status, report.return_reason) == ("returned", words)


def test_a_correction_supersedes_only_once_it_is_approved(
    sent: Report, head: User, statistician: User
) -> None:
    services.approve_report(actor=statistician, report=sent, at=LATER)
    with pytest.raises(ValidationError) as refused:
        services.approve_report(actor=statistician, report=sent, at=LATER)
    assert code_of(refused) == "report_not_waiting"
    second = services.correct_report(actor=head, report=sent, reason="Nhập thiếu 2 lượt", at=LATER)
    services.submit_report(actor=head, report=second, at=LATER)
    sent.refresh_from_db()
    assert sent.status == "approved"
    services.approve_report(actor=statistician, report=second, at=LATER)
    sent.refresh_from_db()
    second.refresh_from_db()
    assert (sent.status, second.status) == ("superseded", "approved")


def test_deadlines_are_working_days_of_each_class_of_sender(
    definitions: None, station: Organisation, hospital: Organisation
) -> None:
    chronic = {
        place.kind: owed_by_all(form("BC10"), OCTOBER, [place])[0].due_on
        for place in (station, hospital)
    }
    # 31 October 2026 is a Saturday: Monday the 2nd is the first working day.
    assert chronic == {"station": date(2026, 11, 13), "hospital": date(2026, 11, 6)}
    assert owed_by_all(form("BC02"), OCTOBER, [station])[0].due_on == date(2026, 11, 6)
    week = Period.holding("week", date(2026, 10, 28))
    assert owed_by_all(form("BC03", week.last), week, [station])[0].due_on == date(2026, 11, 3)


def test_tet_moves_a_deadline(definitions: None, station: Organisation) -> None:
    january = Period.holding("month", date(2027, 1, 31))
    # Tết 2027 is 6 February; the five days of the labour code lie around it.
    due = owed_by_all(form("BC02", january.last), january, [station])[0].due_on
    assert due > date(2027, 2, 5)


def test_a_late_report_is_late_and_one_on_paper_during_an_outage_is_not(
    draft: Callable[..., Report], head: User, station: Organisation, department: Organisation
) -> None:
    report = draft()
    late = datetime(2026, 11, 9, 9, tzinfo=ZONE)
    outage = Outage.objects.create(
        organisation=department,
        began_at=datetime(2026, 11, 5, 7, tzinfo=ZONE),
        ended_at=datetime(2026, 11, 8, 7, tzinfo=ZONE),
        reason="Đứt cáp quang",
    )
    with pytest.raises(ValidationError) as refused:
        services.send_on_paper(
            actor=head, report=report, outage=outage, sent_on=date(2026, 11, 3), at=late
        )
    assert code_of(refused) == "paper_outside_outage"
    services.send_on_paper(
        actor=head, report=report, outage=outage, sent_on=date(2026, 11, 6), at=late
    )
    owed = owed_by_all(form("BC02"), OCTOBER, [station])[0]
    assert owed.report is not None
    assert (owed.report.sent_on_paper, owed.is_done, owed.was_late) == (True, False, False)
    services.submit_report(actor=head, report=report, at=late)
    owed = owed_by_all(form("BC02"), OCTOBER, [station])[0]
    assert (owed.is_done, owed.was_late) == (True, False)
    other = draft("BC01")
    services.submit_report(actor=head, report=other, at=late)
    assert owed_by_all(form("BC01"), OCTOBER, [station])[0].was_late


def test_a_station_sees_what_it_owes_soonest_first(
    draft: Callable[..., Report], head: User, station: Organisation
) -> None:
    services.submit_report(actor=head, report=draft(), at=LATER)
    owed = owed_by(station, date(2026, 11, 5))
    open_ = [one for one in owed if not one.is_done]
    assert [one.due_on for one in open_] == sorted(one.due_on for one in open_)
    assert owed[-1].is_done
    assert {"BC01", "BC03", "BC07", "BC10", "BC11"} <= {one.definition.code for one in open_}


def test_a_form_is_carried_over_the_day_its_circular_lapses(
    draft: Callable[..., Report], head: User
) -> None:
    """Circular 23/2025 lapses on 1 March 2027; the report of February is due after that."""
    february = Period.holding("month", date(2027, 2, 10))
    at = datetime(2027, 3, 3, 9, tzinfo=ZONE)
    old, new = form("BC02", february.last), form("BC02", february.after.last)
    assert old != new
    report = draft("BC02", february, at)
    assert (report.definition, report.due_on) == (old, date(2027, 3, 5))
    services.submit_report(actor=head, report=report, at=at)
    with pytest.raises(ValidationError) as refused:
        services.begin_report(
            actor=head,
            definition=new,
            organisation=report.organisation,
            period=february,
            at=at,
        )
    assert code_of(refused) == "definition_not_holding"
    march = draft("BC02", february.after, datetime(2027, 4, 2, 9, tzinfo=ZONE))
    assert march.definition == new
    # Corrected while it is accepted; begun anew when it is not, it is refused.
    assert old.accepted_until is not None
    late = datetime.combine(
        old.accepted_until + timedelta(days=1), datetime.min.time(), tzinfo=ZONE
    )
    with pytest.raises(ValidationError) as refused:
        draft("BC01", february, late)
    assert code_of(refused) == "definition_lapsed"


def test_what_lapsed_is_neither_sent_nor_corrected(
    draft: Callable[..., Report], head: User, statistician: User
) -> None:
    """The form of February is taken until its last day of acceptance, and not the day after."""
    february = Period.holding("month", date(2027, 2, 10))
    at = datetime(2027, 3, 3, 9, tzinfo=ZONE)
    sent, waits = draft("BC02", february, at), draft("BC01", february, at)
    until = sent.definition.accepted_until
    assert until is not None
    last = datetime.combine(until, datetime.max.time(), tzinfo=ZONE)
    after = last + timedelta(seconds=1)
    services.submit_report(actor=head, report=sent, at=at)
    services.approve_report(actor=statistician, report=sent, at=at)
    for deed in (
        lambda: services.correct_report(actor=head, report=sent, reason="Sót", at=after),
        lambda: services.submit_report(actor=head, report=waits, at=after),
    ):
        with pytest.raises(ValidationError) as refused:
            deed()
        assert code_of(refused) == "definition_lapsed"
    waits.refresh_from_db()
    assert waits.status == "draft"
    assert not Report.objects.filter(code="BC02", number=2).exists()
    fresh = services.correct_report(actor=head, report=sent, reason="Sót", at=last)
    assert fresh.number == 2
    services.submit_report(actor=head, report=waits, at=last)
    # What went on paper in time during an outage is entered afterwards.
    outage = Outage.objects.create(
        organisation=fresh.organisation, began_at=last - timedelta(days=2), reason="Mất điện"
    )
    services.send_on_paper(actor=head, report=fresh, outage=outage, sent_on=until, at=last)
    services.submit_report(actor=head, report=fresh, at=after)


def test_the_province_is_the_sum_of_its_senders(
    draft: Callable[..., Report],
    see: Callable[..., Any],
    head: User,
    statistician: User,
    department: Organisation,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
) -> None:
    see(person(date(1990, 1, 1)), station, moment(3), "J06.9")
    see(person(date(2020, 1, 1)), other_station, moment(3), "J06.9")
    for place in (station, other_station):
        report = services.begin_report(
            actor=None, definition=form("BC01"), organisation=place, period=OCTOBER, at=LATER
        )
        services.submit_report(actor=None, report=report, at=LATER)
    said = {"organisation": department, "definition": form("BC01"), "period": OCTOBER}
    summed = services.sum_up(**said)
    assert summed.figures["J06"]["op_total"] == 2
    assert summed.figures["J06"]["op_u15"] == 1
    assert [one.organisation for one in summed.missing] == [hospital]
    with pytest.raises(ValidationError) as refused:
        services.close_summary(actor=statistician, **said, at=LATER)
    assert code_of(refused) == "senders_missing"
    closed = services.close_summary(
        actor=statistician, **said, reason="Bệnh viện gửi bổ sung sau", at=LATER
    )
    assert closed.digest == digest_of(closed)
    assert {source["place"] for source in closed.sources} == {
        str(station.pk),
        str(other_station.pk),
    }
    again = services.close_summary(actor=statistician, **said, reason="Thêm", at=LATER)
    closed.refresh_from_db()
    assert (closed.status, again.number) == ("superseded", 2)
