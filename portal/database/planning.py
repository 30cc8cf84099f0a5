"""What is the planner told where nobody knows how many rows there will be?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def by_hashing(cursor: Any) -> Iterator[None]:
    """Let the statements inside join by hashing: of what they unfold nobody knows the size.

    Holds within a transaction. What they return is fetched inside: leaving asks the cursor anew.
    """
    cursor.execute("SELECT current_setting('enable_nestloop')")
    (before,) = cursor.fetchone()
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    yield
    cursor.execute("SELECT set_config('enable_nestloop', %s, true)", [before])
