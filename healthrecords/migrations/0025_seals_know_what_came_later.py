"""Note on seals what was recorded with a visit before snapshots held results and papers.

Versions signed until now hold the visit alone: whatever stands with it is not signed yet.
"""

from django.db import migrations

ACTING = """
SELECT pg_catalog.set_config('pghistory.context_id', public.mach_uuid7()::text, true),
       pg_catalog.set_config('pghistory.context_metadata', '{"migration": "seals_know_what_came_later"}', true)
"""
NOTE = """
UPDATE public.healthrecords_visitseal seal
SET has_later = came.is_open, has_protected_later = came.is_protected
FROM (
  SELECT visit_id, bool_or(sensitivity = '') AS is_open, bool_or(sensitivity <> '') AS is_protected
  FROM (
    SELECT visit_id, sensitivity FROM public.healthrecords_diagnosticreport
    WHERE superseded_by_id IS NULL AND withdrawn_at IS NULL AND status <> 'entered_in_error'
    UNION ALL
    SELECT visit_id, sensitivity FROM public.healthrecords_procedure
    WHERE withdrawn_at IS NULL AND status <> 'entered_in_error'
    UNION ALL
    SELECT visit_id, sensitivity FROM public.healthrecords_document WHERE cancelled_at IS NULL
  ) standing
  GROUP BY visit_id
) came
WHERE seal.visit_id = came.visit_id
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0024_later_than_the_signature")]

    operations = [
        migrations.RunSQL(ACTING, migrations.RunSQL.noop),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
