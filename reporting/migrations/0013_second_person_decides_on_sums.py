"""Let nobody decide on a sum that they closed themselves.

Sums that were approved or returned later by whoever had closed them are of the time before: they count
as decided on when they were closed, as those that were approved in the same moment. Their history
keeps when it was.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0007_governing_bodies_and_codes_as_their_scheme_writes_them'),
        ('reporting', '0012_deaths_after_sending_and_cases_by_hand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            """UPDATE reporting_report SET decided_at = submitted_at
               WHERE is_summary AND decided_by_id = submitted_by_id
                 AND decided_at IS DISTINCT FROM submitted_at""",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='report_four_eyes',
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('submitted_by')), _negated=True), models.Q(('decided_at', models.F('submitted_at')), ('is_summary', True)), _connector='OR'), name='report_four_eyes', violation_error_code='own_report', violation_error_message='Who sent a report does not decide on it.'),
        ),
    ]
