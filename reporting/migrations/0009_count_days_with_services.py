from django.db import migrations


def forget_the_mark(apps, schema_editor):
    """Let the worker count every day once more: services were not counted before."""
    apps.get_model("reporting", "CountedUntil").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("reporting", "0008_services_of_days"),
    ]

    operations = [migrations.RunPython(forget_the_mark, migrations.RunPython.noop)]
