"""Make the keys of rows that triggers write from the server's quick random numbers.

Hundreds of thousands of history rows come with one file. Where PostgreSQL is built without OpenSSL
each call of gen_random_uuid() asks the kernel, which took longer than all the rest of a row. These
keys are told apart by their randomness, not kept secret by it; the server seeds it for each session.
"""

from django.db import migrations

# 48 bits of milliseconds, the version, 12 random bits; the variant and 62 random bits.
UUID7 = """
CREATE OR REPLACE FUNCTION public.mach_uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
  SELECT (pg_catalog.lpad(pg_catalog.to_hex(
      (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint * 65536 + 28672
      + pg_catalog.floor(pg_catalog.random() * 4096)::bigint), 16, '0')
    || pg_catalog.to_hex((-9223372036854775808)::bigint
      + pg_catalog.floor(pg_catalog.random() * 4611686018427387904)::bigint))::uuid $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION public.mach_uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(
    overlay(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
      PLACING substring(pg_catalog.int8send(
        (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint) FROM 3)
      FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid $$
"""


class Migration(migrations.Migration):
    dependencies = [("database", "0001_functions")]

    operations = [migrations.RunSQL(UUID7, BEFORE)]
