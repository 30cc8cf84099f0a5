"""Who continues for whom on a day, as one table that every report can join."""

from django.db import migrations

HEIRS = """
CREATE FUNCTION public.mach_heirs(day date)
RETURNS TABLE (organisation_id uuid, heir_id uuid, steps integer)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line AS (
        SELECT step.old_id, step.new_id, ARRAY[step.old_id, step.new_id] AS seen
        FROM public.facilities_facilitysuccession AS step
        WHERE step.withdrawn_at IS NULL AND step.is_main AND step."on" <= day
        UNION ALL
        SELECT line.old_id, step.new_id, line.seen || step.new_id
        FROM line
        JOIN public.facilities_facilitysuccession AS step ON step.old_id = line.new_id
        WHERE step.withdrawn_at IS NULL AND step.is_main AND step."on" <= day
            AND step.new_id <> ALL (line.seen)
    )
    SELECT DISTINCT ON (line.old_id)
        line.old_id, line.new_id, pg_catalog.cardinality(line.seen) - 1
    FROM line
    ORDER BY line.old_id, pg_catalog.cardinality(line.seen) DESC
$$
"""

# A point reports with the station it stood under on that day; everybody else for itself.
UNITS = """
CREATE FUNCTION public.mach_reporting_units(day date)
RETURNS TABLE (organisation_id uuid, unit_id uuid)
LANGUAGE sql STABLE AS $$
    WITH heir AS MATERIALIZED (SELECT * FROM public.mach_heirs(day))
    SELECT own.id, COALESCE(above_heir.heir_id, above.id, heir.heir_id, own.id)
    FROM public.places_organisation AS own
    LEFT JOIN heir ON heir.organisation_id = own.id
    JOIN public.places_organisation AS now ON now.id = COALESCE(heir.heir_id, own.id)
    LEFT JOIN public.places_organisationplacement AS placed
        ON placed.organisation_id = now.id AND now.kind = 'point'
        AND placed.valid_from <= day AND (placed.valid_until IS NULL OR placed.valid_until >= day)
    LEFT JOIN public.places_organisation AS above
        ON above.id = placed.parent_id AND above.kind NOT IN ('department', 'ministry')
    LEFT JOIN heir AS above_heir ON above_heir.organisation_id = above.id
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0003_facility_in_full"),
        ("places", "0005_codes_hold_for_days_and_supplies"),
    ]

    operations = [
        migrations.RunSQL(HEIRS, "DROP FUNCTION public.mach_heirs(date)"),
        migrations.RunSQL(UNITS, "DROP FUNCTION public.mach_reporting_units(date)"),
    ]
