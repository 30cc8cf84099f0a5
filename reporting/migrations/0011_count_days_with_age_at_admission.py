from django.db import migrations


def forget_the_mark(apps, schema_editor):
    """Let the worker count every day once more: who lies in is of the age of the day of admission."""
    apps.get_model("reporting", "CountedUntil").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("reporting", "0010_sent_cases_are_sent_again"),
    ]

    operations = [migrations.RunPython(forget_the_mark, migrations.RunPython.noop)]
