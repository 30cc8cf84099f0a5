"""What happened since to the records of a file that is to be undone?"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.intake.kept import Keeper
from portal.intake.models import Batch, StagedRow


def kept_rows(batch: Batch) -> dict[UUID, StagedRow]:
    """Return the written rows that keep what they changed, by the record they are about."""
    rows = StagedRow.objects.filter(batch=batch, before__isnull=False).exclude(written_at=None)
    ordered = rows.order_by("number", "id")
    return {row.target_id: row for row in ordered if row.target_id is not None}


def changed_since(
    batch: Batch, keeper: Keeper, kept: Mapping[UUID, StagedRow], named: Mapping[UUID, str]
) -> list[str]:
    """Name records that are not as the file left them, with the later file where it was one."""
    now = keeper.look(list(kept))
    moved = [
        key
        for key, row in kept.items()
        if row.before is not None and not keeper.is_as_left(row.before, now[key])
    ]
    later = later_files(batch, moved)
    again = _(
        "The file “%(name)s” of %(day)s says something else of %(what)s; undo that one first."
    )
    other = _("“%(what)s” was changed on a page since.")
    said = []
    for key in moved:
        what = {"what": named.get(key, "")}
        file = later.get(key)
        if file is None:
            said.append(other % what)
        else:
            day = f"{timezone.localdate(file.received_at):%d/%m/%Y}"
            said.append(again % {**what, "name": file.file_name, "day": day})
    return said


def later_files(batch: Batch, records: list[UUID]) -> dict[UUID, Batch]:
    """Return the last file of the same kind and sender that wrote these records after this one."""
    rows = StagedRow.objects.filter(
        batch__kind=batch.kind,
        batch__organisation=batch.organisation_id,
        batch__state=Batch.State.WRITTEN,
        batch__written_at__gte=batch.written_at,
        target_id__in=records,
    ).exclude(Q(batch=batch) | Q(written_at=None))
    found = rows.select_related("batch").order_by("written_at", "id")
    return {row.target_id: row.batch for row in found if row.target_id is not None}
