"""Two records claim one number: a question that is open as long as both do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from healthrecords.models import CitizenIdentifier, TwinCase
from healthrecords.querysets import TwinCaseQuerySet

Answer, Ending = TwinCase.Answer, CitizenIdentifier.Ending


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


def close_cases_of(batch_id: UUID, *, by: Any, at: datetime) -> None:
    """Close the questions about numbers that an uploaded batch brought and that ended with it."""
    ended = CitizenIdentifier.objects.filter(batch_id=batch_id).exclude(ended_on=None)
    people = ended.order_by().values("citizen")
    asked = TwinCase.objects.open().filter(Q(older__in=people) | Q(newer__in=people))
    close_cases({key for pair in asked.values_list("older", "newer") for key in pair}, by=by, at=at)


def reopen_cases(people: Iterable[UUID]) -> int:
    """Ask again about numbers that one of the two had given up and both claim now; return how many."""
    claimed = _about(people).filter(_claims("older"), _claims("newer"), answer=Answer.GIVEN_UP)
    return claimed.update(answer=Answer.OPEN, answered_at=None, answered_by=None)


def lift_endings(roots: Mapping[UUID, UUID]) -> None:
    """Let numbers hold again that ended, while two records were one, by a number of the other one.

    What the authority cancelled stays so. Where another record was verified by the number meanwhile,
    this one claims it.
    """
    ended = CitizenIdentifier.objects.filter(citizen__in=[*roots], successor__isnull=False)
    for row in ended.exclude(ending=Ending.CANCELLED).select_related("successor"):
        after = row.successor.citizen_id  # type: ignore[union-attr]  # filtered above
        alike = CitizenIdentifier.objects.filter(kind=row.kind, value=row.value, ended_on=None)
        if roots[row.citizen_id] == roots.get(after, after):
            continue
        if alike.filter(citizen=row.citizen_id, issuer=row.issuer_id).exists():
            continue
        row.ended_on, row.ending, row.ending_note, row.successor = None, Ending.NONE, "", None
        row.is_verified = row.is_verified and not alike.filter(is_verified=True).exists()
        row.save(update_fields=["ended_on", "ending", "ending_note", "successor", "is_verified"])


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
