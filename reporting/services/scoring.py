"""Add the measurements up: for each facility, each body with all under it, each commune and province.

The formula is that of ``reporting.quality.formula``; here it runs over all places at once, and a test
proves both equal. A score is written only where it differs from the one that stands.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from reporting.quality.formula import PLACES, SHOWN_PLACES


def _quotient(part: str, whole: str, places: int = PLACES) -> str:
    """Write ``reporting.quality.formula.quotient`` in SQL; div() cuts the exact value off."""
    unit = f"{Decimal(10) ** -places:f}"
    return f"div(2 * ({part}) * 1{'0' * places} + ({whole}), 2 * ({whole})) * {unit}"


SCORES = f"""
WITH policy AS (
  SELECT * FROM reporting_qualitypolicy WHERE valid_from <= %(day)s
    AND (valid_until IS NULL OR valid_until >= %(day)s)
), weight (criterion, weighs) AS (
  SELECT 'accuracy', accuracy FROM policy UNION ALL SELECT 'completeness', completeness FROM policy
  UNION ALL SELECT 'cleanness', cleanness FROM policy UNION ALL SELECT 'currency', currency FROM policy
  UNION ALL SELECT 'consistency', consistency FROM policy
), stands AS (
  SELECT DISTINCT ON (facility_id, rule_id) facility_id, rule_id, evaluated, passed, gates_broken
  FROM reporting_qualitymeasurement WHERE day <= %(day)s ORDER BY facility_id, rule_id, day DESC
), place AS (
  SELECT id, path, area_id FROM places_organisation
  WHERE id IN (SELECT facility_id FROM stands)
), unit (unit, of_id, facility_id) AS (
  SELECT 'facility', id, id FROM place
  UNION ALL SELECT 'below', body.id, place.id
  FROM places_organisation body JOIN place ON starts_with(place.path, body.path)
  WHERE EXISTS (SELECT FROM places_organisation child WHERE child.parent_id = body.id)
  UNION ALL SELECT 'area', area_id, id FROM place WHERE area_id IS NOT NULL
  UNION ALL SELECT 'area', area.parent_id, place.id
  FROM place JOIN places_area area ON area.id = place.area_id WHERE area.parent_id IS NOT NULL
), judged AS (
  SELECT unit, of_id, rule.code, rule.criterion, rule.weight,
    sum(evaluated)::numeric AS evaluated, sum(passed)::numeric AS passed,
    sum(gates_broken) AS broken
  FROM unit JOIN stands USING (facility_id) JOIN reporting_qualityrule rule ON rule.id = rule_id
  WHERE rule.valid_from <= %(day)s AND (rule.valid_until IS NULL OR rule.valid_until >= %(day)s)
    AND rule.not_measured_because = ''
  GROUP BY 1, 2, 3, 4, 5, rule.minimum
  HAVING sum(evaluated) > 0 AND sum(evaluated) >= rule.minimum
), weighed AS (
  SELECT judged.*, {_quotient("passed", "evaluated")} AS share, weighs, sum(weight) OVER (PARTITION BY unit, of_id, criterion) AS total
  FROM judged JOIN weight USING (criterion)
), criterion AS (
  SELECT unit, of_id, criterion, weighs, {_quotient("100 * sum(weight * share)", "sum(weight)")} AS value
  FROM weighed GROUP BY 1, 2, 3, 4
), whole AS (
  SELECT unit, of_id,
    CASE WHEN sum(weighs) > 0 THEN {_quotient("sum(weighs * value)", "sum(weighs)", SHOWN_PLACES)} END AS value,
    max(round(value, {SHOWN_PLACES})) FILTER (WHERE criterion = 'accuracy') AS accuracy,
    max(round(value, {SHOWN_PLACES})) FILTER (WHERE criterion = 'completeness') AS completeness,
    max(round(value, {SHOWN_PLACES})) FILTER (WHERE criterion = 'cleanness') AS cleanness,
    max(round(value, {SHOWN_PLACES})) FILTER (WHERE criterion = 'currency') AS currency,
    max(round(value, {SHOWN_PLACES})) FILTER (WHERE criterion = 'consistency') AS consistency
  FROM criterion GROUP BY 1, 2
), summed AS (
  SELECT unit, of_id, bool_and(broken = 0) AS holds_gates, sum(evaluated)::bigint AS evaluated,
    coalesce((array_agg(code ORDER BY loss DESC, code) FILTER (WHERE loss > 0))[1:3], '{{}}') AS worst,
    jsonb_object_agg(code, jsonb_build_array(evaluated, passed, broken)) AS rules
  FROM (
    SELECT *, {_quotient("weighs * weight * (1 - share)", "total")} AS loss FROM weighed
  ) lost GROUP BY 1, 2
), now AS (
  SELECT *, CASE WHEN unit <> 'area' THEN of_id END AS organisation_id,
    CASE WHEN unit = 'area' THEN of_id END AS area_id
  FROM whole JOIN summed USING (unit, of_id)
), before AS (
  SELECT DISTINCT ON (unit, organisation_id, area_id) *,
    coalesce(organisation_id, area_id) AS of_id
  FROM reporting_qualityscore
  WHERE day < %(day)s ORDER BY unit, organisation_id, area_id, day DESC
)
INSERT INTO reporting_qualityscore (id, unit, organisation_id, area_id, day, value, accuracy,
  completeness, cleanness, currency, consistency, holds_gates, evaluated, worst, rules)
SELECT public.mach_uuid7(), unit, now.organisation_id, now.area_id, %(day)s, now.value,
  now.accuracy, now.completeness, now.cleanness, now.currency, now.consistency, now.holds_gates,
  now.evaluated, now.worst, now.rules
FROM now LEFT JOIN before USING (unit, of_id)
WHERE before.id IS NULL OR (now.value, now.accuracy, now.completeness, now.cleanness, now.currency,
    now.consistency, now.holds_gates, now.evaluated, now.worst, now.rules)
  IS DISTINCT FROM (before.value, before.accuracy, before.completeness, before.cleanness,
    before.currency, before.consistency, before.holds_gates, before.evaluated, before.worst,
    before.rules)
"""


def score_places(cursor: Any, day: date) -> None:
    """Write the scores of a day; what was written for it before is written anew."""
    cursor.execute("DELETE FROM reporting_qualityscore WHERE day = %s", [day])
    cursor.execute(SCORES, {"day": day})
