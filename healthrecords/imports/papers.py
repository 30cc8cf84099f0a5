"""Which papers and notes do the tables of an envelope hold (XML7 to 11, 13, 14; XML5)? Asks no database.

A paper that a hospital issued is told field by field as its table has it: what our own form of the
paper has is read as the form would, the rest stands under the name it has in the standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from healthrecords.documents import TABLES, PaperField, fields_of
from healthrecords.imports.record import moment
from healthrecords.imports.tables import tables as standard

Line = Mapping[str, Any]
Tables = Mapping[str, list[dict[str, Any]]]
KIND_OF = {table: kind for kind, table in TABLES.items()}
# Whose paper it is the visit says; the day and the number have places of their own.
LEFT_OUT = frozenset(
    [
        "MA_LK",
        "STT",
        "MA_BN",
        "MA_YTE",
        "HO_TEN",
        "NGAY_SINH",
        "GIOI_TINH",
        "MA_QUOCTICH",
        "MA_DANTOC",
        "MA_NGHE_NGHIEP",
        "DIA_CHI",
        "MA_THE_BHYT",
        "GT_THE_DEN",
        "MA_CSKCB",
        "MA_LOAI_KCB",
        "MA_DOITUONG_KCB",
        "NGAY_CT",
        "DU_PHONG",
    ]
)
NUMBERS = {
    "discharge": "SO_LUU_TRU",
    "birth": "SO",
    "pregnancy": "SO_CT",
    "sick_leave": "SO_CT",
    "referral": "SO_CHUYENTUYEN",
    "revisit": "SO_GIAYHEN_KL",
}
RECEIVERS = ("MA_CSKCB_DEN", "MA_NOI_DEN")  # QĐ 3176 renamed it
SIGNS = re.compile(r"CSST\s*<[^>]*>", re.IGNORECASE)
NOTES = {"progress": "DIEN_BIEN_LS", "consultation": "HOI_CHAN", "operation": "PHAU_THUAT"}
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as its line tells it; ``digest`` is what its sameness is judged by."""

    kind: str
    number: str
    issued_at: datetime
    content: dict[str, Any]
    to_code: str
    reason: str
    digest: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note as its line tells it."""

    kind: str
    written_at: datetime
    text: str
    stage: str
    writer: str


def paper_told(number: str, issued_at: datetime, digest: str) -> str:
    """Name a paper in a comparison; what stands on it is read on the paper."""
    on = timezone.localdate(issued_at)
    return " ".join(part for part in (number, f"{on:%d/%m/%Y}", f"[{digest[:8]}]") if part)


def papers_of(tables: Tables, key: str, began: datetime, ended: datetime | None) -> list[Paper]:
    """Return the papers of a record, in the order of their tables; a line of another visit is none."""
    return [
        _paper(kind, line, began, ended)
        for table, kind in KIND_OF.items()
        for line in tables.get(table) or ()
        if _folded(str(line.get("MA_LK") or key)) == _folded(key)
    ]


def _folded(key: str) -> str:
    """Return a visit's number as the checks of the envelope compare it."""
    return " ".join(key.split()).casefold().lstrip("0")


def _paper(kind: str, line: Line, began: datetime, ended: datetime | None) -> Paper:
    content = dict(_content(kind, line))
    number = _words(line, NUMBERS[kind])[:200] if kind in NUMBERS else ""
    at = _issued_at(kind, line, began, ended)
    to_code = next((code for name in RECEIVERS if (code := _words(line, name))), "")
    said = (kind, number, timezone.localtime(at).isoformat(), sorted(content.items()))
    return Paper(
        kind=kind,
        number=number,
        issued_at=at,
        content=content,
        to_code=to_code[:20] if kind == "referral" else "",
        reason=_words(line, "MA_LYDO_CT")[:2],
        digest=sha256(repr(said).encode()).hexdigest()[:32],
    )


def _issued_at(kind: str, line: Line, began: datetime, ended: datetime | None) -> datetime:
    """Return when a paper was given out: with the end of the visit where it bears the day of that."""
    over = ended or began
    if kind == "referral":  # it bears no day of its own: the person leaves with it
        return _moment(_words(line, "NGAY_RA")) or over
    day = _moment(_words(line, "NGAY_CT"))
    if day is None or timezone.localdate(day) == timezone.localdate(over):
        return over
    return day


def _content(kind: str, line: Line) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a paper: ours by our names, the others by those of the standard."""
    own = {field.official: field for field in fields_of(kind)}
    for spec in standard()[TABLES[kind]].fields:
        text = str(line.get(spec.name) or "").strip()[:LONGEST]
        if not text or (spec.name in LEFT_OUT or spec.name == NUMBERS.get(kind)):
            continue
        field = own.get(spec.name)
        value = _read(field, text) if field is not None else None
        if field is None or value is None:
            yield spec.name, text
        elif value is not False:
            yield field.name, value


def _read(field: PaperField, text: str) -> Any:
    """Return a value as our own form keeps it; None for what it could not be."""
    if field.type == "int":
        return int(text) if text.isascii() and text.isdigit() else None
    if field.type == "bool":
        return {"0": False, "1": True}.get(text)
    if field.type not in {"date", "moment"}:
        return text
    at = _moment(text)
    if at is None:
        return None
    local = timezone.localtime(at)
    return local.isoformat(timespec="minutes") if field.type == "moment" else f"{local:%Y-%m-%d}"


def rest_of(kind: str, content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the fields of a paper that our own form does not have: label, name, value as it reads."""
    found = []
    for spec in standard()[TABLES[kind]].fields:
        text = content.get(spec.name)
        if text:
            found.append((spec.label, spec.name, _shown(str(text), spec.kind)))
    return found


def _shown(text: str, kind: str) -> str:
    at = _moment(text) if kind in {"day", "moment"} else None
    if at is None:
        return text
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M}".removesuffix(" 00:00")


def notes_of(tables: Tables, began: datetime) -> list[Note]:
    """Return what was written of a visit; measures alone are no note."""
    found = []
    for line in tables.get("XML5") or ():
        at = _moment(_words(line, "THOI_DIEM_DBLS")) or began
        for kind, name in NOTES.items():
            text = str(line.get(name) or "").strip()[:LONGEST]
            if not SIGNS.sub("", text).strip(" .,;"):
                continue
            stage = _words(line, "GIAI_DOAN_BENH")[:500] if kind == "progress" else ""
            found.append(Note(kind, at, text, stage, _words(line, "NGUOI_THUC_HIEN")[:255]))
    return found


def note_text(note: Any) -> str:
    """Say a note in a line, for comparing and for showing what changed."""
    at = timezone.localtime(note.written_at)
    said = (f"{at:%d/%m/%Y %H:%M}", note.kind, note.stage, note.writer, note.text)
    return " ".join(part for part in said if part)


def _words(line: Line, name: str) -> str:
    return " ".join(str(line.get(name) or "").split())


def _moment(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except (ValueError, OverflowError, ValidationError):
        return None  # said as a remark when the line was checked
