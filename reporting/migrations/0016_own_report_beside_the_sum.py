"""Let a place have its own report and its sum of the reports under it, of one form and period.

The rules ask for less than before: every row that stands keeps to them.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0007_governing_bodies_and_codes_as_their_scheme_writes_them'),
        ('reporting', '0015_what_was_sent_is_frozen_whole'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='report',
            name='report_number_once',
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='report_one_open',
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='report_one_approved',
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('organisation', 'code', 'first_day', 'last_day', 'is_summary', 'number'), name='report_number_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'submitted'])), fields=('organisation', 'code', 'first_day', 'last_day', 'is_summary'), name='report_one_open', violation_error_code='report_open', violation_error_message='A version of this report is being worked on already.'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'approved')), fields=('organisation', 'code', 'first_day', 'last_day', 'is_summary'), name='report_one_approved', violation_error_code='report_approved_before', violation_error_message='This report is approved already; correct that one.'),
        ),
    ]
