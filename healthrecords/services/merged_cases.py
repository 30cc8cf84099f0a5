"""Questions whether two records are one person: answered by joining them, open again by parting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, CitizenMerge, MergedRow, TwinCase
from healthrecords.services.access import place_to_act
from portal.scope import scope_of

Kept = dict[str, Any]
Pair = tuple[UUID, UUID]
COLUMNS = ("older_id", "newer_id")
LEDGER = ("row_id", "column", "home_id")


@dataclass(slots=True)
class _Asked:
    """A question, the two records it was asked about, and those it is to stand between now."""

    case: TwinCase
    home: Pair
    wanted: Pair

    @property
    def sameness(self) -> tuple[str, str]:
        return self.case.ground, self.case.number


def place(roots: Mapping[UUID, UUID], *, merge: CitizenMerge) -> int:
    """Let each question stand between the records that speak for its two; return how many moved.

    Both sides move at once. What would be asked of one record alone, or is asked of the same two
    already, waits between the records it was asked about.
    """
    asked = _asked(roots)
    people = {key for one in asked for key in one.wanted}
    others = TwinCase.objects.filter(older__in=people, newer__in=people)
    others = others.exclude(pk__in=[one.case.pk for one in asked])
    kept = {((row.older_id, row.newer_id), (row.ground, row.number)) for row in others}
    kept |= {(one.home, one.sameness) for one in asked}  # nobody takes a place that is another's
    for one in asked:
        if one.wanted == one.home:
            continue
        if one.wanted[0] == one.wanted[1] or (one.wanted, one.sameness) in kept:
            one.wanted = one.home
        else:
            kept.add((one.wanted, one.sameness))
    moved = [one for one in asked if (one.case.older_id, one.case.newer_id) != one.wanted]
    _stand(moved)
    _keep_homes(asked, merge)
    return len(moved)


def _asked(roots: Mapping[UUID, UUID]) -> list[_Asked]:
    """Return the questions about these records, the earliest first, with where each is to stand."""
    table, people = TwinCase._meta.db_table, list(roots)
    cases = list(TwinCase.objects.filter(Q(older__in=people) | Q(newer__in=people)).order_by("id"))
    ledger = MergedRow.objects.filter(table=table, row_id__in=[case.pk for case in cases])
    homes = {(row, column): home for row, column, home in ledger.values_list(*LEDGER)}
    found = []
    for case in cases:
        now = (case.older_id, case.newer_id)
        home = (
            homes.get((case.pk, COLUMNS[0]), now[0]),
            homes.get((case.pk, COLUMNS[1]), now[1]),
        )
        # A side of another tree stands where that tree has it.
        wanted = tuple(roots.get(of, at) for of, at in zip(home, now, strict=True))
        found.append(_Asked(case, home, (wanted[0], wanted[1])))
    return found


def _stand(moved: Sequence[_Asked]) -> None:
    """Let questions change places that stand in each other's way: taken out, put in unchanged."""
    rows = TwinCase.objects.filter(pk__in=[one.case.pk for one in moved])
    rows._raw_delete(using=connection.alias)
    for one in moved:
        one.case.older_id, one.case.newer_id = one.wanted
        one.case.save_base(raw=True, force_insert=True)


def _keep_homes(asked: Sequence[_Asked], merge: CitizenMerge) -> None:
    """Note where the home of each side is that stands away from it, and forget the others."""
    table = TwinCase._meta.db_table
    away = {
        (one.case.pk, column): home
        for one in asked
        for column, home, at in zip(COLUMNS, one.home, one.wanted, strict=True)
        if home != at
    }
    ledger = MergedRow.objects.filter(table=table, row_id__in=[one.case.pk for one in asked])
    known = set()
    for entry in ledger:
        if (entry.row_id, entry.column) in away:
            known.add((entry.row_id, entry.column))
        else:
            entry.delete()
    MergedRow.objects.bulk_create(
        MergedRow(table=table, column=column, row_id=row, home_id=home, merge=merge)
        for (row, column), home in away.items()
        if (row, column) not in known
    )


def settle(roots: Mapping[UUID, UUID], *, merge: CitizenMerge) -> None:
    """Answer what is within one record now; give their answers back to those that are not any more."""
    _give_back(roots, merge)
    inside = TwinCase.objects.filter(older__in=list(roots), newer__in=list(roots))
    for case in inside.exclude(answer=TwinCase.Answer.SAME):
        if merge.undone_at is None and roots[case.older_id] == roots[case.newer_id]:
            merge.cases.append(_kept(case))
            _answer(case, TwinCase.Answer.SAME, actor=merge.merged_by, at=merge.merged_at)
    merge.save(update_fields=["cases"])


def _kept(case: TwinCase) -> Kept:
    return {
        "id": str(case.pk),
        "answer": case.answer,
        "answered_at": case.answered_at.isoformat() if case.answered_at else None,
        "answered_by": str(case.answered_by_id) if case.answered_by_id else None,
    }


def _give_back(roots: Mapping[UUID, UUID], merge: CitizenMerge) -> None:
    tree = CitizenMerge.objects.filter(survivor__in=list(roots)).exclude(cases=[])
    for other in [merge, *tree.exclude(pk=merge.pk)]:
        cases = TwinCase.objects.in_bulk([UUID(kept["id"]) for kept in other.cases])
        parted = [
            kept
            for kept in other.cases
            if (case := cases.get(UUID(kept["id"]))) is not None
            and roots.get(case.older_id, case.older_id) != roots.get(case.newer_id, case.newer_id)
        ]
        for kept in parted:
            case = cases[UUID(kept["id"])]
            case.answer = kept["answer"]
            case.answered_at = parse_datetime(kept["answered_at"]) if kept["answered_at"] else None
            case.answered_by_id = UUID(kept["answered_by"]) if kept["answered_by"] else None
            case.save(update_fields=["answer", "answered_at", "answered_by"])
        if parted:
            other.cases = [kept for kept in other.cases if kept not in parted]
            other.save(update_fields=["cases"])


def _answer(case: TwinCase, answer: str, *, actor: Any, at: datetime) -> None:
    case.answer, case.answered_at, case.answered_by = answer, at, actor
    case.save(update_fields=["answer", "answered_at", "answered_by"])


def between(one: UUID, other: UUID) -> Any:
    """Return the questions about two records."""
    return TwinCase.objects.filter(Q(older=one, newer=other) | Q(older=other, newer=one))


def answer_two(merge: CitizenMerge, *, actor: Any, at: datetime) -> None:
    """Keep that the records of a joining are two people, whether anybody had asked or not."""
    _keep_two(merge.survivor_id, merge.merged_id, actor=actor, at=at)


def _keep_two(one: UUID, other: UUID, *, actor: Any, at: datetime) -> None:
    older, newer = sorted((one, other))
    if not between(one, other).exists():
        TwinCase.objects.create(
            older_id=older,
            newer_id=newer,
            ground=TwinCase.Ground.LIKENESS,
            likelihood=0,
            found_at=at,
        )
    for case in between(one, other).exclude(answer=TwinCase.Answer.DIFFERENT):
        _answer(case, TwinCase.Answer.DIFFERENT, actor=actor, at=at)


@transaction.atomic
def say_two_people(*, actor: Any, one: Citizen, other: Citizen, at: datetime) -> None:
    """Answer that two records are two people; remembered, and open to be asked again."""
    require_to_answer(actor, one, other)
    _keep_two(one.pk, other.pk, actor=actor, at=at)


@transaction.atomic
def ask_again(*, actor: Any, case: TwinCase) -> TwinCase:
    """Open a question again that was answered with two people."""
    case = TwinCase.objects.select_for_update().get(pk=case.pk)
    require_to_answer(actor, case.older, case.newer)
    if case.answer != TwinCase.Answer.DIFFERENT:
        raise ValidationError(
            _("Only an answer “two people” can be taken back here."), code="case_not_answered"
        )
    _answer(case, TwinCase.Answer.OPEN, actor=None, at=None)  # type: ignore[arg-type]
    return case


def require_to_answer(actor: Any, one: Citizen, other: Citizen) -> None:
    """Refuse an answer about two records neither of which a place of the actor keeps."""
    mine = Citizen.objects.within(scope_of(actor, "enter_records"))
    is_mine = mine.filter(pk__in=[one.pk, other.pk]).exists()
    if place_to_act(actor, "enter_records") is None or not is_mine:
        raise PermissionDenied(
            _("Whether these are two people is answered by a place that keeps one of them.")
        )
