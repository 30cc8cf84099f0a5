"""Has somebody else changed a visit or a record since it was read?"""

import json
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Visit

# What the administrative form shows, and so what two people can overwrite each other.
MENDED = (
    "name",
    "birth_date",
    "birth_precision",
    "birth_time",
    "birth_is_estimated",
    "standing",
    "blood_group",
    "rhesus",
    "sex",
    "ethnic_group",
    "occupation",
    "nationality",
    "phone",
    "address",
    "area",
)
# The rows beside the record that the same form shows: insurance, second address, who stands for it.
BESIDE = {
    "coverages": ("number", "registered_at_id", "valid_from", "valid_until", "withdrawn_on"),
    "addresses": ("kind", "text", "area_id", "valid_from", "valid_until"),
    "relatives": ("relation", "name", "number", "phone", "represents", "until"),
}


class SavedByAnotherError(ValidationError):
    """Somebody else saved the visit or the record after it was read."""


def version_of(visit: Visit) -> str:
    """Return a mark of all that a visit says, its parts included: the same words, the same mark."""
    parts: list[list[dict[str, Any]]] = []
    for rows in (visit.diagnosis_rows, visit.medication_rows, visit.vitalsigns_rows):
        values = [{k: v for k, v in row.items() if k != "id"} for row in rows.values()]
        parts.append(sorted(values, key=_written))
    itself = Visit.objects.filter(pk=visit.pk).values().get()
    return _mark([itself, parts])


def version_of_citizen(citizen: Citizen) -> str:
    """Return a mark of the administrative part of a record, the numbers in force and the rows beside it included."""
    itself = Citizen.objects.filter(pk=citizen.pk).values(*MENDED).get()
    numbers = citizen.identifiers.filter(ended_on=None).values_list("kind", "value")
    beside = [
        sorted((list(row) for row in getattr(citizen, rows).values_list(*names)), key=_written)
        for rows, names in BESIDE.items()
    ]
    return _mark([itself, sorted(numbers), beside])


def _mark(value: Any) -> str:
    return sha256(_written(value).encode()).hexdigest()[:32]


def _written(value: Any) -> str:
    return json.dumps(value, default=str, sort_keys=True)


def require_version(visit: Visit, version: str) -> None:
    """Refuse to overwrite what was saved after ``version`` was read."""
    if version_of(visit) != version:
        raise SavedByAnotherError(
            _(
                "Somebody else saved this visit after you opened it. Compare the marked places;"
                " saving again keeps what stands here."
            ),
            code="saved_by_another",
        )


def require_citizen_version(citizen: Citizen, version: str) -> None:
    """Refuse to overwrite what was saved of a record after ``version`` was read."""
    if version_of_citizen(citizen) != version:
        raise SavedByAnotherError(
            _(
                "Somebody else saved this record after you opened it. Compare the marked places;"
                " saving again keeps what stands here."
            ),
            code="saved_by_another",
        )
