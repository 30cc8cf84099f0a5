"""Keep when an outage was noted, whether somebody else has to confirm it, and who did.

The outages that stand count as they did: who noted them as what is not known for sure, so none is
marked as confirmed, and none asks to be.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0007_governing_bodies_and_codes_as_their_scheme_writes_them'),
        ('reporting', '0016_own_report_beside_the_sum'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='outage',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='outage',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='outage',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='outage',
            name='confirmed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='confirmed at'),
        ),
        migrations.AddField(
            model_name='outage',
            name='confirmed_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by'),
        ),
        migrations.AddField(
            model_name='outage',
            name='needs_confirmation',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='noted by a sender of the place'),
        ),
        migrations.AddField(
            model_name='outage',
            name='recorded_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='noted at'),
        ),
        migrations.AddField(
            model_name='outagehistory',
            name='confirmed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='confirmed at'),
        ),
        migrations.AddField(
            model_name='outagehistory',
            name='confirmed_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by'),
        ),
        migrations.AddField(
            model_name='outagehistory',
            name='needs_confirmation',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='noted by a sender of the place'),
        ),
        migrations.AddField(
            model_name='outagehistory',
            name='recorded_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='noted at'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outage',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reporting_outagehistory" ("began_at", "confirmed_at", "confirmed_by_id", "ended_at", "id", "needs_confirmation", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id") SELECT new_values."began_at", new_values."confirmed_at", new_values."confirmed_by_id", new_values."ended_at", new_values."id", new_values."needs_confirmation", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."reason", new_values."recorded_at", new_values."recorded_by_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a3c03098760472037d403f3810e9844469d419a2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_655c5', referencing='REFERENCING NEW TABLE AS new_values ', table='reporting_outage', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outage',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reporting_outagehistory" ("began_at", "confirmed_at", "confirmed_by_id", "ended_at", "id", "needs_confirmation", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id") SELECT new_values."began_at", new_values."confirmed_at", new_values."confirmed_by_id", new_values."ended_at", new_values."id", new_values."needs_confirmation", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."reason", new_values."recorded_at", new_values."recorded_by_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='cb261ce58a1464f8c6987b550f5692d9962d36f6', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_9d58d', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='reporting_outage', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outage',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reporting_outagehistory" ("began_at", "confirmed_at", "confirmed_by_id", "ended_at", "id", "needs_confirmation", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recorded_at", "recorded_by_id") SELECT old_values."began_at", old_values."confirmed_at", old_values."confirmed_by_id", old_values."ended_at", old_values."id", old_values."needs_confirmation", old_values."organisation_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."reason", old_values."recorded_at", old_values."recorded_by_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='3ffe6091508bf2f64b594fbb483597fea84fa34d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_52eee', referencing='REFERENCING OLD TABLE AS old_values ', table='reporting_outage', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='outage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='outage_confirmed_whole'),
        ),
        migrations.AddConstraint(
            model_name='outage',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), ('recorded_by', None), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='outage_four_eyes', violation_error_code='own_outage', violation_error_message='Who noted an outage does not confirm it.'),
        ),
    ]
