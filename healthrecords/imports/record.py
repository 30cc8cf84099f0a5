"""What does a row say about a person and a visit, once its cells are read?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import timezone

from healthrecords.imports.rules import signs_of
from healthrecords.services.betraying import Words
from portal.codelists.countries import HOME
from portal.codelists.sensitivity import strictest
from portal.intake.handler import Row
from portal.intake.moments import moment_of
from portal.intake.values import decimal_of
from portal.names import name_norm

SEXES = {"1": "male", "2": "female", "3": "unknown"}
PRECISIONS = {4: "year", 7: "month", 10: "day"}
GROUP = r"^(AB|A|B|O)(?:RH)?\(?([+-])?\)?$"  # without spaces, in capitals
RHESUS = {"+": "positive", "-": "negative"}
DAYS = re.compile(r"\*\s*(\d{1,3})\s*ngày", re.IGNORECASE)
# File column by field of the visit: what a change is looked for in, and what is written.
VISIT_FIELDS = {
    "kind": "MA_LOAI_KCB",
    "coverage": "MA_DOITUONG_KCB",
    "reason": "LY_DO_VV",
    "outcome": "KET_QUA_DTRI",
    "discharge": "MA_LOAI_RV",
    "advice": "GHI_CHU",
}
LENGTHS = {"kind": 2, "coverage": 4, "outcome": 2, "discharge": 2}
VITAL_FIELDS = {
    "weight": "CAN_NANG",
    "height": "CHIEU_CAO",
    "pulse": "MACH",
    "temperature": "NHIET_DO",
    "respiratory_rate": "NHIP_THO",
    "oxygen_saturation": "SPO2",
}
FIELD_OF_VITAL = {name: field for field, name in VITAL_FIELDS.items()}
WHOLE = frozenset({"pulse", "respiratory_rate", "oxygen_saturation", "systolic", "diastolic"})
DEFAULT_KIND = "01"
PERSONAL_DIGITS = 12
NEWBORN_DAYS = 28  # the hour of birth is sent up to this age (Decision 4750/QĐ-BYT, XML1 field 6)


# What a record says of its visit in words, kept with the visit or with the row alone.
TOLD = ("LY_DO_VV", "LY_DO_VNT", "CHAN_DOAN_VAO", "CHAN_DOAN_RV", "GHI_CHU")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a row speaks of, folded for matching; kept in the staged row under ``@``."""

    name_norm: str
    birth: str
    precision: str
    sex: str
    number_kind: str
    number: str
    tail: str
    clock: str = ""


def person_of(values: Mapping[str, Any]) -> Person:
    """Return what the matching needs of a person."""
    return Person(**said_of(values))


def said_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the same as it is kept in the staged row."""
    told = values.get("NGAY_SINH")
    clock = getattr(told, "clock", "")
    cards = [str(card) for card in values.get("MA_THE_BHYT") or []]
    # A card of 12 digits bears the personal number, and no number of its own.
    personal = next((card for card in cards if len(card) == PERSONAL_DIGITS), "")
    tail = next((card[-10:] for card in cards if len(card) != PERSONAL_DIGITS), "")
    born, number = str(told or ""), str(values.get("SO_CCCD") or personal)
    return {
        "name_norm": name_norm(str(values.get("HO_TEN") or "")),
        "birth": (born + "-01-01")[:10] if born else "",
        "precision": PRECISIONS.get(len(born), "day"),
        "sex": SEXES.get(str(values.get("GIOI_TINH")), ""),
        "number_kind": number_kind(number),
        "number": number,
        "tail": tail,
        **({"clock": clock} if clock else {}),
    }


def is_newborn(at: Mapping[str, Any], on: date) -> bool:
    """Say whether a row speaks of a newborn who has no paper yet."""
    if at["number"] or at["precision"] != "day" or not at["birth"]:
        return False
    return 0 <= (on - date.fromisoformat(at["birth"])).days <= NEWBORN_DAYS


@lru_cache(maxsize=1_024)
def blood_of(text: str) -> tuple[str, str]:
    """Return blood group and Rhesus as ``NHOM_MAU`` says them (O+, AB Rh(-)); blank for what is none."""
    found = re.fullmatch(GROUP, text.replace(" ", "").upper())
    return (found[1], RHESUS.get(found[2], "")) if found else ("", "")


def nationality_of(values: Mapping[str, Any]) -> str:
    """Return the country; a code that no list has stays as sent, a text that is no code is unknown."""
    said = str(values.get("MA_QUOCTICH") or HOME)
    return said if len(said) <= 3 else ""


def number_kind(number: str) -> str:
    """Tell the kind of a paper by its form."""
    if not number:
        return ""
    if number.isdigit():
        return {12: "personal", 9: "old_card"}.get(len(number), "")
    return "passport"


@lru_cache(maxsize=8_192)
def moment(text: str) -> datetime:
    """Return a moment of the file, which is Vietnamese time, as an instant."""
    # An envelope's line has it as 202610050925.
    at = moment_of(text) if text.isdigit() else datetime.fromisoformat(text)
    return at.replace(tzinfo=timezone.get_default_timezone())


def text_of(at: datetime | None) -> str | None:
    """Return an instant as the file writes it."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") if at else None


def number_of(value: Any) -> Decimal | None:
    """Return a measured value or an amount; None for what is none."""
    return _number(str(value)) if value not in {None, ""} else None


@lru_cache(maxsize=8_192)
def _number(text: str) -> Decimal | None:
    return decimal_of(text)


def vitals_of(row: Row) -> dict[str, Decimal | int]:
    """Return what was measured: from the columns, else from the last progress note that says it."""
    found: dict[str, Any] = {}
    for note in row.tables.get("XML5", ()):
        found.update(signs_of(str(note.get("DIEN_BIEN_LS") or "")))
    values = row.values
    for name, value in values.items():
        if value is not None and name in FIELD_OF_VITAL:
            found[FIELD_OF_VITAL[name]] = value
    if pressure := values.get("HUYET_AP"):
        found["systolic"], found["diastolic"] = pressure.split("/")
    return {
        field: number
        for field, value in found.items()
        if (number := _measure(field, str(value))) is not None
    }


@lru_cache(maxsize=8_192)
def _measure(field: str, text: str) -> Decimal | int | None:
    number = decimal_of(text)
    return int(number) if number is not None and field in WHOLE else number


def told_class(row: Row, words: Words, place: str) -> str:
    """Return the class of what a record says of its visit in words, of its medicines, of its place.

    Notes, papers, results and procedures have classes of their own beside their visit.
    """
    values = row.values
    traditional = values.get("MA_BENH_YHCT") or ()
    found = {words.of_text(*(values.get(name) for name in TOLD)), words.class_of(*traditional)}
    found.add(words.of_place(place))
    for line in row.tables.get("XML2", ()):
        dose = (str(line[name]) for name in ("LIEU_DUNG", "CACH_DUNG") if line.get(name))
        found.add(words.of_medicine(str(line.get("TEN_THUOC") or ""), (), *dose))
    return strictest(found)


def medicines_of(row: Row) -> list[dict[str, Any]]:
    """Return the medicines of a record in the file's order."""
    return [
        {
            "code": str(line.get("MA_THUOC") or "")[:40],
            "name": str(line.get("TEN_THUOC") or "")[:500],
            "strength": str(line.get("HAM_LUONG") or "")[:200],
            "unit": str(line.get("DON_VI_TINH") or "")[:50],
            "quantity": line.get("SO_LUONG"),
            "days": _days(str(line.get("LIEU_DUNG") or "")),
            "instruction": ". ".join(
                str(line[name]) for name in ("LIEU_DUNG", "CACH_DUNG") if line.get(name)
            )[:1024],
        }
        for line in row.tables.get("XML2", [])
        if line.get("TEN_THUOC")
    ]


def _days(dose: str) -> int | None:
    match = DAYS.search(dose)
    return int(match[1]) if match else None


def medicine_text(medicine: Mapping[str, Any]) -> str:
    """Say a medicine in a line, for comparing and for showing what changed."""
    quantity = number_of(medicine["quantity"])
    amount = f"{quantity.normalize():f} {medicine['unit']}" if quantity is not None else ""
    parts = (medicine["name"], medicine["strength"], amount, medicine["instruction"])
    return ", ".join(str(part) for part in parts if part)


def vital_text(vitals: Mapping[str, Any]) -> dict[str, str]:
    """Return measured values in the file's own columns."""
    found = {
        name: f"{Decimal(vitals[field]).normalize():f}"
        for field, name in VITAL_FIELDS.items()
        if vitals.get(field) is not None
    }
    if vitals.get("systolic") is not None and vitals.get("diastolic") is not None:
        found["HUYET_AP"] = f"{vitals['systolic']}/{vitals['diastolic']}"
    return found


def next_visit(values: Mapping[str, Any]) -> date | None:
    """Return the first day of return."""
    days = values.get("NGAY_TAI_KHAM") or []
    return date.fromisoformat(days[0]) if days else None


def is_whole(row: Row) -> bool:
    """Say whether the row tells all of its visit: what an envelope does not name, there was not."""
    return bool(row.values.get("@", {}).get("whole"))


def measures_said(row: Row) -> list[str]:
    """Return the fields of the measures a row speaks of, blank ones included."""
    columns = {**VITAL_FIELDS, "systolic": "HUYET_AP", "diastolic": "HUYET_AP"}
    return [field for field, name in columns.items() if is_whole(row) or name in row.values]


def shape_of(row: Row) -> dict[str, Any]:
    """Return of a row what a visit can hold, in the file's own columns.

    A column that is there and blank says that there is nothing; a column that is missing says
    nothing at all.
    """
    values = row.values
    shape: dict[str, Any] = {
        name: (values[name] or "")[: LENGTHS.get(field, 4000)]
        for field, name in VISIT_FIELDS.items()
        if name in values
    }
    shape |= {
        name: values[name] for name in ("NGAY_VAO", "NGAY_RA", "MA_BENH_CHINH") if name in values
    }
    for name in ("MA_BENH_KT", "MA_BENH_YHCT"):
        if name in values:
            shape[name] = "; ".join(values[name] or [])
    if "NGAY_TAI_KHAM" in values:
        day = next_visit(values)
        shape["NGAY_TAI_KHAM"] = day.isoformat() if day else None
    measured, columns = vital_text(vitals_of(row)), {**VITAL_FIELDS, "systolic": "HUYET_AP"}
    shape |= {columns[f]: measured.get(columns[f]) for f in measures_said(row) if f in columns}
    if is_whole(row):
        shape["XML2"] = "\n".join(medicine_text(medicine) for medicine in medicines_of(row))
    return shape
