"""Which record said what? Fields taken from a joined record, in layers that can be lifted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from healthrecords.models import Citizen, CitizenMerge
from portal.database.answers import Choice, Values, answers_of, choices_of

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
# What follows from an answer by the catchment of the day: it is no answer of its own.
FOLLOWING = frozenset({"home_station_id"})


@cache
def choices() -> Mapping[str, Choice]:
    """Return the questions, in the order of the model's fields."""
    return choices_of(Citizen, own=OWN, together=TOGETHER)


def answers(citizen: Citizen) -> Values:
    """Return all that a record answers, by attribute."""
    return answers_of(citizen, choices())


def take(survivor: Citizen, merged: Citizen, names: Collection[str]) -> dict[str, Any]:
    """Let the survivor answer as the joined record does; return what it said before and after.

    Who one of the two records identifies is identified, whatever was chosen.
    """
    taken, known = {}, Citizen.Standing.KNOWN
    if known in {survivor.standing, merged.standing}:
        names = {*names, "standing"} if merged.standing == known else set(names) - {"standing"}
    for name, choice in choices().items():
        before, after = choice.of(survivor), choice.of(merged)
        if name in names and not _same(before, after):
            choice.put(survivor, after)
            taken[name] = {"before": before, "after": after}
    return taken


def lift(merge: CitizenMerge) -> None:
    """Take back what the survivor took with this joining.

    A later joining that was laid on top keeps its answer, and falls back on the one below. What
    somebody wrote since stays. All answers of a record change at once: birth and death that came
    from one record go together. What contradicts an answer of since is refused.
    """
    people = _People()
    for name, layer in merge.taken.items():
        later = _next(merge, name)
        if later is None:
            _change(people, merge.survivor_id, name, layer["after"], layer["before"])
        elif _same(later.taken[name]["before"], layer["after"]):
            later.taken[name]["before"] = layer["before"]
            later.save(update_fields=["taken"])
    people.save()


class _People:
    """The records whose answers change, each read once and written once."""

    def __init__(self) -> None:
        self.read: dict[UUID, Citizen] = {}
        self.changed: dict[UUID, list[str]] = defaultdict(list)

    def __getitem__(self, key: UUID) -> Citizen:
        if key not in self.read:
            self.read[key] = Citizen.objects.get(pk=key)
        return self.read[key]

    def save(self) -> None:
        for key, fields in self.changed.items():
            self.read[key].full_clean(exclude=["client_key", "name_norm"])
            self.read[key].save(update_fields=fields)


def _next(merge: CitizenMerge, name: str) -> CitizenMerge | None:
    """Return the next joining in force that laid an answer upon this one's."""
    later = CitizenMerge.objects.filter(survivor=merge.survivor_id, undone_at=None)
    later = later.filter(merged_at__gte=merge.merged_at, taken__has_key=name)
    rows = later.exclude(pk=merge.pk).order_by("merged_at", "id")
    return next(
        (row for row in rows if (row.merged_at, row.pk) > (merge.merged_at, merge.pk)), None
    )


def _change(people: _People, citizen_id: UUID, name: str, old: Values, new: Values) -> None:
    """Let a record answer anew, unless somebody wrote something else; who took it from there follows."""
    citizen, choice = people[citizen_id], choices()[name]
    if not _same(choice.of(citizen), old):
        return
    choice.put(citizen, new)
    if name == "address":
        _go_home(citizen)
    people.changed[citizen_id] += [field.name for field in choice.fields]
    upper = CitizenMerge.objects.filter(merged=citizen_id, undone_at=None).first()
    if upper is None or not _same(upper.taken.get(name, {}).get("after"), old):
        return
    upper.taken[name]["after"] = new
    upper.save(update_fields=["taken"])
    later = _next(upper, name)
    if later is None:
        _change(people, upper.survivor_id, name, old, new)
    elif _same(later.taken[name]["before"], old):
        later.taken[name]["before"] = new
        later.save(update_fields=["taken"])


def _same(one: Values | None, other: Values) -> bool:
    """Say whether two records answer alike, whatever the catchments have become meanwhile."""
    return one is not None and _answered(one) == _answered(other)


def _answered(values: Values) -> Values:
    return {name: value for name, value in values.items() if name not in FOLLOWING}


def _go_home(citizen: Citizen) -> None:
    """Let a record that lives where it lived before belong to the station that serves there today."""
    from healthrecords.services.citizens import home_station_of

    if citizen.area is not None:
        citizen.home_station = home_station_of(citizen.area, timezone.localdate())
