"""What the desk reads along with a profile, in the same query: its items, checks and papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from practitioners.models import Evidence, SubmissionCheck, SubmissionItem
from practitioners.whole import made_of

if TYPE_CHECKING:
    from practitioners.models import ProfileSubmission

ORDERED = {
    SubmissionItem: ("position", "id"),
    SubmissionCheck: ("item_key", "code", "id"),
    Evidence: ("uploaded_at", "id"),
}


def beside() -> dict[str, ArraySubquery]:
    """Return what to annotate a profile with, so that its items, checks and papers come along."""
    return {
        "read_items": _rows(SubmissionItem),
        "read_checks": _rows(SubmissionCheck),
        "read_evidence": _rows(Evidence),
    }


def items_of(submission: ProfileSubmission) -> list[SubmissionItem]:
    """Return the items that were read along with a profile."""
    return [made_of(SubmissionItem, said) for said in submission.read_items]  # type: ignore[attr-defined]


def checks_of(submission: ProfileSubmission) -> list[SubmissionCheck]:
    """Return the checks that were read along with a profile."""
    return [made_of(SubmissionCheck, said) for said in submission.read_checks]  # type: ignore[attr-defined]


def evidence_of(submission: ProfileSubmission) -> list[Evidence]:
    """Return the copies of papers that were read along with a profile."""
    return [made_of(Evidence, said) for said in submission.read_evidence]  # type: ignore[attr-defined]


def _rows(model: Any) -> ArraySubquery:
    columns = {str(field.column): field.attname for field in model._meta.concrete_fields}
    rows = model.objects.filter(submission=OuterRef("pk")).order_by(*ORDERED[model])
    return ArraySubquery(rows.values(said=JSONObject(**columns)))
