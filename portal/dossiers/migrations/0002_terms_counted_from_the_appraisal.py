"""A second term of a dossier may be counted from the minutes of the appraisal."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0001_initial'),
        ('places', '0007_governing_bodies_and_codes_as_their_scheme_writes_them'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='dossier',
            name='dossier_term_from_known',
        ),
        migrations.AlterField(
            model_name='dossier',
            name='term_from',
            field=models.CharField(blank=True, choices=[('', 'no term'), ('complete', 'the complete dossier'), ('verification', 'the result of the verification'), ('expiry', 'the last day before the licence expires'), ('appraisal', 'the minutes of the appraisal')], max_length=12, verbose_name='counted from'),
        ),
        migrations.AlterField(
            model_name='dossierhistory',
            name='term_from',
            field=models.CharField(blank=True, choices=[('', 'no term'), ('complete', 'the complete dossier'), ('verification', 'the result of the verification'), ('expiry', 'the last day before the licence expires'), ('appraisal', 'the minutes of the appraisal')], max_length=12, verbose_name='counted from'),
        ),
        migrations.AddConstraint(
            model_name='dossier',
            constraint=models.CheckConstraint(condition=models.Q(('term_from__in', ['', 'complete', 'verification', 'expiry', 'appraisal'])), name='dossier_term_from_known'),
        ),
    ]
