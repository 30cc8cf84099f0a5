"""Keep which source said what of a profile's fields, and who verified it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from practitioners.models import (
    Practitioner,
    ProfileSource,
    ProfileSubmission,
    SubmissionItem,
)

LONGEST = 2000
Source = ProfileSource.Source


def note_profile(
    practitioner: Practitioner,
    submission: ProfileSubmission,
    items: Iterable[SubmissionItem],
    rows: Mapping[str, UUID | None],
    *,
    by: Any,
    at: datetime,
) -> None:
    """Keep the words of a verified profile: the facility's, or compared with a paper that was sent."""
    proven = {key for paper in submission.evidence.all() for key in paper.proves}
    ProfileSource.objects.bulk_create(
        ProfileSource(
            practitioner=practitioner,
            field=name,
            row_id=rows.get(item.key),
            value=value[:LONGEST],
            source=Source.PAPER if item.key in proven else Source.FACILITY,
            said_at=submission.submitted_at,
            said_by_id=submission.submitted_by_id,
            organisation=submission.facility,
            submission=submission,
            verified_by=by,
            verified_at=at,
        )
        for item in items
        for name, value in item.submitted.items()
    )


def note_words(
    practitioner: Practitioner,
    said: Mapping[str, str],
    *,
    source: str,
    by: Any,
    at: datetime,
    row_id: UUID | None = None,
    is_verified: bool = False,
) -> None:
    """Keep what a source said of these fields; one that decides verifies by saying."""
    ProfileSource.objects.bulk_create(
        ProfileSource(
            practitioner=practitioner,
            field=name,
            row_id=row_id,
            value=value[:LONGEST],
            source=source,
            said_at=at,
            said_by=by,
            verified_by=by if is_verified else None,
            verified_at=at if is_verified else None,
        )
        for name, value in said.items()
    )
