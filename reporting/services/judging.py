"""Judge the reports that stand, all of them or those that a change reaches, and keep what was found."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date
from typing import Any
from uuid import UUID

from portal.database.planning import by_hashing
from reporting.models import ReportJudgement
from reporting.quality.reports import CHANGED, REACHED, judging, words_of_reports

# So many reports are looked up one by one; more of them are judged as all are.
FEW = 100
SINCE = "pgh_xid >= %(since)s::text::xid8"


def judge_reports(
    cursor: Any, day: date, *, since: Any = None, recounted: Iterable[UUID] = ()
) -> int | None:
    """Judge what changed since a transaction and what was counted otherwise now; return how many.

    Without ``since``, or where nothing is kept yet, all reports are judged: None.
    """
    if since is None or not ReportJudgement.objects.exists():
        cursor.execute("DELETE FROM reporting_reportjudgement")
        with by_hashing(cursor):
            cursor.execute(judging(some=False), words_of_reports(day))
        return None
    cursor.execute(CHANGED.replace("@since", SINCE), {"since": since})
    return judge_some(cursor, day, {*recounted, *(key for (key,) in cursor.fetchall())})


def judge_some(cursor: Any, day: date, changed: Iterable[UUID]) -> int:
    """Judge these reports anew, and those that are judged by them."""
    cursor.execute(REACHED, {"changed": list(changed)})
    keys = [key for (key,) in cursor.fetchall()]
    if keys:
        cursor.execute(
            "DELETE FROM reporting_reportjudgement WHERE report_id = ANY (%(keys)s)", {"keys": keys}
        )
        with by_hashing(cursor) if len(keys) > FEW else nullcontext():
            cursor.execute(judging(some=True), {**words_of_reports(day), "keys": keys})
    return len(keys)
