"""Hide from the desk who is waited for by protected slips alone.

An appointment had the class of its visit, also where a slip protected by its own words named the day.
"""

from django.db import migrations

PROTECT = """
UPDATE healthrecords_appointment appointment SET sensitivity = slip.sensitivity
FROM healthrecords_visit visit, (
  SELECT DISTINCT ON (visit_id, content ->> 'on') visit_id, content ->> 'on' AS day, sensitivity
  FROM healthrecords_document
  WHERE kind = 'revisit' AND cancelled_at IS NULL AND content ->> 'on' <> ''
  ORDER BY visit_id, content ->> 'on', sensitivity <> ''
) slip
WHERE visit.id = appointment.visit_id AND visit.next_visit_on IS NULL
  AND slip.visit_id = visit.id AND slip.day = to_char(appointment."on", 'YYYY-MM-DD')
  AND appointment.sensitivity = '' AND slip.sensitivity <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0057_one_appointment_a_day")]

    operations = [migrations.RunSQL(PROTECT, migrations.RunSQL.noop)]
