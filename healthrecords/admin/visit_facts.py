"""What a page tells of a visit: its own facts in words, what was measured, diagnoses, medicines."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from healthrecords.forms.visit import VisitForm
from healthrecords.models import Visit
from healthrecords.services.diagnoses import LIST, unlimited
from healthrecords.services.hushing import Hush
from healthrecords.services.queue import PRIORITIES
from healthrecords.services.substances import unchecked
from healthrecords.services.vitals import bmi, shown
from portal.codelists.lookup import outdated_on, titles_on

LISTS = {**VisitForm.LISTS, "priority": PRIORITIES}


def facts_of(visit: Visit, on: date, *, sees_sensitive: bool) -> dict[str, Any]:
    """Return what the facts, vital signs, diagnoses and medicines of a visit are drawn from.

    A code that the lists of its day do not know is read as it stands: it is said all the same.
    """
    vitals = visit.vitalsigns_rows.select_related("confirmed_by").first()
    diagnoses = list(visit.diagnosis_rows.order_by("rank", "position"))
    medicines = _medicines(visit, Hush(sees_sensitive=sees_sensitive))
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


def _medicines(visit: Visit, hush: Hush) -> list[Any]:
    """Return the medicines with what name and sentence of use leave out: a signer signs that, too."""
    rows: list[Any] = list(visit.medication_rows.order_by("position"))
    for row in rows:
        row.warnings = hush.warnings(row.warnings) if row.warnings else None
        row.strength_told = "" if _holds(row.name, row.strength) else row.strength
        texts = (text for text in (row.route, row.note) if not _holds(row.instruction, text))
        row.more = "; ".join(filter(None, (_quantity(row), *texts)))
    return rows


def _quantity(row: Any) -> str:
    """Return the quantity, "" where the sentence of use ends with it."""
    if row.quantity is None:
        return ""
    amount = f"{shown(row.quantity)} {row.unit}".rstrip()
    if f": {row.instruction}".removesuffix(".").endswith(f": {amount}"):
        return ""
    return f"{capfirst(_('quantity'))}: {amount}"


def _holds(text: str, words: str) -> bool:
    """Say whether a text holds these words as a whole: “15 mg” does not hold “5 mg”."""
    return bool(re.search(rf"(?<![\w.,]){re.escape(words)}(?!\w)", text, re.IGNORECASE))
