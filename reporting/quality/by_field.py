"""How good is each field of a place's records, by the rules that look at it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django_stubs_ext import StrOrPromise

from portal.places.models import Organisation
from portal.site.home import Chip
from reporting.models import QualityPolicy, QualityRule, QualityScore
from reporting.quality.check import SOURCES
from reporting.quality.formula import Measured, score
from reporting.quality.openings import FIELDS
from reporting.quality.overview import chip_of

FAILED = """
SELECT rule.code, said.name, count(*) FROM reporting_qualityissue issue
JOIN reporting_qualityrule rule ON rule.id = issue.rule_id
CROSS JOIN LATERAL unnest(issue.fields) said (name)
WHERE issue.closed_on IS NULL AND issue.facility_id = %s
  AND (%s OR issue.sensitivity = '') GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: how often it is wrong, and its score by the same formula as a place's."""

    name: StrOrPromise
    failed: int
    value: Decimal
    rules: list[str]
    chip: Chip


def fields_of(
    place: Organisation,
    standing: QualityScore,
    rules: Mapping[str, QualityRule],
    policy: QualityPolicy,
    *,
    sees: bool = True,
) -> list[FieldLine]:
    """Return the fields of a facility's records that are wrong somewhere, the worst first.

    Who does not see rows of a protected class is told of the others.

    A field is judged by the rules that look at it, in as many records as each rule judged here.
    """
    with connection.cursor() as cursor:
        cursor.execute(FAILED, [place.pk, sees])
        failed = {(code, name): count for code, name, count in cursor.fetchall()}
    looked_at: dict[str, set[str]] = {}
    for source in SOURCES:
        for check in source.checks:
            for name in check.fields:
                looked_at.setdefault(name, set()).add(check.rule)
    found = []
    for name in {name for _code, name in failed} & set(looked_at):
        codes = sorted(looked_at[name] & set(standing.rules) & set(rules))
        measured = [
            _of_rule(rules[c], standing.rules[c][0], failed.get((c, name), 0)) for c in codes
        ]
        value = score(measured, policy.weights).value
        if value is not None:
            wrong = sum(failed.get((code, name), 0) for code in codes)
            label = FIELDS.get(name, name)
            found.append(FieldLine(label, wrong, value, codes, chip_of(value, policy)))
    return sorted(found, key=lambda line: (line.value, -line.failed, str(line.name)))


def _of_rule(rule: QualityRule, evaluated: int, failed: int) -> Measured:
    passed = max(evaluated - failed, 0)
    return Measured(rule.code, rule.criterion, rule.weight, evaluated, passed, rule.minimum)
