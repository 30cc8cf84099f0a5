"""Who of two died, once their records are parted? The death goes where those go who told of it.

A death that was told while two records were one stands with the record that spoke, and one that was
taken back then was taken back there alone. Parted, each says what its own words say: those of a
visit stand where their visit stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from healthrecords.models import Citizen, CitizenMerge, FieldSource, MergedRow, Visit
from healthrecords.services.deaths import MOVING, tell_of_death
from healthrecords.services.merged_endings import OWNER, said_before
from healthrecords.services.merged_fields import TOGETHER

DEATH = FieldSource.Field.DEATH
COLUMNS = TOGETHER["died_on"]
NOBODY_DIED = {"died_on": None, "death_source": "", "death_note": ""}
# What makes a record say that the person died; a word of the register waits for somebody first.
TAKEN = Q(source=FieldSource.Source.TYPED) | ~Q(confirmed_at=None)


@dataclass(frozen=True, slots=True)
class Told:
    """What the record that speaks says of a death, and whether that was told since the joining."""

    said: Mapping[str, Any]
    is_new: bool


def told_by(root: Citizen, merge: CitizenMerge) -> Told:
    """Return what the record that speaks says of a death before two are parted."""
    said = {name: getattr(root, name) for name in COLUMNS}
    words = _standing(root.pk).filter(TAKEN, value=_iso(root.died_on))
    return Told(said, is_new=root.died_on is not None and bool(_since(words, merge)))


def follow_visits(people: Collection[UUID], *, merge: CitizenMerge) -> None:
    """Let what visits say of a death be at home where their visits are, before rows go home."""
    words = FieldSource.objects.filter(citizen__in=people, field=DEATH).exclude(visit_id=None)
    visits = Visit.objects.filter(citizen__in=people, pk__in=words.values("visit_id"))
    homes: dict[Any, UUID] = dict(visits.order_by().values_list("pk", "citizen"))
    away = MergedRow.objects.filter(table=Visit._meta.db_table, column=OWNER, row_id__in=homes)
    homes |= dict(away.values_list("row_id", "home"))
    table = FieldSource._meta.db_table
    of_visits = words.filter(visit_id__in=homes).values_list("pk", "citizen", "visit_id")
    for word, citizen, visit in of_visits:
        home = homes[visit]
        if home == citizen:
            MergedRow.objects.filter(table=table, column=OWNER, row_id=word).delete()
            continue
        MergedRow.objects.update_or_create(
            table=table,
            column=OWNER,
            row_id=word,
            defaults={"home_id": home},
            create_defaults={"home_id": home, "merge": merge},
        )


def part(merge: CitizenMerge, roots: Mapping[UUID, UUID], told: Told) -> None:
    """Let both records say who died, after their rows went home."""
    root = roots[merge.survivor_id]
    stayed = [key for key, speaks in roots.items() if speaks == root]
    left = told.is_new and _take_back(stayed, root, told.said["died_on"], merge)
    changed = set(stayed) if left else set()
    if told.said["died_on"] is not None and _say(root, merge, told=None):
        changed.add(root)
    if _correct(merge) | _say(merge.merged_id, merge, told=told if left else None):
        changed.add(merge.merged_id)
    tell_of_death(*changed)


def _take_back(people: Collection[UUID], root: UUID, died_on: date, merge: CitizenMerge) -> bool:
    """Let nobody of these be dead by words that left; what was known before they were joined stays."""
    if _standing(root).filter(MOVING, value=_iso(died_on)).exists():
        return False
    was = said_before(Citizen, people, merge, ("died_on",))
    new = [key for key in people if key not in was or was[key]["died_on"] != died_on]
    return bool(Citizen.objects.filter(pk__in=new, died_on=died_on).update(**NOBODY_DIED))


def _correct(merge: CitizenMerge) -> bool:
    """Let the joined record not say a death that its visit took back meanwhile."""
    citizen = Citizen.objects.get(pk=merge.merged_id)
    said = FieldSource.objects.filter(citizen=citizen, field=DEATH, value=_iso(citizen.died_on))
    if citizen.died_on is None or said.filter(MOVING, set_aside_at=None).exists():
        return False
    gone = said.exclude(visit_id=None).exclude(set_aside_at=None).values_list("pk", flat=True)
    was = said_before(FieldSource, gone, merge, ("set_aside_at",))
    if all(one["set_aside_at"] is not None for one in was.values()):
        return False
    return bool(Citizen.objects.filter(pk=citizen.pk).update(**NOBODY_DIED))


def _say(citizen_id: UUID, merge: CitizenMerge, *, told: Told | None) -> bool:
    """Let a record that says of no death say what was told of its person since the joining."""
    citizen = Citizen.objects.get(pk=citizen_id)
    words = _since(_standing(citizen_id).filter(TAKEN), merge)
    if citizen.died_on is not None or not words:
        return False
    word = words[0]
    citizen.died_on = date.fromisoformat(word.value)
    if told is not None and told.said["died_on"] == citizen.died_on:
        citizen.death_source, citizen.death_note = (
            told.said["death_source"],
            told.said["death_note"],
        )
    elif word.source == FieldSource.Source.REGISTER:
        citizen.death_source = Citizen.DeathSource.REGISTER
    elif word.visit_id is not None:
        citizen.death_source = Citizen.DeathSource.FACILITY
    citizen.full_clean(exclude=["name_norm", "client_key"])
    citizen.save(update_fields=list(COLUMNS))
    return True


def _standing(citizen_id: UUID) -> Any:
    """Return what is said of the death of a person and not set aside."""
    return FieldSource.objects.filter(citizen=citizen_id, field=DEATH, set_aside_at=None)


def _since(words: Any, merge: CitizenMerge) -> list[FieldSource]:
    """Return those of some words that were said or taken over since a joining, the latest first."""
    found = list(words.order_by("-id"))
    was = said_before(FieldSource, [word.pk for word in found], merge, ("confirmed_at",))
    return [
        word
        for word in found
        if word.pk not in was or was[word.pk]["confirmed_at"] != word.confirmed_at
    ]


def _iso(died_on: date | None) -> str:
    return died_on.isoformat() if died_on is not None else ""
