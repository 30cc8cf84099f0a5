"""How is a version of a code list undone: taken away while nothing uses it, the one before goes on?"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from portal.codelists.models import CodeListVersion
from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow


def keep_before(row: UUID, key: str, begins: date) -> None:
    """Keep with the row that publishes a list until when the version before held."""
    earlier = CodeListVersion.objects.filter(code_list__key=key).holding(begins).first()
    until = earlier.valid_until.isoformat() if earlier and earlier.valid_until else None
    before = {"version": str(earlier.pk) if earlier else None, "until": until}
    StagedRow.objects.filter(pk=row).update(before=before)


def _versions(batch: Batch) -> list[CodeListVersion]:
    made = StagedRow.objects.filter(batch=batch).exclude(written_at=None)
    ids = made.order_by().values_list("target_id", flat=True).distinct()
    rows = CodeListVersion.objects.filter(pk__in=[key for key in ids if key])
    return list(rows.select_related("code_list").order_by("code_list__key"))


def consequences(batch: Batch) -> Consequences:
    """Tell which versions go, and what stands in their way: records that use them, later versions."""
    versions = _versions(batch)
    obstacles = []
    for version in versions:
        named = {"list": version.code_list.title, "day": f"{version.valid_from:%d/%m/%Y}"}
        if count := _uses(version):
            said = _("%(count)d records use the list “%(list)s” of %(day)s.")
            obstacles.append(said % {**named, "count": count})
        later = version.code_list.versions.filter(valid_from__gt=version.valid_from)
        if (first := later.order_by("valid_from").first()) is not None:
            said = _("The list “%(list)s” has a later version of %(later)s.")
            obstacles.append(said % {**named, "later": f"{first.valid_from:%d/%m/%Y}"})
    return Consequences(
        touched=[(_("versions of code lists are taken away; those before hold on"), len(versions))],
        obstacles=obstacles,
    )


def _uses(version: CodeListVersion) -> int:
    """Count the rows of any table that name a version, besides its codes."""
    count = 0
    for relation in CodeListVersion._meta.related_objects:
        model: Any = relation.related_model
        is_own = model._meta.app_label == "codelists" or hasattr(model, "pgh_obj_id")
        if not is_own:
            count += model._default_manager.filter(**{relation.field.name: version}).count()
    return count


def undo(batch: Batch) -> None:
    """Take the versions away and let those before them hold as long as they did."""
    for version in _versions(batch):
        version.delete()
    rows = StagedRow.objects.filter(batch=batch, before__isnull=False).exclude(written_at=None)
    for before in rows.values_list("before", flat=True):
        if before is not None and before["version"]:
            CodeListVersion.objects.filter(pk=before["version"]).update(
                valid_until=date.fromisoformat(before["until"]) if before["until"] else None
            )
