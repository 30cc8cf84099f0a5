"""A version of a licence of a day to come is awaited: on that day its facility follows it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0008_kind_of_a_place_on_a_day"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="operatinglicenseversion",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="operatinglicenseversion",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="operatinglicenseversion",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="operatinglicenseversion",
            name="is_awaited",
            field=models.BooleanField(
                default=False, verbose_name="the facility follows it on its day"
            ),
        ),
        migrations.AddField(
            model_name="operatinglicenseversionhistory",
            name="is_awaited",
            field=models.BooleanField(
                default=False, verbose_name="the facility follows it on its day"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="operatinglicenseversion",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "facilities_operatinglicenseversionhistory" ("address", "beds", "change", "form", "hours", "id", "is_awaited", "license_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible", "scope", "valid_from", "valid_until") SELECT new_values."address", new_values."beds", new_values."change", new_values."form", new_values."hours", new_values."id", new_values."is_awaited", new_values."license_id", new_values."name", new_values."number", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."responsible", new_values."scope", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="46519ebb0de585f0b9d241dda4def370f70e7e0d",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_746c7",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="facilities_operatinglicenseversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="operatinglicenseversion",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "facilities_operatinglicenseversionhistory" ("address", "beds", "change", "form", "hours", "id", "is_awaited", "license_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible", "scope", "valid_from", "valid_until") SELECT new_values."address", new_values."beds", new_values."change", new_values."form", new_values."hours", new_values."id", new_values."is_awaited", new_values."license_id", new_values."name", new_values."number", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."responsible", new_values."scope", new_values."valid_from", new_values."valid_until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="7b86da5028aabd39b6722bc3402a89918fc17e23",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_00040",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="facilities_operatinglicenseversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="operatinglicenseversion",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "facilities_operatinglicenseversionhistory" ("address", "beds", "change", "form", "hours", "id", "is_awaited", "license_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible", "scope", "valid_from", "valid_until") SELECT old_values."address", old_values."beds", old_values."change", old_values."form", old_values."hours", old_values."id", old_values."is_awaited", old_values."license_id", old_values."name", old_values."number", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."responsible", old_values."scope", old_values."valid_from", old_values."valid_until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="c4e7238ea9401e03fa8dc8a473f7e49ab318fb8a",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_31e65",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="facilities_operatinglicenseversion",
                    when="AFTER",
                ),
            ),
        ),
    ]
