"""A stored or half-typed visit as the form shows it again."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from healthrecords.forms.fields import number_text
from healthrecords.forms.rows import DiagnosisRow, MedicineRow, TraditionalRow
from healthrecords.forms.visit import ASKED, VisitForm
from healthrecords.models import Visit
from healthrecords.services.fatal_visits import died_at_of
from healthrecords.services.kinds import KindRules
from healthrecords.services.medicines import per_day, read_medicine
from healthrecords.services.vitals import bmi


def initial_of(visit: Visit) -> dict[str, Any]:
    """Return a stored visit as the form shows it."""
    fields = [
        "kind",
        "coverage",
        "identified_by",
        "reason",
        "symptoms",
        "outcome",
        "discharge",
        "advice",
        "next_visit_on",
        "held_at",
        "department",
        "admission_reason",
        "injury_kind",
        "treatment",
        "care_days",
    ]
    initial = {name: getattr(visit, name) for name in fields}
    stays = (
        "stay"
        in KindRules.on(visit.kind, timezone.localdate(visit.ended_at or visit.started_at)).asks
    )
    for name in ("admitted_at", "ended_at"):
        moment = getattr(visit, name)
        # Where a visit is no stay its end is the moment of saving, which nobody typed.
        shown = moment is not None and (stays or name != "ended_at")
        initial[name] = timezone.localtime(moment) if shown else None
    initial["started_at"] = timezone.localtime(visit.started_at)
    died_at = died_at_of(visit)
    initial["died_at"] = timezone.localtime(died_at) if died_at else None
    vitals = visit.vitalsigns_rows.first()
    if vitals is not None:
        initial |= {name: getattr(vitals, name) for name in ASKED if name != "blood_pressure"}
        initial["glucose_timing"] = vitals.glucose_timing
        initial["consciousness"] = vitals.consciousness
        initial["bmi"] = number_text(bmi(vitals.weight, vitals.height))
        if vitals.systolic:
            initial["blood_pressure"] = f"{vitals.systolic}/{vitals.diastolic}"
        for name in vitals.confirmed:
            field = "blood_pressure" if name in {"systolic", "diastolic"} else name
            initial[f"sure_{field}"] = True
    return initial


# What most visits of a station end with: the result is not known yet, the person goes home.
ENDS_WITH = {"outcome": "7", "discharge": "1"}


def unsaid_of(visit: Visit) -> dict[str, str]:
    """Return what the form of a visit that is not finished proposes where nothing was said yet."""
    if visit.status != Visit.Status.IN_PROGRESS:
        return {}
    return {name: value for name, value in ENDS_WITH.items() if not getattr(visit, name)}


def rows_of(visit: Visit, *, blank: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a stored visit as the form shows them, with blank ones after them."""
    ranked = sorted(visit.diagnosis_rows.all(), key=lambda d: (d.rank != "main", d.position))
    diagnoses = [d for d in ranked if d.rank != "traditional"]
    traditional = [d for d in ranked if d.rank == "traditional"]
    medicines = visit.medication_rows.order_by("position")
    on = timezone.localdate(visit.ended_at or visit.started_at)
    names = ("name", "note", "as_needed", *(n for n in MedicineRow.AMOUNTS if n != "quantity"))
    return {
        "d": [{"text": f"{d.code} {d.title}", "sure": d.is_confirmed} for d in diagnoses]
        + [{}] * blank,
        "m": [
            {
                **{name: getattr(m, name) for name in names},
                "quantity": _said_quantity(m),
                "route": _said_route(m, on),
                "reason": (m.warnings or {}).get("reason", ""),
            }
            for m in medicines
        ]
        + [{}] * blank,
        "t": [{"text": f"{d.code} {d.title}"} for d in traditional] + [{}],
    }


def copied(visit: Visit) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return what a follow-up takes over: kind, case, reason, diagnoses, medicines; no measurement."""
    names = ("kind", "coverage", "reason", "advice")
    rows = rows_of(visit)
    for row in rows["d"]:
        row.pop("sure", None)
    for row in rows["m"]:  # who gives it again says why again
        row.pop("reason", None)
    return {name: getattr(visit, name) for name in names}, rows


def _said_quantity(medicine: Any) -> Any:
    """Leave out a quantity that doses and days make by themselves."""
    made = per_day(medicine) * (medicine.days or 0)
    return None if made and made == medicine.quantity else number_text(medicine.quantity)


def _said_route(medicine: Any, on: date) -> str:
    """Leave out the route that the name brings along from the list of the day."""
    usual = read_medicine(medicine.name, on=on).route
    return "" if medicine.route == usual else str(medicine.route)


def retyped(form: VisitForm, more: Mapping[str, int]) -> dict[str, Any]:
    """Return what was typed so far, with more rows: nothing is checked and nothing is lost."""
    data = form.data
    initial = {name: data.get(name, "") for name in form.fields}
    rows = {}
    for prefix, row in (("d", DiagnosisRow), ("m", MedicineRow), ("t", TraditionalRow)):
        total = min(int(data.get(f"{prefix}-TOTAL_FORMS") or 0), 40)
        rows[prefix] = [
            {name: data.get(f"{prefix}-{place}-{name}", "") for name in row.base_fields}
            for place in range(total)
        ] + [{}] * more.get(prefix, 0)
    return {"initial": initial, "rows": rows}


def key_of(data: Mapping[str, Any]) -> UUID | None:
    """Return the key of a form that was sent, or None."""
    try:
        return UUID(str(data.get("client_key", "")))
    except ValueError:
        return None
