"""Where do the rows of joined records stand? Each at the record that speaks for its home.

A row's home is the record it was written for. While that record is joined with another one, the
row stands with the survivor, and the ledger says where its home is. Whatever is joined or parted,
in whatever order, :func:`settle` brings each row to where it belongs then. A row that would stand
beside its like (the same number, the same care) waits at its home.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    CareAccess,
    CareRelation,
    CitizenMerge,
    FieldSource,
    MergedRow,
    TwinCase,
    Visit,
)
from healthrecords.services import merged_care, merged_cases
from healthrecords.services.belongings import RIVALS, belongings
from healthrecords.services.grounds import given_by_visits
from healthrecords.services.insurance_care import INSURED, places_by_cards
from healthrecords.services.merged_endings import ENDS, Key, Values
from healthrecords.services.row_sources import follow_rows
from healthrecords.services.standing import joined_with
from portal.database.belonging import Belonging

Roots = Mapping[UUID, UUID]  # of each record the one that speaks for it
# Of these it is known how they get into each other's way.
PLACED_APART: tuple[type[models.Model], ...] = (TwinCase, CareRelation)


@dataclass(frozen=True, slots=True)
class Move:
    """A row on its way from one record to another, and what it says of its end from now on."""

    row: UUID
    at: UUID
    to: UUID
    home: UUID
    said: Values = field(default_factory=dict)


def settle(
    roots: Roots, *, merge: CitizenMerge, said: Mapping[Key, Values] = MappingProxyType({})
) -> int:
    """Bring every row of these records to where it belongs now; return how many moved.

    Those that ``said`` something else before they were joined say it again where there is room for it.
    """
    # What is carried along comes last: only what hangs on nothing is left to be moved, and takes
    # its own parts with it.
    ordered = sorted(belongings(), key=lambda one: (one.is_carried, not one.links))
    movable = [one for one in ordered if one.is_movable and one.model not in PLACED_APART]
    moved = sum(_settle(one, roots, merge, said) for one in movable)
    follow_rows(list(roots))
    moved += merged_care.place(roots, merge=merge)
    return moved + merged_cases.place(roots, merge=merge)


def _settle(
    belonging: Belonging, roots: Roots, merge: CitizenMerge, said: Mapping[Key, Values]
) -> int:
    moves = _moves(belonging, roots, said)
    if not moves:
        return 0
    held_up = _move(belonging, moves)
    stuck = [move for move in held_up if not move.said]
    behind = [move for move in stuck if not _is_astray(move, roots)]
    exchanged = _stand_in_front(belonging, behind, {move.row: move.home for move in moves})
    placed = {move.row for move in exchanged}
    waiting = {move.row for move in behind} - placed
    astray = [move for move in stuck if _is_astray(move, roots) and move.row not in placed]
    exchanged += _leave(belonging, astray)
    exchanged += [_say_less(belonging, move) for move in held_up if move.said]
    done = [move for move in (*moves, *exchanged) if move.row not in waiting]
    _keep_ledger(belonging, done, merge)
    return len(done)


def _is_astray(move: Move, roots: Roots) -> bool:
    """Say whether the row stands with a record that speaks for others than its home."""
    return roots[move.at] == move.at


def _moves(belonging: Belonging, roots: Roots, said: Mapping[Key, Values]) -> list[Move]:
    at: dict[UUID, UUID] = dict(belonging.of(list(roots)).values_list("pk", belonging.column))
    ledger = MergedRow.objects.filter(table=belonging.table, column=belonging.column)
    homes: dict[UUID, UUID] = dict(
        ledger.filter(row_id__in=list(at)).values_list("row_id", "home_id")
    )
    found = []
    for row, owner in at.items():
        home, before = homes.get(row, owner), said.get((belonging.table, belonging.column, row), {})
        if home in roots and (roots[home] != owner or before):
            found.append(Move(row, owner, roots[home], home, before))
    return sorted(found, key=lambda move: (*_together(move), move.row))


def _together(move: Move) -> tuple[bool, bool, UUID]:
    """Say which rows go in one step: those that go home make room for those that come.

    What was written since in place of a row that ended comes before what would hold again.
    """
    return move.to != move.home, bool(move.said), move.to


def _move(belonging: Belonging, moves: Sequence[Move]) -> list[Move]:
    """Move rows; return those beside whose like there is no room."""
    stuck: list[Move] = []
    for _step, part in groupby(moves, key=_together):
        group = list(part)
        if not _update(belonging, group):
            stuck += [move for move in group if not _update(belonging, [move])]
    # What left meanwhile may have made room.
    return [move for move in stuck if not _update(belonging, [move])]


def _update(belonging: Belonging, moves: Sequence[Move]) -> bool:
    """Move rows to one record, and say whether there was room for all of them."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            silent = [move.row for move in moves if not move.said]
            belonging.rows.filter(pk__in=silent).update(**{belonging.column: moves[0].to})
            for move in moves:
                if move.said:
                    now = {**move.said, belonging.column: move.to}
                    belonging.rows.filter(pk=move.row).update(**now)
            # Rules that wait for the end of the transaction are asked now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        return False
    return True


def _say_less(belonging: Belonging, move: Move) -> Move:
    """Let a row hold again with less, or at its home where a guest waits, else stay as it is."""
    less = {**move.said, **ENDS[belonging.model].yields}
    places = (move, replace(move, to=move.home))
    ways = [replace(one, said=said) for one in places for said in (move.said, less)]
    for way in (*ways, replace(move, said={})):
        if _update(belonging, [way]):
            return way
    _exchange(belonging, [replace(move, said={})])
    return move


def _stand_in_front(
    belonging: Belonging, behind: Iterable[Move], homes: dict[UUID, UUID]
) -> list[Move]:
    """Let a row that says more (a verified number, care that goes on) change places with its like.

    ``homes`` knows those of the rows that are on their way; the ledger does not yet.
    """
    exchanged: list[Move] = []
    for move in behind:
        other = _like_in_front(belonging, move)
        if other is not None:
            home = homes.setdefault(other.pk, _home_of(belonging, other))
            pair = [move, Move(other.pk, move.to, move.at, home)]
            _exchange(belonging, pair)
            exchanged += pair
    return exchanged


def _leave(belonging: Belonging, astray: Sequence[Move]) -> list[Move]:
    """Let rows leave a record that is not theirs; beside its like a guest waits at its own home."""
    try:
        _exchange(belonging, astray)
    except ValidationError:
        if not any(move.to != move.home for move in astray):
            raise
    else:
        return []
    _exchange(belonging, [move for move in astray if move.to == move.home])
    left: list[Move] = []
    for move in astray:
        if move.to != move.home and not _update(belonging, [move]):
            pair = [_displaced(belonging, move) or Move(move.row, move.at, move.home, move.home)]
            if pair[0].row != move.row:
                pair.append(move)
            _exchange(belonging, pair)
            left += pair
    return left


def _displaced(belonging: Belonging, move: Move) -> Move | None:
    """Return how the like of a row gives way to it and waits at its home, where it says less."""
    found = _like_in_front(belonging, move)
    return None if found is None else Move(found.pk, move.to, move.home, _home_of(belonging, found))


def _like_in_front(belonging: Belonging, move: Move) -> Any:
    """Return the row where a row is to go that says less of the same (a claim, care that ended)."""
    rivals = RIVALS.get(belonging.model)
    if rivals is None:
        return None
    row = belonging.rows.get(pk=move.row)
    same = {name: getattr(row, name) for name in rivals.same}
    other = belonging.rows.filter(**{belonging.column: move.to}, **same).first()
    return None if other is None or rivals.rank(row) <= rivals.rank(other) else other


def _home_of(belonging: Belonging, row: Any) -> UUID:
    ledger = MergedRow.objects.filter(table=belonging.table, column=belonging.column, row_id=row.pk)
    home: UUID = ledger.values_list("home_id", flat=True).first() or getattr(row, belonging.column)
    return home


def _exchange(belonging: Belonging, moves: Sequence[Move]) -> None:
    """Let rows change places that stand in each other's way: taken out, and put in again unchanged."""
    if not moves:
        return
    rows = {row.pk: row for row in belonging.rows.filter(pk__in=[move.row for move in moves])}
    try:
        with transaction.atomic():
            belonging.rows.filter(pk__in=list(rows))._raw_delete(using=connection.alias)
            for move in moves:
                setattr(rows[move.row], belonging.column, move.to)
                rows[move.row].save_base(raw=True, force_insert=True)
    except IntegrityError as error:
        raise ValidationError(
            _(
                "“%(row)s” (%(kind)s) cannot go back to its record, for that one has the like by now;"
                " end one of the two first."
            ),
            code="row_in_the_way",
            params={
                "row": str(next(iter(rows.values()))),
                "kind": belonging.model._meta.verbose_name,
            },
        ) from error


def _keep_ledger(belonging: Belonging, moves: Iterable[Move], merge: CitizenMerge) -> None:
    """Note where the home of each guest is, and forget those who are at home again."""
    last = {move.row: move for move in moves}
    ledger = MergedRow.objects.filter(table=belonging.table, column=belonging.column)
    back = [move.row for move in last.values() if move.to == move.home]
    ledger.filter(row_id__in=back).delete()
    known = set(ledger.filter(row_id__in=list(last)).values_list("row_id", flat=True))
    MergedRow.objects.bulk_create(
        MergedRow(
            table=belonging.table,
            column=belonging.column,
            row_id=move.row,
            home_id=move.home,
            merge=merge,
        )
        for move in last.values()
        if move.to != move.home and move.row not in known
    )


@dataclass(frozen=True, slots=True)
class Since:
    """A row that was written for a record since a moment."""

    belonging: Belonging
    row: Any

    @property
    def table(self) -> str:
        return self.belonging.table

    @property
    def key(self) -> UUID:
        key: UUID = self.row.pk
        return key


# Who opened a record when stays where it was opened; questions about twins are no part of it.
NOT_ASKED: tuple[type[models.Model], ...] = (CareAccess, TwinCase)


def written_since(citizen_id: UUID, merge: CitizenMerge) -> list[Since]:
    """Return rows that were written for a record itself since a joining; keys grow with time."""
    found: list[Since] = []
    for belonging in belongings():
        if belonging.model in NOT_ASKED:
            continue
        rows = belonging.alone.filter(**{belonging.column: citizen_id}, pk__gt=merge.pk)
        if belonging.model is CareRelation:  # what a visit or a card gave goes with it
            places = places_by_cards(citizen_id, timezone.localdate())
            rows = rows.exclude(pk__in=given_by_visits(rows).values("pk"))
            rows = rows.exclude(ground=INSURED, organisation__in=places)
        if belonging.model is FieldSource:  # what a visit says of a death goes with the visit
            visits = Visit.objects.filter(citizen=citizen_id)
            rows = rows.exclude(visit_id__in=visits.values("pk"))
        away = MergedRow.objects.filter(table=belonging.table, column=belonging.column)
        written = rows.exclude(pk__in=away.values("row_id")).order_by("pk")
        found += [Since(belonging, row) for row in written]
    return found


def hand_over(rows: Iterable[tuple[str, UUID]], *, to: UUID, merge: CitizenMerge) -> None:
    """Say of rows (table, key) that were written since that their home is another record."""
    by_table: dict[str, list[UUID]] = {}
    for table, key in rows:
        by_table.setdefault(table, []).append(key)
    for belonging in belongings():
        keys = by_table.get(belonging.table, ())
        alone = (
            set(belonging.alone.filter(pk__in=keys).values_list("pk", flat=True)) if keys else ()
        )
        for key in alone:
            MergedRow.objects.update_or_create(
                table=belonging.table,
                column=belonging.column,
                row_id=key,
                defaults={"home_id": to},
                create_defaults={"home_id": to, "merge": merge},
            )


def share_home(row: models.Model, *, of: models.Model) -> None:
    """Let a row that takes another one's place have the home of that one, where it is away."""
    table = row._meta.db_table
    for entry in MergedRow.objects.filter(table=table, row_id=of.pk):
        MergedRow.objects.create(
            table=table,
            column=entry.column,
            row_id=row.pk,
            home_id=entry.home_id,
            merge_id=entry.merge_id,
        )


def away_from(merge: CitizenMerge) -> list[tuple[Belonging, int]]:
    """Return how many rows of each kind stand away from the record that was joined."""
    homes, counted = joined_with(merge.merged_id), []
    for belonging in belongings():
        if belonging.model in NOT_ASKED:
            continue
        ledger = MergedRow.objects.filter(table=belonging.table, column=belonging.column)
        rows = belonging.alone.filter(pk__in=ledger.filter(home__in=homes).values("row_id"))
        if count := rows.count():
            counted.append((belonging, count))
    return counted
