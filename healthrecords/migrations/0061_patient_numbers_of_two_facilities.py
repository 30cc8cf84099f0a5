"""Let two facilities give a person the same patient number: each counts from one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0060_places_and_plain_names_protect")]

    operations = [
        migrations.RemoveConstraint(
            model_name="citizenidentifier", name="citizenidentifier_once_per_citizen"
        ),
        migrations.AddConstraint(
            model_name="citizenidentifier",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on", None)),
                fields=("citizen", "kind", "value", "issuer"),
                name="citizenidentifier_once_per_citizen",
                nulls_distinct=False,
            ),
        ),
    ]
