"""Keep the minutes of an appraisal: who looked when, what was found, what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.database.keys import uuid7
from portal.dossiers.models import Dossier, DossierDocument
from portal.dossiers.services import ticking
from portal.dossiers.services.moving import Change, locked, move
from portal.dossiers.services.uploading import attach, keep_file
from portal.dossiers.states import Deed, State


class Conclusion(models.TextChoices):
    """What an appraisal found."""

    MET = "met", pgettext_lazy("appraisal", "meets the conditions")
    PARTLY = "partly", pgettext_lazy("appraisal", "meets them once something is put right")
    NOT_MET = "not_met", pgettext_lazy("appraisal", "does not meet the conditions")


# After these nothing is left to look at: the term to decide begins, where the law gives one.
FINAL = frozenset({Conclusion.MET, Conclusion.NOT_MET})


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one appraisal as they are on paper."""

    held_on: date
    by: str
    conclusion: str
    found: str
    content: bytes
    name: str


@transaction.atomic
def keep_minutes(*, actor: Any, dossier: Dossier, minutes: Minutes, at: datetime) -> Dossier:
    """Add the signed minutes to a dossier under appraisal; they stand in its course and its papers."""
    row = locked(dossier.pk)
    _require_possible(row, minutes, timezone.localdate(at))
    count = row.documents.count()
    said = {"day": f"{minutes.held_on:%d/%m/%Y}", "by": minutes.by.strip()}
    document = DossierDocument(
        dossier=row,
        code=f"appraisal-{count + 1}",
        title=_("Minutes of the appraisal of %(day)s") % said,
        state=DossierDocument.State.REQUIRED,
        position=count,
    )
    document.full_clean()
    document.save(force_insert=True)
    key = uuid7()
    keep_file(
        client_key=key, document_code=document.code, content=minutes.content,
        name=minutes.name, at=at,
    )  # fmt: skip
    attach(dossier=row, client_key=key)
    said["conclusion"] = str(Conclusion(minutes.conclusion).label)
    note = _("Appraised on %(day)s by %(by)s: %(conclusion)s.") % said
    text = f"{note} {minutes.found.strip()}".strip()
    change = _decides_from(minutes) if minutes.conclusion in FINAL else None
    return move(actor=actor, dossier=row, deed=Deed.NOTE, at=at, change=change, note=text)


def _decides_from(minutes: Minutes) -> Change:
    def change(row: Dossier, on: date) -> None:
        ticking.begin_to_decide(row, minutes.held_on)

    return change


def _require_possible(dossier: Dossier, minutes: Minutes, today: date) -> None:
    if dossier.state != State.APPRAISAL:
        raise ValidationError(
            gettext_lazy(
                "Minutes are kept while the dossier is under appraisal; it is: %(state)s."
            ),
            code="deed_not_now",
            params={"state": dossier.get_state_display()},
        )
    if not dossier.filed_on <= minutes.held_on <= today:
        message = gettext_lazy("An appraisal lies between the filing (%(filed)s) and today.")
        said = {"filed": f"{dossier.filed_on:%d/%m/%Y}"}
        error = ValidationError(message, code="appraisal_day", params=said)
        raise ValidationError({"held_on": error})
