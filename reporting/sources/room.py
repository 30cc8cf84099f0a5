"""Memory for counting a whole country: a statement over millions of visits hashes instead of sorting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# For each sort or hash of each process; two or three of them at a time.
WORK_MEMORY = "160MB"


@contextmanager
def room_to_count(*, wanted: bool) -> Iterator[None]:
    """Lend the statements inside more memory where they count many places at once."""
    if not wanted:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('work_mem')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
        yield
        cursor.execute("SELECT set_config('work_mem', %s, true)", [before])
