"""A signed version and its visit cannot disagree on citizen or facility; a merge takes it along."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0017_signed_versions")]

    operations = [
        migrations.RunSQL(
            """ALTER TABLE healthrecords_visitversion ADD CONSTRAINT visitversion_holds_visit
            FOREIGN KEY (visit_id, citizen_id, facility_id)
            REFERENCES healthrecords_visit (id, citizen_id, facility_id)
            ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            "ALTER TABLE healthrecords_visitversion DROP CONSTRAINT visitversion_holds_visit",
        ),
    ]
