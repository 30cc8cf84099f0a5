import django.contrib.auth.validators
import portal.database.keys
import portal.database.uuid7
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('database', '0001_functions'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('station_clerk', 'Station clerk'), ('station_clinician', 'Station clinician'), ('station_head', 'Station head'), ('hospital_data_officer', 'Hospital data officer'), ('hospital_doctor', 'Hospital doctor'), ('licensing_officer', 'Department licensing officer'), ('statistician', 'Department statistician'), ('epidemiologist', 'Department epidemiologist'), ('overseer', 'Ministry overseer'), ('auditor', 'Auditor'), ('system_administrator', 'System administrator')], max_length=24, verbose_name='role')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'assignment',
                'verbose_name_plural': 'assignments',
                'ordering': ['organisation', 'user', 'role', '-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AssignmentHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('role', models.CharField(choices=[('station_clerk', 'Station clerk'), ('station_clinician', 'Station clinician'), ('station_head', 'Station head'), ('hospital_data_officer', 'Hospital data officer'), ('hospital_doctor', 'Hospital doctor'), ('licensing_officer', 'Department licensing officer'), ('statistician', 'Department statistician'), ('epidemiologist', 'Department epidemiologist'), ('overseer', 'Ministry overseer'), ('auditor', 'Auditor'), ('system_administrator', 'System administrator')], max_length=24, verbose_name='role')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrganisationGrant',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('valid_until', models.DateField(null=True)),
            ],
            options={
                'verbose_name': 'grant',
                'verbose_name_plural': 'grants',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UserHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=portal.database.keys.MachUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_xid', portal.database.keys.Xid8(db_default=portal.database.keys.CurrentXid(), db_index=True, editable=False)),
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, serialize=False)),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'Another account already has this user name.'}, max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('full_name', models.CharField(max_length=120, verbose_name='full name')),
                ('is_active', models.BooleanField(default=True, verbose_name='may log in')),
                ('language', models.CharField(choices=[('vi', 'Tiếng Việt'), ('en', 'English')], default='vi', max_length=2, verbose_name='language')),
                ('letter_keys', models.BooleanField(default=True, verbose_name='single-letter keys')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.UUIDField(default=portal.database.uuid7.uuid7, editable=False, primary_key=True, serialize=False)),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'Another account already has this user name.'}, max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('full_name', models.CharField(max_length=120, verbose_name='full name')),
                ('is_active', models.BooleanField(default=True, verbose_name='may log in')),
                ('language', models.CharField(choices=[('vi', 'Tiếng Việt'), ('en', 'English')], default='vi', max_length=2, verbose_name='language')),
                ('letter_keys', models.BooleanField(default=True, verbose_name='single-letter keys')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'ordering': ['username', 'id'],
            },
        ),
    ]
