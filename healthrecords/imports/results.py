"""How do the lines of an envelope become reports, values and procedures, and how is that undone?

New visits' go by COPY with the visit. Of a visit that is sent again, a report with the same words
stays as it is; another one takes its place and the old one points at it; what is not named any more
is withdrawn with the file that left it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from healthrecords.imports.drafts import (
    Operation,
    Report,
    operations_of,
    report_text,
    reports_of,
)
from healthrecords.imports.record import SEXES, is_whole
from healthrecords.imports.rules import partial
from healthrecords.models import DiagnosticReport, Procedure, Result, Visit
from healthrecords.services.judging import judge
from portal.ages import months_between
from portal.codelists.sensitivity import strictest
from portal.intake.comparing import Staged, row_of

if TYPE_CHECKING:
    from healthrecords.imports.writing import Whole, Writer
    from healthrecords.services.betraying import Words

KEPT_TABLES = ("XML3", "XML4")
BROUGHT = (DiagnosticReport, Procedure)
HIDDEN = "•••"
WITHDRAW = """
UPDATE {table} SET withdrawn_at = %(at)s WHERE batch_id = %(batch)s AND withdrawn_at IS NULL
"""
BRING_BACK = """
UPDATE {table} SET withdrawn_at = NULL, withdrawn_batch_id = NULL
WHERE withdrawn_batch_id = %(batch)s
"""
STAND_AGAIN = """
UPDATE healthrecords_diagnosticreport SET superseded_by_id = NULL
WHERE superseded_by_id IN (
  SELECT id FROM healthrecords_diagnosticreport WHERE batch_id = %(batch)s
)
"""


def add(writer: Writer, row: Staged, whole: Whole, began: datetime) -> None:
    """Add the reports and procedures of a new visit to what is copied."""
    if not any(name in row.tables for name in KEPT_TABLES):
        return
    for report in reports_of(row.tables, began):
        said, values = _rows(writer, report, row)
        writer.part(DiagnosticReport, (*whole[:3], said.pop("sensitivity")), **said)
        for value in values:
            _visit, citizen, facility, _class = whole
            writer.add(Result, citizen_id=citizen, facility_id=facility, **value)
    for operation in operations_of(row.tables, began):
        said = _columns(writer, operation, row)
        writer.part(Procedure, (*whole[:3], said.pop("sensitivity")), **said)


def _common(writer: Writer, drafted: Report | Operation) -> dict[str, Any]:
    return {
        "id": next(writer.keys),
        "origin": "file",
        "batch_id": writer.batch.pk,
        "recorded_at": writer.batch.confirmed_at or writer.batch.received_at,
        "recorded_by_id": writer.batch.sent_by_id,
        "sent_digest": drafted.digest,
        "code": drafted.code,
        "kind": drafted.kind,
        "title": drafted.title,
        "performed_at": drafted.performed_at,
        "performer": drafted.performer,
    }


def _rows(writer: Writer, report: Report, row: Staged) -> tuple[dict[str, Any], list[Any]]:
    """Return the columns of a report, and of its values."""
    tests = writer.tests
    sensitivity = strictest({row.sensitivity, writer.words.of_report(report, report.values)})
    said = {
        **_common(writer, report),
        "status": report.status,
        "reported_at": report.reported_at,
        "machine": report.machine,
        "description": report.description,
        "conclusion": report.conclusion,
        "sensitivity": sensitivity,
    }
    sex = SEXES.get(str(row.values.get("GIOI_TINH")), "")
    age = _age_of(row, timezone.localdate(report.performed_at))
    values = []
    for position, value in enumerate(report.values, start=1):
        known = tests.find(value.name, value.code)
        values.append(
            {
                "id": next(writer.keys),
                "report_id": said["id"],
                "sensitivity": sensitivity,
                "position": position,
                "test": known.code if known else "",
                "code": value.code or (known.loinc if known else ""),
                "name": value.name,
                "value": value.value,
                "unit": value.unit,
                "said_at": report.performed_at,
                **judge(value.value, value.unit, known, sex=sex, age=age),
            }
        )
    return said, values


def _age_of(row: Staged, on: date) -> int | None:
    """Return the greatest age in years that the file's date of birth leaves open."""
    born = row.values.get("NGAY_SINH")
    return months_between(partial(str(born)).earliest, on) // 12 if born else None


def _columns(writer: Writer, operation: Operation, row: Staged) -> dict[str, Any]:
    return {
        "sensitivity": strictest({row.sensitivity, writer.words.of_procedure(operation)}),
        **_common(writer, operation),
        "icd9": operation.icd9,
        "anaesthesia": operation.anaesthesia,
        "reason": operation.reason,
    }


def replace(writer: Writer, rows: Sequence[tuple[Staged, Visit]]) -> None:
    """Write what rows say anew of the reports and procedures of known visits."""
    told = [(row, visit) for row, visit in rows if is_whole(row_of(row))]
    if not told:
        return
    known = _known([visit.pk for _row, visit in told])
    changes = _Changes(writer)
    for row, visit in told:
        began = visit.started_at
        changes.settle(row, visit, reports_of(row.tables, began), known.get((visit.pk, "report")))
        changes.settle(row, visit, operations_of(row.tables, began), known.get((visit.pk, "done")))
    changes.write()


def _known(visits: Sequence[UUID]) -> dict[tuple[Any, str], list[Any]]:
    """Return what files brought of these visits, withdrawn ones too, the latest first."""
    found: dict[tuple[Any, str], list[Any]] = {}
    for model, name in ((DiagnosticReport, "report"), (Procedure, "done")):
        rows = model._default_manager.filter(visit__in=visits, origin="file")
        for one in rows.order_by("-recorded_at", "-id"):
            found.setdefault((one.visit_id, name), []).append(one)
    return found


class _Changes:
    """What becomes of the reports and procedures of a chunk of known visits."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.new: dict[Any, list[Any]] = {DiagnosticReport: [], Procedure: [], Result: []}
        self.old: dict[Any, list[Any]] = {DiagnosticReport: [], Procedure: []}

    def settle(
        self, row: Staged, visit: Visit, drafted: Sequence[Any], known: list[Any] | None
    ) -> None:
        """Keep what is said again, add what is new, let go of what is not said any more."""
        held = [one for one in known or () if getattr(one, "superseded_by_id", None) is None]
        by_digest = {one.sent_digest: one for one in reversed(held)}
        fresh = []
        for draft in drafted:
            one = by_digest.pop(draft.digest, None)
            if one is None:
                fresh.append(draft)
            elif one.withdrawn_at is not None:
                one.withdrawn_at = one.withdrawn_batch_id = None
                one.batch_id = self.writer.batch.pk
                self.old[type(one)].append(one)
        left = [one for one in by_digest.values() if one.withdrawn_at is None]
        for draft in fresh:
            self._add(row, visit, draft, left)
        for one in left:
            one.withdrawn_at = self.writer.batch.confirmed_at or self.writer.batch.received_at
            one.withdrawn_batch_id = self.writer.batch.pk
            self.old[type(one)].append(one)

    def _add(self, row: Staged, visit: Visit, draft: Any, left: list[Any]) -> None:
        at = {"visit": visit, "citizen_id": visit.citizen_id, "facility_id": visit.facility_id}
        if isinstance(draft, Operation):
            self.new[Procedure].append(Procedure(**at, **_columns(self.writer, draft, row)))
            return
        said, values = _rows(self.writer, draft, row)
        report = DiagnosticReport(**at, **said)
        at.pop("visit")
        self.new[DiagnosticReport].append(report)
        self.new[Result] += [Result(**at, **value) for value in values]
        older = next((one for one in left if _is_earlier(one, draft)), None)
        if older is not None:
            left.remove(older)
            older.superseded_by = report
            if older.status != "registered" and report.status == "final":
                report.status = "amended"
            self.old[DiagnosticReport].append(older)

    def write(self) -> None:
        for model, rows in self.new.items():
            model._default_manager.bulk_create(rows, batch_size=500)
        gone = ["withdrawn_at", "withdrawn_batch_id", "batch_id"]
        Procedure.objects.bulk_update(self.old[Procedure], gone, batch_size=500)
        DiagnosticReport.objects.bulk_update(
            self.old[DiagnosticReport], [*gone, "superseded_by"], batch_size=500
        )


def _is_earlier(one: Any, draft: Report) -> bool:
    """Say whether a standing report is what a new one corrects: the same examination."""
    if not isinstance(one, DiagnosticReport):
        return False
    return one.code == draft.code if draft.code else one.title == draft.title


def undo(batch: UUID, at: datetime) -> None:
    """Withdraw what a file brought, and let stand again what it replaced or left out."""
    said: dict[str, Any] = {"batch": batch, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(STAND_AGAIN, said)
        for model in BROUGHT:
            table = model._meta.db_table
            cursor.execute(WITHDRAW.format(table=table), said)
            cursor.execute(BRING_BACK.format(table=table), said)


def shape(tables: Any, began: datetime, words: Words) -> dict[str, str]:
    """Return of a record's lines what a change is looked for in; protected ones are not said."""
    reports = ((one, one.values, one.digest) for one in reports_of(tables, began))
    done = ((one, one.digest) for one in operations_of(tables, began))
    return {"XML4": _told(reports, words), "XML3": _done(done, words)}


def shapes(visits: Sequence[UUID], words: Words) -> dict[UUID, dict[str, str]]:
    """Return the same of what is stored of visits, in three queries."""
    reports = DiagnosticReport.objects.filter(
        visit__in=visits, origin="file", superseded_by=None, withdrawn_at=None
    ).prefetch_related("results")
    found: dict[UUID, dict[str, list[Any]]] = {}
    for report in reports:
        said = (report, list(report.results.all()), report.sent_digest)
        found.setdefault(report.visit_id, {}).setdefault("XML4", []).append(said)
    done = Procedure.objects.filter(visit__in=visits, origin="file", withdrawn_at=None)
    one: Any
    for one in done.only("visit_id", "title", "outcome", "reason", "sent_digest"):
        found.setdefault(one.visit_id, {}).setdefault("XML3", []).append((one, one.sent_digest))
    return {
        visit: {
            "XML4": _told(said.get("XML4", ()), words),
            "XML3": _done(said.get("XML3", ()), words),
        }
        for visit, said in found.items()
    }


def _done(operations: Iterable[tuple[Any, str]], words: Words) -> str:
    lines = (
        f"{HIDDEN} {digest[:8]}" if words.of_procedure(one) else str(one.title)
        for one, digest in operations
    )
    return "\n".join(sorted(lines))


def _told(reports: Iterable[tuple[Any, Iterable[Any], str]], words: Words) -> str:
    lines = []
    for report, values, digest in reports:
        listed = list(values)
        hides = words.of_report(report, listed)
        lines.append(f"{HIDDEN} {digest[:8]}" if hides else report_text(report, listed))
    return "\n".join(sorted(lines))
