"""A prescription: what the chemist reads and the person follows (Circular 26/2025/TT-BYT)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from healthrecords.models import Visit
from healthrecords.services.vitals import shown
from portal.ages import months_between

WEIGHED_BELOW = 6  # years: the weight of small children stands on the paper


def data_of(visit: Visit) -> dict[str, Any]:
    """Return what the paper says beyond the person and the place."""
    vitals = visit.vitalsigns_rows.first()
    weight = shown(vitals.weight) if vitals and vitals.weight is not None else ""
    return {
        "weight": weight,
        "is_child": _may_be_child(visit),
        "medicines": [
            {
                "name": row.name,
                "strength": "" if not row.strength or row.strength in row.name else row.strength,
                "instruction": row.instruction,
                "quantity": shown(row.quantity) if row.quantity is not None else "",
                "unit": row.unit,
            }
            for row in visit.medication_rows.order_by("position")
        ],
        "coverage": visit.coverage,
    }


def _may_be_child(visit: Visit) -> bool:
    """Say whether the person is a small child, or may be by a birth known to the year."""
    on = timezone.localdate(visit.started_at)
    last = min(visit.citizen.birth.latest, on)
    return months_between(last, on) < 12 * WEIGHED_BELOW
