"""Cases that name the replaced row go on as cases of the row that stays: nothing is asked again."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from practitioners.disputes import clash_key
from practitioners.models import DiscrepancyCase, PractitionerJoining
from practitioners.services.joined_rows import Effect


def renamed(joining: PractitionerJoining) -> list[Effect]:
    """Return what becomes of the names of the clashes that were heard of the replaced row.

    A case about the two rows themselves keeps its name, and so does an open one whose clash is asked of
    the other row at the same time: each is decided as it was opened.
    """
    joined = joining.joined_id
    about = Q(practitioner=joined) | Q(facts__people__contains=[str(joined)])
    cases = DiscrepancyCase.objects.filter(about).exclude(practitioner=None)
    effects: list[Effect] = []
    for case in cases.select_for_update(of=["self"]).order_by("opened_at", "id"):
        changes = _changes(case, joining)
        if changes and not _is_asked(case, changes["key"], effects):
            effects.append(Effect(case, changes))
    return effects


def _changes(case: DiscrepancyCase, joining: PractitionerJoining) -> dict[str, Any]:
    """Return the name of the case since, and its two people; nothing where it keeps its name."""
    stays, goes = joining.survivor_id, joining.joined_id
    if not case.people:
        key = case.key.replace(f":{goes}:", f":{stays}:", 1)
        return {"key": key} if key != case.key else {}
    people = [stays if key == goes else key for key in case.people]
    first, second = sorted(people)
    if first == second:
        return {}
    facts = {**case.facts, "people": [str(key) for key in people]}
    return {"key": clash_key(f"{case.kind}:pair", first, str(second)), "facts": facts}


def _is_asked(case: DiscrepancyCase, key: str, effects: list[Effect]) -> bool:
    """Say whether the same clash is asked about already in another open case."""
    if not case.is_open:
        return False
    named = any(effect.changes["key"] == key and effect.row.is_open for effect in effects)  # type: ignore[attr-defined]
    return named or DiscrepancyCase.objects.open().filter(key=key).exclude(pk=case.pk).exists()
