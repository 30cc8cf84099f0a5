"""Ask every rule of every record, or of what changed: open what fails, close what was mended.

Set-based: each source is walked once for all its rules. What earlier transactions wrote is told by
history, so that a night after a day of work looks at the day's records, and at the rules whose answer
changes as days go by. The same records under the same rules give the same figures, whatever the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from portal.places.models import Organisation
from reporting.models import QualityIssue, QualityRule, QualityRun
from reporting.quality import REPORTS, SOURCES, Check, Source
from reporting.services.expecting import expect_reports, recount_reports
from reporting.services.judging import judge_reports, judge_some
from reporting.services.scoring import score_places

LOCK = 0x4D51  # one measuring at a time

SINCE = "pgh_xid >= %(since)s::text::xid8"
AT_ONCE = 5_000  # records looked at by their keys
EVERYTHING_FROM = 200_000  # so many changes are looked for by walking over all
# Find what fails; close what does not any more; open what is new. The two never write the same row.
JUDGE = """
WITH {before} found AS MATERIALIZED (
  SELECT asked.rule_id, {key} AS object_id, {facility} AS facility_id, asked.fields,
    coalesce(nullif({sensitivity}, ''), {finding}) AS sensitivity
  FROM {rows}
  CROSS JOIN LATERAL (VALUES {asked}) asked (rule_id, fields)
  WHERE ({where}) AND {only_records} AND cardinality(asked.fields) > 0
), closed AS (
  UPDATE reporting_qualityissue issue SET closed_on = %(day)s
  WHERE issue.closed_on IS NULL AND issue.label = %(label)s AND issue.rule_id = ANY (%(rules)s)
    AND {only_issues} AND NOT EXISTS (
      SELECT FROM found
      WHERE found.rule_id = issue.rule_id AND found.object_id = issue.object_id)
  RETURNING 1
), opened AS (
  INSERT INTO reporting_qualityissue (id, rule_id, facility_id, label, object_id, fields,
    sensitivity, first_seen, due_on, note)
  SELECT public.mach_uuid7(), found.rule_id, found.facility_id, %(label)s, found.object_id,
    found.fields, found.sensitivity, %(day)s, %(day)s::date + rule.due_days, ''
  FROM found JOIN reporting_qualityrule rule ON rule.id = found.rule_id
  ON CONFLICT (rule_id, object_id) WHERE closed_on IS NULL DO UPDATE
  SET fields = excluded.fields, facility_id = excluded.facility_id,
    sensitivity = excluded.sensitivity
  WHERE (reporting_qualityissue.fields::text[], reporting_qualityissue.facility_id,
      reporting_qualityissue.sensitivity)
    IS DISTINCT FROM (excluded.fields::text[], excluded.facility_id, excluded.sensitivity)
  RETURNING (xmax = 0) AS is_new
)
SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM opened WHERE is_new)
"""
# Of how many records of each facility each rule of a source was asked: one walk for all its rules.
COUNT = """
{before} SELECT asked.rule_id, counted.facility_id, asked.evaluated FROM (
  SELECT {facility} AS facility_id, {counts} FROM {rows} WHERE ({where}) AND {only} GROUP BY 1
) counted CROSS JOIN LATERAL (VALUES {asked}) asked (rule_id, evaluated)
WHERE counted.facility_id IS NOT NULL AND asked.evaluated > 0
"""
AT_PLACES = "{facility} = ANY (%(places)s)"
# The records of some places, and what is open there: a record may have gone elsewhere since.
THERE = """
{before} SELECT {key} FROM {rows} WHERE ({where}) AND {at_places}
UNION SELECT object_id FROM reporting_qualityissue
WHERE closed_on IS NULL AND label = %(label)s AND facility_id = ANY (%(places)s)
"""
# What is counted now beside what stands: a row is written only where something else is true now.
MEASURE = """
WITH judged AS (
  SELECT rule_id, facility_id, sum(evaluated)::int AS evaluated FROM ({judged}) asked GROUP BY 1, 2
), failed AS (
  SELECT issue.rule_id, issue.facility_id, count(*)::int AS failed,
    count(*) FILTER (WHERE rule.is_gate AND (
      cardinality(rule.gate_fields) = 0 OR issue.fields && rule.gate_fields
    ))::int AS broken
  FROM reporting_qualityissue issue JOIN reporting_qualityrule rule ON rule.id = issue.rule_id
  WHERE closed_on IS NULL AND facility_id IS NOT NULL AND rule_id = ANY (%(rules)s) AND {only}
  GROUP BY 1, 2
), now AS (
  SELECT rule_id, facility_id, evaluated, greatest(evaluated - coalesce(failed, 0), 0) AS passed,
    coalesce(broken, 0) AS broken
  FROM judged LEFT JOIN failed USING (rule_id, facility_id)
), stands AS (
  SELECT DISTINCT ON (facility_id, rule_id) facility_id, rule_id, evaluated, passed,
    gates_broken AS broken
  FROM reporting_qualitymeasurement WHERE rule_id = ANY (%(rules)s) AND day <= %(day)s AND {only}
  ORDER BY facility_id, rule_id, day DESC
)
INSERT INTO reporting_qualitymeasurement (id, rule_id, facility_id, day, evaluated, passed,
  gates_broken)
SELECT public.mach_uuid7(), rule_id, facility_id, %(day)s, coalesce(now.evaluated, 0),
  coalesce(now.passed, 0), coalesce(now.broken, 0)
FROM now FULL JOIN stands USING (rule_id, facility_id)
WHERE (coalesce(now.evaluated, 0), coalesce(now.passed, 0), coalesce(now.broken, 0))
  IS DISTINCT FROM (coalesce(stands.evaluated, 0), coalesce(stands.passed, 0), coalesce(stands.broken, 0))
ON CONFLICT (facility_id, rule_id, day) DO UPDATE SET evaluated = excluded.evaluated,
  passed = excluded.passed, gates_broken = excluded.gates_broken
"""


class Measuring:
    """Walks over sources with the rules of a day, and what they found."""

    def __init__(self, cursor: Any, day: date) -> None:
        self.cursor, self.day = cursor, day
        rows = QualityRule.objects.holding(day).filter(not_measured_because="")
        self.rules: dict[str, UUID] = dict(rows.values_list("code", "id"))
        self.looked_at = self.opened = self.closed = 0

    def look_at_all(self, source: Source) -> None:
        self._judge(source, self._asked(source))

    def look_at_changed(self, source: Source, since: Any) -> None:
        """Look at the records that history touched, and at all where the days alone change answers."""
        if source.is_daily:
            self.look_at_all(source)
            return
        self.cursor.execute(source.changed.replace("@since", SINCE), {"since": since})
        keys = [key for (key,) in self.cursor.fetchall() if key is not None]
        self.looked_at += len(keys)
        if len(keys) >= EVERYTHING_FROM:
            self.look_at_all(source)
            return
        self.look_at(source, keys)
        daily = [check for check in self._asked(source) if check.is_daily]
        if daily:
            self._judge(source, daily)

    def look_at(self, source: Source, keys: Iterable[UUID]) -> None:
        """Look at some records."""
        listed = list(keys)
        for start in range(0, len(listed), AT_ONCE):
            self._judge(source, self._asked(source), keys=listed[start : start + AT_ONCE])

    def look_at_places(self, source: Source, places: Sequence[UUID]) -> None:
        """Look at all records of some places, whatever changed."""
        if not self._asked(source):
            return
        sql = THERE.format(
            before=f"WITH {source.before[:-1]}" if source.before and not source.counted else "",
            key=source.key,
            rows=source.counted or source.rows,
            where=source.where,
            at_places=AT_PLACES.format(facility=source.facility),
        )
        words = {**source.words(self.day), "day": self.day, "label": source.label}
        self.cursor.execute(sql, {**words, "places": list(places)})
        keys = [key for (key,) in self.cursor.fetchall()]
        self.looked_at += len(keys)
        self.look_at(source, keys)

    def write(self, places: Sequence[UUID] | None = None) -> None:
        """Write what was measured where it differs from what stands, of all or some places; and the scores."""
        words: dict[str, Any] = {"day": self.day, "places": list(places or ())}
        counts = []
        for source in SOURCES:
            if checks := self._asked(source):
                counts.append(self._count(source, checks, is_of_all=places is None))
                words |= self._words(source, checks)
        words["rules"] = list(self.rules.values())
        judged = " UNION ALL ".join(f"({count})" for count in counts)
        only = "true" if places is None else AT_PLACES.format(facility="facility_id")
        self.cursor.execute(MEASURE.format(judged=judged, only=only), words)
        score_places(self.cursor, self.day)

    def told(self, at: datetime, **said: Any) -> QualityRun:
        """Write down that was measured, when, and what it found."""
        return QualityRun.objects.create(
            day=self.day,
            started_at=at,
            ended_at=timezone.now(),
            looked_at=self.looked_at,
            opened=self.opened,
            closed=self.closed,
            **said,
        )

    def _count(self, source: Source, checks: Sequence[Check], *, is_of_all: bool) -> str:
        counts = [f"count(*) FILTER (WHERE {c.judged}) AS n_{c.rule}" for c in checks]
        asked = [f"(%(rule_{c.rule})s::uuid, counted.n_{c.rule})" for c in checks]
        return COUNT.format(
            before="" if source.counted or not source.before else f"WITH {source.before[:-1]}",
            facility=source.facility,
            counts=", ".join(counts),
            rows=source.counted or source.rows,
            where=source.where,
            only="true" if is_of_all else AT_PLACES.format(facility=source.facility),
            asked=", ".join(asked),
        )

    def _asked(self, source: Source) -> list[Check]:
        return [check for check in source.checks if check.rule in self.rules]

    def _words(self, source: Source, checks: Sequence[Check]) -> dict[str, Any]:
        words = {**source.words(self.day), "day": self.day, "label": source.label}
        words["rules"] = [self.rules[check.rule] for check in checks]
        return words | {f"rule_{check.rule}": self.rules[check.rule] for check in checks}

    def _judge(
        self, source: Source, checks: Sequence[Check], keys: Sequence[UUID] | None = None
    ) -> None:
        if not checks:
            return
        asked = [
            f"(%(rule_{c.rule})s::uuid,"
            f" CASE WHEN {c.judged} THEN {c.failing} ELSE ARRAY[]::text[] END)"
            for c in checks
        ]
        sql = JUDGE.format(
            before=source.before,
            key=source.key,
            facility=source.facility,
            sensitivity=source.sensitivity,
            finding=source.finding,
            rows=source.rows,
            where=source.where,
            asked=", ".join(asked),
            only_records="true" if keys is None else f"{source.key} = ANY (%(keys)s)",
            only_issues="true" if keys is None else "issue.object_id = ANY (%(keys)s)",
        )
        self.cursor.execute(sql, {**self._words(source, checks), "keys": keys})
        closed, opened = self.cursor.fetchone()
        self.closed += closed
        self.opened += opened


def measure(*, at: datetime, everything: bool = False) -> QualityRun | None:
    """Measure what changed since the last time, or everything; None while another one measures."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        day, before = timezone.localdate(at), _seen_before()
        is_full = everything or before is None
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        (seen_before,) = cursor.fetchone()
        expect_reports(cursor, day)
        recounted = recount_reports(at=at)
        judge_reports(cursor, day, since=None if is_full else before, recounted=recounted)
        measuring = Measuring(cursor, day)
        for source in SOURCES:
            if is_full:
                measuring.look_at_all(source)
            else:
                measuring.look_at_changed(source, before)
        measuring.write()
        return measuring.told(at, is_full=is_full, seen_before=seen_before)


def measure_under(*, place: Organisation, at: datetime) -> QualityRun | None:
    """Measure a place and what is under it by themselves, now; None while another one measures.

    Reports sent are judged at night: what they are compared with is counted then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        places = list(Organisation.objects.below(place).values_list("pk", flat=True))
        measuring = Measuring(cursor, timezone.localdate(at))
        for source in SOURCES:
            measuring.look_at_places(source, places)
        measuring.write(places)
        return measuring.told(at, place=place)


def measure_again(*, issues: Iterable[QualityIssue], at: datetime) -> Measuring:
    """Ask the rules of the records of some issues again, now: what was mended is closed."""
    by_label: dict[str, set[UUID]] = {}
    for issue in issues:
        by_label.setdefault(issue.label, set()).add(issue.object_id)
    with transaction.atomic(), connection.cursor() as cursor:
        day = timezone.localdate(at)
        if reports := by_label.get(REPORTS.label):
            recount_reports(at=at, only=reports)
            judge_some(cursor, day, reports)
        measuring = Measuring(cursor, day)
        for source in SOURCES:
            if keys := by_label.get(source.label):
                measuring.look_at(source, keys)
    return measuring


def _seen_before() -> Any:
    rows = QualityRun.objects.of_all().order_by("-started_at", "-id")
    return rows.values_list("seen_before", flat=True).first()
