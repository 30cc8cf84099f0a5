import django.contrib.postgres.constraints
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
            name='Area',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('province', 'Province'), ('commune', 'Commune')], max_length=10, verbose_name='level')),
                ('code', models.CharField(max_length=5, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_norm', models.GeneratedField(db_persist=True, expression=portal.database.names.NameNorm('name'), output_field=models.TextField(db_collation='C'))),
                ('unit', models.CharField(max_length=40, verbose_name='kind of unit')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='communes', to='places.area', verbose_name='province')),
            ],
            options={
                'verbose_name': 'area',
                'verbose_name_plural': 'areas',
                'ordering': ['code', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AreaHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('kind', models.CharField(choices=[('province', 'Province'), ('commune', 'Commune')], max_length=10, verbose_name='level')),
                ('code', models.CharField(max_length=5, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('unit', models.CharField(max_length=40, verbose_name='kind of unit')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.area', verbose_name='province')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.area')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AreaSuccession',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField(verbose_name='on')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='places.area')),
            ],
            options={
                'verbose_name': 'area succession',
                'verbose_name_plural': 'area successions',
                'ordering': ['former', 'area', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Catchment',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='catchments', to='places.area', verbose_name='commune')),
            ],
            options={
                'verbose_name': 'catchment',
                'verbose_name_plural': 'catchments',
                'ordering': ['organisation', 'area', 'id'],
            },
        ),
        migrations.CreateModel(
            name='FormerArea',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=5, unique=True, verbose_name='old code')),
                ('name', models.CharField(max_length=120, verbose_name='old name')),
                ('name_norm', models.GeneratedField(db_persist=True, expression=portal.database.names.NameNorm('name'), output_field=models.TextField(db_collation='C'))),
                ('district_code', models.CharField(max_length=3, verbose_name='old district code')),
                ('district_name', models.CharField(blank=True, max_length=120, verbose_name='old district')),
                ('province_code', models.CharField(max_length=2, verbose_name='old province code')),
                ('province_name', models.CharField(blank=True, max_length=120, verbose_name='old province')),
                ('became', models.ManyToManyField(related_name='formerly', through='places.AreaSuccession', to='places.area', verbose_name='became')),
            ],
            options={
                'verbose_name': 'former area',
                'verbose_name_plural': 'former areas',
                'ordering': ['code', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AreaSuccessionHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('on', models.DateField(verbose_name='on')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
                ('area', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.area')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.areasuccession')),
                ('former', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.formerarea')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='areasuccession',
            name='former',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successions', to='places.formerarea'),
        ),
        migrations.CreateModel(
            name='FormerAreaHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('code', models.CharField(max_length=5, verbose_name='old code')),
                ('name', models.CharField(max_length=120, verbose_name='old name')),
                ('district_code', models.CharField(max_length=3, verbose_name='old district code')),
                ('district_name', models.CharField(blank=True, max_length=120, verbose_name='old district')),
                ('province_code', models.CharField(max_length=2, verbose_name='old province code')),
                ('province_name', models.CharField(blank=True, max_length=120, verbose_name='old province')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.formerarea')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('name_norm', models.GeneratedField(db_persist=True, expression=portal.database.names.NameNorm('name'), output_field=models.TextField(db_collation='C'))),
                ('kind', models.CharField(choices=[('ministry', 'Ministry'), ('department', 'Department of health'), ('centre', 'Regional health centre'), ('hospital', 'Hospital'), ('station', 'Commune health station'), ('point', 'Point of a station'), ('clinic', 'Clinic'), ('other', 'Other facility')], max_length=12, verbose_name='kind')),
                ('path', models.TextField(db_collation='C', editable=False, unique=True)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='organisations', to='places.area', verbose_name='area')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='places.organisation', verbose_name='under')),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisations',
                'ordering': ['path'],
                'permissions': (('view_records', 'see citizens and visits'), ('enter_records', 'enter citizens and visits'), ('sign_records', 'sign visits'), ('see_sensitive', 'see rows of a sensitive class'), ('export_records', 'export lists of people'), ('upload_files', 'upload files'), ('confirm_files', 'confirm and undo uploaded files'), ('view_practitioners', "see practitioners' profiles"), ('submit_practitioners', "submit practitioners' profiles"), ('review_practitioners', "review practitioners' profiles"), ('decide_licenses', 'decide on licences'), ('view_facilities', 'see facilities'), ('edit_facilities', 'edit facilities'), ('view_figures', 'see figures without names'), ('view_reports', 'see reports'), ('submit_reports', 'submit reports'), ('approve_reports', 'approve reports'), ('watch_epidemics', 'follow notifiable diseases'), ('review_access', 'review opened records and broken glass'), ('read_audit', 'read history and the read log'), ('manage_accounts', 'give and end assignments'), ('manage_lists', 'replace code lists, areas and holidays')),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='CatchmentHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('area', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.area', verbose_name='commune')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.catchment')),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='catchment',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='catchments', to='places.organisation', verbose_name='organisation'),
        ),
        migrations.CreateModel(
            name='OrganisationHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('kind', models.CharField(choices=[('ministry', 'Ministry'), ('department', 'Department of health'), ('centre', 'Regional health centre'), ('hospital', 'Hospital'), ('station', 'Commune health station'), ('point', 'Point of a station'), ('clinic', 'Clinic'), ('other', 'Other facility')], max_length=12, verbose_name='kind')),
                ('path', models.TextField(db_collation='C', editable=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.area', verbose_name='area')),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='under')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrganisationIdentifier',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('insurance', 'Insurance facility code'), ('gln', 'GLN (13 digits)'), ('other', 'Other code')], max_length=10, verbose_name='kind of code')),
                ('value', models.CharField(max_length=40, verbose_name='code')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to='places.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'organisation code',
                'verbose_name_plural': 'organisation codes',
                'ordering': ['organisation', 'scheme', '-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrganisationIdentifierHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('scheme', models.CharField(choices=[('insurance', 'Insurance facility code'), ('gln', 'GLN (13 digits)'), ('other', 'Other code')], max_length=10, verbose_name='kind of code')),
                ('value', models.CharField(max_length=40, verbose_name='code')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='organisation')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.organisationidentifier')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrganisationPlacement',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('decision', models.CharField(blank=True, max_length=200, verbose_name='decision')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='placements', to='places.organisation', verbose_name='organisation')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placed_here', to='places.organisation', verbose_name='under')),
            ],
            options={
                'verbose_name': 'place in the tree',
                'verbose_name_plural': 'places in the tree',
                'ordering': ['organisation', '-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrganisationPlacementHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('decision', models.CharField(blank=True, max_length=200, verbose_name='decision')),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='organisation')),
                ('parent', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='under')),
                ('pgh_context', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='places.organisationplacement')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='area',
            index=models.Index(fields=['name_norm'], name='area_name_norm'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('kind', 'code'), name='area_code_once'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['province', 'commune'])), name='area_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'province'), ('parent', None)), models.Q(('kind', 'commune'), ('parent__isnull', False)), _connector='OR'), name='area_commune_has_province', violation_error_code='area_without_province', violation_error_message='A commune lies in a province; choose the province.'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='area_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='area',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areahistory" ("code", "id", "kind", "legal_basis", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "valid_from", "valid_until") SELECT new_values."code", new_values."id", new_values."kind", new_values."legal_basis", new_values."name", new_values."parent_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."unit", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f2e747c4a88f158c8dcb2dd1df491a75414412ac', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_912b7', referencing='REFERENCING NEW TABLE AS new_values ', table='places_area', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='area',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areahistory" ("code", "id", "kind", "legal_basis", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "valid_from", "valid_until") SELECT new_values."code", new_values."id", new_values."kind", new_values."legal_basis", new_values."name", new_values."parent_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."unit", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."kind" IS DISTINCT FROM (new_values."kind") OR old_values."legal_basis" IS DISTINCT FROM (new_values."legal_basis") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."parent_id" IS DISTINCT FROM (new_values."parent_id") OR old_values."unit" IS DISTINCT FROM (new_values."unit") OR old_values."valid_from" IS DISTINCT FROM (new_values."valid_from") OR old_values."valid_until" IS DISTINCT FROM (new_values."valid_until")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='e1cbe3982ffdb074cbbe6e9530ada4a388bd8667', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_909a1', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_area', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='area',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areahistory" ("code", "id", "kind", "legal_basis", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "valid_from", "valid_until") SELECT old_values."code", old_values."id", old_values."kind", old_values."legal_basis", old_values."name", old_values."parent_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."unit", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='32cb3f13fefccbdf78b4e7caeb0407b266565e44', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_14ad6', referencing='REFERENCING OLD TABLE AS old_values ', table='places_area', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='formerarea',
            index=models.Index(fields=['name_norm'], name='formerarea_name_norm'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formerarea',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_formerareahistory" ("code", "district_code", "district_name", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "province_code", "province_name") SELECT new_values."code", new_values."district_code", new_values."district_name", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."province_code", new_values."province_name" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='6398d9cb3bc95778f46b19bc15deee16be93a504', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_057be', referencing='REFERENCING NEW TABLE AS new_values ', table='places_formerarea', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formerarea',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_formerareahistory" ("code", "district_code", "district_name", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "province_code", "province_name") SELECT new_values."code", new_values."district_code", new_values."district_name", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."province_code", new_values."province_name" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."district_code" IS DISTINCT FROM (new_values."district_code") OR old_values."district_name" IS DISTINCT FROM (new_values."district_name") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."province_code" IS DISTINCT FROM (new_values."province_code") OR old_values."province_name" IS DISTINCT FROM (new_values."province_name")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='0469ea04875a1a0dca1cc730e9602f03b6fa3f83', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_3aa53', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_formerarea', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formerarea',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_formerareahistory" ("code", "district_code", "district_name", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "province_code", "province_name") SELECT old_values."code", old_values."district_code", old_values."district_name", old_values."id", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."province_code", old_values."province_name" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='5205f650fc3bf50f02c1aebecf9720eb4c68aae2', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_aa4d4', referencing='REFERENCING OLD TABLE AS old_values ', table='places_formerarea', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='areasuccession',
            constraint=models.UniqueConstraint(fields=('former', 'area'), name='areasuccession_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='areasuccession',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areasuccessionhistory" ("area_id", "former_id", "id", "legal_basis", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."area_id", new_values."former_id", new_values."id", new_values."legal_basis", new_values."on", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f79f583f7c8d4b4684a1dfd136721620fd850a7e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_20fe1', referencing='REFERENCING NEW TABLE AS new_values ', table='places_areasuccession', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='areasuccession',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areasuccessionhistory" ("area_id", "former_id", "id", "legal_basis", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."area_id", new_values."former_id", new_values."id", new_values."legal_basis", new_values."on", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='e4a1996dd4b4b27067b54c41ae3e7f0e9c510526', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_051cb', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_areasuccession', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='areasuccession',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_areasuccessionhistory" ("area_id", "former_id", "id", "legal_basis", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."area_id", old_values."former_id", old_values."id", old_values."legal_basis", old_values."on", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='f348b9480c0fc36ef8645ec38e95b8a78506029a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_6236d', referencing='REFERENCING OLD TABLE AS old_values ', table='places_areasuccession', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(fields=['name_norm'], name='organisation_name_norm'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['ministry', 'department', 'centre', 'hospital', 'station', 'point', 'clinic', 'other'])), name='organisation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('path__endswith', '.')), name='organisation_path_ends_with_stop'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='organisation_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationhistory" ("area_id", "id", "kind", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."area_id", new_values."id", new_values."kind", new_values."name", new_values."parent_id", new_values."path", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='cdc858b438884b772fa5a1c6685865e85065c9b7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_ddf6d', referencing='REFERENCING NEW TABLE AS new_values ', table='places_organisation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationhistory" ("area_id", "id", "kind", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."area_id", new_values."id", new_values."kind", new_values."name", new_values."parent_id", new_values."path", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."area_id" IS DISTINCT FROM (new_values."area_id") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."kind" IS DISTINCT FROM (new_values."kind") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."parent_id" IS DISTINCT FROM (new_values."parent_id") OR old_values."path" IS DISTINCT FROM (new_values."path") OR old_values."valid_from" IS DISTINCT FROM (new_values."valid_from") OR old_values."valid_until" IS DISTINCT FROM (new_values."valid_until")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1623719afd8e984241db1e1c3af489d63e96a380', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_8c0c8', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_organisation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationhistory" ("area_id", "id", "kind", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT old_values."area_id", old_values."id", old_values."kind", old_values."name", old_values."parent_id", old_values."path", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='e772819b4ca5e83042325ecb40735002ed1a543b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_fe1ce', referencing='REFERENCING OLD TABLE AS old_values ', table='places_organisation', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='catchment',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('organisation', '='), ('area', '='), (portal.database.periods.DateRange(models.F('valid_from'), models.F('valid_until'), models.Value('[]')), '&&')], name='catchment_once', violation_error_code='catchment_overlap', violation_error_message='This commune is already in the catchment.'),
        ),
        migrations.AddConstraint(
            model_name='catchment',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='catchment_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='catchment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_catchmenthistory" ("area_id", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."area_id", new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='831807cdae96ae4bbabf4ecf13eb48cd926d8f5f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_f3715', referencing='REFERENCING NEW TABLE AS new_values ', table='places_catchment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='catchment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_catchmenthistory" ("area_id", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."area_id", new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='928ea8e0ee9a08d183b41e219008a006e389fcea', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_af470', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_catchment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='catchment',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_catchmenthistory" ("area_id", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT old_values."area_id", old_values."id", old_values."organisation_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='66ab3f0d5cd5a1b4305fe204de016ae27f147e15', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_1642e', referencing='REFERENCING OLD TABLE AS old_values ', table='places_catchment', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='organisationidentifier',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until', None), models.Q(('scheme', 'other'), _negated=True)), fields=('scheme', 'value'), name='organisationidentifier_value_once', violation_error_code='organisation_code_taken', violation_error_message='Another organisation already has this code.'),
        ),
        migrations.AddConstraint(
            model_name='organisationidentifier',
            constraint=models.CheckConstraint(condition=models.Q(('scheme__in', ['insurance', 'gln', 'other'])), name='organisationidentifier_scheme_known'),
        ),
        migrations.AddConstraint(
            model_name='organisationidentifier',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='organisationidentifier_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationidentifier',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationidentifierhistory" ("id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scheme", "source", "valid_from", "valid_until", "value") SELECT new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."scheme", new_values."source", new_values."valid_from", new_values."valid_until", new_values."value" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='91037f8dcd544a1ea1df1f3b733a5c5c96576bdf', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2d1a0', referencing='REFERENCING NEW TABLE AS new_values ', table='places_organisationidentifier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationidentifier',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationidentifierhistory" ("id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scheme", "source", "valid_from", "valid_until", "value") SELECT new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."scheme", new_values."source", new_values."valid_from", new_values."valid_until", new_values."value" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='fe14923ea9b2e17834e6c883748fc3dcfcfbadb2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_7c1e0', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_organisationidentifier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationidentifier',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationidentifierhistory" ("id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scheme", "source", "valid_from", "valid_until", "value") SELECT old_values."id", old_values."organisation_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."scheme", old_values."source", old_values."valid_from", old_values."valid_until", old_values."value" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='59286754d7f343b956f12436078189f3c13cdf00', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_78e88', referencing='REFERENCING OLD TABLE AS old_values ', table='places_organisationidentifier', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='organisationplacement',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('organisation', '='), (portal.database.periods.DateRange(models.F('valid_from'), models.F('valid_until'), models.Value('[]')), '&&')], name='organisationplacement_one_parent_at_a_time', violation_error_code='placement_overlap', violation_error_message='The organisation already stands under another one in these days.'),
        ),
        migrations.AddConstraint(
            model_name='organisationplacement',
            constraint=models.CheckConstraint(condition=models.Q(('organisation', models.F('parent')), _negated=True), name='organisationplacement_not_under_itself', violation_error_code='placement_under_itself', violation_error_message='An organisation cannot stand under itself.'),
        ),
        migrations.AddConstraint(
            model_name='organisationplacement',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='organisationplacement_valid_period', violation_error_code='period_reversed', violation_error_message='The last day of validity comes before the first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationplacement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationplacementhistory" ("decision", "id", "organisation_id", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."decision", new_values."id", new_values."organisation_id", new_values."parent_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b0ca2817bb3d18740be61c85903fdb05e75ee147', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_cc764', referencing='REFERENCING NEW TABLE AS new_values ', table='places_organisationplacement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationplacement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationplacementhistory" ("decision", "id", "organisation_id", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT new_values."decision", new_values."id", new_values."organisation_id", new_values."parent_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='982f5a45e326fe96cf26885483cd6d05fc16e171', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_59cd7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='places_organisationplacement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisationplacement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "places_organisationplacementhistory" ("decision", "id", "organisation_id", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") SELECT old_values."decision", old_values."id", old_values."organisation_id", old_values."parent_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='4d58d5ea19931f0b9428c8bf41779b5ceea748e1', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_ab4b0', referencing='REFERENCING OLD TABLE AS old_values ', table='places_organisationplacement', when='AFTER')),
        ),
    ]
