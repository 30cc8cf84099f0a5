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
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
SPACES = "\t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
STROKED_D = "Đđ\u00d0\u00f0\u0189\u0256"
APOSTROPHES = "\u2018\u2019\u02bc\u00b4`"
UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
FROM = "".join(
    f"\\{ord(c):04X}" for c in STROKED_D + UPPER + APOSTROPHES + SPACES + INVISIBLE + MARKS
)
TO = "d" * len(STROKED_D) + LOWER + "''" * len(APOSTROPHES) + " " * len(SPACES)

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
