"""A medicine given out and its visit cannot disagree on citizen or facility."""

from django.db import migrations

ADD = """ALTER TABLE healthrecords_dispensing ADD CONSTRAINT dispensing_holds_visit
    FOREIGN KEY (visit_id, citizen_id, facility_id)
    REFERENCES healthrecords_visit (id, citizen_id, facility_id)
    ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"""
DROP = "ALTER TABLE healthrecords_dispensing DROP CONSTRAINT dispensing_holds_visit"


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0026_medicines_given_out")]

    operations = [migrations.RunSQL(ADD, DROP)]
