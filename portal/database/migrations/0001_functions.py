"""Functions and extensions that the first tables of every app need."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

UUID7 = """
CREATE FUNCTION public.mach_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(
    overlay(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
      PLACING substring(pg_catalog.int8send(
        (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint) FROM 3)
      FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid $$
"""

MARKS = "".join(map(chr, range(0x300, 0x370)))
SPACES = "\t\n\v\f\r\u00a0\u2007\u202f\u3000"
UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
FROM = "".join("\\%04X" % ord(c) for c in "Đđ" + UPPER + SPACES + MARKS)
TO = "dd" + LOWER + " " * len(SPACES)

# The same folding as portal.names.name_norm; copied, as every migration's code is.
NAME_NORM = f"""
CREATE FUNCTION public.mach_name_norm(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.normalize(pg_catalog.btrim(pg_catalog.regexp_replace(
    pg_catalog.translate(pg_catalog.normalize(value, 'NFD'), U&'{FROM}', '{TO}'),
    ' +' COLLATE pg_catalog."C", ' ', 'g'), ' '), 'NFC') $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(UUID7, "DROP FUNCTION public.mach_uuid7()"),
        migrations.RunSQL(NAME_NORM, "DROP FUNCTION public.mach_name_norm(text)"),
    ]
