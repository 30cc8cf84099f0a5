"""Freeze all of what was sent, not some of its columns, and what was decided on it.

The triggers look at what changes from now on: no row that stands is read or written here.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0014_measurings_of_a_place'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='manualfigure',
            name='typed_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='manualfigure',
            name='typed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='manualfigure',
            name='typed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='report',
            name='frozen',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='manualfigure',
            trigger=pgtrigger.compiler.Trigger(name='typed_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nPERFORM 1 FROM reporting_report report\nWHERE report.id IN (SELECT report_id FROM new_rows) FOR SHARE OF report;\nIF EXISTS (SELECT FROM reporting_report report\n  WHERE report.id IN (SELECT report_id FROM new_rows) AND report.status <> 'draft') THEN\n  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;\n", hash='9b451950b07298068e9ed98fa05abb4b72c2bd22', level='STATEMENT', operation='INSERT', pgid='pgtrigger_typed_insert_f5500', referencing='REFERENCING NEW TABLE AS new_rows ', table='reporting_manualfigure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='manualfigure',
            trigger=pgtrigger.compiler.Trigger(name='typed_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nPERFORM 1 FROM reporting_report report\nWHERE report.id IN (SELECT report_id FROM old_rows UNION ALL SELECT report_id FROM new_rows) FOR SHARE OF report;\nIF EXISTS (SELECT FROM reporting_report report\n  WHERE report.id IN (SELECT report_id FROM old_rows UNION ALL SELECT report_id FROM new_rows) AND report.status <> 'draft') THEN\n  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;\n", hash='db7e0feaf808dd822911c4b275beb044a2ce58e3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_typed_update_674b0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='reporting_manualfigure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='manualfigure',
            trigger=pgtrigger.compiler.Trigger(name='typed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nPERFORM 1 FROM reporting_report report\nWHERE report.id IN (SELECT report_id FROM old_rows) FOR SHARE OF report;\nIF EXISTS (SELECT FROM reporting_report report\n  WHERE report.id IN (SELECT report_id FROM old_rows) AND report.status <> 'draft') THEN\n  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;\n", hash='5cc3bc2492af19fdc1830d52afce0bdc24eab988', level='STATEMENT', operation='DELETE', pgid='pgtrigger_typed_delete_9cdff', referencing='REFERENCING OLD TABLE AS old_rows ', table='reporting_manualfigure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='report',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF TG_OP = 'DELETE' THEN\n  RAISE EXCEPTION 'report_kept: a report is superseded, never deleted' USING ERRCODE = 'restrict_violation';\nEND IF;\nIF OLD.status <> 'draft' AND (\n  NEW.status = 'draft'\n  OR (to_jsonb(NEW) - ARRAY['status', 'decided_at', 'decided_by_id', 'return_reason'])::text\n    IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['status', 'decided_at', 'decided_by_id', 'return_reason'])::text\n) THEN\n  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';\nEND IF;\nIF OLD.status NOT IN ('draft', 'submitted') AND (\n  (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('approved', 'superseded'))\n  OR NEW.decided_at IS DISTINCT FROM OLD.decided_at\n  OR NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id\n  OR NEW.return_reason IS DISTINCT FROM OLD.return_reason\n) THEN\n  RAISE EXCEPTION 'report_decided: what was decided on a report stands' USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NEW;\n", hash='efeb1f6cd5aba2581d2f420530339e45b2094a13', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_4753f', table='reporting_report', when='BEFORE')),
        ),
    ]
