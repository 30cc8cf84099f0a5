"""Bring back the signed visits that somebody took out of the record as "left before being seen".

Under an open amendment such a visit could be emptied, left unfinished and cancelled in the queue by
who may not withdraw it. It is unfinished again, with its amendment: it stands among the unfinished
visits, where it is finished and signed, or withdrawn by who signs there. The care that ended with the
cancelling goes on.
"""

from django.db import migrations

CARE = """
UPDATE healthrecords_carerelation care SET until = NULL
FROM healthrecords_visit visit
WHERE visit.status = 'cancelled' AND care.ground = 'visit'
  AND care.citizen_id = visit.citizen_id AND care.organisation_id = visit.facility_id
  AND care.until = (visit.ended_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
  AND EXISTS (SELECT FROM healthrecords_visitseal seal WHERE seal.visit_id = visit.id)
"""
VISITS = """
UPDATE healthrecords_visit visit SET status = 'in_progress', ended_at = NULL
WHERE visit.status = 'cancelled'
  AND EXISTS (SELECT FROM healthrecords_visitseal seal WHERE seal.visit_id = visit.id)
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0053_cards_of_twelve_digits")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (CARE, VISITS)]
