"""Fill the dictionary with the names that people bear already; from now on triggers do."""

from django.db import migrations

NAMES = """
INSERT INTO public.healthrecords_knownname (id, name_norm, people)
SELECT public.mach_uuid7(), name_norm,
       count(*) FILTER (WHERE merged_into_id IS NULL AND withdrawn_at IS NULL)
FROM public.healthrecords_citizen GROUP BY name_norm
"""
WORDS = """
INSERT INTO public.healthrecords_nameword (id, word, people)
SELECT public.mach_uuid7(), word, sum(people)
FROM (SELECT DISTINCT id, people, pg_catalog.unnest(words) AS word FROM public.healthrecords_knownname) AS said
GROUP BY word
"""
EMPTY = "DELETE FROM public.healthrecords_nameword", "DELETE FROM public.healthrecords_knownname"


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0010_dictionary_of_names")]

    operations = [
        migrations.RunSQL(NAMES, EMPTY[1]),
        migrations.RunSQL(WORDS, EMPTY[0]),
    ]
