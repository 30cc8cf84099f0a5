"""How do many rows leave as .csv or .xlsx: streamed, nothing held, nothing turned into a formula?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from typing_extensions import override

Cell = str | int | float | Decimal | bool | date | datetime | time | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("xlsx", "csv")

ROWS_A_SHEET = 1_000_000  # a sheet of Excel ends at 1,048,576
BYTES_A_SHEET = 1 << 30
ROWS_AT_ONCE = 500
TEXT_AT_MOST = 32_767
LONG = 10**11  # a number of so many digits names somebody, and Excel would round it
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001  (the day 0 of a sheet has no zone)
HEAD, DAY, MOMENT, NUMBER = 1, 2, 3, 4  # places in STYLES

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Arial"/></font>'
    '<font><b/><sz val="11"/><name val="Arial"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF9"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0"'
    ' applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)


def stream(
    form: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """Answer rows as a file of ``form`` called ``name``; ``rows`` is walked while it is sent."""
    body = as_csv(head, rows) if form == "csv" else as_xlsx(head, rows)
    kind = CSV_TYPE if form == "csv" else XLSX_TYPE
    response = StreamingHttpResponse(body, content_type=kind)
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.{form}")
    response["Content-Disposition"] = str(disposition)
    response["Cache-Control"] = "no-store"
    return response


def defused(text: str) -> str:
    """Put a mark before a text that a spreadsheet would take for a formula; numbers stay."""
    if text.startswith(STARTS_A_FORMULA) and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def said(cell: Cell) -> str:
    """Write a value as people of this country do: days day first, no marks between thousands."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime):
        return f"{local(cell):%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return f"{cell:%H:%M}" if isinstance(cell, time) else str(cell)


def local(moment: datetime) -> datetime:
    """Return a moment as the clock of the country shows it, without a zone."""
    return moment if moment.tzinfo is None else timezone.localtime(moment).replace(tzinfo=None)


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield UTF-8 with a mark in front, so that Excel reads the letters right."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def taken() -> bytes:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode()

    writer.writerow([defused(text) for text in head])
    yield b"\xef\xbb\xbf" + taken()
    for at, row in enumerate(rows, start=1):
        writer.writerow([defused(said(cell)) for cell in row])
        if at % ROWS_AT_ONCE == 0:
            yield taken()
    yield taken()


class _Pipe(io.RawIOBase):
    """What the archive writes, until it is taken away; it can only grow."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(self.parts[-1])

    def taken(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def as_xlsx(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield a workbook as it is written; a further sheet begins where Excel's would be full."""
    pipe = _Pipe()
    left = iter(rows)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        sheets, first = 0, next(left, None)
        while sheets == 0 or first is not None:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                written = part.write(_sheet_begin(head))
                for at in range(2, ROWS_A_SHEET + 2):
                    if first is None or written > BYTES_A_SHEET:
                        break
                    written += part.write(_row(at, first))
                    first = next(left, None)
                    if at % ROWS_AT_ONCE == 0:
                        yield pipe.taken()
                part.write(b"</sheetData></worksheet>")
        for name, text in _frame(sheets):
            archive.writestr(name, text)
    yield pipe.taken()


def _sheet_begin(head: Sequence[str]) -> bytes:
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{max(12, min(40, len(text) + 6))}" customWidth="1"/>'
        for at, text in enumerate(head, start=1)
    )
    cells = "".join(_text(text, HEAD) for text in head)
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'</sheetView></sheetViews><cols>{widths}</cols><sheetData><row r="1">{cells}</row>'
    ).encode()


def _row(number: int, cells: Sequence[Cell]) -> bytes:
    return f'<row r="{number}">{"".join(map(_cell, cells))}</row>'.encode()


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    value, style = _value(cell)
    if value is None:
        return _text(said(cell))
    kind = ' t="b"' if isinstance(cell, bool) else ""
    return f'<c s="{style}"{kind}><v>{value}</v></c>'


def _value(cell: Cell) -> tuple[str | None, int]:
    """Return how a workbook keeps a value and its style; None for what is better kept as text.

    Excel knows no day before 1900, takes that year for a leap year, and rounds long numbers.
    """
    if isinstance(cell, bool):
        return str(int(cell)), NUMBER
    if isinstance(cell, date):
        moment = local(cell) if isinstance(cell, datetime) else datetime.combine(cell, time())
        days = (moment - FIRST_DAY).total_seconds() / 86_400
        style = MOMENT if isinstance(cell, datetime) else DAY
        return (f"{days:.10f}".rstrip("0").rstrip("."), style) if days > 61 else (None, 0)
    if isinstance(cell, int | float | Decimal) and -LONG < cell < LONG:
        return str(cell), NUMBER
    return None, 0


def _text(text: str, style: int = 0) -> str:
    clean = escape(ILLEGAL.sub("", text[:TEXT_AT_MOST]))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """Yield the parts around the sheets."""
    numbers = range(1, sheets + 1)
    names = "".join(
        f'<sheet name="{"DuLieu" if n == 1 else f"DuLieu{n}"}" sheetId="{n}" r:id="rId{n}"/>'
        for n in numbers
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    styles = f'<Relationship Id="rIdS" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    begin = f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    yield "xl/_rels/workbook.xml.rels", f"{begin}{links}{styles}</Relationships>"
    yield "xl/styles.xml", STYLES
    main = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", f"{begin}{main}</Relationships>"
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{content}.worksheet+xml"/>'
        for n in numbers
    )
    types = (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{content}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{content}.styles+xml"/>{parts}</Types>'
    )
    yield "[Content_Types].xml", types
