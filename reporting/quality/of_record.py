"""How good is one record: what does each rule say of it now?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from portal.scope import EVERYWHERE, Scope
from reporting.models import QualityPolicy, QualityRule
from reporting.quality.check import SOURCES, Source
from reporting.quality.formula import Measured, Scored, score

ASK = """
WITH {before} dummy AS (SELECT 1)
SELECT {facility}, {sensitivity}, asked.rule, asked.is_judged, asked.fields, {finding}
FROM {rows} CROSS JOIN LATERAL (VALUES {asked}) asked (rule, is_judged, fields)
WHERE ({where}) AND {key} = %(record)s
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of the record: the fields that are wrong, none where it passes."""

    rule: QualityRule
    wrong: list[str]

    @property
    def passes(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class RecordScore:
    """A record's score by the published formula, each rule that judges it counting once."""

    facility: UUID | None
    sensitivity: str
    verdicts: list[Verdict]
    scored: Scored


def score_record(
    label: str,
    record: UUID,
    on: date,
    rules: dict[str, QualityRule],
    policy: QualityPolicy,
    *,
    sees: Scope = EVERYWHERE,
) -> RecordScore | None:
    """Ask the rules of one record; None where no rule knows such a record.

    ``sees`` is where findings of a protected class may be told; elsewhere their rules pass.
    """
    found: list[tuple[Any, ...]] = []
    for source in SOURCES:
        if source.label == label:
            found += _asked(source, record, on, rules)
    if not found:
        return None
    verdicts = [
        Verdict(rules[code], [] if finding and place not in sees else fields)
        for place, _class, code, judged, fields, finding in found
        if judged
    ]
    measured = [
        Measured(v.rule.code, v.rule.criterion, v.rule.weight, 1, int(v.passes)) for v in verdicts
    ]
    verdicts.sort(key=lambda v: (v.passes, -v.rule.weight, v.rule.code))
    return RecordScore(found[0][0], found[0][1], verdicts, score(measured, policy.weights))


def _asked(
    source: Source, record: UUID, on: date, rules: dict[str, QualityRule]
) -> list[tuple[Any, ...]]:
    checks = [
        check
        for check in source.checks
        if check.rule in rules and not rules[check.rule].not_measured_because
    ]
    if not checks:
        return []
    asked = [
        f"('{c.rule}', {c.judged}, CASE WHEN {c.judged} THEN {c.failing} ELSE ARRAY[]::text[] END)"
        for c in checks
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            ASK.format(
                before=source.before,
                facility=source.facility,
                sensitivity=source.sensitivity,
                finding=source.finding,
                rows=source.rows,
                where=source.where,
                key=source.key,
                asked=", ".join(asked),
            ),
            {**source.words(on), "day": on, "record": record},
        )
        return list(cursor.fetchall())
