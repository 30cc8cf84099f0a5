"""The end of a ban has a decision of its own; that a duty is done is confirmed by a second official.

Ends that were answered before named no decision but the ban's, and stay marked as such. Those that wait
are left unconfirmed: their officials propose them anew, with the decision.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.database.keys
import portal.database.uuid7
from django.conf import settings
from django.db import migrations, models

FORMER_ENDS = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE practitioners_banproposal SET
  is_undecided = true,
  answered_by_id = COALESCE(answered_by_id, proposed_by_id),
  answered_at = COALESCE(answered_at, pg_catalog.now()),
  reason = CASE state WHEN 'open'
    THEN 'Đề xuất lại, kèm quyết định chấm dứt lệnh cấm' ELSE reason END,
  state = CASE state WHEN 'open' THEN 'dropped' ELSE state END
WHERE ends_id IS NOT NULL;
SET CONSTRAINTS ALL DEFERRED
"""


class Migration(migrations.Migration):

    dependencies = [
        ('attachments', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('practitioners', '0024_replaced_rows_are_checked_by_their_joining'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DutyProof',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('state', models.CharField(choices=[('open', 'Waits for a second official'), ('confirmed', 'Confirmed'), ('dropped', 'Not confirmed')], default='open', max_length=9, verbose_name='state')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='why it was not confirmed')),
                ('paper_no', models.CharField(max_length=60, verbose_name='number of the paper')),
                ('authority', models.CharField(max_length=200, verbose_name='issued by')),
                ('done_on', models.DateField(verbose_name='done on')),
            ],
            options={
                'verbose_name': 'proof of a duty done',
                'verbose_name_plural': 'proofs of duties done',
                'ordering': ['license', 'proposed_at', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DutyProofHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('state', models.CharField(choices=[('open', 'Waits for a second official'), ('confirmed', 'Confirmed'), ('dropped', 'Not confirmed')], default='open', max_length=9, verbose_name='state')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='why it was not confirmed')),
                ('paper_no', models.CharField(max_length=60, verbose_name='number of the paper')),
                ('authority', models.CharField(max_length=200, verbose_name='issued by')),
                ('done_on', models.DateField(verbose_name='done on')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='banproposal',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='banproposal',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='banproposal',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='banproposal',
            name='is_undecided',
            field=models.BooleanField(default=False, editable=False, verbose_name='end without a decision of its own'),
        ),
        migrations.AddField(
            model_name='banproposal',
            name='was_until',
            field=models.DateField(blank=True, null=True, verbose_name='in force until before'),
        ),
        migrations.AddField(
            model_name='banproposalhistory',
            name='is_undecided',
            field=models.BooleanField(default=False, editable=False, verbose_name='end without a decision of its own'),
        ),
        migrations.AddField(
            model_name='banproposalhistory',
            name='was_until',
            field=models.DateField(blank=True, null=True, verbose_name='in force until before'),
        ),
        migrations.AlterField(
            model_name='banproposal',
            name='ends',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposed_ends', to='practitioners.practiceban', verbose_name='ban that is to end'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='banproposal',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_banproposalhistory" ("answered_at", "answered_by_id", "authority", "decided_on", "decision_no", "ends_id", "ground", "ground_code", "id", "is_undecided", "paper_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "proposed_at", "proposed_by_id", "reason", "state", "valid_from", "valid_until", "was_until") SELECT new_values."answered_at", new_values."answered_by_id", new_values."authority", new_values."decided_on", new_values."decision_no", new_values."ends_id", new_values."ground", new_values."ground_code", new_values."id", new_values."is_undecided", new_values."paper_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."practitioner_id", new_values."proposed_at", new_values."proposed_by_id", new_values."reason", new_values."state", new_values."valid_from", new_values."valid_until", new_values."was_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='7a3850518da00c2e8c4fe835e61b20cb53df9fbc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_e2ab1', referencing='REFERENCING NEW TABLE AS new_values ', table='practitioners_banproposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='banproposal',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_banproposalhistory" ("answered_at", "answered_by_id", "authority", "decided_on", "decision_no", "ends_id", "ground", "ground_code", "id", "is_undecided", "paper_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "proposed_at", "proposed_by_id", "reason", "state", "valid_from", "valid_until", "was_until") SELECT new_values."answered_at", new_values."answered_by_id", new_values."authority", new_values."decided_on", new_values."decision_no", new_values."ends_id", new_values."ground", new_values."ground_code", new_values."id", new_values."is_undecided", new_values."paper_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."practitioner_id", new_values."proposed_at", new_values."proposed_by_id", new_values."reason", new_values."state", new_values."valid_from", new_values."valid_until", new_values."was_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1f8b65be2071d9fe0c01b9d285db953b2e497f30', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_78dbd', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='practitioners_banproposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='banproposal',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_banproposalhistory" ("answered_at", "answered_by_id", "authority", "decided_on", "decision_no", "ends_id", "ground", "ground_code", "id", "is_undecided", "paper_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "proposed_at", "proposed_by_id", "reason", "state", "valid_from", "valid_until", "was_until") SELECT old_values."answered_at", old_values."answered_by_id", old_values."authority", old_values."decided_on", old_values."decision_no", old_values."ends_id", old_values."ground", old_values."ground_code", old_values."id", old_values."is_undecided", old_values."paper_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."practitioner_id", old_values."proposed_at", old_values."proposed_by_id", old_values."reason", old_values."state", old_values."valid_from", old_values."valid_until", old_values."was_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='3242902068f414a70633c03b24d4a9429f2ddce4', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_29549', referencing='REFERENCING OLD TABLE AS old_values ', table='practitioners_banproposal', when='AFTER')),
        ),
        migrations.RunSQL(FORMER_ENDS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='banproposal',
            constraint=models.CheckConstraint(condition=models.Q(('ends', None), ('is_undecided', True), models.Q(models.Q(('authority', ''), _negated=True), models.Q(('ground', ''), _negated=True)), _connector='OR'), name='banproposal_end_decided', violation_error_code='decision_missing', violation_error_message='The end of a ban names its decision: number, day, who decided it and why.'),
        ),
        migrations.AddConstraint(
            model_name='banproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('ends',), name='banproposal_one_end', violation_error_code='end_proposed_already', violation_error_message='The end of this ban is proposed already; a colleague confirms it.'),
        ),
        migrations.AlterConstraint(
            model_name='banproposal',
            name='banproposal_confirmed_by_another',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('answered_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='banproposal_confirmed_by_another', violation_error_code='confirmed_by_one', violation_error_message='One official proposes it, another confirms it.'),
        ),
        migrations.AlterConstraint(
            model_name='banproposal',
            name='banproposal_dropped_with_reason',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'dropped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='banproposal_dropped_with_reason', violation_error_code='drop_without_reason', violation_error_message='Write why it is not confirmed.'),
        ),
        migrations.AddField(
            model_name='dutyproof',
            name='answered_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by'),
        ),
        migrations.AddField(
            model_name='dutyproof',
            name='license',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duty_proofs', to='practitioners.practicelicense', verbose_name='licence'),
        ),
        migrations.AddField(
            model_name='dutyproof',
            name='paper',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attachments.storedfile', verbose_name='copy of the paper'),
        ),
        migrations.AddField(
            model_name='dutyproof',
            name='proposed_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by'),
        ),
        migrations.AddField(
            model_name='dutyproof',
            name='suspension',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duty_proofs', to='practitioners.licenseevent', verbose_name='suspension'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='answered_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='license',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='practitioners.practicelicense', verbose_name='licence'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='paper',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='attachments.storedfile', verbose_name='copy of the paper'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='practitioners.dutyproof'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='proposed_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by'),
        ),
        migrations.AddField(
            model_name='dutyproofhistory',
            name='suspension',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='practitioners.licenseevent', verbose_name='suspension'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'confirmed', 'dropped'])), name='dutyproof_state_known'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='dutyproof_answered_whole'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('answered_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='dutyproof_confirmed_by_another', violation_error_code='confirmed_by_one', violation_error_message='One official proposes it, another confirms it.'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'dropped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='dutyproof_dropped_with_reason', violation_error_code='drop_without_reason', violation_error_message='Write why it is not confirmed.'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paper_no', ''), _negated=True), models.Q(('authority', ''), _negated=True)), name='dutyproof_of_a_paper', violation_error_code='paper_missing', violation_error_message='A duty is done by a paper: its number, and who issued it.'),
        ),
        migrations.AddConstraint(
            model_name='dutyproof',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('suspension',), name='dutyproof_once', violation_error_code='duty_recorded_already', violation_error_message='That this duty is done is recorded already; a colleague confirms it.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dutyproof',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_dutyproofhistory" ("answered_at", "answered_by_id", "authority", "done_on", "id", "license_id", "paper_id", "paper_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "suspension_id") SELECT new_values."answered_at", new_values."answered_by_id", new_values."authority", new_values."done_on", new_values."id", new_values."license_id", new_values."paper_id", new_values."paper_no", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."proposed_at", new_values."proposed_by_id", new_values."reason", new_values."state", new_values."suspension_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='5efae8c5700c6fa3ab7d0f3fe0d39d27552322d2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_3d26e', referencing='REFERENCING NEW TABLE AS new_values ', table='practitioners_dutyproof', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dutyproof',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_dutyproofhistory" ("answered_at", "answered_by_id", "authority", "done_on", "id", "license_id", "paper_id", "paper_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "suspension_id") SELECT new_values."answered_at", new_values."answered_by_id", new_values."authority", new_values."done_on", new_values."id", new_values."license_id", new_values."paper_id", new_values."paper_no", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."proposed_at", new_values."proposed_by_id", new_values."reason", new_values."state", new_values."suspension_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='ad2ee71e20bd5a7a150847c4380c5a1aabef0f35', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_407a6', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='practitioners_dutyproof', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dutyproof',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "practitioners_dutyproofhistory" ("answered_at", "answered_by_id", "authority", "done_on", "id", "license_id", "paper_id", "paper_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "suspension_id") SELECT old_values."answered_at", old_values."answered_by_id", old_values."authority", old_values."done_on", old_values."id", old_values."license_id", old_values."paper_id", old_values."paper_no", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."proposed_at", old_values."proposed_by_id", old_values."reason", old_values."state", old_values."suspension_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a676c56cf2d47b7796d4e69ce47732244477850b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_e6824', referencing='REFERENCING OLD TABLE AS old_values ', table='practitioners_dutyproof', when='AFTER')),
        ),
        migrations.RemoveConstraint(
            model_name='banproposal',
            name='banproposal_once',
        ),
        migrations.AddConstraint(
            model_name='banproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('ends', None), ('state', 'open')), fields=('practitioner', 'decision_no'), name='banproposal_once', violation_error_code='ban_proposed_already', violation_error_message='This ban is proposed already; a colleague confirms it.'),
        ),
    ]
