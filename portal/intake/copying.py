"""How do many rows get into a table at once: by COPY, history and all, while the next are made?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import connection, models


def copied_columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns a COPY fills: all that the database does not compute."""
    return tuple(str(field.column) for field in model._meta.concrete_fields if not field.generated)


@dataclass(frozen=True, slots=True)
class Load:
    """Rows for one table, each a tuple in the order of ``columns``."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @property
    def statement(self) -> str:
        quote = connection.ops.quote_name
        names = ", ".join(quote(name) for name in self.columns)
        return f"COPY {quote(self.table)} ({names}) FROM STDIN"


class Pipe:
    """Copies on a thread of its own while this one prepares the next rows; leaving waits for it.

    Stands inside ``atomic()``: COPY is seen by the history only with the transaction's context.
    Every other statement on the connection waits for the rows on their way, so that what follows a
    load sees it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="copy")
        self._running: Future[None] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(connection.execute_wrapper(self._in_turn))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.wait()
        finally:
            self._thread.shutdown(wait=True)
            self._stack.close()

    def send(self, loads: Iterable[Load]) -> None:
        """Start copying these, once the ones before have arrived."""
        work = [(load.statement, load.rows) for load in loads if load.rows]
        self.wait()
        if work:
            connection.ensure_connection()
            self._running = self._thread.submit(_copy, connection.connection, work)

    def wait(self) -> None:
        """Wait for the rows on their way; raises what refused them."""
        running, self._running = self._running, None
        if running is not None:
            with connection.wrap_database_errors:
                running.result()

    def _in_turn(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,  # noqa: FBT001  (Django's signature)
        context: dict[str, Any],
    ) -> Any:
        self.wait()
        return execute(sql, params, many, context)


def _copy(
    raw: psycopg.Connection[Any], work: Sequence[tuple[str, Sequence[Sequence[Any]]]]
) -> None:
    with raw.cursor() as cursor:
        for statement, rows in work:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
