"""What is asked of statutory reports: are they sent, in time, whole, and do they agree?

A report is judged by the version that stands: the approved one, else the one that waits. Judged are
the periods of about a year; the periods before them serve for comparison alone.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from reporting.quality.check import Check, Source, listed, source, when

YEAR = timedelta(days=365)
# How far back a report is judged, and how far the reports go that it is compared with (12 periods).
JUDGED_DAYS = {"week": 90, "month": 365, "half_year": 550, "year": 735}
COMPARED_DAYS = {"week": 180, "month": 740, "half_year": 2740, "year": 5200}
# The published bounds: recounted 0.9 to 1.1, three periods ±33 %, modified z 3.5 (WHO DQR 2017).
RECOUNT_LOW, RECOUNT_HIGH = "0.9", "1.1"
DRIFT = "0.33"
FAR_OUT = "3.5"
Z_SCALE = "0.6745"  # makes the median deviation comparable with a standard deviation
LEAST_PERIODS = 6  # of the twelve: fewer tell nothing of an outlier
LEAST_MEAN = 10  # figures so small change by a third of themselves from one person to the next
FIELDS_AT_MOST = 12

# When a report went out first: on paper while the system was down, else when it was sent.
SENT = """(SELECT min(coalesce(version.paper_sent_on,
    (version.submitted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date))
  FROM reporting_report version WHERE version.organisation_id = o.organisation_id
    AND version.code = o.code AND version.first_day = o.first_day
    AND version.last_day = o.last_day AND NOT version.is_summary)"""


EXPECTED = source(
    Source(
        label="reporting.expectedreport",
        rows=f"reporting_expectedreport o CROSS JOIN LATERAL (SELECT {SENT} AS day) sent",
        counted="reporting_expectedreport o",
        where="o.due_on < %(today)s AND o.due_on >= %(year_ago)s",
        facility="o.organisation_id",
        words=lambda on: {"today": on, "year_ago": on - YEAR},
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


# The versions that stand; every figure that is known, what was typed before what was counted; sums.
FIGURES = f"""
standing AS MATERIALIZED (
  SELECT report.*, form.content, {_since("report.last_day", "judged")} AS is_judged
  FROM reporting_report report JOIN reporting_reportdefinition form ON form.id = definition_id
  WHERE {_since("report.last_day", "compared")} AND (status = 'approved'
    OR status = 'submitted' AND NOT EXISTS (SELECT FROM reporting_report approved
      WHERE approved.organisation_id = report.organisation_id AND approved.code = report.code
        AND approved.first_day = report.first_day AND approved.last_day = report.last_day
        AND approved.status = 'approved'))
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
), total AS MATERIALIZED (
  SELECT standing.id, said ->> 'key' AS col, sum(cell.value) AS value
  FROM standing CROSS JOIN LATERAL jsonb_array_elements(content -> 'columns') said
  JOIN cell ON cell.id = standing.id AND cell.col = said ->> 'key'
  WHERE said -> 'ratio' IS NULL AND coalesce(said ->> 'kind', 'number') IN ('number', 'money')
    AND NOT coalesce(said ->> 'source', '') ~ '_(so_far|year_before)$'
    AND (content ->> 'rows_from' <> 'categories' OR cell.line = 'none' OR NOT
      jsonb_path_exists(content, '$.rows[*] ? (@.key == $line)', jsonb_build_object('line', line)))
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
), other_form AS (
  SELECT rule.id, rule.said,
    (SELECT sum(value) FROM total WHERE total.id = rule.id AND rule.said -> 'left' ? total.col
      HAVING count(*) = jsonb_array_length(rule.said -> 'left')) AS left_sum,
    (SELECT sum(value) FROM total WHERE total.id = other.id AND rule.said -> 'right' ? total.col
      HAVING count(*) = jsonb_array_length(rule.said -> 'right')) AS right_sum
  FROM rule JOIN standing mine ON mine.id = rule.id
  JOIN standing other ON other.organisation_id = mine.organisation_id
    AND other.code = rule.said ->> 'other' AND other.first_day = mine.first_day
    AND other.last_day = mine.last_day AND other.is_summary = mine.is_summary
  WHERE kind = 'same'
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
  FROM course WHERE is_judged AND mean_before >= %(least_mean)s
    AND third_day = (first_day - three_periods)::date
), middle AS (
  SELECT one.id, one.col, percentile_cont(0.5) WITHIN GROUP (ORDER BY near.value) AS median
  FROM course one JOIN course near ON near.organisation_id = one.organisation_id
    AND near.code = one.code AND near.is_summary = one.is_summary AND near.period = one.period
    AND near.col = one.col AND near.first_day <= one.first_day
    AND near.first_day > one.first_day - 4 * one.three_periods
  WHERE one.is_judged GROUP BY 1, 2
  HAVING count(*) >= %(least_periods)s AND avg(near.value) >= %(least_mean)s
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
# Cells a form asks for; cells counted again; sums of a province beside its senders'.
WHOLE = f"""
required AS (
  SELECT standing.id, line.key AS line, said ->> 'key' AS col FROM standing
  CROSS JOIN LATERAL (
    SELECT 'own' AS key WHERE content ->> 'rows_from' = 'facilities'
    UNION ALL SELECT one ->> 'key' FROM jsonb_array_elements(content -> 'rows') one
      WHERE content ->> 'rows_from' = 'fixed') line
  CROSS JOIN LATERAL jsonb_array_elements(content -> 'columns') said
  WHERE is_judged AND NOT is_summary AND said -> 'ratio' IS NULL
), recounted AS (
  SELECT cell.id, cell.line, cell.col, NOT CASE WHEN again.value::numeric = 0 THEN cell.value = 0
      ELSE cell.value / again.value::numeric BETWEEN {RECOUNT_LOW} AND {RECOUNT_HIGH} END AS is_wrong
  FROM standing JOIN reporting_recount recount ON recount.report_id = standing.id
  CROSS JOIN LATERAL jsonb_each(recount.figures) line CROSS JOIN LATERAL jsonb_each(line.value) again
  JOIN cell ON cell.id = standing.id AND cell.line = line.key AND cell.col = again.key
  WHERE is_judged AND jsonb_typeof(again.value) = 'number' AND cell.value IS NOT NULL
), of_senders AS (
  SELECT whole.id, total.col, sum(total.value) AS value
  FROM standing whole JOIN places_organisation body ON body.id = whole.organisation_id
  JOIN standing part ON part.code = whole.code AND part.first_day = whole.first_day
    AND part.last_day = whole.last_day AND NOT part.is_summary
  JOIN places_organisation place ON place.id = part.organisation_id
    AND starts_with(place.path, body.path)
  JOIN total ON total.id = part.id
  WHERE whole.is_summary AND whole.is_judged GROUP BY 1, 2
), rolled_up AS (
  SELECT total.id, total.col, total.value <> coalesce(of_senders.value, 0) AS is_wrong
  FROM total JOIN standing USING (id) LEFT JOIN of_senders USING (id, col)
  WHERE is_summary AND is_judged
),"""
VERDICTS = f"""
verdict (id, rule, place, is_wrong) AS (
  SELECT id, 'D07', {PLACE}, is_wrong FROM recounted
  UNION ALL SELECT id, 'F05', {PLACE}, NOT EXISTS (SELECT FROM cell WHERE cell.id = required.id
    AND cell.line = required.line AND cell.col = required.col) FROM required
  UNION ALL SELECT id, 'U01', said -> 'left' ->> 0, left_sum <> right_sum FROM other_form
    WHERE left_sum IS NOT NULL AND right_sum IS NOT NULL
  UNION ALL SELECT id, 'U02', col, is_wrong AND NOT ({{explained}}) FROM drifted said
  UNION ALL SELECT id, 'U03', col, is_wrong AND NOT ({{explained}}) FROM outlying said
  UNION ALL SELECT id, 'U04', {PLACE}, CASE WHEN said ->> 'kind' IN ('le', 'rows_le')
    THEN left_sum > right_sum ELSE left_sum <> right_sum END FROM related
  UNION ALL SELECT id, 'U06', col, is_wrong FROM rolled_up
), judgement AS MATERIALIZED (
  SELECT id, rule, coalesce((array_agg(DISTINCT place ORDER BY place) FILTER (WHERE is_wrong))
    [1:{FIELDS_AT_MOST}], '{{{{}}}}') AS wrong FROM verdict GROUP BY 1, 2
),""".format(
    explained="""said.note <> '' OR EXISTS (SELECT FROM reporting_manualfigure typed
      WHERE typed.report_id = said.id AND typed."column" = said.col)"""
)


def _words(on: date) -> Mapping[str, Any]:
    spans = {"judged": JUDGED_DAYS, "compared": COMPARED_DAYS}
    days = {
        f"{name}_{kind}": on - timedelta(days=count)
        for name, kinds in spans.items()
        for kind, count in kinds.items()
    }
    return {
        **days,
        "drift": DRIFT,
        "far_out": FAR_OUT,
        "least_periods": LEAST_PERIODS,
        "least_mean": LEAST_MEAN,
    }


def _asked(rule: str) -> Check:
    """Return the question of one rule: what the judgement of the report says, if it says anything."""
    return Check(rule, f"{rule}.wrong", ["report"], judged=f"{rule}.id IS NOT NULL", is_daily=True)


RULES = ("D07", "F05", "U01", "U02", "U03", "U04", "U06")
REPORTS = source(
    Source(
        label="reporting.report",
        before=f"{FIGURES}{AGREE}{COURSE}{WHOLE}{VERDICTS}",
        rows="standing o "
        + " ".join(
            f"LEFT JOIN judgement {rule} ON {rule}.id = o.id AND {rule}.rule = '{rule}'"
            for rule in RULES
        ),
        where="o.is_judged",
        facility="o.organisation_id",
        words=_words,
        changed="SELECT id FROM reporting_reporthistory WHERE @since",
        checks=tuple(_asked(rule) for rule in RULES),
    )
)
