"""A result and its report cannot disagree on citizen or facility: the key carries both along."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0014_results_and_procedures")]

    operations = [
        migrations.RunSQL(
            """ALTER TABLE healthrecords_result ADD CONSTRAINT result_holds_report
            FOREIGN KEY (report_id, citizen_id, facility_id)
            REFERENCES healthrecords_diagnosticreport (id, citizen_id, facility_id)
            ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            "ALTER TABLE healthrecords_result DROP CONSTRAINT result_holds_report",
        )
    ]
