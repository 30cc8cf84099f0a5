"""Which workbook may a sender fill in: headings, drop-down lists, text columns, and a page of help?"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from portal.intake.codebook import CodeBook
from portal.intake.declaration import Column, Kind, Need, Table

ROWS_READY = 5_000
LIST_AT_MOST = 300  # a longer list is not a drop-down any more


def template_of(kind: Kind, *, on: date) -> bytes:
    """Return an .xlsx made from the declaration: the main sheet, its lists, its help."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    styles = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#e7eef9", "border": 1, "text_wrap": True}
        ),
        "must": book.add_format(
            {"bold": True, "bg_color": "#fdefd2", "border": 1, "text_wrap": True}
        ),
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "dd/mm/yyyy"}),
        "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    table = kind.main
    page, help_, lists = (book.add_worksheet(name) for name in (table.name, "HuongDan", "DanhMuc"))
    _fill_head(page, table, styles)
    _fill_lists(page, lists, table, CodeBook(), on)
    _fill_help(help_, table, styles)
    lists.hide()
    page.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def _fill_head(page: Any, table: Table, styles: dict[str, Any]) -> None:
    page.set_row(0, 32)
    for place, column in enumerate(table.columns):
        style = styles["must"] if column.need == Need.REQUIRED else styles["head"]
        width = max(12, min(30, len(column.label) + 4))
        # Text, or Excel would take the first zeros of numbers and turn days round.
        page.set_column(place, place, width, styles["text"])
        page.write_string(0, place, column.label, style)
        page.write_comment(0, place, f"{column.name}: {column.need_name}, {column.type_name}")


def _fill_lists(page: Any, lists: Any, table: Table, book: CodeBook, on: date) -> None:
    used = 0
    for place, column in enumerate(table.columns):
        shown = _choices(column, book, on)
        if not shown:
            continue
        for row, text in enumerate(shown):
            lists.write_string(row, used, text)
        letters = chr(65 + used)
        source = f"=DanhMuc!${letters}$1:${letters}${len(shown)}"
        validation = {"validate": "list", "source": source, "error_type": "warning"}
        page.data_validation(1, place, ROWS_READY, place, validation)
        used += 1


def _choices(column: Column, book: CodeBook, on: date) -> list[str]:
    page = book.page(column.code_list, on) if column.code_list and not column.separator else None
    if page is None or len(page.codes) > LIST_AT_MOST:
        return []
    return [code.title for code in page.codes.values() if page.get(code.code, on) is not None]


def _fill_help(page: Any, table: Table, styles: dict[str, Any]) -> None:
    heads = (_("Column"), _("Official name"), _("Filled"), _("Holds"), _("Example"), _("About it"))
    for place, (head, width) in enumerate(zip(heads, (26, 20, 14, 24, 26, 60), strict=True)):
        page.set_column(place, place, width, styles["wrap"])
        page.write_string(0, place, head, styles["head"])
    for row, column in enumerate(table.columns, start=1):
        cells = (
            column.label,
            column.name,
            column.need_name,
            column.type_name,
            column.example,
            column.about,
        )
        for place, cell in enumerate(cells):
            page.write_string(row, place, str(cell), styles["wrap"])
