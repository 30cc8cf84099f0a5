"""Let a visit be waited for on two days: one that everybody sees, one of a protected slip."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('healthrecords', '0056_care_goes_with_the_visits_of_parted_records'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='appointment',
            name='appointment_one_open',
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at', None)), fields=('visit', 'on'), name='appointment_one_open'),
        ),
    ]
