"""History of a table: one row per change, written by the database's own triggers."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pghistory
from django.db import models
from pghistory.models import Event

from portal.database.keys import CurrentXid, MachUuid7, Xid8

M = TypeVar("M", bound=type[models.Model])


class History(Event):
    """One change of one row, for the auditor; never the product's own versioning.

    ``pgh_xid`` is the writing transaction: the seal walks history in commit-safe order by it.
    """

    append_only = True
    pgh_id = models.UUIDField(  # type: ignore[assignment]
        primary_key=True, db_default=MachUuid7(), editable=False
    )
    pgh_xid = Xid8(db_default=CurrentXid(), editable=False, db_index=True)

    class Meta:
        abstract = True


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[M], M]:
    """Keep every insert, update and delete of the model; name generated columns in ``exclude``."""
    options: dict[str, Any] = {"exclude": list(exclude)} if exclude else {}
    decorate: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
    )
    return decorate
