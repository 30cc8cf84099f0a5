"""Close the questions about numbers that one of two records gave up before they were closed by it.

A question about a card that two records share was stored with the personal number of the newer one,
which the other never had: it gets the number that both claim. Only who had a number gives it up. When
the number ended stays with the number; who closes the question here is nobody.
"""

from django.db import migrations

SHARED = """
WITH named AS (
  SELECT open.id, min(one.value) AS number
  FROM healthrecords_twincase open
  JOIN healthrecords_citizenidentifier one ON one.citizen_id = open.older_id
  JOIN healthrecords_citizenidentifier other ON other.citizen_id = open.newer_id
    AND other.kind = one.kind AND other.value = one.value
  WHERE open.answer = '' AND open.ground = 'number'
    AND one.ended_on IS NULL AND other.ended_on IS NULL
    AND one.kind NOT IN ('birth_paper', 'birth_registration', 'facility_number')
    AND (
      SELECT count(DISTINCT had.citizen_id) FROM healthrecords_citizenidentifier had
      WHERE had.citizen_id IN (open.older_id, open.newer_id) AND had.value = open.number
    ) < 2
    AND NOT EXISTS (
      SELECT FROM healthrecords_twincase asked WHERE asked.ground = 'number'
        AND least(asked.older_id, asked.newer_id) = least(open.older_id, open.newer_id)
        AND greatest(asked.older_id, asked.newer_id) = greatest(open.older_id, open.newer_id)
        AND asked.id <> open.id
    )
  GROUP BY open.id
)
UPDATE healthrecords_twincase open SET number = named.number FROM named WHERE named.id = open.id
"""
GIVEN_UP = """
UPDATE healthrecords_twincase open SET answer = 'given_up', answered_at = now()
WHERE open.answer = '' AND open.ground = 'number'
  AND NOT EXISTS (
    SELECT FROM healthrecords_citizen side WHERE side.id IN (open.older_id, open.newer_id)
      AND (side.merged_into_id IS NOT NULL OR side.withdrawn_at IS NOT NULL)
  ) AND EXISTS (
    SELECT FROM healthrecords_citizenidentifier had
    WHERE had.citizen_id IN (open.older_id, open.newer_id) AND had.value = open.number
      AND had.kind NOT IN ('birth_paper', 'birth_registration', 'facility_number')
    GROUP BY had.citizen_id HAVING bool_and(had.ended_on IS NOT NULL)
  )
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0050_a_number_given_up")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SHARED, GIVEN_UP)]
