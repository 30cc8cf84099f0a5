"""Bring what was stored before to what is stored now.

Two records were asked about twice, once from each side, and what somebody answered on one ground
stayed open on another: such open questions take the answer, but for a number that two people claim,
which stays open until one gives it up. Of two open ones that ask the same, the later one goes; what it
was stays in history. A stop takes the strength of the medicine it stopped.
"""

from django.db import migrations

ANSWERED = """
UPDATE healthrecords_twincase open SET answer = said.answer, answered_at = said.answered_at,
  answered_by_id = said.answered_by_id
FROM (
  SELECT DISTINCT ON (one, other) least(older_id, newer_id) AS one,
    greatest(older_id, newer_id) AS other, answer, answered_at, answered_by_id
  FROM healthrecords_twincase WHERE answer = 'different' AND answered_by_id IS NOT NULL
  ORDER BY one, other, answered_at DESC
) said
WHERE open.answer = '' AND open.ground <> 'number' AND open.found_at <= said.answered_at
  AND least(open.older_id, open.newer_id) = said.one
  AND greatest(open.older_id, open.newer_id) = said.other
"""
# A row that a joining moved is known to it by its key: that one stays.
DOUBLED = """
DELETE FROM healthrecords_twincase doubled
USING healthrecords_twincase first
WHERE doubled.answer = '' AND doubled.older_id = first.newer_id
  AND doubled.newer_id = first.older_id AND doubled.ground = first.ground
  AND doubled.number = first.number
  AND (first.answer <> '' OR (first.found_at, first.id) < (doubled.found_at, doubled.id))
  AND NOT EXISTS (SELECT FROM healthrecords_mergedrow moved
    WHERE moved.table = 'healthrecords_twincase' AND moved.row_id = doubled.id)
"""
STRENGTHS = """
UPDATE healthrecords_medicinestop stop SET strength = given.strength
FROM healthrecords_medication given
WHERE given.visit_id = stop.visit_id AND given.name = stop.name AND given.strength <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0044_sources_stops_and_unknown_patients")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (ANSWERED, DOUBLED, STRENGTHS)
    ]
