"""Files written before are asked whom a facility means by one of its patient numbers."""

from django.db import migrations

ADD = """
CREATE INDEX stagedrow_patient ON intake_stagedrow
  ((("values" -> '@') ->> 'facility'), ("values" ->> 'MA_BN'), id)
WHERE written_at IS NOT NULL AND target_id IS NOT NULL AND ("values" ->> 'MA_BN') <> ''
"""
DROP = "DROP INDEX IF EXISTS stagedrow_patient"


class Migration(migrations.Migration):
    dependencies = [
        ("healthrecords", "0038_papers_and_notes_by_file"),
        ("intake", "0007_rows_keep_what_they_altered_around"),
    ]
    operations = [migrations.RunSQL(ADD, DROP)]
