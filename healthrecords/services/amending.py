"""Change a visit after its day or its signature: with a reason, and to be signed again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit, VisitAmendment, VisitSeal, VisitVersion
from healthrecords.services.access import require_access
from healthrecords.services.betraying import Words, words_on
from healthrecords.services.citizens import require_place
from healthrecords.services.later import settle_later
from healthrecords.services.seals import open_amendment_of
from healthrecords.snapshots import said_alike, snapshot_of

SHORTEST_REASON = 10


@transaction.atomic
def open_amendment(*, actor: Any, visit: Visit, reason: str, at: datetime) -> VisitAmendment:
    """Open a visit for changes, for a reason that stays with the version it leads to."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    require_place(actor, visit.facility)
    require_access(actor, visit.citizen, at)
    _require_amendable(visit)
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ValidationError(
            {
                "reason": ValidationError(
                    _(
                        "Write in a few words why it changes, like “wrong dose of Amlodipin typed”;"
                        " the reason stays with the record."
                    ),
                    code="amendment_without_reason",
                )
            }
        )
    return _open(visit, actor=actor, reason=reason, at=at)


def _require_amendable(visit: Visit) -> None:
    if visit.origin == Visit.Origin.FILE:
        raise ValidationError(
            _("This visit came from a file; correct it at its source and upload the file again."),
            code="visit_from_file",
        )
    if visit.status == Visit.Status.WITHDRAWN:
        raise ValidationError(_("This visit was withdrawn."), code="visit_withdrawn")
    if open_amendment_of(visit) is not None:
        raise ValidationError(
            _("An amendment of this visit is open already."), code="amendment_open"
        )


def _open(visit: Visit, *, actor: Any, reason: str, at: datetime, **said: Any) -> VisitAmendment:
    seal = (
        VisitSeal.objects.select_for_update(of=("self",))
        .select_related("version")
        .filter(visit=visit)
        .first()
    )
    amendment = VisitAmendment(
        visit=visit,
        based_on=seal.number if seal else 0,
        awaits_id=seal.version.signed_by_id if seal else None,
        reason=reason,
        opened_by=actor,
        opened_at=at,
        **said,
    )
    amendment.full_clean()
    amendment.save(force_insert=True)
    if seal is not None:
        seal.amendment = amendment
        seal.save(update_fields=["amendment"])
    return amendment


@transaction.atomic
def drop_amendment(*, actor: Any, visit: Visit, at: datetime) -> VisitAmendment:
    """Close an amendment that changed nothing; the signed version stays the current one."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    require_place(actor, visit.facility)
    require_access(actor, visit.citizen, at)
    amendment = open_amendment_of(visit)
    if amendment is None:
        raise ValidationError(_("No amendment of this visit is open."), code="amendment_none")
    if not unchanged(visit):
        raise ValidationError(
            _(
                "Something was changed under this amendment: sign the visit, or change it back first."
            ),
            code="amendment_changed",
        )
    return close_amendment(amendment, actor=actor, at=at, outcome=VisitAmendment.Outcome.DROPPED)


def unchanged(visit: Visit) -> bool:
    """Say whether a visit says what its signed version says; one never signed has nothing to keep."""
    seal = VisitSeal.objects.filter(visit=visit.pk).select_related("version").first()
    if seal is None:
        return True
    said = json.loads(seal.version.content)
    # What its signer could not see was not signed: it is no change of what was.
    now = snapshot_of(visit, sees_sensitive=not seal.has_protected_later, before=said)
    return said_alike(said, now, itself=True)


def close_amendment(
    amendment: VisitAmendment, *, actor: Any, at: datetime, outcome: str
) -> VisitAmendment:
    """Close an amendment; the caller has settled the visit, and moves the seal where it was signed."""
    amendment.closed_at, amendment.closed_by, amendment.outcome = at, actor, outcome
    amendment.save(update_fields=["closed_at", "closed_by", "outcome"])
    if outcome == VisitAmendment.Outcome.DROPPED:
        VisitSeal.objects.filter(visit=amendment.visit_id).update(amendment=None)
    return amendment


def amend_by_file(
    visits: Iterable[UUID], *, actor: Any, batch_id: UUID, name: str, at: datetime
) -> int:
    """Open an amendment on each of these visits that is signed, for a file that says it anew."""
    seals = list(
        VisitSeal.objects.select_for_update(of=("self",))
        .filter(visit__in=list(visits), amendment=None)
        .select_related("version")
    )
    amendments = [
        VisitAmendment(
            visit_id=seal.visit_id,
            based_on=seal.number,
            awaits_id=seal.version.signed_by_id,
            reason=str(_("The file “%(name)s” was sent with other values.")) % {"name": name},
            origin=VisitAmendment.Origin.FILE,
            batch_id=batch_id,
            opened_by=actor,
            opened_at=at,
        )
        for seal in seals
    ]
    VisitAmendment.objects.bulk_create(amendments)
    for seal, amendment in zip(seals, amendments, strict=True):
        seal.amendment = amendment
    VisitSeal.objects.bulk_update(seals, ["amendment"], batch_size=500)
    return len(seals)


def drop_unchanged_of(batch_id: UUID, *, actor: Any, at: datetime) -> int:
    """Close the amendments a file opened, where its undoing gave back what was signed."""
    dropped, settled = 0, []
    rows = VisitAmendment.objects.open().filter(batch_id=batch_id).select_related("visit")
    for amendment in rows:
        if unchanged(amendment.visit):
            close_amendment(amendment, actor=actor, at=at, outcome=VisitAmendment.Outcome.DROPPED)
            dropped += 1
            settled.append(amendment.visit_id)
    settle_later(settled)
    return dropped


def reason_told(reason: str, visit: Visit, words: Words | None, *, before: str | None) -> str:
    """Return why a visit was amended as it may be told, "" where it may not.

    It is as protected as its own words, the visit, and the version it amended (class ``before``):
    “thêm chẩn đoán HIV” stands at an open visit until the diagnosis does. No ``words`` means a reader
    with the right to see protected rows.
    """
    if words is None:
        return reason
    return "" if visit.sensitivity or before else words.openly(reason)


def hushed(amendment: VisitAmendment, visit: Visit, words: Words | None) -> VisitAmendment:
    """Return an amendment read ``with_class_before`` as it may be shown; it is not to be saved."""
    before: str | None = amendment.before  # type: ignore[attr-defined]
    amendment.reason = reason_told(amendment.reason, visit, words, before=before)
    return amendment


def words_for(*, sees_sensitive: bool, at: datetime) -> Words | None:
    """Return what betrays today to a reader without the right; None where nothing is hidden."""
    return None if sees_sensitive else words_on(timezone.localdate(at))


def amendment_shown(visit: Visit, *, sees_sensitive: bool, at: datetime) -> VisitAmendment | None:
    """Return the open amendment of a visit as a reader may see it."""
    rows = VisitAmendment.objects.open().with_class_before()
    amendment = rows.filter(visit=visit.pk).select_related("awaits").first()
    if amendment is None:
        return None
    return hushed(amendment, visit, words_for(sees_sensitive=sees_sensitive, at=at))


def versions_of(visit: Visit) -> list[VisitVersion]:
    """Return the signed versions of a visit, the newest first."""
    rows = VisitVersion.objects.filter(visit=visit.pk).select_related(
        "signature__certificate", "practitioner"
    )
    return list(rows.order_by("-number"))
