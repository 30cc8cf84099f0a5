"""Ask an applicant for what is missing, in writing and all at once; take the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.dossiers.models import Dossier, DossierDocument, Supplement, SupplementItem
from portal.dossiers.services import ticking
from portal.dossiers.services.moving import locked, move, require_deed, save
from portal.dossiers.services.uploading import attach
from portal.dossiers.states import Deed

State = DossierDocument.State


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked: a document of the dossier, or another one by its title, and why."""

    why: str
    code: str = ""
    title: str = ""


@transaction.atomic
def ask_supplement(
    *, actor: Any, dossier: Dossier, asked: Sequence[Asked], at: datetime
) -> Dossier:
    """Ask for a supplement; the clock stands from today, which still counts."""
    if not asked:
        raise ValidationError(
            _("Mark at least one document and write what is missing or wrong."),
            code="nothing_asked",
        )
    if dossier.opened_by == Dossier.OpenedBy.AUTHORITY:
        raise ValidationError(
            _("The authority opened %(number)s itself: no applicant can hand in a supplement."),
            code="nobody_to_ask",
            params={"number": dossier.receipt_number},
        )
    was_complete = False

    def change(row: Dossier, on: date) -> None:
        nonlocal was_complete
        was_complete = row.clock != Dossier.Clock.WAITING
        row.assigned_to = row.assigned_to or actor
        ticking.stop(row, on)

    note = "; ".join(one.why.strip() for one in asked)
    row = move(actor=actor, dossier=dossier, deed=Deed.ASK, at=at, change=change, note=note)
    supplement = Supplement(
        dossier=row,
        number=row.supplements.count() + 1,
        asked_at=at,
        asked_by=actor,
        was_complete=was_complete,
    )
    supplement.full_clean()
    supplement.save(force_insert=True)
    for one in asked:
        item = SupplementItem(
            supplement=supplement, document=_document(row, one), why=one.why.strip()
        )
        item.full_clean()
        item.save(force_insert=True)
    return row


def _document(dossier: Dossier, asked: Asked) -> DossierDocument:
    if asked.code:
        document = dossier.documents.get(code=asked.code)
        document.state, document.because = State.REQUIRED, ""
        document.save(update_fields=["state", "because"])
        return document
    count = dossier.documents.count()
    return DossierDocument.objects.create(
        dossier=dossier,
        code=f"more-{count + 1}",
        title=asked.title.strip(),
        state=State.REQUIRED,
        position=count,
    )


def open_supplement(dossier: Dossier) -> Supplement | None:
    """Return the request that waits for its answer."""
    return dossier.supplements.filter(answered_at=None, gone_on_at=None).first()


@transaction.atomic
def answer(
    *, dossier: Dossier, text: str, client_key: Any, at: datetime, name: str = ""
) -> Dossier:
    """Take the applicant's answer: the clock runs on from tomorrow with what was left.

    What was asked before the clock began goes back to the check of completeness.
    """
    row = locked(dossier.pk)
    require_deed(row, Deed.ANSWER)
    supplement = Supplement.objects.select_for_update().get(
        dossier=row, answered_at=None, gone_on_at=None
    )
    files = attach(dossier=row, client_key=client_key, supplement=supplement)
    if not files and not text.strip():
        raise ValidationError(
            _("Add a file, or write what you have to say to what was asked."), code="answer_empty"
        )
    supplement.answered_at, supplement.answer = at, text.strip()
    supplement.save(update_fields=["answered_at", "answer"])
    before, on = (row.state, row.due_on), timezone.localdate(at)
    if supplement.was_complete:
        row.state = Dossier.State.APPRAISAL
        ticking.resume(row, on)
    else:
        row.state = Dossier.State.RECEIVED
        ticking.await_completeness(row, on)
    save(row)
    said = name or row.submitter_name or row.applicant_name
    ticking.step(row, Deed.ANSWER, actor=None, at=at, note=text.strip(), name=said, before=before)
    return row


@transaction.atomic
def go_on(*, actor: Any, dossier: Dossier, reason: str, at: datetime) -> Dossier:
    """Go on without the supplement; the clock runs on, or begins where it had not begun."""

    def change(row: Dossier, on: date) -> None:
        Supplement.objects.filter(dossier=row, answered_at=None, gone_on_at=None).update(
            gone_on_at=at
        )
        if row.clock == Dossier.Clock.WAITING:
            row.complete_on = on
            ticking.start(row, on)
        else:
            ticking.resume(row, on)

    return move(actor=actor, dossier=dossier, deed=Deed.GO_ON, at=at, change=change, note=reason)
