"""How often was the database asked? What opens, closes and signs a transaction asks nothing."""

from django.test.utils import CaptureQueriesContext

FRAME = (
    "BEGIN",
    "COMMIT",
    "SAVEPOINT",
    "RELEASE",
    "SELECT set_config",
    "SELECT pg_catalog.set_config",
)


def asked_of(asked: CaptureQueriesContext) -> list[str]:
    """Return the statements that asked something, each by its beginning."""
    said = (one["sql"] for one in asked.captured_queries)
    return [sql[:120] for sql in said if not sql.startswith(FRAME)]


def questions(asked: CaptureQueriesContext) -> int:
    """Count what was asked of the database."""
    return len(asked_of(asked))
