"""Keys made by the database tell the order of what was written within one millisecond, and cost a seventh.

The twelve bits after the version hold the fraction of the millisecond (RFC 9562, section 6.2,
method 3) instead of chance: two changes of one row within one millisecond stood in any order in
its history, and who changed which field could be answered wrongly. The clock counts microseconds;
two statements of one connection are further apart.

A single expression is taken into the statement that asks for it, where a function with a FROM is run
as a statement for each key: so the clock is read once, as digits, and the version is put between
those of the millisecond and those of its fraction.
"""

from typing import ClassVar

from django.db import migrations

UUID7 = """
CREATE OR REPLACE FUNCTION public.mach_uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
  SELECT (pg_catalog.overlay(pg_catalog.lpad(pg_catalog.to_hex(
      (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 4096000)::bigint), 15, '0'),
      '7', 13, 0)
    || pg_catalog.to_hex((-9223372036854775808)::bigint
      + (pg_catalog.random() * 4611686018427387904)::bigint))::uuid $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION public.mach_uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
  SELECT (pg_catalog.lpad(pg_catalog.to_hex(
      (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint * 65536 + 28672
      + pg_catalog.floor(pg_catalog.random() * 4096)::bigint), 16, '0')
    || pg_catalog.to_hex((-9223372036854775808)::bigint
      + pg_catalog.floor(pg_catalog.random() * 4611686018427387904)::bigint))::uuid $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("database", "0003_words_of_names")]

    operations: ClassVar = [migrations.RunSQL(UUID7, BEFORE)]
