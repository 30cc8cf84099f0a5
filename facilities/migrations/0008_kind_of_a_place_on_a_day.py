"""What kind of place something was on a day: a station that became a point later was none yet."""

from django.db import migrations

KIND = """
CREATE FUNCTION public.mach_kind_on(place uuid, kind text, day date)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN kind <> 'point' THEN kind ELSE COALESCE((
        SELECT step.before ->> 'kind' FROM public.facilities_facilitysuccession AS step
        WHERE step.old_id = place AND step.kind = 'downgrade_to_point' AND step.is_main
            AND step.withdrawn_at IS NULL AND step."on" > day
    ), kind) END
$$
"""
# A point reports with the station it stood under on that day; everybody else for itself.
UNITS = """
CREATE OR REPLACE FUNCTION public.mach_reporting_units(day date)
RETURNS TABLE (organisation_id uuid, unit_id uuid)
LANGUAGE sql STABLE AS $$
    WITH heir AS MATERIALIZED (SELECT * FROM public.mach_heirs(day))
    SELECT own.id, COALESCE(above_heir.heir_id, above.id, heir.heir_id, own.id)
    FROM public.places_organisation AS own
    LEFT JOIN heir ON heir.organisation_id = own.id
    JOIN public.places_organisation AS now ON now.id = COALESCE(heir.heir_id, own.id)
    LEFT JOIN public.places_organisationplacement AS placed
        ON placed.organisation_id = now.id AND {is_point}
        AND placed.valid_from <= day AND (placed.valid_until IS NULL OR placed.valid_until >= day)
    LEFT JOIN public.places_organisation AS above
        ON above.id = placed.parent_id AND above.kind NOT IN ('department', 'ministry')
    LEFT JOIN heir AS above_heir ON above_heir.organisation_id = above.id
$$
"""
OF_THE_DAY = UNITS.format(is_point="public.mach_kind_on(now.id, now.kind, day) = 'point'")
OF_TODAY = UNITS.format(is_point="now.kind = 'point'")


class Migration(migrations.Migration):
    dependencies = [("facilities", "0007_products_remember_their_file")]

    operations = [
        migrations.RunSQL(KIND, "DROP FUNCTION public.mach_kind_on(uuid, text, date)"),
        migrations.RunSQL(OF_THE_DAY, OF_TODAY),
    ]
