import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import portal.database.keys
import portal.database.uuid7
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('database', '0001_functions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(verbose_name='at')),
                ('user_id', models.UUIDField(null=True, verbose_name='user')),
                ('username', models.CharField(max_length=150, verbose_name='user name')),
                ('organisation_id', models.UUIDField(null=True, verbose_name='organisation')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='network address')),
                ('action', models.CharField(choices=[('opened', 'Opened the record'), ('listed', 'Was in a list'), ('identified', 'Was identified by an exact number'), ('printed', 'Printed'), ('exported', 'Exported'), ('export_ended', 'Export ended'), ('refused', 'Was refused')], max_length=20, verbose_name='action')),
                ('ground', models.CharField(blank=True, max_length=40, verbose_name='ground')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None, verbose_name='people')),
                ('people_count', models.PositiveIntegerField(verbose_name='number of people')),
                ('url', models.CharField(blank=True, max_length=400, verbose_name='page')),
                ('context_id', models.UUIDField(null=True, verbose_name='context')),
                ('xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
            ],
            options={
                'verbose_name': 'read',
                'verbose_name_plural': 'read log',
                'ordering': ['-at', '-id'],
                'indexes': [django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='accesslog_at_brin'), django.contrib.postgres.indexes.GinIndex(fields=['people'], name='accesslog_people'), models.Index(fields=['user_id', 'at'], name='accesslog_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(('action__in', ['opened', 'listed', 'identified', 'printed', 'exported', 'export_ended', 'refused'])), name='accesslog_action_known')],
            },
        ),
    ]
