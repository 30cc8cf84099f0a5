"""Keys made by the database cost a seventh, and tell the order within a millisecond as before.

A function whose statement has a FROM is run as a statement for each key; one of a single expression
is taken into the statement that asks for it. So the clock is read once, as digits, and the version
is put between those of the millisecond and those of its fraction (RFC 9562, section 6.2, method 3).
"""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

BEFORE = import_module("portal.database.migrations.0004_keys_of_triggers_in_order").UUID7
UUID7 = """
CREATE OR REPLACE FUNCTION public.mach_uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
  SELECT (pg_catalog.overlay(pg_catalog.lpad(pg_catalog.to_hex(
      (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 4096000)::bigint), 15, '0'),
      '7', 13, 0)
    || pg_catalog.to_hex((-9223372036854775808)::bigint
      + (pg_catalog.random() * 4611686018427387904)::bigint))::uuid $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("database", "0004_keys_of_triggers_in_order")]

    operations: ClassVar = [migrations.RunSQL(UUID7, BEFORE)]
