from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('healthrecords', '0004_visit_details_and_twins'),
        ('places', '0002_former_areas_are_found_by_place'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['-started_at', '-id'], name='visit_latest'),
        ),
    ]
