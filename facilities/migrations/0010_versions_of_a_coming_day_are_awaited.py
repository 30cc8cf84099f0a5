"""What was adjusted by hand for a day still to come is awaited too."""

from django.db import migrations

AWAITED = """
UPDATE facilities_operatinglicenseversion SET is_awaited = true
WHERE number > 1 AND valid_from > (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
"""


class Migration(migrations.Migration):
    dependencies = [("facilities", "0009_licences_of_a_coming_day")]

    operations = [migrations.RunSQL(AWAITED, migrations.RunSQL.noop)]
