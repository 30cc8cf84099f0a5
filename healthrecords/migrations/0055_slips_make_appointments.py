"""Expect at the desk who holds a slip for a day to come, where the visit names none.

A re-visit slip made no appointment. Of days gone by none is made: nobody can be waited for any more,
and one that was kept would be told as missed.
"""

from django.db import migrations

APPOINT = """
INSERT INTO healthrecords_appointment
  (id, visit_id, citizen_id, facility_id, sensitivity, "on", reason, made_at)
SELECT public.mach_uuid7(), visit.id, visit.citizen_id, visit.facility_id, visit.sensitivity,
  slip."on", left(visit.reason, 300), slip.issued_at
FROM (
  SELECT DISTINCT ON (visit_id) visit_id, (content ->> 'on')::date AS "on", issued_at
  FROM healthrecords_document
  WHERE kind = 'revisit' AND origin = 'typed' AND cancelled_at IS NULL AND content ->> 'on' <> ''
  ORDER BY visit_id, content ->> 'on'
) slip JOIN healthrecords_visit visit ON visit.id = slip.visit_id
WHERE visit.status = 'finished' AND visit.next_visit_on IS NULL
  AND slip."on" >= (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
  AND NOT EXISTS (
    SELECT FROM healthrecords_appointment other
    WHERE other.visit_id = visit.id AND other.cancelled_at IS NULL
  )
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0054_signed_visits_come_back")]

    operations = [migrations.RunSQL(APPOINT, migrations.RunSQL.noop)]
