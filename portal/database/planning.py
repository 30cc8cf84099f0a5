"""What is the planner told where nobody knows how many rows there will be?"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import transaction
from psycopg.pq import TransactionStatus


@contextmanager
def by_hashing(cursor: Any) -> Iterator[None]:
    """Let the statements inside join by hashing: of what they unfold nobody knows the size.

    They are one transaction, their own where none is open: the setting lasts as long as that at most,
    and what the server refused takes it back with it. What they return is fetched inside: leaving asks the cursor anew.
    """
    database = cursor.db
    is_open = database.in_atomic_block
    with nullcontext() if is_open else transaction.atomic(using=database.alias):
        cursor.execute("SELECT current_setting('enable_nestloop')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        try:
            yield
        finally:
            if not _is_broken(database):
                cursor.execute("SELECT set_config('enable_nestloop', %s, true)", [before])


def _is_broken(database: Any) -> bool:
    """Ask whether the server refused a statement: until it is rolled back no other is heard."""
    status = database.connection.info.transaction_status
    return bool(status == TransactionStatus.INERROR)
