"""Which reports and procedures do the lines of an envelope tell of (XML4, XML3)? Asks no database.

The lines stay in the staged row as they were sent; what is drafted here can be drafted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError

from healthrecords.imports.record import moment
from portal.names import name_norm

Line = Mapping[str, Any]
KINDS = {"1": "laboratory", "2": "imaging", "3": "function"}
PROCEDURES = {"8": "surgery", "18": "intervention"}
GROWN = ("nuoi cay", "vi khuan", "khang sinh do", "afb", "vi nam", "nam soi")
NAMED = 3
Sent = tuple[str, ...]


@dataclass(slots=True)
class Value:
    """One value of a report as it was sent."""

    name: str
    code: str
    value: str
    unit: str


@dataclass(slots=True)
class Report:
    """A report as the lines tell it; ``sent`` is what its sameness is judged by."""

    code: str
    kind: str
    title: str
    performed_at: datetime
    reported_at: datetime | None
    performer: str
    machine: str
    description: str
    conclusion: str
    values: list[Value]
    digest: str

    @property
    def status(self) -> str:
        said = any(one.value for one in self.values) or self.description or self.conclusion
        return "final" if said else "registered"


@dataclass(slots=True)
class Operation:
    """A procedure as its line tells it."""

    code: str
    kind: str
    title: str
    icd9: str
    performed_at: datetime
    performer: str
    anaesthesia: str
    reason: str
    digest: str


@dataclass(slots=True)
class _Group:
    code: str
    lines: list[Line] = field(default_factory=list)


def reports_of(tables: Mapping[str, list[dict[str, Any]]], began: datetime) -> list[Report]:
    """Return the reports of a record: the lines of one service with one time of result."""
    lines = tables.get("XML4") or ()
    if not lines:
        return []
    services = {_text(line, "MA_DICH_VU"): line for line in tables.get("XML3") or ()}
    groups: dict[Sent, _Group] = {}
    for line in lines:
        code = _text(line, "MA_DICH_VU")
        key = (code, _text(line, "NGAY_KQ")) if code else ("", _text(line, "TEN_CHI_SO"))
        groups.setdefault(key, _Group(code)).lines.append(line)
    return [_report(group, services.get(group.code) or {}, began) for group in groups.values()]


def _report(group: _Group, service: Line, began: datetime) -> Report:
    lines = group.lines
    values = [
        Value(
            name=_text(line, "TEN_CHI_SO")[:255],
            code=_text(line, "MA_CHI_SO")[:50],
            value=_text(line, "GIA_TRI")[:255],
            unit=_text(line, "DON_VI_DO")[:50],
        )
        for line in lines
    ]
    described = _joined(lines, "MO_TA")
    # Imaging names its service once more where a laboratory names a test: that is no value.
    if described and not any(value.value for value in values):
        values = []
    title = _text(service, "TEN_DICH_VU") or ", ".join(
        dict.fromkeys(_text(line, "TEN_CHI_SO") for line in lines[:NAMED])
    )
    told = _moment(lines[0], "NGAY_KQ") or _moment(service, "NGAY_KQ")
    done = _moment(service, "NGAY_TH_YL") or _moment(service, "NGAY_YL")
    return Report(
        code=group.code[:50],
        kind=_kind(service, values, title),
        title=(title or group.code or "–")[:300],
        performed_at=done or told or began,
        reported_at=told,
        performer=(_joined(lines, "MA_BS_DOC_KQ", "; ") or _text(service, "NGUOI_THUC_HIEN"))[:255],
        machine=_text(service, "MA_MAY")[:255],
        description=described,
        conclusion=_joined(lines, "KET_LUAN"),
        values=values,
        digest=_digest(title, *([line.get(name) for name in SAID] for line in lines)),
    )


def _kind(service: Line, values: list[Value], title: str) -> str:
    folded = _folded(title)
    kind = KINDS.get(_text(service, "MA_NHOM"), "")
    if kind in {"", "laboratory"} and any(word in folded for word in GROWN):
        return "microbiology"
    return kind or ("laboratory" if values else "imaging")


def operations_of(tables: Mapping[str, list[dict[str, Any]]], began: datetime) -> list[Operation]:
    """Return the surgery and the interventions among the services of a record."""
    return [
        Operation(
            code=_text(line, "MA_DICH_VU")[:50],
            kind=PROCEDURES[_text(line, "MA_NHOM")],
            title=_text(line, "TEN_DICH_VU")[:500],
            icd9=_text(line, "MA_PTTT_QT")[:60],
            performed_at=_moment(line, "NGAY_TH_YL") or _moment(line, "NGAY_YL") or began,
            performer=_text(line, "NGUOI_THUC_HIEN")[:255],
            anaesthesia=_text(line, "PP_VO_CAM")[:2],
            reason=_text(line, "MA_BENH")[:100],
            digest=_digest(*(line.get(name) for name in KEPT)),
        )
        for line in tables.get("XML3") or ()
        if _text(line, "MA_NHOM") in PROCEDURES and _text(line, "TEN_DICH_VU")
    ]


# What a report keeps of its lines: their number within the file tells nothing.
SAID = (
    "MA_DICH_VU",
    "MA_CHI_SO",
    "TEN_CHI_SO",
    "GIA_TRI",
    "DON_VI_DO",
    "MO_TA",
    "KET_LUAN",
    "NGAY_KQ",
    "MA_BS_DOC_KQ",
)
# What a procedure keeps of its line: of money it tells nothing, and money changes most often.
KEPT = (
    "MA_DICH_VU",
    "MA_NHOM",
    "TEN_DICH_VU",
    "MA_PTTT_QT",
    "NGAY_TH_YL",
    "NGAY_YL",
    "NGUOI_THUC_HIEN",
    "PP_VO_CAM",
    "MA_BENH",
)


def _text(line: Line, name: str) -> str:
    said = line.get(name)
    return _squeezed(str(said)) if said else ""


@lru_cache(maxsize=16_384)
def _squeezed(text: str) -> str:
    return " ".join(text.split())


_folded = lru_cache(maxsize=8_192)(name_norm)


def _joined(lines: Iterable[Line], name: str, mark: str = "\n") -> str:
    said = (str(line.get(name) or "").strip() for line in lines)
    return mark.join(dict.fromkeys(text for text in said if text))


def _moment(line: Line, name: str) -> datetime | None:
    text = _text(line, name)
    try:
        return moment(text) if text else None
    except (ValueError, OverflowError, ValidationError):
        return None  # said as a remark when the line was checked


def _digest(*said: Any) -> str:
    return sha256(repr(said).encode()).hexdigest()[:32]


def report_text(report: Any, values: Iterable[Any]) -> str:
    """Say a report in a line, for comparing and for showing what changed."""
    told = "; ".join(f"{one.name} {one.value} {one.unit}".strip() for one in values)
    parts = (report.title, told, report.description, report.conclusion)
    return ": ".join(" ".join(str(part).split()) for part in parts if part)
