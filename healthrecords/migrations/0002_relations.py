import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('codelists', '0001_initial'),
        ('healthrecords', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('places', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='careaccess',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='careaccess',
            name='reviewed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by'),
        ),
        migrations.AddField(
            model_name='careaccess',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.careaccess'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='reviewed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='carerelationhistory',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='organisation'),
        ),
        migrations.AddField(
            model_name='carerelationhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='carerelationhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.carerelation'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='area',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area', verbose_name='commune'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='home_station',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation', verbose_name='home station'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='citizen',
            name='registered_at',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation', verbose_name='first registered at'),
        ),
        migrations.AddField(
            model_name='carerelationhistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='citizen',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='care_relations', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='careaccesshistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='careaccess',
            name='citizen',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='area',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.area', verbose_name='commune'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='home_station',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='home station'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='citizenhistory',
            name='registered_at',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='first registered at'),
        ),
        migrations.AddField(
            model_name='citizenidentifier',
            name='citizen',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='citizenidentifierhistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='citizenidentifierhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='citizenidentifierhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.citizenidentifier'),
        ),
        migrations.AddField(
            model_name='diagnosis',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='diagnosis',
            name='facility',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='diagnosis',
            name='list_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codelists.codelistversion', verbose_name='code list'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='facility',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='list_version',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='codelists.codelistversion', verbose_name='code list'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.diagnosis'),
        ),
        migrations.AddField(
            model_name='medication',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='medication',
            name='facility',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='medicationhistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='medicationhistory',
            name='facility',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='medicationhistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='medicationhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.medication'),
        ),
        migrations.AddField(
            model_name='visit',
            name='citizen',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='visit',
            name='entered_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by'),
        ),
        migrations.AddField(
            model_name='visit',
            name='facility',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation', verbose_name='facility'),
        ),
        migrations.AddField(
            model_name='medicationhistory',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddField(
            model_name='medication',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddField(
            model_name='diagnosishistory',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddField(
            model_name='diagnosis',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddField(
            model_name='visithistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen', verbose_name='citizen'),
        ),
        migrations.AddField(
            model_name='visithistory',
            name='entered_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by'),
        ),
        migrations.AddField(
            model_name='visithistory',
            name='facility',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation', verbose_name='facility'),
        ),
        migrations.AddField(
            model_name='visithistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='visithistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.visit'),
        ),
        migrations.AddField(
            model_name='vitalsigns',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='vitalsigns',
            name='facility',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='vitalsigns',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddField(
            model_name='vitalsignshistory',
            name='citizen',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.citizen'),
        ),
        migrations.AddField(
            model_name='vitalsignshistory',
            name='facility',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='vitalsignshistory',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='vitalsignshistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='historys', to='healthrecords.vitalsigns'),
        ),
        migrations.AddField(
            model_name='vitalsignshistory',
            name='visit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='healthrecords.visit', verbose_name='visit'),
        ),
        migrations.AddIndex(
            model_name='citizen',
            index=models.Index(fields=['name_norm', 'birth_date', 'id'], name='citizen_name'),
        ),
        migrations.AddIndex(
            model_name='citizen',
            index=models.Index(fields=['birth_date', 'name_norm'], name='citizen_birth'),
        ),
        migrations.AddIndex(
            model_name='citizen',
            index=models.Index(fields=['home_station', 'name_norm'], name='citizen_station'),
        ),
        migrations.AddIndex(
            model_name='citizen',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='citizen_phone'),
        ),
        migrations.AddIndex(
            model_name='citizen',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name_norm', config='simple'), name='citizen_words'),
        ),
        migrations.AddConstraint(
            model_name='citizen',
            constraint=models.CheckConstraint(condition=models.Q(('sex__in', ['male', 'female', 'unknown'])), name='citizen_sex_known'),
        ),
        migrations.AddConstraint(
            model_name='citizen',
            constraint=models.CheckConstraint(condition=models.Q(('birth_precision__in', ['day', 'month', 'year'])), name='citizen_birth_precision_known'),
        ),
        migrations.AddConstraint(
            model_name='citizen',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['typed', 'card', 'file'])), name='citizen_origin_known'),
        ),
        migrations.AddConstraint(
            model_name='citizen',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='citizen_has_name', violation_error_code='name_missing', violation_error_message='The name is missing; write the name or a description.'),
        ),
        migrations.AddConstraint(
            model_name='citizen',
            constraint=models.CheckConstraint(condition=models.Q(('died_on', None), ('died_on__gte', models.F('birth_date')), _connector='OR'), name='citizen_born_before_death', violation_error_code='death_before_birth', violation_error_message='The date of death comes before the date of birth.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizen',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenhistory" ("address", "area_id", "birth_date", "birth_precision", "client_key", "died_on", "ethnic_group", "home_station_id", "id", "merged_into_id", "name", "name_sort", "nationality", "occupation", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at_id", "sex") SELECT new_values."address", new_values."area_id", new_values."birth_date", new_values."birth_precision", new_values."client_key", new_values."died_on", new_values."ethnic_group", new_values."home_station_id", new_values."id", new_values."merged_into_id", new_values."name", new_values."name_sort", new_values."nationality", new_values."occupation", new_values."origin", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."registered_at_id", new_values."sex" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='8d81510cba8e0d621dd9e0e63ece09673c5ed709', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_8e7f1', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_citizen', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizen',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenhistory" ("address", "area_id", "birth_date", "birth_precision", "client_key", "died_on", "ethnic_group", "home_station_id", "id", "merged_into_id", "name", "name_sort", "nationality", "occupation", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at_id", "sex") SELECT new_values."address", new_values."area_id", new_values."birth_date", new_values."birth_precision", new_values."client_key", new_values."died_on", new_values."ethnic_group", new_values."home_station_id", new_values."id", new_values."merged_into_id", new_values."name", new_values."name_sort", new_values."nationality", new_values."occupation", new_values."origin", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."registered_at_id", new_values."sex" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."address" IS DISTINCT FROM (new_values."address") OR old_values."area_id" IS DISTINCT FROM (new_values."area_id") OR old_values."birth_date" IS DISTINCT FROM (new_values."birth_date") OR old_values."birth_precision" IS DISTINCT FROM (new_values."birth_precision") OR old_values."client_key" IS DISTINCT FROM (new_values."client_key") OR old_values."died_on" IS DISTINCT FROM (new_values."died_on") OR old_values."ethnic_group" IS DISTINCT FROM (new_values."ethnic_group") OR old_values."home_station_id" IS DISTINCT FROM (new_values."home_station_id") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."merged_into_id" IS DISTINCT FROM (new_values."merged_into_id") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."name_sort" IS DISTINCT FROM (new_values."name_sort") OR old_values."nationality" IS DISTINCT FROM (new_values."nationality") OR old_values."occupation" IS DISTINCT FROM (new_values."occupation") OR old_values."origin" IS DISTINCT FROM (new_values."origin") OR old_values."phone" IS DISTINCT FROM (new_values."phone") OR old_values."registered_at_id" IS DISTINCT FROM (new_values."registered_at_id") OR old_values."sex" IS DISTINCT FROM (new_values."sex")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='db5e61c006eb23adf827aeef0517111836f627f4', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_6be09', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_citizen', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizen',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenhistory" ("address", "area_id", "birth_date", "birth_precision", "client_key", "died_on", "ethnic_group", "home_station_id", "id", "merged_into_id", "name", "name_sort", "nationality", "occupation", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at_id", "sex") SELECT old_values."address", old_values."area_id", old_values."birth_date", old_values."birth_precision", old_values."client_key", old_values."died_on", old_values."ethnic_group", old_values."home_station_id", old_values."id", old_values."merged_into_id", old_values."name", old_values."name_sort", old_values."nationality", old_values."occupation", old_values."origin", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."registered_at_id", old_values."sex" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='c73bfc45ea4fcdb7c5cf47facabf02c45bc76f51', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_c5b2b', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_citizen', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='carerelation',
            index=models.Index(fields=['organisation', 'citizen'], name='carerelation_place'),
        ),
        migrations.AddConstraint(
            model_name='carerelation',
            constraint=models.UniqueConstraint(fields=('citizen', 'organisation', 'ground'), name='carerelation_once'),
        ),
        migrations.AddConstraint(
            model_name='carerelation',
            constraint=models.CheckConstraint(condition=models.Q(('ground__in', ['residence', 'visit', 'referral', 'appointment', 'insurance'])), name='carerelation_ground_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carerelation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_carerelationhistory" ("citizen_id", "ground", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "until") SELECT new_values."citizen_id", new_values."ground", new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."since", new_values."until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='fdd0c146709965868125b1ffa9f7c3972a07f331', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_b54a6', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_carerelation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carerelation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_carerelationhistory" ("citizen_id", "ground", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "until") SELECT new_values."citizen_id", new_values."ground", new_values."id", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."since", new_values."until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a64262e95c030b0dcce37a8ad6284d31ac64f531', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_96ac9', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_carerelation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carerelation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_carerelationhistory" ("citizen_id", "ground", "id", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "until") SELECT old_values."citizen_id", old_values."ground", old_values."id", old_values."organisation_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."since", old_values."until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='57e555de3707550991d4aecdb1dadbca1853ca6b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_7cb23', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_carerelation', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='careaccess',
            index=models.Index(fields=['user', 'citizen', 'until'], name='careaccess_open'),
        ),
        migrations.AddConstraint(
            model_name='careaccess',
            constraint=models.CheckConstraint(condition=models.Q(('ground__in', ['residence', 'visit', 'referral', 'appointment', 'insurance', 'glass'])), name='careaccess_ground_known'),
        ),
        migrations.AddConstraint(
            model_name='careaccess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground', 'glass'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='careaccess_glass_has_reason', violation_error_code='glass_without_reason', violation_error_message='Opening this record needs a reason; write it.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='careaccess',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_careaccesshistory" ("citizen_id", "ground", "id", "opened_at", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reviewed_at", "reviewed_by_id", "until", "user_id") SELECT new_values."citizen_id", new_values."ground", new_values."id", new_values."opened_at", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."reason", new_values."reviewed_at", new_values."reviewed_by_id", new_values."until", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='22b5169bfe0abb672130cc92fe46454095eb4a10', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_fc103', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_careaccess', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='careaccess',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_careaccesshistory" ("citizen_id", "ground", "id", "opened_at", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reviewed_at", "reviewed_by_id", "until", "user_id") SELECT new_values."citizen_id", new_values."ground", new_values."id", new_values."opened_at", new_values."organisation_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."reason", new_values."reviewed_at", new_values."reviewed_by_id", new_values."until", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a434c741da9e2e12c7f3f481f1f2ccc55e07904f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_670bd', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_careaccess', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='careaccess',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_careaccesshistory" ("citizen_id", "ground", "id", "opened_at", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reviewed_at", "reviewed_by_id", "until", "user_id") SELECT old_values."citizen_id", old_values."ground", old_values."id", old_values."opened_at", old_values."organisation_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."reason", old_values."reviewed_at", old_values."reviewed_by_id", old_values."until", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='81ae1668c53a8052a923eb62f08ed2af61d8e093', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_c134c', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_careaccess', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='citizenidentifier',
            index=models.Index(fields=['value', 'kind'], name='citizenidentifier_value'),
        ),
        migrations.AddConstraint(
            model_name='citizenidentifier',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None), ('is_verified', True)), fields=('kind', 'value'), name='citizenidentifier_verified_once', violation_error_code='identifier_taken', violation_error_message='Another citizen already has this verified number.'),
        ),
        migrations.AddConstraint(
            model_name='citizenidentifier',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('citizen', 'kind', 'value'), name='citizenidentifier_once_per_citizen'),
        ),
        migrations.AddConstraint(
            model_name='citizenidentifier',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['personal', 'old_card', 'passport', 'insurance_card', 'insurance_number'])), name='citizenidentifier_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='citizenidentifier',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['typed', 'card', 'file'])), name='citizenidentifier_origin_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizenidentifier',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenidentifierhistory" ("citizen_id", "ended_on", "id", "is_verified", "issued_on", "kind", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_until", "value") SELECT new_values."citizen_id", new_values."ended_on", new_values."id", new_values."is_verified", new_values."issued_on", new_values."kind", new_values."origin", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."valid_until", new_values."value" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='5151e67502040a162d17161441f9e7f8b1e0b773', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_eb70c', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_citizenidentifier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizenidentifier',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenidentifierhistory" ("citizen_id", "ended_on", "id", "is_verified", "issued_on", "kind", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_until", "value") SELECT new_values."citizen_id", new_values."ended_on", new_values."id", new_values."is_verified", new_values."issued_on", new_values."kind", new_values."origin", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."valid_until", new_values."value" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='253db1187d77ed078587a321225c083ece65cda8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_67e58', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_citizenidentifier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='citizenidentifier',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_citizenidentifierhistory" ("citizen_id", "ended_on", "id", "is_verified", "issued_on", "kind", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_until", "value") SELECT old_values."citizen_id", old_values."ended_on", old_values."id", old_values."is_verified", old_values."issued_on", old_values."kind", old_values."origin", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."valid_until", old_values."value" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='95000e091be913c27c75640ab026babefb1da1e5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_fa430', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_citizenidentifier', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['citizen', '-started_at'], name='visit_of_citizen'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['facility', '-started_at', '-id'], name='visit_at_facility'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(fields=('id', 'citizen', 'facility'), name='visit_whole'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(condition=models.Q(('episode_key', ''), _negated=True), fields=('facility', 'episode_key'), name='visit_episode_once', violation_error_code='episode_taken', violation_error_message='The facility already has a visit with this MA_LK.'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['in_progress', 'finished', 'withdrawn'])), name='visit_status_known'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['typed', 'file'])), name='visit_origin_known'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('sensitivity__in', ['', 'hiv', 'tb', 'mental', 'reproductive'])), name='visit_sensitivity_known'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='visit_ends_after_start', violation_error_code='visit_reversed', violation_error_message='The visit ends before it begins; check both times.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='visit',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_visithistory" ("advice", "batch_id", "citizen_id", "client_key", "coverage", "discharge", "ended_at", "entered_by_id", "episode_key", "facility_id", "id", "identified_by", "kind", "next_visit_on", "origin", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_numbers", "reason", "sensitivity", "started_at", "status", "symptoms") SELECT new_values."advice", new_values."batch_id", new_values."citizen_id", new_values."client_key", new_values."coverage", new_values."discharge", new_values."ended_at", new_values."entered_by_id", new_values."episode_key", new_values."facility_id", new_values."id", new_values."identified_by", new_values."kind", new_values."next_visit_on", new_values."origin", new_values."outcome", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."practitioner_numbers", new_values."reason", new_values."sensitivity", new_values."started_at", new_values."status", new_values."symptoms" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='873b8b20019d77a2fc0a9b8f8949b400e040d417', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2a10a', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_visit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='visit',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_visithistory" ("advice", "batch_id", "citizen_id", "client_key", "coverage", "discharge", "ended_at", "entered_by_id", "episode_key", "facility_id", "id", "identified_by", "kind", "next_visit_on", "origin", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_numbers", "reason", "sensitivity", "started_at", "status", "symptoms") SELECT new_values."advice", new_values."batch_id", new_values."citizen_id", new_values."client_key", new_values."coverage", new_values."discharge", new_values."ended_at", new_values."entered_by_id", new_values."episode_key", new_values."facility_id", new_values."id", new_values."identified_by", new_values."kind", new_values."next_visit_on", new_values."origin", new_values."outcome", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."practitioner_numbers", new_values."reason", new_values."sensitivity", new_values."started_at", new_values."status", new_values."symptoms" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='252d7dfcc2f0ca72e0db5328632ad150b8c57971', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b568e', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_visit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='visit',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_visithistory" ("advice", "batch_id", "citizen_id", "client_key", "coverage", "discharge", "ended_at", "entered_by_id", "episode_key", "facility_id", "id", "identified_by", "kind", "next_visit_on", "origin", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_numbers", "reason", "sensitivity", "started_at", "status", "symptoms") SELECT old_values."advice", old_values."batch_id", old_values."citizen_id", old_values."client_key", old_values."coverage", old_values."discharge", old_values."ended_at", old_values."entered_by_id", old_values."episode_key", old_values."facility_id", old_values."id", old_values."identified_by", old_values."kind", old_values."next_visit_on", old_values."origin", old_values."outcome", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."practitioner_numbers", old_values."reason", old_values."sensitivity", old_values."started_at", old_values."status", old_values."symptoms" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='84a55e917eb71e1afba6e5f92a5713a0499f8874', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_37a0e', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_visit', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='medication',
            constraint=models.CheckConstraint(condition=models.Q(('sensitivity__in', ['', 'hiv', 'tb', 'mental', 'reproductive'])), name='medication_sensitivity_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medication',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_medicationhistory" ("citizen_id", "code", "days", "facility_id", "id", "instruction", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "sensitivity", "strength", "unit", "visit_id") SELECT new_values."citizen_id", new_values."code", new_values."days", new_values."facility_id", new_values."id", new_values."instruction", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."position", new_values."quantity", new_values."sensitivity", new_values."strength", new_values."unit", new_values."visit_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='152c5aa3d8f7653e4642f2e407823877c3cfc0f1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a46c6', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_medication', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medication',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_medicationhistory" ("citizen_id", "code", "days", "facility_id", "id", "instruction", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "sensitivity", "strength", "unit", "visit_id") SELECT new_values."citizen_id", new_values."code", new_values."days", new_values."facility_id", new_values."id", new_values."instruction", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."position", new_values."quantity", new_values."sensitivity", new_values."strength", new_values."unit", new_values."visit_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='efa779f3f9d28eb9b358d67f81e38b8f4bab73fe', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_148bf', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_medication', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='medication',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_medicationhistory" ("citizen_id", "code", "days", "facility_id", "id", "instruction", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "sensitivity", "strength", "unit", "visit_id") SELECT old_values."citizen_id", old_values."code", old_values."days", old_values."facility_id", old_values."id", old_values."instruction", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."position", old_values."quantity", old_values."sensitivity", old_values."strength", old_values."unit", old_values."visit_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='fbf269dbd3883667ab6847a0f601e2eac8e94678', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_acfea', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_medication', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='diagnosis',
            index=models.Index(fields=['code', 'facility'], name='diagnosis_code'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('sensitivity__in', ['', 'hiv', 'tb', 'mental', 'reproductive'])), name='diagnosis_sensitivity_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('rank__in', ['main', 'other', 'traditional'])), name='diagnosis_rank_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.UniqueConstraint(condition=models.Q(('rank', 'main')), fields=('visit',), name='diagnosis_one_main'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='diagnosis',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_diagnosishistory" ("citizen_id", "code", "facility_id", "id", "list_version_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "rank", "sensitivity", "title", "visit_id") SELECT new_values."citizen_id", new_values."code", new_values."facility_id", new_values."id", new_values."list_version_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."position", new_values."rank", new_values."sensitivity", new_values."title", new_values."visit_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='8683ddacf08ea23871699337120fe7aca8a8d155', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_8610d', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_diagnosis', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='diagnosis',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_diagnosishistory" ("citizen_id", "code", "facility_id", "id", "list_version_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "rank", "sensitivity", "title", "visit_id") SELECT new_values."citizen_id", new_values."code", new_values."facility_id", new_values."id", new_values."list_version_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."position", new_values."rank", new_values."sensitivity", new_values."title", new_values."visit_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d46f284ca3205d8a69e6d710c9922934cab64f18', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_c2c91', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_diagnosis', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='diagnosis',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_diagnosishistory" ("citizen_id", "code", "facility_id", "id", "list_version_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "rank", "sensitivity", "title", "visit_id") SELECT old_values."citizen_id", old_values."code", old_values."facility_id", old_values."id", old_values."list_version_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."position", old_values."rank", old_values."sensitivity", old_values."title", old_values."visit_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='1bb5a0986b809c66e24972f5c5463f90d2671d91', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_44ac8', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_diagnosis', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='vitalsigns',
            constraint=models.CheckConstraint(condition=models.Q(('sensitivity__in', ['', 'hiv', 'tb', 'mental', 'reproductive'])), name='vitalsigns_sensitivity_known'),
        ),
        migrations.AddConstraint(
            model_name='vitalsigns',
            constraint=models.UniqueConstraint(fields=('visit',), name='vitalsigns_once'),
        ),
        migrations.AddConstraint(
            model_name='vitalsigns',
            constraint=models.CheckConstraint(condition=models.Q(('systolic', None), ('diastolic', None), ('systolic__gt', models.F('diastolic')), _connector='OR'), name='vitalsigns_systolic_above_diastolic', violation_error_code='blood_pressure_reversed', violation_error_message='The upper blood pressure must be higher than the lower one; check both.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vitalsigns',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_vitalsignshistory" ("citizen_id", "confirmed", "diastolic", "facility_id", "glucose", "height", "id", "measured_at", "oxygen_saturation", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pulse", "respiratory_rate", "sensitivity", "systolic", "temperature", "visit_id", "waist", "weight") SELECT new_values."citizen_id", new_values."confirmed", new_values."diastolic", new_values."facility_id", new_values."glucose", new_values."height", new_values."id", new_values."measured_at", new_values."oxygen_saturation", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."pulse", new_values."respiratory_rate", new_values."sensitivity", new_values."systolic", new_values."temperature", new_values."visit_id", new_values."waist", new_values."weight" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='0687a18bcc7aa01c918c6b52aa7f5c0cdaa5e2b4', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_797ef', referencing='REFERENCING NEW TABLE AS new_values ', table='healthrecords_vitalsigns', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vitalsigns',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_vitalsignshistory" ("citizen_id", "confirmed", "diastolic", "facility_id", "glucose", "height", "id", "measured_at", "oxygen_saturation", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pulse", "respiratory_rate", "sensitivity", "systolic", "temperature", "visit_id", "waist", "weight") SELECT new_values."citizen_id", new_values."confirmed", new_values."diastolic", new_values."facility_id", new_values."glucose", new_values."height", new_values."id", new_values."measured_at", new_values."oxygen_saturation", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."pulse", new_values."respiratory_rate", new_values."sensitivity", new_values."systolic", new_values."temperature", new_values."visit_id", new_values."waist", new_values."weight" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='2fc565a7070a0c52e39fdcd972f492d8c4331351', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_6475c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='healthrecords_vitalsigns', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vitalsigns',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "healthrecords_vitalsignshistory" ("citizen_id", "confirmed", "diastolic", "facility_id", "glucose", "height", "id", "measured_at", "oxygen_saturation", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pulse", "respiratory_rate", "sensitivity", "systolic", "temperature", "visit_id", "waist", "weight") SELECT old_values."citizen_id", old_values."confirmed", old_values."diastolic", old_values."facility_id", old_values."glucose", old_values."height", old_values."id", old_values."measured_at", old_values."oxygen_saturation", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."pulse", old_values."respiratory_rate", old_values."sensitivity", old_values."systolic", old_values."temperature", old_values."visit_id", old_values."waist", old_values."weight" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='740f261ab1c12ea19375d558609ab165856de6c0', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_37716', referencing='REFERENCING OLD TABLE AS old_values ', table='healthrecords_vitalsigns', when='AFTER')),
        ),
    ]
