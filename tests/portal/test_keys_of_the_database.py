"""Keys that the database makes: version 7, of their moment, each another."""

import time

import pytest
from django.db import connection

from portal.database.uuid7 import uuid7, uuid7_hex


@pytest.mark.django_db
def test_keys_of_triggers_are_of_version_seven_and_of_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.mach_uuid7() FROM generate_series(1, 20000)")
        keys = [key for (key,) in cursor.fetchall()]
    assert len(set(keys)) == 20_000
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    now = time.time() * 1000
    assert all(abs((key.int >> 80) - now) < 60_000 for key in (keys[0], keys[-1]))


def test_the_digits_for_copy_are_keys_in_the_order_of_their_making() -> None:
    digits = [uuid7_hex() for _ in range(1000)]
    assert digits == sorted(digits)
    assert all(len(one) == 32 for one in digits)
    assert uuid7().hex > digits[-1]
