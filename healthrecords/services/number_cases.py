"""Two records claim one number: a question that is open as long as both do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
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
    reopen_cases(identifier.citizen)
    return cases


def close_cases(citizen: Citizen, *, by: Any, at: datetime) -> None:
    """Close the open questions about numbers that one of the two records has given up."""
    given_up = _about(citizen).open().exclude(*_both_claim())
    given_up.update(answer=Answer.GIVEN_UP, answered_at=at, answered_by=by)


def reopen_cases(citizen: Citizen) -> None:
    """Ask again about numbers that one of the two had given up and both claim now."""
    claimed = _about(citizen).filter(*_both_claim(), answer=Answer.GIVEN_UP)
    claimed.update(answer=Answer.OPEN, answered_at=None, answered_by=None)


def _about(citizen: Citizen) -> TwinCaseQuerySet:
    rows = TwinCase.objects.filter(Q(older=citizen) | Q(newer=citizen))
    return rows.filter(ground=TwinCase.Ground.NUMBER)


def _both_claim() -> tuple[Exists, Exists]:
    held = CitizenIdentifier.objects.filter(value=OuterRef("number"), ended_on=None)
    held = held.exclude(kind__in=CitizenIdentifier.LOCAL)
    return Exists(held.filter(citizen=OuterRef("older"))), Exists(
        held.filter(citizen=OuterRef("newer"))
    )
