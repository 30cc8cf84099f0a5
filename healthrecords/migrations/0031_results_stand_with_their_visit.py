"""Bring results and procedures back to the citizen of the visit they were done for.

Where two records were parted after work, some were left with the other one.
"""

from django.db import migrations


def home(table: str) -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL(
            f"""UPDATE healthrecords_{table} done SET citizen_id = visit.citizen_id
            FROM healthrecords_visit visit
            WHERE visit.id = done.visit_id AND visit.citizen_id <> done.citizen_id""",
            migrations.RunSQL.noop,
        ),
        # The ledger speaks of the visit from now on.
        migrations.RunSQL(
            f"""DELETE FROM healthrecords_mergedrow away USING healthrecords_{table} done
            WHERE away."table" = 'healthrecords_{table}' AND away.row_id = done.id
              AND done.visit_id IS NOT NULL""",
            migrations.RunSQL.noop,
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0030_what_reports_look_for")]

    operations = [*home("diagnosticreport"), *home("procedure")]
