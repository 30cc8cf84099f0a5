"""The way of a dossier through an authority: checked, appraised, put up for signature, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.dossiers import acts
from portal.dossiers.models import Dossier, DossierDocument
from portal.dossiers.querysets import HANDLES
from portal.dossiers.services import ticking
from portal.dossiers.states import Deed, allows
from portal.dossiers.terms import calendar_of
from portal.scope import scope_of

Change = Callable[[Dossier, date], None]


def handles(actor: Any, dossier: Dossier) -> bool:
    """Say whether somebody deals with dossiers of this kind at its authority."""
    return dossier.authority_id in scope_of(actor, HANDLES[dossier.subject_kind])


def require_handler(actor: Any, dossier: Dossier) -> None:
    """Refuse whoever does not deal with dossiers of this kind at its authority."""
    if not handles(actor, dossier):
        raise PermissionDenied(
            _("Dossiers of %(place)s are dealt with by its licensing officers.")
            % {"place": dossier.authority.name}
        )


def require_other(actor: Any, dossier: Dossier) -> None:
    """Refuse whom a dossier is about, and who handed it in: nobody decides on their own matter."""
    act = acts.act_of(dossier.procedure)
    is_own = act is not None and act.is_about(actor, dossier)
    # What the authority itself opened nobody handed in: a namesake of the licensee may deal with it.
    handed_in = dossier.submitter_name
    if not handed_in and dossier.opened_by == Dossier.OpenedBy.APPLICANT:
        handed_in = dossier.applicant_name
    if is_own or (handed_in and _plain(actor.full_name) == _plain(handed_in)):
        raise ValidationError(
            _(
                "Dossier %(number)s is about %(name)s or was handed in by them; nobody deals with their"
                " own. Hand it to a colleague."
            ),
            code="dossier_own",
            params={"number": dossier.receipt_number, "name": actor.full_name},
        )


def _plain(name: str) -> str:
    return " ".join(normalize("NFC", name).split()).casefold()


def locked(dossier_id: UUID) -> Dossier:
    """Lock a dossier: two officials may hold it open at once."""
    rows = Dossier.objects.select_for_update(of=("self",))
    found: Dossier = rows.select_related("authority", "assigned_to").get(pk=dossier_id)
    return found


def require_deed(dossier: Dossier, deed: Deed) -> None:
    """Refuse a deed that the dossier's state does not allow."""
    if not allows(dossier.state, deed):
        raise ValidationError(
            _("“%(deed)s” cannot be done to dossier %(number)s, it is: %(state)s. Load it again."),
            code="deed_not_now",
            params={
                "deed": deed.label,
                "number": dossier.receipt_number,
                "state": dossier.get_state_display(),
            },
        )


def save(dossier: Dossier) -> None:
    """Check a dossier against its rules and store it."""
    dossier.full_clean(exclude=["name_norm"])
    dossier.save()


@transaction.atomic
def move(
    *,
    actor: Any,
    dossier: Dossier,
    deed: Deed,
    at: datetime,
    change: Change | None = None,
    note: str = "",
) -> Dossier:
    """Do one deed for an official: lock, ask, change, store, write the step down."""
    row = locked(dossier.pk)
    require_handler(actor, row)
    if deed != Deed.TAKE:  # one's own is handed to a colleague
        require_other(actor, row)
    require_deed(row, deed)
    before = (row.state, row.due_on)
    row.state = ticking.goes_to(row, deed)
    if change is not None:
        change(row, timezone.localdate(at))
    save(row)
    ticking.step(row, deed, actor=actor, at=at, note=note.strip(), before=before)
    return row


@transaction.atomic
def accept(*, actor: Any, dossier: Dossier, at: datetime, note: str = "") -> Dossier:
    """Find a dossier complete: its clock runs since the day the last document came in.

    An official who looks late does not win days: the clock starts with the papers, not with the look.
    """

    def change(row: Dossier, on: date) -> None:
        missing = missing_documents(row)
        if missing:
            raise ValidationError(
                _("Still missing: %(documents)s. Ask for them as a supplement."),
                code="documents_missing",
                params={"documents": ", ".join(missing)},
            )
        row.complete_on = min(last_paper_on(row), on)
        row.assigned_to = row.assigned_to or actor
        ticking.start(row, row.complete_on)

    return move(actor=actor, dossier=dossier, deed=Deed.ACCEPT, at=at, change=change, note=note)


def last_paper_on(dossier: Dossier) -> date:
    """Return the day the last document came in: the filing, or the last supplement."""
    answered = dossier.supplements.aggregate(last=Max("answered_at"))["last"]
    return max(dossier.filed_on, timezone.localdate(answered)) if answered else dossier.filed_on


def missing_documents(dossier: Dossier) -> list[str]:
    """Return the documents that are still required; of a group one is enough."""
    rows = list(dossier.documents.all())
    given = {
        row.group
        for row in rows
        if row.group and row.state in {DossierDocument.State.PROVIDED, DossierDocument.State.WAIVED}
    }
    return [
        row.title
        for row in rows
        if row.state == DossierDocument.State.REQUIRED and row.group not in given - {""}
    ]


def appraise(*, actor: Any, dossier: Dossier, at: datetime, note: str = "") -> Dossier:
    """Take a complete dossier into appraisal."""
    return move(actor=actor, dossier=dossier, deed=Deed.APPRAISE, at=at, note=note)


def send_for_verification(*, actor: Any, dossier: Dossier, at: datetime, note: str) -> Dossier:
    """Wait for the verification of foreign papers; the clock stands."""
    _require_note(note)
    return move(
        actor=actor, dossier=dossier, deed=Deed.VERIFY, at=at, change=ticking.stop, note=note
    )


def verification_came(*, actor: Any, dossier: Dossier, at: datetime, note: str) -> Dossier:
    """Go on with the result: the whole term anew where the law counts from it, else what was left."""
    _require_note(note)

    def change(row: Dossier, on: date) -> None:
        if row.term_from == Dossier.CountedFrom.VERIFICATION:
            ticking.start(row, on)
        else:
            ticking.resume(row, on)

    return move(actor=actor, dossier=dossier, deed=Deed.VERIFIED, at=at, change=change, note=note)


@transaction.atomic
def propose(
    *, actor: Any, dossier: Dossier, proposal: str, reason: str = "", at: datetime
) -> Dossier:
    """Put a dossier up for signature: to grant it with all its papers, or to refuse it with the reason."""

    def change(row: Dossier, on: date) -> None:
        missing = missing_documents(row) if proposal == Dossier.Proposal.GRANT else []
        if missing:
            raise ValidationError(
                _(
                    "Still missing: %(documents)s. Without them this cannot be put up to be granted:"
                    " ask for each, or note why it is not needed."
                ),
                code="documents_missing",
                params={"documents": ", ".join(missing)},
            )
        row.proposal, row.proposal_reason = proposal, reason.strip()
        row.proposed_by = actor
        ticking.begin_to_decide(row, on)  # whoever proposes has appraised, with minutes here or not

    return move(actor=actor, dossier=dossier, deed=Deed.PROPOSE, at=at, change=change, note=reason)


@transaction.atomic
def send_back(*, actor: Any, dossier: Dossier, reason: str, at: datetime) -> Dossier:
    """Send a dossier from signature back to appraisal; whoever may sign says why."""
    _require_note(reason)
    row = locked(dossier.pk)
    if row.authority_id not in scope_of(actor, "decide_licenses"):
        raise PermissionDenied(_("Only whoever may sign for the authority sends a dossier back."))
    require_other(actor, row)
    require_deed(row, Deed.SEND_BACK)
    before = (row.state, row.due_on)
    row.state = ticking.goes_to(row, Deed.SEND_BACK)
    row.proposal, row.proposal_reason, row.proposed_by = "", "", None
    save(row)
    ticking.step(row, Deed.SEND_BACK, actor=actor, at=at, note=reason.strip(), before=before)
    return row


def hand_to(
    *, actor: Any, dossier: Dossier, official: Any, at: datetime, note: str = ""
) -> Dossier:
    """Hand a dossier to an official of the authority, oneself included."""
    if not handles(official, dossier):
        raise ValidationError(
            _("%(name)s does not deal with dossiers of %(place)s; choose somebody who does."),
            code="official_elsewhere",
            params={"name": official.full_name, "place": dossier.authority.name},
        )
    require_other(official, dossier)

    def change(row: Dossier, on: date) -> None:
        row.assigned_to = official

    return move(actor=actor, dossier=dossier, deed=Deed.TAKE, at=at, change=change, note=note)


def note_down(*, actor: Any, dossier: Dossier, note: str, at: datetime) -> Dossier:
    """Write a note into the course of a dossier; nothing else changes."""
    _require_note(note)
    return move(actor=actor, dossier=dossier, deed=Deed.NOTE, at=at, note=note)


@transaction.atomic
def withdraw(
    *, dossier: Dossier, reason: str, at: datetime, actor: Any = None, name: str = ""
) -> Dossier:
    """End a dossier at the applicant's wish: by the applicant, or by an official who was asked."""
    _require_note(reason)
    row = locked(dossier.pk)
    if actor is not None:
        require_handler(actor, row)
        require_other(actor, row)
    require_deed(row, Deed.WITHDRAW)
    before = (row.state, row.due_on)
    row.state = Dossier.State.WITHDRAWN
    ticking.end(row, timezone.localdate(at))
    save(row)
    said = name or ("" if actor else row.applicant_name)
    ticking.step(
        row, Deed.WITHDRAW, actor=actor, at=at, note=reason.strip(), name=said, before=before
    )
    act = acts.act_of(row.procedure)
    if act is not None:
        act.closed(row, actor=actor, at=at)
    return row


@transaction.atomic
def waive(*, actor: Any, dossier: Dossier, code: str, because: str, at: datetime) -> Dossier:
    """Note that a document is not needed: an official saw the original, or the register knows it."""
    _require_note(because)
    note = _("%(document)s: %(why)s")
    document = dossier.documents.select_for_update().get(code=code)
    document.state, document.because = DossierDocument.State.WAIVED, because.strip()[:300]
    document.full_clean()
    document.save(update_fields=["state", "because"])
    said = note % {"document": document.title, "why": because.strip()}
    return move(actor=actor, dossier=dossier, deed=Deed.NOTE, at=at, note=str(said))


def _require_note(note: str) -> None:
    if not note.strip():
        raise ValidationError(
            _("Write the reason; it stays with the dossier."), code="reason_missing"
        )


@transaction.atomic
def recount(*, dossier: Dossier, at: datetime) -> bool:
    """Count the last day anew after the table of holidays changed; say whether it moved."""
    row = locked(dossier.pk)
    clock = ticking.clock_of(row)
    if clock is None or not clock.is_running or not row.is_open:
        return False
    due = clock.due(calendar_of(clock.term, clock.since, clock.since))
    if due == row.due_on:
        return False
    before = (row.state, row.due_on)
    row.due_on = due
    save(row)
    ticking.step(row, Deed.RECOUNT, actor=None, at=at, before=before)
    return True
