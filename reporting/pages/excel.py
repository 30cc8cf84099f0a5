"""A report as a workbook in the layout of the paper form."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.spreadsheets import XLSX_TYPE, defused
from reporting.figures_of import standing_of
from reporting.guarding import as_seen, sees_guarded
from reporting.models import Report
from reporting.pages.access import report_of
from reporting.pages.grid import Grid, GridRow, grid_of, hidden_words
from reporting.pages.report import head_of, places_told

FONT = {"font_name": "Times New Roman", "font_size": 11}
EDGE = {**FONT, "border": 1, "valign": "vcenter"}


@require_safe
def workbook(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Answer one report as .xlsx."""
    report = report_of(request, report_id)
    sees = sees_guarded(request.user, report.organisation_id)
    standing = as_seen(standing_of(report), sees=sees)
    labels, kinds = places_told(report)
    grid = grid_of(standing, labels=labels, kinds=kinds, sees_restricted=sees)
    response = HttpResponse(written(report, grid), content_type=XLSX_TYPE)
    name = f"{report.code}_{report.first_day:%Y%m%d}_v{report.number}.xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = str(disposition)
    response["Cache-Control"] = "no-store"
    return response


def written(report: Report, grid: Grid) -> bytes:
    """Write head, table and the places for signatures; texts are texts and never formulas."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(report.definition.form_number.replace("/", "-")[:31])
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    _Sheet(book, sheet, report, grid).write()
    book.close()
    return buffer.getvalue()


class _Sheet:
    """The one sheet of a report's workbook."""

    def __init__(self, book: Any, sheet: Any, report: Report, grid: Grid) -> None:
        self.sheet, self.report, self.grid = sheet, report, grid
        self.lead = 3 if grid.has_codes else 2
        self.width = self.lead + len(grid.form.columns)
        kinds: dict[str, dict[str, Any]] = {
            "plain": FONT,
            "bold": {**FONT, "bold": True},
            "title": {**FONT, "bold": True, "font_size": 14, "align": "center"},
            "middle": {**FONT, "align": "center"},
            "head": {**EDGE, "bold": True, "align": "center", "text_wrap": True},
            "letter": {**EDGE, "italic": True, "align": "center"},
            "text": {**EDGE, "text_wrap": True},
            "number": {**EDGE, "num_format": "#,##0.##", "align": "right"},
            "sum": {**EDGE, "num_format": "#,##0.##", "align": "right", "bold": True},
            "strong": {**EDGE, "bold": True, "text_wrap": True},
        }
        self.formats = {name: book.add_format(said) for name, said in kinds.items()}

    def write(self) -> None:
        self._head()
        row = self._columns(6)
        for line in self._lines():
            self._line(row, line)
            row += 1
        self._foot(row + 1)
        self.sheet.set_column(0, 0, 5)
        self.sheet.set_column(1, 1, 38)
        self.sheet.set_column(2, self.width, 11)
        self.sheet.repeat_rows(6, 8)

    def _head(self) -> None:
        report, said = self.report, head_of(self.report)
        sheet, formats = self.sheet, self.formats
        sheet.write_string(
            0,
            0,
            _("Reporting unit: %(name)s") % {"name": report.organisation.name},
            formats["bold"],
        )
        definition = report.definition
        number = _("Form: %(number)s") % {"number": definition.form_number}
        sheet.write_string(0, max(self.width - 4, 2), number, formats["bold"])
        sheet.write_string(1, max(self.width - 4, 2), definition.legal_basis, formats["plain"])
        last = self.width - 1
        sheet.merge_range(3, 0, 3, last, definition.title.upper(), formats["title"])
        period = f"{said['period'].label[:1].upper()}{said['period'].label[1:]}"
        days = f"{report.first_day:%d/%m/%Y} – {report.last_day:%d/%m/%Y}"
        sheet.merge_range(4, 0, 4, last, f"{period} ({days})", formats["middle"])

    def _columns(self, row: int) -> int:
        """Write the three lines of the table's head: groups, titles, numbers."""
        sheet, head = self.sheet, self.formats["head"]
        leads = [
            pgettext("report", "No."),
            _("Content"),
            *([_("ICD-10")] if self.grid.has_codes else []),
        ]
        for place, text in enumerate(leads):
            sheet.merge_range(row, place, row + 1, place, text, head)
        place = self.lead
        for label, span in self.grid.form.groups:
            if not label:
                column = self.grid.form.columns[place - self.lead]
                sheet.merge_range(row, place, row + 1, place, column.label, head)
            elif span == 1:
                sheet.write_string(row, place, label, head)
            else:
                sheet.merge_range(row, place, row, place + span - 1, label, head)
            place += span
        for place, column in enumerate(self.grid.form.columns, start=self.lead):
            if column.group:
                sheet.write_string(row + 1, place, column.label, head)
        numbers = [*(str(n) for n in range(1, self.lead + 1))]
        numbers += [column.number for column in self.grid.form.columns]
        for place, text in enumerate(numbers):
            sheet.write_string(row + 2, place, text, self.formats["letter"])
        return row + 3

    def _lines(self) -> Iterator[GridRow]:
        yield from self.grid.rows
        if self.grid.total is not None:
            yield self.grid.total

    def _line(self, row: int, line: GridRow) -> None:
        is_strong = line.role == "head" or line.key == "total"
        text = self.formats["strong" if is_strong else "text"]
        number = self.formats["sum" if is_strong else "number"]
        self.sheet.write_string(row, 0, line.number, self.formats["text"])
        self.sheet.write_string(row, 1, defused(line.label), text)
        if self.grid.has_codes:
            self.sheet.write_string(row, 2, line.code, self.formats["text"])
        for place, cell in enumerate(line.cells, start=self.lead):
            if isinstance(cell.value, int | float):
                self.sheet.write_number(row, place, cell.value, number)
            else:
                self.sheet.write_string(row, place, defused(cell.text), text)

    def _foot(self, row: int) -> None:
        report, sheet = self.report, self.sheet
        if self.grid.hides:
            sheet.write_string(row, 0, hidden_words(), self.formats["plain"])
            row += 1
        if report.note:
            sheet.write_string(
                row, 0, _("Remarks: %(note)s") % {"note": report.note}, self.formats["plain"]
            )
            row += 1
        if report.digest:
            words = _("Version %(number)s, sent at %(moment)s, SHA-256 %(digest)s") % {
                "number": report.number,
                "moment": f"{timezone.localtime(report.submitted_at):%H:%M %d/%m/%Y}",
                "digest": report.digest,
            }
            sheet.write_string(row, 0, words, self.formats["plain"])
            row += 1
        sheet.write_string(row + 1, 1, _("Prepared by"), self.formats["bold"])
        sheet.write_string(
            row + 1, max(self.width - 4, 3), _("Head of the unit"), self.formats["bold"]
        )
