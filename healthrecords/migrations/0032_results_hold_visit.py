"""A result or a procedure of a visit and the visit cannot disagree on the citizen.

One composite key in place of the key to the visit alone: it holds where there is a visit, and
carries the row along when the visit changes its citizen. The facility is its own: another place may
have done it.
"""

import django.db.models.deletion
from django.db import migrations, models


def held(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""ALTER TABLE healthrecords_{table} ADD CONSTRAINT {table}_holds_visit
        FOREIGN KEY (visit_id, citizen_id)
        REFERENCES healthrecords_visit (id, citizen_id)
        ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
        f"ALTER TABLE healthrecords_{table} DROP CONSTRAINT {table}_holds_visit",
    )


def keyless(model: str) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=model,
        name="visit",
        field=models.ForeignKey(
            blank=True,
            db_constraint=False,
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="%(class)s_set",
            to="healthrecords.visit",
            verbose_name="visit",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0031_results_stand_with_their_visit")]

    operations = [
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("id", "citizen"), name="visit_with_citizen"),
        ),
        keyless("diagnosticreport"),
        keyless("procedure"),
        held("diagnosticreport"),
        held("procedure"),
    ]
