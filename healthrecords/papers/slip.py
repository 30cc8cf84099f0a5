"""The slip of a visit: what the person takes home."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from healthrecords.models import Visit, VitalSigns
from healthrecords.services.vitals import bmi, shown
from portal.codelists.lookup import titles_on


def data_of(visit: Visit) -> dict[str, Any]:
    """Return what the paper says beyond the person and the place."""
    on = timezone.localdate(visit.started_at)
    vitals = visit.vitalsigns_rows.first()
    return {
        "reason": visit.reason,
        "symptoms": visit.symptoms,
        "vitals": _vitals(vitals) if vitals else [],
        "medicines": [
            {"name": row.name, "instruction": row.instruction, "total": _total(row)}
            for row in visit.medication_rows.order_by("position")
        ],
        "outcome": titles_on("treatment_outcomes", on).get(visit.outcome, ""),
        "discharge": titles_on("discharge_kinds", on).get(visit.discharge, ""),
    }


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
