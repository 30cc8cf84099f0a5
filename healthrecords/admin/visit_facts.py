"""What a page tells of a visit: its own facts in words, what was measured, diagnoses, medicines."""

from __future__ import annotations

from datetime import date
from typing import Any

from healthrecords.forms.visit import VisitForm
from healthrecords.models import Visit
from healthrecords.services.diagnoses import LIST, unlimited
from healthrecords.services.hushing import Hush
from healthrecords.services.queue import PRIORITIES
from healthrecords.services.substances import unchecked
from healthrecords.services.vitals import bmi
from portal.codelists.lookup import outdated_on, titles_on

LISTS = {**VisitForm.LISTS, "priority": PRIORITIES}


def facts_of(visit: Visit, on: date, *, sees_sensitive: bool) -> dict[str, Any]:
    """Return what the facts, vital signs, diagnoses and medicines of a visit are drawn from.

    A code that the lists of its day do not know is read as it stands: it is said all the same.
    """
    vitals = visit.vitalsigns_rows.select_related("confirmed_by").first()
    diagnoses = list(visit.diagnosis_rows.order_by("rank", "position"))
    medicines = list(visit.medication_rows.order_by("position"))
    hush = Hush(sees_sensitive=sees_sensitive)
    for row in medicines:
        row.warnings = hush.warnings(row.warnings) if row.warnings else None
    codes = {name: getattr(visit, name) for name in LISTS}
    return {
        "visit": visit,
        "names": {name: titles_on(LISTS[name], on).get(code, code) for name, code in codes.items()},
        "vitals": vitals,
        "bmi": bmi(vitals.weight, vitals.height) if vitals else None,
        "diagnoses": diagnoses,
        "unlimited": unlimited(diagnoses, on),
        "outdated": outdated_on(LIST, on),
        "medicines": medicines,
        "unchecked": unchecked(medicines, on),
    }
