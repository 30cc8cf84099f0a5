"""Questions whether two records are one person: answered by joining them, open again by parting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, CitizenMerge, TwinCase
from healthrecords.services.access import place_to_act
from portal.scope import scope_of

Kept = dict[str, Any]


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
