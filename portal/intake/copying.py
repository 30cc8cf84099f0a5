"""How do many rows get into a table at once: by COPY, history and all, while the next are made?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import connection, models

from portal.intake.copied_text import OPTIONS, as_text


def copied_columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns a COPY fills: all that the database does not compute."""
    return tuple(str(field.column) for field in model._meta.concrete_fields if not field.generated)


@dataclass(frozen=True, slots=True)
class Load:
    """Rows for one table, each a tuple in the order of ``columns``."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Collection[Any]]

    @classmethod
    def of(cls, model: type[models.Model], objects: Iterable[models.Model]) -> Self:
        """Return the load of objects that are not in the database yet, as they stand."""
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        names = [field.attname for field in fields]
        rows = [[getattr(one, name) for name in names] for one in objects]
        for place, field in enumerate(fields):
            if isinstance(field, models.JSONField):
                for row in rows:
                    if row[place] is not None:
                        row[place] = json.dumps(row[place], cls=field.encoder, ensure_ascii=False)
        return cls(model._meta.db_table, copied_columns(model), rows)

    @property
    def statement(self) -> str:
        quote = connection.ops.quote_name
        names = ", ".join(quote(name) for name in self.columns)
        return f"COPY {quote(self.table)} ({names}) FROM STDIN {OPTIONS}"


# How long one of two threads that both have work keeps the interpreter: the one that copies works for
# a moment and waits for the database again, which stands still until it has had its turn.
TURN = 0.000_5  # seconds


class Pipe:
    """Copies on a thread of its own while this one prepares the next rows; leaving waits for it.

    Stands inside ``atomic()``: COPY is seen by the history only with the transaction's context.
    Every other statement on the connection waits for the rows on their way, so that what follows a
    load sees it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="copy")
        self._pending: list[Future[Any]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(TURN)
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
        """Start copying these, once the ones before have arrived.

        Their text is made here, while those are still on their way: the database never waits for it.
        """
        work = [(load.statement, as_text(load.rows)) for load in loads if load.rows]
        self.wait()
        if work:
            self._begin(_copy, work)

    def tell(self, statement: str, params: Any) -> Future[list[Any]]:
        """Have a statement executed meanwhile, in its turn."""
        return self._begin(_tell, statement, params)

    def answer(self, told: Future[list[Any]]) -> list[Any]:
        """Wait for the rows that a statement returns."""
        with connection.wrap_database_errors:
            return told.result()

    def _begin(self, work: Callable[..., Any], *about: Any) -> Future[Any]:
        connection.ensure_connection()
        begun = self._thread.submit(work, connection.connection, *about)
        self._pending.append(begun)
        return begun

    def wait(self) -> None:
        """Wait for what is on its way; raises what refused it."""
        pending, self._pending = self._pending, []
        with connection.wrap_database_errors:
            for begun in pending:
                begun.result()

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


def copy_in(load: Load) -> None:
    """Copy rows at once, inside ``atomic()``."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        _copy(connection.connection, [(load.statement, as_text(load.rows))])


def _copy(raw: psycopg.Connection[Any], work: Sequence[tuple[str, bytes]]) -> None:
    with raw.cursor() as cursor:
        for statement, text in work:
            with cursor.copy(statement) as copy:
                copy.write(text)


def _tell(raw: psycopg.Connection[Any], statement: str, params: Any) -> list[Any]:
    with raw.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
