"""Sums that whoever closed them decided on later are stored still, and the rule of today holds for them."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg
import pytest
from django.db import connection

MIGRATION = "reporting.migrations.0013_second_person_decides_on_sums"
CLOSED = datetime(2026, 11, 3, 2, tzinfo=UTC)
LATER = CLOSED + timedelta(days=1)
# Whether it is a sum, who sent it, who decided when: the first is of the time before.
STORED = [
    (1, True, "a", "a", LATER),
    (2, True, "a", "a", CLOSED),
    (3, True, "a", "b", LATER),
    (4, True, "a", None, LATER),
    (5, False, "a", "b", LATER),
    (6, True, "a", None, None),
]


@pytest.mark.django_db
def test_an_older_sum_decided_on_by_who_closed_it_gets_the_rule_of_today() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'report_four_eyes'"
        )
        [rule] = cursor.fetchone()
    way, owner = connection.settings_dict, connection.settings_dict["OWNER"]
    with psycopg.connect(
        host=way["HOST"],
        port=way["PORT"],
        dbname=way["NAME"],
        user=owner["USER"],
        password=owner["PASSWORD"],
    ) as own:
        # A table of the same name that stands before the real one, for this connection alone.
        own.execute(
            "CREATE TEMP TABLE reporting_report (id int, is_summary boolean, submitted_by_id text,"
            " decided_by_id text, decided_at timestamptz, submitted_at timestamptz)"
        )
        for row in STORED:
            own.execute(
                "INSERT INTO reporting_report VALUES (%s, %s, %s, %s, %s, %s)", [*row, CLOSED]
            )
        held = f"ALTER TABLE reporting_report ADD CONSTRAINT four_eyes {rule}"
        with pytest.raises(psycopg.errors.CheckViolation), own.transaction():
            own.execute(held)
        [first, *_rest] = import_module(MIGRATION).Migration.operations
        own.execute(first.sql)
        own.execute(held)
        found = own.execute(
            "SELECT id, is_summary, submitted_by_id, decided_by_id, decided_at"
            " FROM reporting_report ORDER BY id"
        ).fetchall()
        own.rollback()
    assert found == [(1, True, "a", "a", CLOSED), *STORED[1:]]
