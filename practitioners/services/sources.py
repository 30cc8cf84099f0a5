"""Keep which source said what of a profile's fields, and who verified it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.attachments.models import StoredFile
from portal.database.keys import uuid7
from practitioners.models import (
    Practitioner,
    ProfileSource,
    ProfileSubmission,
    SubmissionItem,
)
from practitioners.words import KEPT_AS, columns_of, word_of

LONGEST = 2000
Source = ProfileSource.Source
VERIFYING = frozenset({Source.PAPER, Source.DECISION})


def note_profile(
    practitioner: Practitioner,
    submission: ProfileSubmission,
    items: Iterable[SubmissionItem],
    rows: Mapping[str, UUID | None],
    *,
    by: Any,
    at: datetime,
) -> None:
    """Keep the words of a verified profile: who sent it said them, or they were compared with a paper."""
    proven = {key for paper in submission.evidence.all() for key in paper.proves}
    is_own = practitioner.accounts.filter(user=submission.submitted_by_id).exists()
    sender = Source.PRACTITIONER if is_own else Source.FACILITY
    ProfileSource.objects.bulk_create(
        ProfileSource(
            practitioner=practitioner,
            field=KEPT_AS.get(name, name),
            row_id=rows.get(item.key),
            value=value[:LONGEST],
            source=Source.PAPER if item.key in proven else sender,
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


def note_row(row: Any, *, source: str, by: Any, at: datetime, only: Sequence[str] = ()) -> None:
    """Keep where the values of a row come from, now that they were written; ``only`` names columns.

    An official who compared them with a paper, or decided them, verifies by writing.
    """
    said = {
        field: word_of(row, column)
        for column, field in columns_of(row).items()
        if not only or column in only
    }
    said = {field: value for field, value in said.items() if value}
    if not said:
        return
    is_person = isinstance(row, Practitioner)
    note_words(
        row if is_person else getattr(row, "registration", row).practitioner,
        said,
        source=source,
        by=by,
        at=at,
        row_id=None if is_person else row.pk,
        is_verified=by is not None and source in VERIFYING,
    )


def carry_words(pairs: Iterable[tuple[Any, Any]], only: Sequence[str] = ()) -> None:
    """Let what was said of a row be said of the one that follows it, where that says the same.

    ``only`` names fields.
    Who said it and who verified it stay as they were: a copy of a value is no new word on it.
    """
    followed = {former.pk: new for former, new in pairs}
    if not followed:
        return
    latest: dict[tuple[Any, str], ProfileSource] = {}
    words = ProfileSource.objects.filter(row_id__in=followed)
    words = words.filter(field__in=only) if only else words
    for word in words.order_by("said_at", "id"):
        latest[word.row_id, word.field] = word
    copies = []
    for (former, field), word in latest.items():
        new = followed[former]
        column = next((name for name, kept in columns_of(new).items() if kept == field), None)
        if column is None:  # of techniques a profile speaks at a registration; they have their rows
            continue
        if word.value == word_of(new, column)[:LONGEST]:
            word.pk, word.row_id = uuid7(), new.pk
            word._state.adding = True
            copies.append(word)
    ProfileSource.objects.bulk_create(copies)


def attach_paper(*, row: Any, paper: StoredFile, at: datetime) -> None:
    """Keep the copy of the paper beside every word that was read off it at this moment."""
    ProfileSource.objects.filter(row_id=row.pk, said_at=at).update(paper=paper)


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
