"""A notified case and its visit cannot disagree on citizen or facility: a merge moves both."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_reports_cases_outbreaks")]

    operations = [
        migrations.RunSQL(
            """ALTER TABLE reporting_casenotification ADD CONSTRAINT casenotification_holds_visit
            FOREIGN KEY (visit_id, citizen_id, facility_id)
            REFERENCES healthrecords_visit (id, citizen_id, facility_id)
            ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            "ALTER TABLE reporting_casenotification DROP CONSTRAINT casenotification_holds_visit",
        )
    ]
