"""Close the questions about numbers that one of two records gave up before they were closed by it.

When the number ended stays with the number; who closes the question here is nobody.
"""

from django.db import migrations

GIVEN_UP = """
UPDATE healthrecords_twincase open SET answer = 'given_up', answered_at = now()
WHERE open.answer = '' AND open.ground = 'number'
  AND NOT EXISTS (
    SELECT FROM healthrecords_citizen side WHERE side.id IN (open.older_id, open.newer_id)
      AND (side.merged_into_id IS NOT NULL OR side.withdrawn_at IS NOT NULL)
  ) AND (
    SELECT count(DISTINCT held.citizen_id) FROM healthrecords_citizenidentifier held
    WHERE held.citizen_id IN (open.older_id, open.newer_id) AND held.value = open.number
      AND held.ended_on IS NULL
      AND held.kind NOT IN ('birth_paper', 'birth_registration', 'facility_number')
  ) < 2
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0050_a_number_given_up")]

    operations = [migrations.RunSQL(GIVEN_UP, migrations.RunSQL.noop)]
