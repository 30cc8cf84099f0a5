"""Keys that the database makes: version 7, of their moment, each another."""

import time
from itertools import islice
from uuid import UUID

import pytest
from django.db import connection

from portal.database.uuid7 import AT_ONCE, uuid7, uuid7_hexes


@pytest.mark.django_db
def test_keys_of_triggers_are_of_version_seven_and_of_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.mach_uuid7() FROM generate_series(1, 20000)")
        keys = [key for (key,) in cursor.fetchall()]
    assert len(set(keys)) == 20_000
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    now = time.time() * 1000
    assert all(abs((key.int >> 80) - now) < 60_000 for key in (keys[0], keys[-1]))


def test_keys_taken_by_the_hundred_are_keys_too_and_nobody_else_s() -> None:
    one, other = uuid7_hexes(), uuid7_hexes()
    digits = list(islice(one, 3 * AT_ONCE))
    beside = [next(other), uuid7().hex, *islice(one, 5)]
    assert digits == sorted(digits)
    assert len({*digits, *beside}) == 3 * AT_ONCE + 7
    keys = [UUID(one) for one in digits]
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    assert all(abs((key.int >> 80) - time.time() * 1000) < 60_000 for key in keys)
    assert len({key.hex[17:] for key in keys}) == len(keys)
    assert uuid7().hex > max(digits)


@pytest.mark.django_db
def test_of_two_statements_within_a_millisecond_the_later_has_the_greater_key() -> None:
    with connection.cursor() as cursor:
        keys = []
        for _ in range(300):
            cursor.execute("SELECT public.mach_uuid7()")
            keys += [key for (key,) in cursor.fetchall()]
    stamps = [key.int >> 80 for key in keys]
    assert len(set(stamps)) < len(stamps)  # several to a millisecond, or the test shows nothing
    assert keys == sorted(keys)


@pytest.mark.django_db
def test_a_key_is_made_within_the_statement_that_asks_for_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (VERBOSE) SELECT public.mach_uuid7() FROM generate_series(1, 2)")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "mach_uuid7" not in plan  # a function that is called for each key costs seven times that
