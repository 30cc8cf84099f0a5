"""Who is acting: the facts that every history row of a transaction points at."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from django.db import connection

from portal.database.uuid7 import uuid7

FactValue = str | int | bool | None
Fact = FactValue | Callable[[], FactValue]


class Acting:
    """One stretch of work by one actor; its id becomes the history context's id."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.id: uuid.UUID = uuid7()
        self.facts = dict(facts)

    @cached_property
    def metadata(self) -> str:
        """Return the facts as JSON; callables are asked at first use, when the user is known."""
        return json.dumps({k: v() if callable(v) else v for k, v in self.facts.items()})

    def as_settings(self) -> list[str]:
        return [str(self.id), self.metadata]


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """Return who is acting in this thread or task, or None outside any context."""
    return _acting.get()


def _tell() -> None:
    tell = getattr(connection, "tell_acting", None)
    if tell is not None and connection.in_atomic_block and not connection.needs_rollback:
        tell(inside=True)


@contextmanager
def acting(**facts: Fact) -> Iterator[Acting]:
    """Sign every write inside with ``facts`` (user, url, job, command ...).

    Nested contexts add to the outer facts and get an id of their own.
    """
    outer = _acting.get()
    inner = Acting({**(outer.facts if outer else {}), **facts})
    token = _acting.set(inner)
    _tell()
    try:
        yield inner
    finally:
        _acting.reset(token)
        _tell()
