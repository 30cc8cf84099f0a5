"""A step in the queue and its visit cannot disagree on citizen or facility."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0019_visit_in_full")]

    operations = [
        migrations.RunSQL(
            """ALTER TABLE healthrecords_queuestep ADD CONSTRAINT queuestep_holds_visit
            FOREIGN KEY (visit_id, citizen_id, facility_id)
            REFERENCES healthrecords_visit (id, citizen_id, facility_id)
            ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            "ALTER TABLE healthrecords_queuestep DROP CONSTRAINT queuestep_holds_visit",
        )
    ]
