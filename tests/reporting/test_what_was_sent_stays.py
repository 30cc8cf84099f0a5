"""What was sent stays as it was sent, whatever writes to the tables; what is decided on it stays, too."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting import services
from reporting.figures_of import is_as_sent
from reporting.models import ManualFigure, Report
from reporting.services.running import TypedFigure
from tests.conftest import make_user
from tests.reporting.conftest import LATER, OCTOBER, form

Begin = Callable[..., Report]
SENT = {
    "number": "number + 1",
    "sources": """'[{"report": "x"}]'""",
    "due_on": "due_on + 30",
    "code": "'BC01'",
    "period": "'year'",
    "is_summary": "NOT is_summary",
    "computed_at": "computed_at - interval '1 day'",
    "begun_by_id": "%(other)s",
    "submitted_by_id": "%(other)s",
    "submitted_at": "submitted_at - interval '1 day'",
    "note": "'khác'",
    "digest": "repeat('0', 64)",
    "figures": "'{}'",
    "definition_id": "(SELECT id FROM reporting_reportdefinition WHERE code = 'BC01' LIMIT 1)",
    "organisation_id": "(SELECT id FROM places_organisation WHERE kind = 'department' LIMIT 1)",
    "first_day": "first_day - 1",
    "last_day": "last_day + 1",
    "id": "gen_random_uuid()",
}


@pytest.fixture
def begin(definitions: None) -> Begin:
    def begun(place: Organisation, code: str = "BC02") -> Report:
        return services.begin_report(
            actor=None, definition=form(code), organisation=place, period=OCTOBER, at=LATER
        )

    return begun


@pytest.fixture
def sent(begin: Begin, station: Organisation, head: User) -> Report:
    """A report that somebody typed one figure into, and sent."""
    report = begin(station)
    figures = [TypedFigure("own", "xq", number=Decimal(4))]
    services.type_figures(actor=head, report=report, figures=figures, reason="Sổ", at=LATER)
    return services.submit_report(actor=head, report=report, at=LATER)


@pytest.fixture
def approved(sent: Report, statistician: User) -> Report:
    services.approve_report(actor=statistician, report=sent, at=LATER)
    return sent


def rows_of(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(r)::text FROM {table} r ORDER BY id")
        return cursor.fetchall()


def refused(statement: str, params: dict[str, Any], why: str) -> None:
    """Prove that the database refuses a statement, and that nothing changed by it."""
    tables = ("reporting_report", "reporting_manualfigure")
    before = [rows_of(table) for table in tables]
    with (
        pytest.raises(DatabaseError, match=why),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, params)
    assert [rows_of(table) for table in tables] == before


@pytest.mark.parametrize("column", SENT)
def test_no_statement_changes_what_was_sent(
    approved: Report, statistician: User, column: str
) -> None:
    statement = f"UPDATE reporting_report SET {column} = {SENT[column]} WHERE id = %(id)s"
    refused(statement, {"id": approved.pk, "other": statistician.pk}, "report_frozen")


def test_every_column_of_a_report_is_frozen_or_decided() -> None:
    """A column that is added later is frozen without anybody thinking of it."""
    every = {field.column for field in Report._meta.concrete_fields}
    decided = {"status", "decided_at", "decided_by_id", "return_reason"}
    whole = {"supersedes_id", "correction_reason", "outage_id", "paper_sent_on"}
    assert every == decided | whole | set(SENT)


def test_a_correction_keeps_what_it_corrects_and_why(
    approved: Report, begin: Begin, head: User, other_station: Organisation
) -> None:
    fresh = services.correct_report(actor=head, report=approved, reason="Đếm sót", at=LATER)
    services.submit_report(actor=head, report=fresh, at=LATER)
    other = begin(other_station)
    for change in ("supersedes_id = %(other)s", "correction_reason = 'khác'"):
        statement = f"UPDATE reporting_report SET {change} WHERE id = %(id)s"
        refused(statement, {"id": fresh.pk, "other": other.pk}, "report_frozen")


def test_a_late_report_is_not_made_punctual_by_a_paper_of_which_nobody_knew(
    approved: Report, station: Organisation
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO reporting_outage (id, organisation_id, began_at, reason)
            VALUES (gen_random_uuid(), %s, %s, 'mất điện') RETURNING id""",
            [station.pk, LATER - timedelta(days=3)],
        )
        outage = cursor.fetchone()[0]
    statement = """UPDATE reporting_report SET outage_id = %(outage)s, paper_sent_on = last_day
      WHERE id = %(id)s"""
    refused(statement, {"id": approved.pk, "outage": outage}, "report_frozen")


def test_a_figure_that_is_equal_and_written_otherwise_is_another_to_the_hash(
    approved: Report,
) -> None:
    assert approved.figures["own"]["kham"] == 0
    statement = """UPDATE reporting_report SET figures = jsonb_set(figures, '{own,kham}', '0.0')
      WHERE id = %(id)s"""
    refused(statement, {"id": approved.pk}, "report_frozen")
    assert is_as_sent(Report.objects.get(pk=approved.pk))


@pytest.mark.parametrize(
    "change",
    [
        "decided_at = decided_at - interval '1 day'",
        "decided_by_id = NULL",
        "return_reason = 'sai'",
        "status = 'returned', return_reason = 'sai'",
        "status = 'submitted', decided_at = NULL, decided_by_id = NULL",
    ],
)
def test_what_was_decided_on_a_report_stands(approved: Report, change: str) -> None:
    statement = f"UPDATE reporting_report SET {change} WHERE id = %(id)s"
    refused(statement, {"id": approved.pk}, "report_decided")


def test_what_was_returned_or_superseded_is_not_approved_by_a_statement(
    sent: Report, begin: Begin, head: User, statistician: User
) -> None:
    services.return_report(actor=statistician, report=sent, reason="Sai", at=LATER)
    statement = "UPDATE reporting_report SET status = %(to)s WHERE id = %(id)s"
    refused(statement, {"id": sent.pk, "to": "approved"}, "report_decided")
    first = services.correct_report(actor=head, report=sent, reason="", at=LATER)
    services.submit_report(actor=head, report=first, at=LATER)
    services.approve_report(actor=statistician, report=first, at=LATER)
    second = services.correct_report(actor=head, report=first, reason="Sót", at=LATER)
    services.submit_report(actor=head, report=second, at=LATER)
    services.approve_report(actor=statistician, report=second, at=LATER)
    first.refresh_from_db()
    assert first.status == "superseded"  # a correction takes its place, as ever
    refused(statement, {"id": first.pk, "to": "approved"}, "report_decided")
    refused(statement, {"id": first.pk, "to": "returned"}, "report_decided")


def test_what_was_typed_into_it_is_neither_changed_nor_added_nor_moved_away(
    approved: Report, begin: Begin, other_station: Organisation
) -> None:
    draft = begin(other_station)
    params = {"id": approved.pk, "draft": draft.pk}
    for statement in (
        "UPDATE reporting_manualfigure SET number = 9 WHERE report_id = %(id)s",
        "UPDATE reporting_manualfigure SET report_id = %(draft)s WHERE report_id = %(id)s",
        "DELETE FROM reporting_manualfigure WHERE report_id = %(id)s",
        """INSERT INTO reporting_manualfigure (id, report_id, "row", "column", number, text, reason,
          entered_at) VALUES (gen_random_uuid(), %(id)s, 'own', 'sa', 1, '', 'x', now())""",
    ):
        refused(statement, params, "report_frozen")
    typed = approved.typed.get()
    for change in (
        typed.delete,
        lambda: ManualFigure.objects.filter(pk=typed.pk).update(report=draft),
        lambda: Report.objects.filter(pk=approved.pk).update(sources=[{"report": "x"}]),
    ):
        with pytest.raises(DatabaseError, match="report_frozen"), transaction.atomic():
            change()
    approved.refresh_from_db()
    assert is_as_sent(approved)


def test_a_figure_is_not_moved_from_a_draft_into_what_was_sent(
    approved: Report, begin: Begin, other_station: Organisation
) -> None:
    draft = begin(other_station)
    typed = ManualFigure.objects.create(
        report=draft, row="own", column="sa", number=1, reason="Sổ", entered_at=LATER
    )
    statement = "UPDATE reporting_manualfigure SET report_id = %(id)s WHERE id = %(typed)s"
    refused(statement, {"id": approved.pk, "typed": typed.pk}, "report_frozen")
    typed.delete()  # a draft stays a draft
    assert not draft.typed.exists()


def test_a_sum_keeps_what_it_was_made_of_and_is_still_approved_and_replaced(
    approved: Report, department: Organisation, statistician: User
) -> None:
    said: dict[str, Any] = {
        "organisation": department, "definition": form("BC02"), "period": OCTOBER, "at": LATER,
    }  # fmt: skip
    second = make_user("hanh", "Lường Thị Hạnh", "statistician", department)
    closed = services.close_summary(actor=statistician, reason="Chờ", **said)
    statement = "UPDATE reporting_report SET sources = '[]' WHERE id = %(id)s"
    refused(statement, {"id": closed.pk}, "report_frozen")
    again = services.close_summary(actor=statistician, reason="Thêm", **said)
    closed.refresh_from_db()
    services.approve_report(actor=second, report=again, at=LATER)
    again.refresh_from_db()
    assert (closed.status, again.status) == ("superseded", "approved")
