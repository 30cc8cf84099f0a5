"""Which record said what? Fields taken from a joined record, in layers that can be lifted again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import ForeignKey

from healthrecords.models import Citizen, CitizenMerge

if TYPE_CHECKING:
    from django.db import models

Values = dict[str, Any]
# What is decided by no choice: which record it is, how it came, what became of it.
OWN = frozenset(
    {"id", "origin", "registered_at", "merged_into", "withdrawn_at", "client_key", "name_norm"}
)
# Fields that are one answer to one question, by the one that is asked about.
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "name_sort"),
    "birth_date": ("birth_date", "birth_precision", "birth_time", "birth_is_estimated"),
    "blood_group": ("blood_group", "rhesus"),
    "died_on": ("died_on", "death_source", "death_note"),
    "address": ("address", "area", "home_station"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One question about a person that two records may answer differently."""

    name: str
    fields: tuple[models.Field[Any, Any], ...]

    def of(self, citizen: Citizen) -> Values:
        """Return what a record answers, as JSON holds it."""
        return {str(f.attname): _plain(getattr(citizen, f.attname)) for f in self.fields}

    def put(self, citizen: Citizen, values: Values) -> None:
        """Let a record answer so."""
        for field in self.fields:
            value = values[str(field.attname)]
            target: Any = field.target_field if isinstance(field, ForeignKey) else field
            setattr(citizen, field.attname, None if value is None else target.to_python(value))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)


@cache
def choices() -> Mapping[str, Choice]:
    """Return the questions, in the order of the model's fields."""
    followers = {name for names in TOGETHER.values() for name in names[1:]}
    fields = {f.name: f for f in Citizen._meta.concrete_fields if not f.generated}
    return {
        name: Choice(
            name, tuple(fields[part] for part in TOGETHER.get(name, (name,)) if part in fields)
        )
        for name in fields
        if name not in OWN | followers
    }


def answers(citizen: Citizen) -> Values:
    """Return all that a record answers, by attribute."""
    found: Values = {}
    for choice in choices().values():
        found |= choice.of(citizen)
    return found


def take(survivor: Citizen, merged: Citizen, names: Collection[str]) -> dict[str, Any]:
    """Let the survivor answer as the joined record does; return what it said before and after.

    Who one of the two records identifies is identified, whatever was chosen.
    """
    taken, known = {}, Citizen.Standing.KNOWN
    if known in {survivor.standing, merged.standing}:
        names = {*names, "standing"} if merged.standing == known else set(names) - {"standing"}
    for name, choice in choices().items():
        before, after = choice.of(survivor), choice.of(merged)
        if name in names and before != after:
            choice.put(survivor, after)
            taken[name] = {"before": before, "after": after}
    return taken


def lift(merge: CitizenMerge) -> None:
    """Take back what the survivor took with this joining.

    A later joining that was laid on top keeps its answer, and falls back on the one below. What
    somebody wrote since stays.
    """
    for name, layer in merge.taken.items():
        later = _next(merge, name)
        if later is None:
            _change(merge.survivor_id, name, layer["after"], layer["before"])
        elif later.taken[name]["before"] == layer["after"]:
            later.taken[name]["before"] = layer["before"]
            later.save(update_fields=["taken"])


def _next(merge: CitizenMerge, name: str) -> CitizenMerge | None:
    """Return the next joining in force that laid an answer upon this one's."""
    later = CitizenMerge.objects.filter(survivor=merge.survivor_id, undone_at=None)
    later = later.filter(merged_at__gte=merge.merged_at, taken__has_key=name)
    rows = later.exclude(pk=merge.pk).order_by("merged_at", "id")
    return next(
        (row for row in rows if (row.merged_at, row.pk) > (merge.merged_at, merge.pk)), None
    )


def _change(citizen_id: Any, name: str, old: Values, new: Values) -> None:
    """Let a record answer anew, unless somebody wrote something else; who took it from there follows."""
    citizen = Citizen.objects.get(pk=citizen_id)
    choice = choices()[name]
    if choice.of(citizen) != old:
        return
    choice.put(citizen, new)
    citizen.save(update_fields=[field.name for field in choice.fields])
    upper = CitizenMerge.objects.filter(merged=citizen_id, undone_at=None).first()
    if upper is None or upper.taken.get(name, {}).get("after") != old:
        return
    upper.taken[name]["after"] = new
    upper.save(update_fields=["taken"])
    later = _next(upper, name)
    if later is None:
        _change(upper.survivor_id, name, old, new)
    elif later.taken[name]["before"] == old:
        later.taken[name]["before"] = new
        later.save(update_fields=["taken"])
