"""With which official did a dossier lie, and for how many days, while it was the authority's turn?

From the steps: whoever had a dossier answers for the days it lay there, also once it was handed on.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models.expressions import RawSQL

from portal.dossiers.states import State

OUR_TURN = [str(one) for one in (State.RECEIVED, State.COMPLETE, State.APPRAISAL, State.SIGNATURE)]
DAYS = """
WITH turns AS (
  SELECT step.dossier_id, step.assigned_to_id AS official, step.state_after,
         step."on" AS began,
         lead(step."on", 1, %s::date) OVER (PARTITION BY step.dossier_id ORDER BY step.at, step.id)
           AS ended
  FROM dossiers_dossierstep step WHERE step.dossier_id IN ({scoped})
), days AS (
  SELECT dossier_id, official, sum(least(ended, %s) - greatest(began, %s)) AS lain
  FROM turns
  WHERE official IS NOT NULL AND state_after = ANY(%s) AND began <= %s AND ended >= %s
  GROUP BY dossier_id, official
)
"""
HAD = "SELECT dossier_id FROM dossiers_dossierstep WHERE assigned_to_id = %s"


def days_of(asked: tuple[Any, ...], first: date, last: date) -> list[Any]:
    """Return the parameters of ``DAYS``; ``asked`` are those of what it is scoped by."""
    return [last, *asked, last, first, OUR_TURN, last, first]


def lay_with(official: str, first: date, last: date) -> RawSQL:
    """Return the dossiers that lay with an official on some day of a period."""
    sql = f"{DAYS.format(scoped=HAD)} SELECT dossier_id FROM days WHERE official = %s"  # noqa: S608
    return RawSQL(sql, [*days_of((official,), first, last), official])  # noqa: S611
