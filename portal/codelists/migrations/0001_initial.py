import django.contrib.postgres.constraints
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.database.keys
import portal.database.names
import portal.database.periods
import portal.database.uuid7
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('database', '0001_functions'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('title', models.CharField(max_length=500, verbose_name='title')),
                ('parent_code', models.CharField(blank=True, max_length=40, verbose_name='parent')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('words', models.TextField(blank=True, verbose_name='words')),
                ('words_norm', models.GeneratedField(db_persist=True, expression=portal.database.names.NameNorm('words'), output_field=models.TextField(db_collation='C'))),
                ('attributes', models.JSONField(blank=True, default=dict, verbose_name='attributes')),
            ],
            options={
                'verbose_name': 'code',
                'verbose_name_plural': 'codes',
                'ordering': ['version', 'position', 'code', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CodeList',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=60, unique=True, verbose_name='key')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('standard', models.CharField(blank=True, max_length=200, verbose_name='standard')),
            ],
            options={
                'verbose_name': 'code list',
                'verbose_name_plural': 'code lists',
                'ordering': ['key'],
            },
        ),
        migrations.CreateModel(
            name='CodeListHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('key', models.SlugField(db_index=False, max_length=60, verbose_name='key')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('standard', models.CharField(blank=True, max_length=200, verbose_name='standard')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CodeListVersion',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('legal_basis', models.CharField(max_length=300, verbose_name='legal basis')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('is_verified', models.BooleanField(default=False, verbose_name='checked against the official text')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the file')),
            ],
            options={
                'verbose_name': 'version of a code list',
                'verbose_name_plural': 'versions of code lists',
                'ordering': ['code_list', '-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CodeListVersionHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('legal_basis', models.CharField(max_length=300, verbose_name='legal basis')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('is_verified', models.BooleanField(default=False, verbose_name='checked against the official text')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the file')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('off', 'Day off'), ('working', 'Working day in exchange')], default='off', max_length=8, verbose_name='kind')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='HolidayHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('day', models.DateField(verbose_name='day')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('off', 'Day off'), ('working', 'Working day in exchange')], default='off', max_length=8, verbose_name='kind')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelist',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelisthistory" ("id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "standard", "title") SELECT new_values."id", new_values."key", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."standard", new_values."title" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='5ce71f7fc5055f5245a4fe00062d137cdbd07a1e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_66360', referencing='REFERENCING NEW TABLE AS new_values ', table='codelists_codelist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelist',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelisthistory" ("id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "standard", "title") SELECT new_values."id", new_values."key", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."standard", new_values."title" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='56b86f6a952f75ebe5c38d86f52e4234606b70c8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_a53c7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='codelists_codelist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelist',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelisthistory" ("id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "standard", "title") SELECT old_values."id", old_values."key", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."standard", old_values."title" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='6c19ed97d5ca86baaaebb3506da6d19e63164922', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_5bdd3', referencing='REFERENCING OLD TABLE AS old_values ', table='codelists_codelist', when='AFTER')),
        ),
        migrations.AddField(
            model_name='codelisthistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='codelisthistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='codelists.codelist'),
        ),
        migrations.AddField(
            model_name='codelistversion',
            name='code_list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='codelists.codelist', verbose_name='code list'),
        ),
        migrations.AddField(
            model_name='code',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='codelists.codelistversion', verbose_name='version'),
        ),
        migrations.AddField(
            model_name='codelistversionhistory',
            name='code_list',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='codelists.codelist', verbose_name='code list'),
        ),
        migrations.AddField(
            model_name='codelistversionhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='codelistversionhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='codelists.codelistversion'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['off', 'working'])), name='holiday_kind_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holiday',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_holidayhistory" ("day", "id", "kind", "legal_basis", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."day", new_values."id", new_values."kind", new_values."legal_basis", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='052195b4b6df9a0c3660fdaf38cabe53a282302b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_fe511', referencing='REFERENCING NEW TABLE AS new_values ', table='codelists_holiday', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holiday',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_holidayhistory" ("day", "id", "kind", "legal_basis", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."day", new_values."id", new_values."kind", new_values."legal_basis", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a7f950a0c2922c35e5a4647bf4be635e9669cb41', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b64d7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='codelists_holiday', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holiday',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_holidayhistory" ("day", "id", "kind", "legal_basis", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."day", old_values."id", old_values."kind", old_values."legal_basis", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='2afde7feb642b056ba037ce12dc863fcae12a50b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_b6ef7', referencing='REFERENCING OLD TABLE AS old_values ', table='codelists_holiday', when='AFTER')),
        ),
        migrations.AddField(
            model_name='holidayhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='holidayhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='codelists.holiday'),
        ),
        migrations.AddConstraint(
            model_name='codelistversion',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('code_list', '='), (portal.database.periods.DateRange(models.F('valid_from'), models.F('valid_until'), models.Value('[]')), '&&')], name='codelistversion_one_at_a_time', violation_error_code='version_overlap', violation_error_message='Another version of this list holds in these days.'),
        ),
        migrations.AddConstraint(
            model_name='codelistversion',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='codelistversion_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelistversion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelistversionhistory" ("code_list_id", "digest", "id", "is_verified", "legal_basis", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "valid_until") SELECT new_values."code_list_id", new_values."digest", new_values."id", new_values."is_verified", new_values."legal_basis", new_values."note", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."source", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='9bf68471b35dfaa3743fcffe0be82b0e2d16fd3a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_cfd7a', referencing='REFERENCING NEW TABLE AS new_values ', table='codelists_codelistversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelistversion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelistversionhistory" ("code_list_id", "digest", "id", "is_verified", "legal_basis", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "valid_until") SELECT new_values."code_list_id", new_values."digest", new_values."id", new_values."is_verified", new_values."legal_basis", new_values."note", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."source", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='8e9032c7408697960ad3214beca639463c33a16b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_40ea1', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='codelists_codelistversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='codelistversion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "codelists_codelistversionhistory" ("code_list_id", "digest", "id", "is_verified", "legal_basis", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "valid_until") SELECT old_values."code_list_id", old_values."digest", old_values."id", old_values."is_verified", old_values."legal_basis", old_values."note", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."source", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='db12e5973f534e3e4290683384f02c0522091e97', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_0d636', referencing='REFERENCING OLD TABLE AS old_values ', table='codelists_codelistversion', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='code',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('words_norm'), 'gin_trgm_ops'), name='code_words_trigram'),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.UniqueConstraint(fields=('version', 'code'), name='code_once_in_version'),
        ),
    ]
