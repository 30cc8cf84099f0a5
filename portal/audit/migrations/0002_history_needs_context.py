"""The database refuses a history row of nobody.

pghistory's own function writes a row without context when none is told, and updates the context
row, which mach_app may not.
"""

from django.db import migrations

ATTACH = """
CREATE OR REPLACE FUNCTION public._pgh_attach_context() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  context uuid := NULLIF(pg_catalog.current_setting('pghistory.context_id', true), '')::uuid;
BEGIN
  IF context IS NULL THEN
    RAISE EXCEPTION 'history without context' USING ERRCODE = 'MA001';
  END IF;
  INSERT INTO public.pghistory_context (id, metadata, created_at, updated_at)
  VALUES (context, pg_catalog.current_setting('pghistory.context_metadata')::jsonb,
          pg_catalog.now(), pg_catalog.now())
  ON CONFLICT (id) DO NOTHING;
  RETURN context;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunSQL(ATTACH, migrations.RunSQL.noop)]
