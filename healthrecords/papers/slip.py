"""The slip of a visit: what the person takes home, and the mark that proves it."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.core.signing import Signer
from django.utils import timezone, translation

from healthrecords.banner import Banner, banner_of
from healthrecords.models import Visit, VitalSigns
from healthrecords.services.vitals import bmi, shown
from portal.codelists.lookup import titles_on
from portal.papers import compile_paper

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "slip.typ"
PREFIX = "MACH1"
SIGNER = Signer(salt="healthrecords.visit_slip", sep="|")


def slip_mark(visit: Visit) -> str:
    """Return what the QR of a slip says: the visit and a signature, and nothing about the person."""
    key = visit.pk.hex
    return f"{PREFIX}|{key}|{SIGNER.signature(key)[:16]}"


def read_mark(text: str) -> UUID | None:
    """Return the visit that a scanned mark names, None when it is none of ours."""
    parts = text.strip().split("|")
    if len(parts) != 3 or parts[0] != PREFIX:
        return None
    try:
        key = UUID(parts[1])
    except ValueError:
        return None
    genuine = SIGNER.signature(key.hex)[:16]
    return key if parts[2] == genuine else None


def visit_slip(visit: Visit, *, banner: Banner | None = None) -> bytes:
    """Return the slip as PDF, in the language of the country."""
    with translation.override(settings.LANGUAGE_CODE):
        data = _data(visit, banner or banner_of(visit.citizen))
    return compile_paper(TEMPLATE, data)


def _data(visit: Visit, banner: Banner) -> dict[str, Any]:
    facility = visit.facility
    on = timezone.localdate(visit.started_at)
    vitals = visit.vitalsigns_rows.first()
    diagnoses = visit.diagnosis_rows.order_by("rank", "position")
    return {
        "governing": facility.parent.name if facility.parent else "",
        "facility": facility.name,
        "number": visit.pk.hex[-8:].upper(),
        "name": banner.citizen.name,
        "age": banner.age,
        "birth": banner.birth,
        "sex": banner.sex,
        "ethnic_group": banner.ethnic_group,
        "address": banner.address,
        "numbers": [[number.label, _grouped(number.value)] for number in banner.numbers[:2]],
        "arrived": f"{timezone.localtime(visit.started_at):%H:%M, %d/%m/%Y}",
        "reason": visit.reason,
        "symptoms": visit.symptoms,
        "vitals": _vitals(vitals) if vitals else [],
        "diagnoses": [{"code": row.code, "title": row.title} for row in diagnoses],
        "medicines": [
            {"name": row.name, "instruction": row.instruction, "total": _total(row)}
            for row in visit.medication_rows.order_by("position")
        ],
        "outcome": titles_on("treatment_outcomes", on).get(visit.outcome, ""),
        "discharge": titles_on("discharge_kinds", on).get(visit.discharge, ""),
        "advice": visit.advice,
        "next_visit": f"{visit.next_visit_on:%d/%m/%Y}" if visit.next_visit_on else "",
        "place": facility.area.name if facility.area else "",
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
        "entered_by": visit.entered_by.full_name if visit.entered_by else "",
        "is_finished": visit.status == Visit.Status.FINISHED,
        "mark": slip_mark(visit),
        "qr": _qr(slip_mark(visit)),
    }


def _grouped(number: str) -> str:
    """Write digits in threes, as on the screen."""
    if not number.isdigit():
        return number
    return "\u2009".join(number[at : at + 3] for at in range(0, len(number), 3))


def _total(row: Any) -> str:
    return f"{shown(row.quantity)} {row.unit}".strip() if row.quantity is not None else ""


def _vitals(vitals: VitalSigns) -> list[list[str]]:
    pressure = f"{vitals.systolic}/{vitals.diastolic}" if vitals.systolic else ""
    index = bmi(vitals.weight, vitals.height)
    rows: list[tuple[str, str | Decimal | int | None, str]] = [
        ("Mạch", vitals.pulse, "lần/phút"),
        ("Nhiệt độ", vitals.temperature, "°C"),
        ("Huyết áp", pressure or None, "mmHg"),
        ("Nhịp thở", vitals.respiratory_rate, "lần/phút"),
        ("Oxy máu", vitals.oxygen_saturation, "%"),
        ("Cân nặng", vitals.weight, "kg"),
        ("Chiều cao", vitals.height, "cm"),
        ("Chỉ số khối", index, "kg/m²"),
        ("Vòng eo", vitals.waist, "cm"),
        ("Đường máu", vitals.glucose, "mmol/L"),
    ]
    return [
        [label, value if isinstance(value, str) else shown(value), unit]
        for label, value, unit in rows
        if value is not None
    ]


def _qr(text: str) -> str:
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=0, xmldecl=False)
    return buffer.getvalue().decode()
