"""Whose are the sendings: which of them may a user see, confirm, see protected rows of?"""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.intake.declaration import Kind, kind_of, kinds
from portal.intake.models import Batch, StagedRow
from portal.intake.models.batch import BatchQuerySet
from portal.scope import Scope, scope_of


def places_to_send(user: User, kind: Kind) -> Scope:
    """Return the places this user sends files of a kind for."""
    return _both(scope_of(user, kind.upload), _seen(user, kind))


def _seen(user: User, kind: Kind) -> Scope:
    return scope_of(user, kind.sees) if kind.sees else Scope(everything=True)


def _both(one: Scope, other: Scope) -> Scope:
    if one.everything or other.everything:
        return other if one.everything else one
    return Scope(one.ids & other.ids)


def kinds_to_send(user: User) -> list[Kind]:
    """Return the kinds of file this user may send for some place."""
    return [kind for kind in kinds() if places_to_send(user, kind)]


def batches_of(user: User) -> BatchQuerySet:
    """Return the sendings of the places this user sends for, each kind where its own right holds."""
    by_scope: dict[Scope, list[str]] = {}
    for kind in kinds():
        by_scope.setdefault(places_to_send(user, kind), []).append(kind.id)
    found = Q(pk__in=())
    for scope, ids in by_scope.items():
        if scope.everything:
            found |= Q(kind__in=ids)
        elif scope.ids:
            found |= Q(kind__in=ids, organisation__in=scope.ids)
    return Batch.objects.filter(found)


def batch_of(user: User, batch_id: UUID) -> Batch:
    """Return a sending in scope; any other does not exist."""
    rows = batches_of(user).select_related("file", "organisation", "sent_by", "confirmed_by")
    batch = rows.filter(pk=batch_id).first()
    if batch is None:
        raise Http404(_("There is no such sending."))
    return batch


def may_confirm(user: User, batch: Batch) -> bool:
    """Say whether the user may confirm and cancel this sending."""
    kind = kind_of(batch.kind)
    return batch.organisation_id in _both(scope_of(user, kind.confirm), _seen(user, kind))


def may_read_anew(user: User, batch: Batch) -> bool:
    """Say whether the user may have this sending read once more.

    Reading anew forgets what somebody decided about its rows: then only who may confirm does it;
    else its sender does too, while the kind's own right to send lasts.
    """
    if may_confirm(user, batch):
        return True
    is_own = batch.sent_by_id == user.pk
    may_send = batch.organisation_id in places_to_send(user, kind_of(batch.kind))
    return (
        is_own
        and may_send
        and not StagedRow.objects.filter(batch=batch).exclude(ruling="").exists()
    )


def require_read_anew(user: User, batch: Batch) -> None:
    """Refuse who may not have this sending read once more, naming whose role it is."""
    if not may_read_anew(user, batch):
        raise PermissionDenied(
            _("Reading a file of %(place)s once more is for its sender or its data officer.")
            % {"place": batch.organisation.name}
        )


def require_confirm(user: User, batch: Batch) -> None:
    """Refuse who may not confirm this sending, naming whose role it is."""
    if not may_confirm(user, batch):
        raise PermissionDenied(
            _("Confirming files of %(place)s needs the role of its data officer.")
            % {"place": batch.organisation.name}
        )
