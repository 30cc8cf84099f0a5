"""Are today's areas, and the way to them from the old ones, in the database?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from portal.places import gazetteer
from portal.places.gazetteer import TWO_LEVELS_SINCE, FormerUnit, Unit
from portal.places.models import Area, AreaSuccession, FormerArea

BATCH = 2_000


@dataclass(slots=True)
class LoadedAreas:
    """What a loading wrote; all zero when everything was there."""

    new: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        return self.new + self.changed


@transaction.atomic
def load_areas() -> LoadedAreas:
    """Write provinces, communes, former communes and successions; a second run writes nothing."""
    loaded = LoadedAreas()
    provinces = _load_units(Area.Kind.PROVINCE, gazetteer.provinces(), {}, loaded)
    communes = _load_units(Area.Kind.COMMUNE, gazetteer.communes(), provinces, loaded)
    former, pairs = gazetteer.former_units()
    old = _load_former(former, loaded)
    _load_successions(pairs, old, communes, loaded)
    return loaded


def _load_units(
    kind: str, units: Iterable[Unit], provinces: Mapping[str, UUID], loaded: LoadedAreas
) -> dict[str, UUID]:
    wanted = {
        unit.code: {
            "name": unit.name,
            "unit": unit.unit,
            "parent_id": provinces.get(unit.province_code),
            "legal_basis": unit.legal_basis,
        }
        for unit in units
    }
    present = {area.code: area for area in Area.objects.filter(kind=kind, valid_until=None)}
    new = [
        Area(kind=kind, code=code, valid_from=TWO_LEVELS_SINCE, **facts)
        for code, facts in wanted.items()
        if code not in present
    ]
    _write(Area, new, _mended(present, wanted), ["name", "unit", "parent", "legal_basis"], loaded)
    return {code: area.pk for code, area in present.items()} | {area.code: area.pk for area in new}


def _load_former(units: Iterable[FormerUnit], loaded: LoadedAreas) -> dict[str, UUID]:
    fields = ["name", "district_code", "district_name", "province_code", "province_name"]
    wanted = {unit.code: {field: getattr(unit, field) for field in fields} for unit in units}
    present = {area.code: area for area in FormerArea.objects.all()}
    new = [FormerArea(code=c, **facts) for c, facts in wanted.items() if c not in present]
    _write(FormerArea, new, _mended(present, wanted), fields, loaded)
    return {code: area.pk for code, area in present.items()} | {area.code: area.pk for area in new}


def _load_successions(
    pairs: Iterable[tuple[str, str]],
    old: Mapping[str, UUID],
    new: Mapping[str, UUID],
    loaded: LoadedAreas,
) -> None:
    present = set(AreaSuccession.objects.values_list("former", "area"))
    basis = dict(Area.objects.filter(pk__in=new.values()).values_list("pk", "legal_basis"))
    missing = [
        AreaSuccession(
            former_id=old[former],
            area_id=new[code],
            on=TWO_LEVELS_SINCE,
            legal_basis=basis[new[code]],
        )
        for former, code in sorted(pairs)
        if (old[former], new[code]) not in present
    ]
    _write(AreaSuccession, missing, [], [], loaded)


def _mended(present: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Return the rows that say something else than the data, set right in memory."""
    mended = []
    for code, facts in wanted.items():
        row = present.get(code)
        if row is None or all(getattr(row, name) == value for name, value in facts.items()):
            continue
        for name, value in facts.items():
            setattr(row, name, value)
        mended.append(row)
    return mended


def _write(
    model: type[Model], new: list[Any], changed: list[Any], fields: list[str], loaded: LoadedAreas
) -> None:
    model._default_manager.bulk_create(new, batch_size=BATCH)
    if changed:
        model._default_manager.bulk_update(changed, fields, batch_size=BATCH)
    loaded.new += len(new)
    loaded.changed += len(changed)
