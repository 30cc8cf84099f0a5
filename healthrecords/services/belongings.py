"""What belongs to a citizen? Every table that names one, found in the models and in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Q

from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    FieldSource,
    MergedRow,
)
from portal.database.belonging import Belonging, belongings_of, columns_of

# What says who was joined with whom belongs to neither.
SPEAK_OF_MERGES: tuple[type[models.Model], ...] = (Citizen, CitizenMerge, MergedRow)
# The word of a row around a person follows its row (:func:`row_sources.follow_rows`).
OF_THE_PERSON: Mapping[type[models.Model], Q] = {FieldSource: Q(row_id=None)}


def columns_of_citizens() -> list[tuple[type[models.Model], Any]]:
    """Return every column that names a citizen, history left out: it is written once."""
    return columns_of(Citizen, but=SPEAK_OF_MERGES)


@cache
def belongings() -> tuple[Belonging, ...]:
    """Return the columns by which rows belong to citizens."""
    found = belongings_of(Citizen, but=SPEAK_OF_MERGES)
    return tuple(replace(one, only=OF_THE_PERSON.get(one.model)) for one in found)


@dataclass(frozen=True, slots=True)
class Rivals:
    """Rows of which a citizen has one of a kind, and which of two is to stand in front."""

    same: tuple[str, ...]
    rank: Callable[[Any], Any]


# Of other tables the row of the record that stays is in front, and the other one waits behind.
RIVALS: Mapping[type[models.Model], Rivals] = {
    CitizenIdentifier: Rivals(("kind", "value", "ended_on"), lambda row: row.is_verified),
}
