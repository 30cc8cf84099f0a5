"""The whole register is looked through from the command line, outside any transaction."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

ASKED = "SELECT current_setting('enable_nestloop')"
# Each begins a statement that looks through everybody.
SEARCHES = (
    "\nWITH numbered",
    "\nSELECT one.practitioner_id",
    "\nSELECT registration.practitioner_id",
)


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute(ASKED)
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_the_command_looks_through_the_register_by_hashing_and_leaves_the_planner_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(SEARCHES):
            seen.append(setting())
        return execute(sql, params, many, context)

    assert not connection.in_atomic_block
    with connection.execute_wrapper(look):
        call_command("check_register", on="2026-11-05")
    assert seen == ["off"] * len(SEARCHES)
    assert setting() == "on"
    assert "0" in capsys.readouterr().out
