"""Two records claim one number: a question that is open as long as both do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from healthrecords.models import CitizenIdentifier, TwinCase
from healthrecords.querysets import TwinCaseQuerySet

Answer = TwinCase.Answer


def open_cases(identifier: CitizenIdentifier, *, at: datetime) -> list[TwinCase]:
    """Open a twin case with each other record that goes by this number now."""
    others = CitizenIdentifier.objects.filter(
        kind=identifier.kind,
        value=identifier.value,
        ended_on=None,
        citizen__merged_into=None,
        citizen__withdrawn_at=None,
    ).exclude(citizen=identifier.citizen_id)
    cases = []
    for other in others.order_by("citizen_id", "id").distinct("citizen_id"):
        pair = sorted([other.citizen_id, identifier.citizen_id])
        known = TwinCase.objects.filter(
            older__in=pair, newer__in=pair, ground=TwinCase.Ground.NUMBER, number=identifier.value
        ).first()
        if known is None:
            # Another answer on the same number may open it in this moment.
            known, _is_new = TwinCase.objects.get_or_create(
                older_id=pair[0],
                newer_id=pair[1],
                ground=TwinCase.Ground.NUMBER,
                number=identifier.value,
                defaults={"found_at": at},
            )
        cases.append(known)
    reopen_cases([identifier.citizen_id])
    return cases


def close_cases(people: Iterable[UUID], *, by: Any, at: datetime) -> None:
    """Close the open questions about numbers that one of the two records has given up.

    Who never had the number gives none up: a question stored with the number of one side alone is
    about another one that both have, and stays.
    """
    given_up = _about(people).open().filter(_gave_up("older") | _gave_up("newer"))
    given_up.update(answer=Answer.GIVEN_UP, answered_at=at, answered_by=by)


def reopen_cases(people: Iterable[UUID]) -> int:
    """Ask again about numbers that one of the two had given up and both claim now; return how many."""
    claimed = _about(people).filter(_claims("older"), _claims("newer"), answer=Answer.GIVEN_UP)
    return claimed.update(answer=Answer.OPEN, answered_at=None, answered_by=None)


def _about(people: Iterable[UUID]) -> TwinCaseQuerySet:
    keys = list(people)
    rows = TwinCase.objects.filter(Q(older__in=keys) | Q(newer__in=keys))
    return rows.filter(ground=TwinCase.Ground.NUMBER)


def _gave_up(side: str) -> Q:
    ended = _numbers(side).filter(ended_on__isnull=False)
    return Q(Exists(ended)) & ~Q(_claims(side))


def _claims(side: str) -> Exists:
    return Exists(_numbers(side).filter(ended_on=None))


def _numbers(side: str) -> Any:
    rows = CitizenIdentifier.objects.filter(value=OuterRef("number"), citizen=OuterRef(side))
    return rows.exclude(kind__in=CitizenIdentifier.LOCAL)
