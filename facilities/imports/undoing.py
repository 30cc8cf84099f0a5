"""How is a list of facilities undone: new ones taken away while nothing uses them, addresses given back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, FacilityName
from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow
from portal.places.models import Organisation

NAMED_AT_MOST = 20
# What comes and goes with an organisation itself.
OWN = frozenset({"GoverningBody", "OrganisationIdentifier", "OrganisationPlacement", "Facility"})
SAID = ("address", "former_district")


def before_of(facility: Facility, name: str) -> dict[str, Any]:
    """Return what a name and its facility said before a file is written; names are read along."""
    held = facility.names.all()
    row = next((row for row in held if row.name == name and row.valid_until is None), None)
    if row is None:
        return {"facility": str(facility.pk), "name": None}
    return {
        "facility": str(facility.pk),
        "name": str(row.pk),
        "batch": str(row.batch_id) if row.batch_id else None,
        "said": {field: getattr(row, field) for field in SAID},
    }


def _made(batch: Batch) -> list[Facility]:
    rows = Facility.objects.filter(batch_id=batch.pk).select_related("organisation")
    return list(rows.order_by("organisation__name_norm", "id"))


def _changed(batch: Batch) -> list[dict[str, Any]]:
    rows = StagedRow.objects.filter(batch=batch, before__isnull=False).exclude(written_at=None)
    kept = rows.order_by("-number", "-id").values_list("before", flat=True)
    return [before for before in kept if before is not None]


def consequences(batch: Batch) -> Consequences:
    """Tell what an undo takes away and gives back, and which facilities are in use since."""
    made, changed = _made(batch), _changed(batch)
    return Consequences(
        touched=[
            (_("new facilities are taken away with their codes"), len(made)),
            (_("names and addresses that came with the file go back"), len(changed)),
        ],
        obstacles=list(_obstacles(batch, made, changed))[:NAMED_AT_MOST],
    )


def _obstacles(
    batch: Batch, made: Iterable[Facility], changed: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    used, said = (
        _used([row.organisation_id for row in made]),
        _("“%(name)s” is in use since: %(by)s."),
    )
    for facility in made:
        if by := used.get(facility.organisation_id):
            yield said % {"name": facility.organisation.name, "by": ", ".join(sorted(by))}
    facilities = {row.pk for row in made} | {UUID(before["facility"]) for before in changed}
    later = FacilityName.objects.filter(facility__in=facilities).exclude(batch_id=batch.pk)
    mended = later.filter(
        Q(facility__batch_id=batch.pk) | Q(pk__in=[b["name"] for b in changed if b["name"]])
    )
    other = _("“%(name)s” was named or described anew since; undo that first.")
    for row in mended.order_by("name", "id"):
        yield other % {"name": row.name}


def _used(organisations: list[UUID]) -> dict[UUID, set[str]]:
    """Return by which tables organisations are named, besides those that go with them."""
    used: dict[UUID, set[str]] = {}
    for relation in Organisation._meta.related_objects if organisations else ():
        model: Any = relation.related_model
        if model.__name__ in OWN or hasattr(model, "pgh_obj_id"):
            continue
        name = relation.field.name
        rows = model._base_manager.filter(**{f"{name}__in": organisations})
        for key in set(rows.values_list(name, flat=True)):
            used.setdefault(key, set()).add(str(model._meta.verbose_name))
    return used


def undo(batch: Batch) -> None:
    """Take new facilities and names away, and give changed addresses back, in few queries."""
    changed = _changed(batch)
    received = FacilityName.objects.filter(batch_id=batch.pk)
    received.filter(facility__in=[b["facility"] for b in changed if b["name"] is None]).delete()
    before = {b["name"]: b for b in changed if b["name"] is not None}
    rows = list(received.filter(pk__in=list(before)).select_related("facility"))
    for row in rows:
        _give_back(row, before[str(row.pk)])
    FacilityName.objects.bulk_update(rows, [*SAID, "batch_id"])
    official = [row.facility for row in rows if row.kind == FacilityName.Kind.OFFICIAL]
    Facility.objects.bulk_update(official, SAID)
    made = _made(batch)
    FacilityName.objects.filter(facility__in=made).delete()
    Facility.objects.filter(pk__in=[row.pk for row in made]).delete()
    Organisation.objects.filter(pk__in=[row.organisation_id for row in made]).delete()


def _give_back(row: FacilityName, before: Mapping[str, Any]) -> None:
    row.batch_id = UUID(before["batch"]) if before["batch"] else None
    is_official = row.kind == FacilityName.Kind.OFFICIAL
    for one in (row, row.facility) if is_official else (row,):
        for field in SAID:
            setattr(one, field, before["said"][field])
