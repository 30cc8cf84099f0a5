"""Hours meet on days of the calendar alone: a period of a day holds where that weekday lies in it."""

import django.contrib.postgres.constraints
import practitioners.models.slot
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('practitioners', '0025_ends_of_bans_and_duties_are_decided_by_two'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='workingslot',
            name='workingslot_one_place_at_a_time',
        ),
        migrations.AddConstraint(
            model_name='workingslot',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('practitioner', '='), ('weekday', '='), (practitioners.models.slot.MinuteRange(models.F('starts'), models.F('ends')), '&&'), (practitioners.models.slot.Weeks(practitioners.models.slot.FirstWeek(models.F('valid_from'), models.F('weekday')), practitioners.models.slot.WeekAfter(models.F('valid_until'), models.F('weekday'))), '&&')], name='workingslot_one_place_at_a_time', violation_error_code='slot_overlap', violation_error_message='This person already works in these hours (Law 15/2023/QH15, article 36(1)).'),
        ),
    ]
