"""Which workbook may a sender fill in: headings, drop-down lists, text columns, and a page of help?"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from portal.intake.codebook import ICD, CodeBook
from portal.intake.declaration import Column, Kind, Need
from portal.intake.headings import labels_of, letters_of
from portal.intake.sheets import HELP_SHEET, LIST_PREFIX, LISTS_SHEET
from portal.names import name_norm

LAST_ROW = 1_048_575
LIST_AT_MOST = 300  # a longer list is looked up on a sheet of its own instead of dropping down
NAME_AT_MOST = 31  # letters in the name of a sheet
HEAD_HEIGHT, COMMENT_HEIGHT, COMMENT_WIDTH = 36, 110, 320


def template_of(kind: Kind, *, on: date) -> bytes:
    """Return an .xlsx made from the declaration: the main sheet, its lists, its help."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": str(kind.title), "comments": version_of(kind, on)})
    Template(book, kind, on).fill()
    book.close()
    return file.getvalue()


def version_of(kind: Kind, on: date) -> str:
    """Say which declaration a template was made from, and when."""
    mark = labels_of(1, [column.name for column in kind.main.columns]).signature[:8]
    return _("Template %(kind)s, version %(mark)s of %(day)s") % {
        "kind": kind.main.name,
        "mark": mark,
        "day": on.strftime("%d/%m/%Y"),
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand in a column: what to write, and what it means."""

    title: str
    basis: str
    entries: Sequence[tuple[str, str]]
    is_whole: bool = True  # nothing else can be right


def offer_of(column: Column, book: CodeBook, on: date) -> Offer | None:
    """Return what a column offers on a day; None where anything may be written."""
    if column.choices is not None:
        return Offer(column.label, "", list(column.choices(on)))
    page = book.page(column.code_list, on) if column.code_list else None
    if page is None:
        return None
    entries = [(code.code, code.title) for code in page.codes.values() if page.get(code.code, on)]
    # Diagnoses beyond the list are taken by the structure of ICD-10; some codes only warn.
    is_whole = column.code_list != ICD and not column.unknown_code_warns
    return Offer(page.title, page.legal_basis, entries, is_whole)


def words_of(offer: Offer) -> list[str]:
    """Return an offer as a person chooses from it: its titles, with the code where two are alike."""
    met = Counter(name_norm(title) for _code, title in offer.entries)
    return [
        title if met[name_norm(title)] == 1 else f"{code} {title}" for code, title in offer.entries
    ]


class Template:
    """A workbook while it is being written."""

    def __init__(self, book: Any, kind: Kind, on: date) -> None:
        self.book, self.kind, self.table, self.on = book, kind, kind.main, on
        self.page = book.add_worksheet(self.table.name)
        self.help = book.add_worksheet(HELP_SHEET)
        self.lists = book.add_worksheet(LISTS_SHEET)
        self.used = 0
        self.long: dict[str, tuple[str, int]] = {}  # sheets of long lists, and their last rows
        head = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
        self.head = book.add_format({**head, "bg_color": "#e7eef9"})
        self.must = book.add_format({**head, "bg_color": "#fdefd2"})
        self.text = book.add_format({"num_format": "@"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.code = book.add_format({"num_format": "@", "valign": "top"})

    def fill(self) -> None:
        codebook = CodeBook()
        self.page.set_row(0, HEAD_HEIGHT)
        for place, column in enumerate(self.table.columns):
            offer = offer_of(column, codebook, self.on)
            source = self._offer(place, column, offer) if offer is not None else ""
            self._head(place, column, source)
        self.page.freeze_panes(1, 0)
        self.page.autofilter(0, 0, 0, len(self.table.columns) - 1)
        self.page.repeat_rows(0)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.set_header(
            f"&L{_plain(self.kind.title)}&R{_plain(version_of(self.kind, self.on))}"
        )
        self.lists.hide()
        self._help()
        self.page.activate()

    def _head(self, place: int, column: Column, source: str) -> None:
        width = max(12, min(32, len(column.label) + 5))
        # Text, or Excel would take the first zeros of numbers and turn days round.
        self.page.set_column(place, place, width, self.text)
        style = self.must if column.need == Need.REQUIRED else self.head
        self.page.write_string(0, place, column.label, style)
        lines = [f"{column.name}: {column.need_name}, {holds(column)}", str(column.about)]
        if column.example:
            lines.append(_("Example: %(example)s") % {"example": column.example})
        if source:
            lines.append(_("List: sheet %(sheet)s") % {"sheet": source})
        comment = "\n".join(line for line in lines if line)
        size = {"x_scale": 1, "y_scale": 1, "width": COMMENT_WIDTH, "height": COMMENT_HEIGHT}
        self.page.write_comment(0, place, comment, {**size, "author": "Mạch"})

    def _offer(self, place: int, column: Column, offer: Offer) -> str:
        """Let a column choose from its list; return the name of the sheet to look a long one up on."""
        if len(offer.entries) > LIST_AT_MOST:
            return self._look_up(place, column, offer)
        if offer.entries and not column.separator:
            self._drop_down(place, offer)
        return ""

    def _drop_down(self, place: int, offer: Offer) -> None:
        words = words_of(offer)
        for row, text in enumerate(words):
            self.lists.write_string(row, self.used, text)
        letters = letters_of(self.used)
        self.used += 1
        self.page.data_validation(
            1,
            place,
            LAST_ROW,
            place,
            {
                "validate": "list",
                "source": f"={LISTS_SHEET}!${letters}$1:${letters}${len(words)}",
                **self._warning(offer.title),
            },
        )

    def _look_up(self, place: int, column: Column, offer: Offer) -> str:
        key = column.code_list or column.name
        if key not in self.long:
            self.long[key] = self._list_sheet(key, offer)
        name, last = self.long[key]
        if offer.is_whole and not column.separator:
            cell = f"{letters_of(place)}2"
            formula = f"=COUNTIF('{name}'!$A$3:$A${last},{cell})>0"
            validation = {"validate": "custom", "value": formula, **self._warning(name)}
            self.page.data_validation(1, place, LAST_ROW, place, validation)
        return name

    def _warning(self, title: str) -> dict[str, Any]:
        # A warning and no wall: a list may have gone on since the template was made.
        return {
            "error_type": "warning",
            "error_title": _("Not in the list"),
            "error_message": (_("Choose from: %(list)s. Keep it all the same?") % {"list": title})[
                :255
            ],
        }

    def _list_sheet(self, key: str, offer: Offer) -> tuple[str, int]:
        name = f"{LIST_PREFIX}{key}"[:NAME_AT_MOST]
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, 14, self.code)
        sheet.set_column(1, 1, 80, self.wrap)
        title = ", ".join(part for part in (offer.title, offer.basis) if part)
        sheet.write_string(0, 0, title, self.title)
        for place, text in enumerate((_("Write this"), _("It means"))):
            sheet.write_string(1, place, text, self.head)
        for row, entry in enumerate(offer.entries, start=2):
            for place, text in enumerate(entry):
                sheet.write_string(row, place, text, (self.code, self.wrap)[place])
        last = len(offer.entries) + 2
        sheet.autofilter(1, 0, last - 1, 1)
        sheet.freeze_panes(2, 0)
        return name, last

    def _help(self) -> None:
        sheet = self.help
        sheet.write_string(0, 0, str(self.kind.title), self.title)
        sheet.write_string(1, 0, version_of(self.kind, self.on))
        steps = (
            _("Fill in the sheet %(sheet)s, one row each; do not merge cells.")
            % {"sheet": self.table.name},
            _("Columns in yellow are required. Columns may be moved or left out when not needed."),
            _("Every cell is text, so that no zero is lost: paste with “values only”."),
            _("Write days first: 05/10/2026, with the hour 05/10/2026 09:25."),
        )
        for row, step in enumerate(steps, start=3):
            sheet.write_string(row, 0, step)
        top = len(steps) + 4
        heads = (
            *(_("Column"), _("Official name"), _("Filled"), _("Holds"), _("At most")),
            *(_("Example"), _("About it")),
        )
        widths = (28, 20, 14, 26, 10, 26, 70)
        for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(top, place, head, self.head)
        for row, column in enumerate(self.table.columns, start=top + 1):
            self._help_line(row, column)
        sheet.freeze_panes(top + 1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _help_line(self, row: int, column: Column) -> None:
        cells = (
            column.label,
            column.name,
            column.need_name,
            holds(column),
            str(column.length or ""),
            column.example,
            column.about,
        )
        for place, cell in enumerate(cells):
            self.help.write_string(row, place, str(cell), self.wrap)


def holds(column: Column) -> str:
    """Say what a column holds, and when it takes several."""
    if column.separator:
        return _("%(type)s, several with “%(mark)s”") % {
            "type": column.type_name,
            "mark": column.separator,
        }
    return str(column.type_name)


def _plain(text: Any) -> str:
    return str(text).replace("&", "&&")
