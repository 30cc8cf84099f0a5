"""The words of a folded name, for dictionaries of names."""

from typing import ClassVar

from django.db import migrations

BETWEEN = "!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~\u00b7\u2013\u2014\u2026\u201c\u201d"
ESCAPED = "".join(f"\\{ord(character):04X}" for character in BETWEEN)

# The same parting as portal.name_words.words_of; copied, as every migration's code is.
NAME_WORDS = f"""
CREATE FUNCTION public.mach_name_words(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.array_remove(pg_catalog.string_to_array(
    pg_catalog.translate(folded, U&'{ESCAPED}', '{" " * len(BETWEEN)}'), ' '), '') $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("database", "0002_keys_of_triggers_are_cheap")]

    operations: ClassVar = [
        migrations.RunSQL(NAME_WORDS, "DROP FUNCTION public.mach_name_words(text)"),
    ]
