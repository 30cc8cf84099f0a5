"""Whose are the sendings: which of them may a user see, confirm, see protected rows of?"""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.intake.declaration import kind_of
from portal.intake.models import Batch
from portal.intake.models.batch import BatchQuerySet
from portal.scope import scope_of


def batches_of(user: User) -> BatchQuerySet:
    """Return the sendings of the places this user sends for."""
    return Batch.objects.within(scope_of(user, "upload_files"))


def batch_of(user: User, batch_id: UUID) -> Batch:
    """Return a sending in scope; any other does not exist."""
    rows = batches_of(user).select_related("file", "organisation", "sent_by", "confirmed_by")
    batch = rows.filter(pk=batch_id).first()
    if batch is None:
        raise Http404(_("There is no such sending."))
    return batch


def may_confirm(user: User, batch: Batch) -> bool:
    """Say whether the user may confirm and cancel this sending."""
    return batch.organisation_id in scope_of(user, kind_of(batch.kind).confirm)


def require_confirm(user: User, batch: Batch) -> None:
    """Refuse who may not confirm this sending, naming whose role it is."""
    if not may_confirm(user, batch):
        raise PermissionDenied(
            _("Confirming files of %(place)s needs the role of its data officer.")
            % {"place": batch.organisation.name}
        )
