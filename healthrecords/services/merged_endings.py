"""What was ended of a joined record, and how does it stand once the two are parted?

Whoever ends a number, an allergy or a membership while two records are one speaks of the record that
stays: the row of the joined one is ended in its place, and says again after the parting what it said
before the joining. What was set right in it otherwise stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models

from healthrecords.models import (
    Allergy,
    Attachment,
    CitizenIdentifier,
    CitizenMerge,
    FamilyIllness,
    FieldSource,
    HouseholdMember,
    Immunization,
    LongTermMedicine,
    MergedRow,
    Problem,
)
from healthrecords.services.belongings import belongings
from healthrecords.services.fatal_visits import no_longer_says
from healthrecords.services.standing import joined_with
from portal.database.belonging import Belonging

Values = Mapping[str, Any]
Key = tuple[str, str, UUID]  # table, column that names the citizen, row
OWNER = "citizen_id"
PLACES = frozenset({"facility", "organisation"})
Ending = CitizenIdentifier.Ending


@dataclass(frozen=True, slots=True)
class Ends:
    """By which columns a row of a person ends, is struck out or set aside.

    An ending that ``stays`` was not said of the record that spoke but of the matter itself, by an
    authority, a file or a visit. ``yields`` is given up where the like holds by now.
    """

    columns: tuple[str, ...]
    stays: Callable[[Any], bool] = lambda _row: False
    yields: Values = field(default_factory=dict)


def _said_of_the_number(row: CitizenIdentifier) -> bool:
    """Say whether the authority ended a number, or the file was undone that brought it."""
    return row.ended_on is None or row.ending in {Ending.CANCELLED, Ending.NONE}


def _said_of_the_matter(row: FieldSource) -> bool:
    """Say whether a source took its own word back: the register, a file, a visit that was corrected."""
    return row.set_aside_by_id is None or no_longer_says(row)


VOIDED = ("status", "voided_at", "voided_by_id", "void_reason")
STOPPED = ("stop_reason", "stopped_at", "stopped_by_id")
ENDS: Mapping[type[models.Model], Ends] = {
    CitizenIdentifier: Ends(
        ("ended_on", "ending", "ending_note", "successor_id"),
        stays=_said_of_the_number,
        yields={"is_verified": False},
    ),
    HouseholdMember: Ends(("until",)),
    Allergy: Ends((*VOIDED, "ended")),
    Problem: Ends((*VOIDED, "ended")),
    LongTermMedicine: Ends((*VOIDED, "ended", *STOPPED)),
    Immunization: Ends(VOIDED),
    FamilyIllness: Ends(VOIDED),
    Attachment: Ends(VOIDED),
    FieldSource: Ends(
        ("set_aside_at", "set_aside_by_id", "set_aside_because"),
        stays=_said_of_the_matter,
    ),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A row of a joined record that ends otherwise than before the joining, and how it did then."""

    belonging: Belonging
    row: Any
    was: Values

    @property
    def key(self) -> Key:
        return self.belonging.table, self.belonging.column, self.row.pk

    @property
    def fields(self) -> list[models.Field[Any, Any]]:
        """Return the columns that differ."""
        every = self.belonging.model._meta.concrete_fields
        return [f for f in every if f.attname in self.was and self._differs(str(f.attname))]

    @property
    def differs(self) -> bool:
        return any(self._differs(name) for name in self.was)

    def _differs(self, name: str) -> bool:
        return bool(getattr(self.row, name) != self.was[name])


def ended_since(merge: CitizenMerge, *, handed: Collection[UUID] = ()) -> list[Ended]:
    """Return what ends otherwise than before a joining, of the rows that go home when it is parted.

    What ended by a number of since that is ``handed`` over goes home with that number, and ended.
    """
    away: dict[str, list[UUID]] = defaultdict(list)
    ledger = MergedRow.objects.filter(home__in=joined_with(merge.merged_id), column=OWNER)
    for table, row in ledger.values_list("table", "row_id"):
        away[table].append(row)
    found: list[Ended] = []
    for belonging in belongings():
        ends = ENDS.get(belonging.model)
        if ends is None or belonging.column != OWNER or belonging.table not in away:
            continue
        rows = _named(belonging.rows.filter(pk__in=away[belonging.table]), ends).order_by("pk")
        was = said_before(belonging.model, away[belonging.table], merge, ends.columns)
        known = [Ended(belonging, row, was[row.pk]) for row in rows if row.pk in was]
        found += [one for one in known if one.differs and not ends.stays(one.row)]
    return [one for one in found if getattr(one.row, "successor_id", None) not in handed]


def _named(rows: Any, ends: Ends) -> Any:
    """Have with the rows what the page of a parting names of them."""
    relations = [f for f in rows.model._meta.concrete_fields if f.is_relation]
    named = [f.name for f in relations if f.name in PLACES or f.attname in ends.columns]
    return rows.select_related(*named) if named else rows


def said_before(
    model: type[models.Model], rows: Iterable[UUID], merge: CitizenMerge, columns: tuple[str, ...]
) -> dict[UUID, Values]:
    """Return what rows said before a joining; of those written since nothing. Keys grow with time."""
    history: Any = model._meta.get_field("historys").related_model
    said = history.objects.filter(pgh_obj__in=list(rows), pgh_id__lt=merge.pk)
    last = said.order_by("pgh_obj", "-pgh_id").distinct("pgh_obj")
    return {
        row["pgh_obj"]: {name: row[name] for name in columns}
        for row in last.values("pgh_obj", *columns)
    }
