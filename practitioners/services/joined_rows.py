"""Which rows move when two rows of the register are joined, and how do they go back?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from portal.database.answers import Choice, put
from portal.database.belonging import Belonging, belongings_of
from portal.dossiers.models import Dossier
from practitioners.models import JoinedRow, Practitioner, PractitionerJoining, RegisterEntry

# What says who was joined with whom belongs to neither.
SPEAK_OF_JOININGS: tuple[type[models.Model], ...] = (Practitioner, PractitionerJoining, JoinedRow)
# Made anew from the rows: who was joined leaves the public register by it.
DERIVED: tuple[type[models.Model], ...] = (RegisterEntry,)
# Columns that name a person without a key, for their table stands below the register.
NAMED: tuple[tuple[type[models.Model], str], ...] = ((Dossier, "subject"),)
Row = tuple[str, UUID]  # table, key


@dataclass(frozen=True, slots=True)
class Effect:
    """What a joining changes in a row beyond whose it is."""

    row: models.Model
    changes: Mapping[str, Any]


@cache
def belongings() -> tuple[Belonging, ...]:
    """Return the columns by which rows belong to practitioners, what follows by itself left out."""
    found = belongings_of(Practitioner, but=SPEAK_OF_JOININGS)
    return tuple(one for one in found if one.is_movable and one.model not in DERIVED)


def _columns() -> Iterator[tuple[str, str, Any, Any]]:
    """Yield table, column, all rows, and those that no other row carries along."""
    for one in belongings():
        yield one.table, one.column, one.rows, one.alone
    for model, column in NAMED:
        rows = model._base_manager.all()
        yield model._meta.db_table, column, rows, rows


def move(
    joining: PractitionerJoining, *, resting: Collection[Row], effects: Iterable[Effect]
) -> None:
    """Let the rows of the joined one stand with the survivor, but those that rest where they are."""
    changed = {_key(effect.row): effect for effect in effects}
    said = {key: _apply(effect) for key, effect in changed.items()}
    ledger = [
        JoinedRow(
            joining=joining,
            table=key[0],
            column="practitioner_id",
            row_id=key[1],
            home_id=_owner(changed[key].row),
            was=was,
            now=now,
        )
        for key, (was, now) in said.items()
        if _owner(changed[key].row) != joining.joined_id
    ]
    for table, column, rows, alone in _columns():
        kept = [key for name, key in resting if name == table]
        mine = alone.filter(**{column: joining.joined_id}).exclude(pk__in=kept)
        keys = list(mine.values_list("pk", flat=True))
        rows.filter(pk__in=keys).update(**{column: joining.survivor_id})
        for key in keys:
            was, now = said.get((table, key), ({}, {})) if column == "practitioner_id" else ({}, {})
            ledger.append(
                JoinedRow(
                    joining=joining,
                    table=table,
                    column=column,
                    row_id=key,
                    home_id=joining.joined_id,
                    was=was,
                    now=now,
                )
            )
    JoinedRow.objects.bulk_create(ledger)


def _key(row: models.Model) -> Row:
    return row._meta.db_table, row.pk


def _owner(row: Any) -> UUID:
    owner: UUID = row.practitioner_id
    return owner


def _apply(effect: Effect) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change a row; return what it said before and says since, as JSON holds it."""
    choice = _choice(type(effect.row), effect.changes)
    was = choice.of(effect.row)
    for name, value in effect.changes.items():
        setattr(effect.row, name, value)
    effect.row.save(update_fields=[field.name for field in choice.fields])
    return was, choice.of(effect.row)


def _choice(model: type[models.Model], names: Iterable[str]) -> Choice:
    wanted = set(names)
    return Choice("", tuple(f for f in model._meta.concrete_fields if f.attname in wanted))


def give_back(joining: PractitionerJoining) -> None:
    """Give both rows back what was theirs; refuse where a moved row was changed in what it then said."""
    entries = list(joining.rows.order_by("table", "column", "row_id"))
    by_table = {key: list(some) for key, some in groupby(entries, lambda e: (e.table, e.column))}
    held = [one for one in _columns() if (one[0], one[1]) in by_table]
    for table, column, rows, _alone in held:
        moved = [e.row_id for e in by_table[table, column] if e.home_id == joining.joined_id]
        rows.filter(pk__in=moved, **{column: joining.survivor_id}).update(
            **{column: joining.joined_id}
        )
    for table, column, rows, _alone in held:
        changed = {e.row_id: e for e in by_table[table, column] if e.was}
        for row in rows.filter(pk__in=list(changed)):
            _restore(row, changed[row.pk])


def _restore(row: models.Model, entry: JoinedRow) -> None:
    choice = _choice(type(row), entry.was)
    said = {"row": str(row), "kind": str(row._meta.verbose_name)}
    if choice.of(row) != entry.now:
        raise ValidationError(
            _(
                "“%(row)s” (%(kind)s) was changed since the two rows were joined; it cannot go back to"
                " what it was. Take that change back first."
            ),
            code="changed_since",
            params=said,
        )
    for field in choice.fields:
        put(row, field, entry.was[field.attname])
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            row.save(update_fields=[field.name for field in choice.fields])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise ValidationError(
            _(
                "“%(row)s” (%(kind)s) cannot hold again, for another one holds in its place by now;"
                " end that one first."
            ),
            code="row_in_the_way",
            params=said,
        ) from error


Link = tuple[str, str, str]  # table, key, field


def links_between(one: UUID, other: UUID) -> dict[Link, tuple[Any, Any]]:
    """Return which rows of one person hang on a row of the other, with both rows."""
    owned = {b.model: b.field for b in belongings() if b.field.name == "practitioner"}
    found: dict[Link, tuple[Any, Any]] = {}
    for model in owned:
        for field in model._meta.local_concrete_fields:
            of: Any = field.related_model
            if not field.is_relation or of not in owned:
                continue
            for mine, theirs in ((one, other), (other, one)):
                rows = model._base_manager.filter(
                    practitioner=mine, **{f"{field.name}__practitioner": theirs}
                )
                for row in rows.select_related(field.name):
                    key = (model._meta.db_table, str(row.pk), str(field.name))
                    found[key] = (row, getattr(row, field.name))
    return found


def counted(person: UUID) -> list[tuple[Belonging, int]]:
    """Return how many rows of each kind stand with a person, for those who are to join them."""
    numbers = ((one, one.of([person]).count()) for one in belongings())
    return [(one, count) for one, count in numbers if count]
