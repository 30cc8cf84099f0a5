"""What is asked of statutory reports: are they sent, in time, whole, and do they agree?

A report is judged by the version that stands: the approved one, else the one that waits. How long
after its period is a bound of the list; the periods before them serve for comparison alone.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from reporting.limits import limits_on
from reporting.quality.check import (
    PLACEHOLDERS,
    Check,
    Source,
    listed,
    source,
    stands_for_nothing,
    when,
)
from reporting.quality.guarded import CLASS, guarded_words

# Rules U02 and U03 compare a report with those of the twelve periods before it: so many days.
TWELVE_PERIODS = {"week": 84, "month": 366, "half_year": 2_192, "year": 4_383}
Z_SCALE = "0.6745"  # makes the median deviation comparable with a standard deviation
FIELDS_AT_MOST = 12

# When a report went out first: on paper while the system was down, else when it was sent. A paper
# counts once the report was entered and sent here, and its outage is confirmed.
SENT = """(SELECT coalesce(
    CASE WHEN NOT outage.needs_confirmation OR outage.confirmed_at IS NOT NULL
      THEN version.paper_sent_on END,
    (version.submitted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
  FROM reporting_report version LEFT JOIN reporting_outage outage ON outage.id = version.outage_id
  WHERE version.submitted_at IS NOT NULL AND version.organisation_id = o.organisation_id
    AND version.code = o.code AND version.first_day = o.first_day
    AND version.last_day = o.last_day AND NOT version.is_summary
  ORDER BY version.number LIMIT 1)"""


EXPECTED = source(
    Source(
        label="reporting.expectedreport",
        rows=f"reporting_expectedreport o CROSS JOIN LATERAL (SELECT {SENT} AS day) sent",
        counted="reporting_expectedreport o",
        where="o.due_on < %(today)s AND o.due_on >= %(owed_since)s::date",
        facility="o.organisation_id",
        words=lambda on: {"today": on, "owed_since": limits_on(on).since("report.owed")},
        changed="SELECT NULL::uuid WHERE @since IS NULL",
        checks=(
            Check("F04", listed(when("sent.day IS NULL", "report")), ["report"], is_daily=True),
            Check(
                "L02",
                listed(when("sent.day IS NULL OR sent.day > o.due_on", "sent")),
                ["sent"],
                is_daily=True,
            ),
        ),
    )
)


def _since(column: str, words: str) -> str:
    cases = " ".join(
        f"WHEN '{kind}' THEN %({words}_{kind})s::date" for kind in ("week", "month", "half_year")
    )
    return f"{column} >= CASE period {cases} ELSE %({words}_year)s::date END"


PLACE = "CASE WHEN length(line || '~' || col) <= 40 THEN line || '~' || col ELSE left(col, 40) END"
SUM = "sum(value) FILTER (WHERE rule.said -> '{side}' ? {key})"
KNOWN = (
    "count(value) FILTER (WHERE rule.said -> '{side}' ? {key})"
    " = jsonb_array_length(rule.said -> '{side}')"
)


def _sides(key: str) -> str:
    return (
        ", ".join(SUM.format(side=side, key=key) + f" AS {side}_sum" for side in ("left", "right"))
        + f", {KNOWN.format(side='left', key=key)}"
        f" AND {KNOWN.format(side='right', key=key)} AS is_known"
    )


def _whole(side: str) -> str:
    """Return the sum of the columns that one side of a rule names, where every one is known."""
    mine = f"FILTER (WHERE side = '{side}' AND total.id IS NOT NULL)"
    return f"""CASE WHEN count(*) {mine} = jsonb_array_length(said -> '{side}')
    THEN sum(total.value) {mine} END AS {side}_sum"""


# The versions that stand; every figure that is known, what was typed before what was counted; sums.
FIGURES = f"""
standing AS MATERIALIZED (
  SELECT report.*, form.content, {_since("report.last_day", "judged")} AS is_judged
  FROM reporting_report report JOIN reporting_reportdefinition form ON form.id = definition_id
  WHERE {_since("report.last_day", "compared")} AND (status = 'approved'
    OR status = 'submitted' AND NOT EXISTS (SELECT FROM reporting_report approved
      WHERE approved.organisation_id = report.organisation_id AND approved.code = report.code
        AND approved.first_day = report.first_day AND approved.last_day = report.last_day
        AND approved.is_summary = report.is_summary AND approved.status = 'approved'))
    AND {{beside}}
), cell AS MATERIALIZED (
  SELECT id, line.key AS line, said.key AS col,
    CASE WHEN jsonb_typeof(said.value) = 'number' THEN said.value::numeric END AS value
  FROM standing, jsonb_each(figures) line, jsonb_each(line.value) said
  WHERE said.value <> 'null' AND NOT EXISTS (SELECT FROM reporting_manualfigure typed
    WHERE typed.report_id = standing.id AND typed.row = line.key AND typed."column" = said.key)
  UNION ALL
  SELECT standing.id, typed.row, typed."column", typed.number
  FROM standing JOIN reporting_manualfigure typed ON typed.report_id = standing.id
  WHERE typed.number IS NOT NULL OR typed.text <> ''
), form AS MATERIALIZED (
  SELECT DISTINCT ON (definition_id) definition_id, content FROM standing
), additive AS MATERIALIZED (
  SELECT definition_id, said ->> 'key' AS col
  FROM form CROSS JOIN LATERAL jsonb_array_elements(content -> 'columns') said
  WHERE said -> 'ratio' IS NULL AND coalesce(said ->> 'kind', 'number') IN ('number', 'money')
    AND NOT coalesce(said ->> 'source', '') ~ '_(so_far|year_before)$'
), chapter AS MATERIALIZED (
  SELECT DISTINCT definition_id, said ->> 'key' AS line
  FROM form CROSS JOIN LATERAL jsonb_array_elements(content -> 'rows') said
  WHERE content ->> 'rows_from' = 'categories' AND said ->> 'key' <> 'none'
), total AS MATERIALIZED (
  SELECT standing.id, cell.col, sum(cell.value) AS value
  FROM standing JOIN cell USING (id) JOIN additive USING (definition_id, col)
  WHERE NOT EXISTS (SELECT FROM chapter
    WHERE chapter.definition_id = standing.definition_id AND chapter.line = cell.line)
  GROUP BY 1, 2 HAVING count(cell.value) > 0
),"""
# Each report beside what its form wants to agree with it: cells of a row, rows, another form.
AGREE = f"""
rule AS MATERIALIZED (
  SELECT standing.id, said, said ->> 'kind' AS kind
  FROM standing CROSS JOIN LATERAL jsonb_array_elements(
    coalesce(content -> 'checks', '[]')) said WHERE is_judged
), in_rows AS (
  SELECT rule.id, rule.said, cell.line, {_sides("cell.col")}
  FROM rule JOIN cell ON cell.id = rule.id WHERE kind IN ('le', 'same_row', 'balance')
    AND (rule.said -> 'left' ? cell.col OR rule.said -> 'right' ? cell.col)
  GROUP BY 1, 2, 3
), between_rows AS (
  SELECT rule.id, rule.said, cell.col, {_sides("cell.line")}
  FROM rule JOIN cell ON cell.id = rule.id WHERE kind IN ('rows_le', 'rows_same')
    AND (rule.said -> 'left' ? cell.line OR rule.said -> 'right' ? cell.line)
  GROUP BY 1, 2, 3
), related AS (
  SELECT id, said, line, said -> 'left' ->> 0 AS col, left_sum, right_sum
  FROM in_rows WHERE is_known
  UNION ALL SELECT id, said, said -> 'left' ->> 0, col, left_sum, right_sum
  FROM between_rows WHERE is_known
), pair AS MATERIALIZED (
  SELECT rule.id, rule.said, other.id AS other
  FROM rule JOIN standing mine ON mine.id = rule.id
  JOIN standing other ON other.organisation_id = mine.organisation_id
    AND other.code = rule.said ->> 'other' AND other.first_day = mine.first_day
    AND other.last_day = mine.last_day AND other.is_summary = mine.is_summary
  WHERE kind = 'same'
), asked AS (
  SELECT id, said, other, 'left' AS side, id AS report, col
  FROM pair CROSS JOIN LATERAL jsonb_array_elements_text(said -> 'left') col
  UNION ALL SELECT id, said, other, 'right', other, col
  FROM pair CROSS JOIN LATERAL jsonb_array_elements_text(said -> 'right') col
), other_form AS (
  SELECT asked.id, said, {_whole("left")}, {_whole("right")}
  FROM asked LEFT JOIN total ON total.id = asked.report AND total.col = asked.col
  GROUP BY asked.id, said, other
),"""
# Sums of a form over the periods: beside the mean of the three before, and beside the last twelve.
COURSE = f"""
course AS MATERIALIZED (
  SELECT standing.id, is_judged, note, organisation_id, code, period, is_summary, first_day, col,
    value, lag(first_day, 3) OVER before AS third_day,
    avg(value) OVER (before ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) AS mean_before,
    CASE period WHEN 'week' THEN interval '21 days' WHEN 'month' THEN interval '3 months'
      WHEN 'half_year' THEN interval '18 months' ELSE interval '3 years' END AS three_periods
  FROM total JOIN standing USING (id)
  WINDOW before AS (PARTITION BY organisation_id, code, is_summary, period, col
    ORDER BY first_day)
), drifted AS (
  SELECT id, col, note, abs(value - mean_before) > %(drift)s * mean_before AS is_wrong
  FROM course WHERE is_judged AND mean_before >= %(drift_least)s
    AND third_day = (first_day - three_periods)::date
), middle AS (
  SELECT one.id, one.col, percentile_cont(0.5) WITHIN GROUP (ORDER BY near.value) AS median
  FROM course one JOIN course near ON near.organisation_id = one.organisation_id
    AND near.code = one.code AND near.is_summary = one.is_summary AND near.period = one.period
    AND near.col = one.col AND near.first_day <= one.first_day
    AND near.first_day > one.first_day - 4 * one.three_periods
  WHERE one.is_judged GROUP BY 1, 2
  HAVING count(*) >= %(least_periods)s AND avg(near.value) >= %(far_out_least)s
), spread AS (
  SELECT one.id, one.col, one.note, one.value, median,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(near.value - median)) AS deviation
  FROM middle JOIN course one USING (id, col)
  JOIN course near ON near.organisation_id = one.organisation_id
    AND near.code = one.code AND near.is_summary = one.is_summary AND near.period = one.period
    AND near.col = one.col AND near.first_day <= one.first_day
    AND near.first_day > one.first_day - 4 * one.three_periods
  GROUP BY 1, 2, 3, 4, 5
), outlying AS (
  SELECT id, col, note,
    {Z_SCALE} * abs(value - median) > %(far_out)s * deviation AS is_wrong
  FROM spread WHERE deviation > 0
),"""
# Cells a form asks for; cells counted again, those alone that were counted when the report was sent;
# sums of a province beside its senders'.
WHOLE = """
required AS (
  SELECT standing.id, line.key AS line, said ->> 'key' AS col FROM standing
  CROSS JOIN LATERAL (
    SELECT 'own' AS key WHERE content ->> 'rows_from' = 'facilities'
    UNION ALL SELECT one ->> 'key' FROM jsonb_array_elements(content -> 'rows') one
      WHERE content ->> 'rows_from' = 'fixed') line
  CROSS JOIN LATERAL jsonb_array_elements(content -> 'columns') said
  WHERE is_judged AND NOT is_summary AND said -> 'ratio' IS NULL
), again AS MATERIALIZED (
  SELECT standing.id, line.key AS line, said.key AS col,
    CASE WHEN jsonb_typeof(said.value) = 'number' THEN said.value::numeric END AS value
  FROM standing JOIN reporting_recount recount ON recount.report_id = standing.id
  CROSS JOIN LATERAL jsonb_each(recount.figures) line CROSS JOIN LATERAL jsonb_each(line.value) said
  WHERE is_judged AND said.value <> 'null' AND standing.figures -> line.key ? said.key
), recounted AS (
  SELECT cell.id, cell.line, cell.col, NOT CASE WHEN again.value = 0 THEN cell.value = 0
      ELSE cell.value / again.value BETWEEN %(recount_low)s AND %(recount_high)s END AS is_wrong
  FROM again JOIN cell USING (id, line, col)
  WHERE cell.value IS NOT NULL AND again.value IS NOT NULL
    AND %(recount_low)s::numeric + %(recount_high)s::numeric IS NOT NULL
), of_senders AS (
  SELECT whole.id, total.col, sum(total.value) AS value
  FROM standing whole JOIN places_organisation body ON body.id = whole.organisation_id
  JOIN standing part ON part.code = whole.code AND part.first_day = whole.first_day
    AND part.last_day = whole.last_day AND NOT part.is_summary
  JOIN places_organisation place ON place.id = part.organisation_id
    AND starts_with(place.path, body.path)
  JOIN total ON total.id = part.id
  WHERE (whole.content -> 'summed' IS NULL OR whole.content -> 'summed' ? public.mach_kind_on(place.id, place.kind, whole.last_day))
    AND whole.is_summary AND whole.is_judged GROUP BY 1, 2
), rolled_up AS (
  SELECT total.id, total.col, total.value <> coalesce(of_senders.value, 0) AS is_wrong
  FROM total JOIN standing USING (id) LEFT JOIN of_senders USING (id, col)
  WHERE is_summary AND is_judged
),"""


def _explains(column: str) -> str:
    """Return the condition that a text says something: a placeholder explains no figure."""
    words = f"btrim(regexp_replace({column}, '\\s+', ' ', 'g'))"
    return f"({words} <> '' AND NOT {stands_for_nothing(words)})"


# What stands out is explained in the remarks of the report, or by the reason of a figure typed there.
EXPLAINED = f"""{_explains("said.note")} OR EXISTS (SELECT FROM reporting_manualfigure typed
  WHERE typed.report_id = said.id AND typed."column" = said.col AND {_explains("typed.reason")})"""
VERDICTS = f"""
verdict (id, rule, place, is_wrong) AS (
  SELECT id, 'D07', {PLACE}, is_wrong FROM recounted
  UNION ALL SELECT id, 'F05', {PLACE}, is_blank FROM (
    SELECT required.id, required.line, required.col, cell.id IS NULL AS is_blank
    FROM required LEFT JOIN cell ON cell.id = required.id AND cell.line = required.line
      AND cell.col = required.col) whole
  UNION ALL SELECT id, 'U01', said -> 'left' ->> 0, left_sum <> right_sum FROM other_form
    WHERE left_sum IS NOT NULL AND right_sum IS NOT NULL
  UNION ALL SELECT id, 'U02', col, is_wrong AND NOT ({EXPLAINED}) FROM drifted said
  UNION ALL SELECT id, 'U03', col, is_wrong AND NOT ({EXPLAINED}) FROM outlying said
  UNION ALL SELECT id, 'U04', {PLACE}, CASE WHEN said ->> 'kind' IN ('le', 'rows_le')
    THEN left_sum > right_sum ELSE left_sum <> right_sum END FROM related
  UNION ALL SELECT id, 'U06', col, is_wrong FROM rolled_up
)
INSERT INTO reporting_reportjudgement (id, report_id, rule, wrong)
SELECT public.mach_uuid7(), id, rule, coalesce((array_agg(DISTINCT place ORDER BY place)
  FILTER (WHERE is_wrong))[1:{FIELDS_AT_MOST}], '{{{{}}}}')
FROM verdict WHERE {{only}} GROUP BY 2, 3"""


def words_of_reports(on: date) -> Mapping[str, Any]:
    """Return what judging reports on a day goes by: how far back, and the bounds."""
    limits = limits_on(on)
    judged = {kind: limits.since(f"report.{kind}") for kind in TWELVE_PERIODS}
    return {
        **{f"judged_{kind}": since for kind, since in judged.items()},
        **{
            f"compared_{kind}": since and since - timedelta(days=TWELVE_PERIODS[kind])
            for kind, since in judged.items()
        },
        "placeholders": PLACEHOLDERS,
        "recount_low": limits.number("D07.low"),
        "recount_high": limits.number("D07.high"),
        "drift": limits.number("U02.drift"),
        "drift_least": limits.number("U02.least_mean"),
        "far_out": limits.number("U03.far_out"),
        "far_out_least": limits.number("U03.least_mean"),
        "least_periods": limits.number("U03.least_periods"),
    }


def _asked(rule: str) -> Check:
    """Return the question of one rule: what the judgement of the report says, if it says anything."""
    judged = f"{rule}.report_id IS NOT NULL"
    return Check(rule, f"{rule}.wrong", ["report"], judged=judged, is_daily=True)


RULES = ("D07", "F05", "U01", "U02", "U03", "U04", "U06")
# Whatever is kept of a report is left aside once its period is too long ago to be judged.
REPORTS = source(
    Source(
        label="reporting.report",
        rows="reporting_report o "
        + " ".join(
            f"LEFT JOIN reporting_reportjudgement {rule}"
            f" ON {rule}.report_id = o.id AND {rule}.rule = '{rule}'"
            for rule in RULES
        ),
        where=_since("o.last_day", "judged"),
        facility="o.organisation_id",
        finding=CLASS,
        words=lambda on: {**words_of_reports(on), **guarded_words(on)},
        changed="SELECT id FROM reporting_reporthistory WHERE @since",
        checks=tuple(_asked(rule) for rule in RULES),
    )
)
# What a change reaches: the report, its form's next twelve periods at the place, the other forms of
# the period there, and the sums of the bodies above.
REACHED = """
WITH touched AS (
  SELECT organisation_id, code, period, first_day, last_day, is_summary
  FROM reporting_report WHERE id = ANY (%(changed)s)
)
SELECT report.id FROM reporting_report report JOIN touched USING (organisation_id)
WHERE report.code = touched.code AND report.period = touched.period
    AND report.is_summary = touched.is_summary AND report.first_day >= touched.first_day
    AND report.first_day < touched.first_day + CASE touched.period
      WHEN 'week' THEN interval '84 days' WHEN 'month' THEN interval '12 months'
      WHEN 'half_year' THEN interval '72 months' ELSE interval '12 years' END
  OR report.first_day = touched.first_day AND report.last_day = touched.last_day
UNION
SELECT whole.id FROM touched JOIN places_organisation place ON place.id = touched.organisation_id
JOIN reporting_report whole USING (code, first_day, last_day)
JOIN places_organisation body ON body.id = whole.organisation_id
WHERE whole.is_summary AND NOT touched.is_summary AND starts_with(place.path, body.path)
"""
CHANGED = """
SELECT id FROM reporting_reporthistory WHERE @since
UNION SELECT report_id FROM reporting_manualfigurehistory WHERE @since
"""
# Beside some reports stand all of their places, and for sums those of the places under a body.
BESIDE = """(report.organisation_id IN (
    SELECT organisation_id FROM reporting_report WHERE id = ANY (%(keys)s))
  OR EXISTS (
    SELECT FROM reporting_report whole
    JOIN places_organisation body ON body.id = whole.organisation_id
    JOIN places_organisation place ON place.id = report.organisation_id
    WHERE whole.id = ANY (%(keys)s) AND whole.is_summary AND whole.code = report.code
      AND whole.first_day = report.first_day AND whole.last_day = report.last_day
      AND starts_with(place.path, body.path)))"""


def judging(*, some: bool) -> str:
    """Return the statement that judges all standing reports, or those of ``keys`` alone."""
    beside, only = (BESIDE, "id = ANY (%(keys)s)") if some else ("true", "true")
    whole = f"WITH {FIGURES}{AGREE}{COURSE}{WHOLE}{VERDICTS}"
    return whole.format(beside=beside, only=only)
