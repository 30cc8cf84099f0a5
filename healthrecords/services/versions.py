"""Has somebody else changed a visit since it was read?"""

import json
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit


class SavedByAnotherError(ValidationError):
    """Somebody else saved the visit after it was read."""


def version_of(visit: Visit) -> str:
    """Return a mark of all that a visit says, its parts included: the same words, the same mark."""
    parts: list[list[dict[str, Any]]] = []
    for rows in (visit.diagnosis_rows, visit.medication_rows, visit.vitalsigns_rows):
        values = [{k: v for k, v in row.items() if k != "id"} for row in rows.values()]
        parts.append(sorted(values, key=_written))
    itself = Visit.objects.filter(pk=visit.pk).values().get()
    return sha256(_written([itself, parts]).encode()).hexdigest()[:32]


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
