"""Let the appointments that stand say what their visits say by now.

The reason was copied when the day was given and stayed when the visit was corrected, even where the
old words were the protected ones.
"""

from django.db import migrations

REASONS = """
UPDATE healthrecords_appointment waiting SET reason = left(visit.reason, 300)
FROM healthrecords_visit visit
WHERE visit.id = waiting.visit_id AND waiting.cancelled_at IS NULL
  AND waiting.reason <> left(visit.reason, 300)
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0058_appointments_as_protected_as_their_slips")]

    operations = [migrations.RunSQL(REASONS, migrations.RunSQL.noop)]
