"""Which findings has a file, each with its place, in the order of the file, without holding them?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from portal.intake.declaration import Kind, kind_of
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.presenting import Shown, shown
from portal.intake.readers.bundle import BETWEEN
from portal.spreadsheets import Cell

CHUNK = 2_000
LETTERS = re.compile(r"([A-Z]{1,3})\d+$")
PART = re.compile(r"(?P<table>[^\[]+)(?:\[(?P<at>\d+)\])?$")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands in the sender's eyes: a cell of a sheet, or a field of a record."""

    sheet: str
    number: int
    letters: str = ""
    table: str = ""
    at: int = 0
    field: str = ""

    @property
    def cell(self) -> str:
        return f"{self.letters}{self.number}" if self.letters else ""


def place_of(finding: Finding) -> Place:
    """Take the place of a finding apart: ``KhamBenh!F112``, or ``HOSO 3/XML2[4]/SO_LUONG``."""
    cell = finding.cell.rpartition(BETWEEN)[2]
    if "!" in cell:
        match = LETTERS.search(cell.rpartition("!")[2])
        return Place(finding.sheet, finding.number, letters=match[1] if match else "")
    _record, *parts = cell.split("/")
    match = PART.match(parts[0]) if parts else None
    return Place(
        finding.sheet,
        finding.number,
        table=match["table"] if match else "",
        at=int(match["at"] or 0) if match else 0,
        field=finding.column,
    )


def findings_of(batch: Batch, sheet: str | None = None) -> QuerySet[Finding]:
    """Return the findings in the order of the file, one sheet of it when it is named."""
    found = Finding.objects.filter(batch=batch)
    if sheet is not None:
        return found.filter(sheet=sheet[:100]).order_by("number", "id")
    return found.order_by("sheet", "number", "id")


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as it is listed; a protected one says no more than its row."""

    finding: Finding
    place: Place
    shown: Shown

    @property
    def severity(self) -> str:
        return pgettext("upload", "Wrong") if self.shown.is_error else _("Remark")


def line_of(finding: Finding, kind: Kind, *, open_: bool) -> Line:
    """Say one finding and its place in the reader's language."""
    said = shown(finding, kind, open_=open_)
    place = place_of(finding)
    if said.is_hidden:
        place = Place(place.sheet, place.number)
    return Line(finding, place, said)


def lines(batch: Batch, *, open_: bool, language: str) -> Iterator[Line]:
    """Yield every finding of a batch; may be walked after the request's language has gone."""
    kind = kind_of(batch.kind)
    chunk: list[Finding] = []
    for finding in findings_of(batch).iterator(chunk_size=CHUNK):
        chunk.append(finding)
        if len(chunk) == CHUNK:
            yield from _said(chunk, kind, open_=open_, language=language)
            chunk = []
    yield from _said(chunk, kind, open_=open_, language=language)


def _said(found: list[Finding], kind: Kind, *, open_: bool, language: str) -> list[Line]:
    with override(language):
        return [line_of(finding, kind, open_=open_) for finding in found]


def heads(kind: Kind) -> list[str]:
    """Return the headings of the list of findings of a kind."""
    where = (
        [_("Sheet"), _("Row"), _("Column letters"), _("Column")]
        if kind.is_tabular
        else [_("Record"), _("Table"), _("Line"), _("Field"), _("Column")]
    )
    return [
        *where,
        _("Value sent"),
        _("What is wrong"),
        _("What to do"),
        pgettext("upload", "Severity"),
    ]


def cells_of(line: Line, kind: Kind) -> list[Cell]:
    """Return one finding as the cells under ``heads``."""
    place, said = line.place, line.shown
    where: list[Cell] = (
        [place.sheet, place.number, place.letters]
        if kind.is_tabular
        else [_record(place), place.table, place.at or None, place.field]
    )
    return [*where, said.column, said.value, said.why, said.remedy, line.severity]


def _record(place: Place) -> Cell:
    """Return the number of a record; of a zip with its file in front."""
    member, between, _records = place.sheet.rpartition(BETWEEN)
    return f"{member}{between}{place.number}" if member else place.number


def as_data(line: Line, file: str) -> dict[str, Any]:
    """Return a finding as other programs read it."""
    place, said, is_hidden = line.place, line.shown, line.shown.is_hidden
    member, _between, sheet = place.sheet.rpartition(BETWEEN)
    return {
        "file": member or file,
        "sheet": sheet,
        "row": place.number,
        "letters": place.letters,
        "cell": said.cell,
        "table": place.table,
        "line": place.at,
        "column": "" if is_hidden else line.finding.column,
        "heading": said.column,
        "value": said.value,
        "code": "protected" if is_hidden else line.finding.code,
        "severity": line.finding.severity,
        "message": said.why,
        "remedy": said.remedy,
    }


def people_of(batch: Batch, *, open_: bool) -> Iterator[UUID]:
    """Yield the known people a batch speaks of, as far as they are shown."""
    rows = StagedRow.objects.filter(batch=batch).exclude(subject_id=None)
    if not open_:
        rows = rows.filter(sensitivity="")
    for subject in rows.order_by().values_list("subject_id", flat=True).distinct().iterator():
        if subject is not None:
            yield subject
