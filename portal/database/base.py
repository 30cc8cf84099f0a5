"""Django's PostgreSQL backend, serving as ``mach_app`` and telling the database who acts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.backends.postgresql import base as postgresql
from django.db.transaction import TransactionManagementError
from psycopg.pq import TransactionStatus

from portal.database.context import current
from portal.database.creation import DatabaseCreation

WRITE = re.compile(r"^\s*(insert|update|delete|merge|with)\b", re.IGNORECASE)
TELL = (
    "SELECT set_config('pghistory.context_id', %s, true),"
    " set_config('pghistory.context_metadata', %s, true)"
)

NOBODY = ["", ""]


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """Serves as mach_app; ``as_owner()`` lends it mach_owner for migrations and tests."""

    creation_class = DatabaseCreation

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._write_in_transaction)

    @contextmanager
    def as_owner(self) -> Iterator["DatabaseWrapper"]:
        owner = self.settings_dict.get("OWNER")
        if not owner or not owner.get("USER"):
            message = "This process does not know the owner's credentials."
            raise ImproperlyConfigured(message)
        if self.in_atomic_block:
            message = "as_owner() inside a transaction."
            raise TransactionManagementError(message)
        served = self.settings_dict
        options = {k: v for k, v in served["OPTIONS"].items() if k != "pool"}
        self.close()
        self.close_pool()
        # Replaced, never mutated: all threads share that dictionary.
        self.settings_dict = {**served, **owner, "OPTIONS": options}
        try:
            yield self
        finally:
            self.close()
            served["NAME"] = self.settings_dict["NAME"]  # create_test_db renames the database
            self.settings_dict = served

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001  (Django's signature)
        # atomic() comes through here before its first statement.
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if not autocommit:
            self.tell_acting()

    def tell_acting(self, *, inside: bool = False) -> None:
        """Hand the acting context to the triggers of the transaction now open.

        ``inside`` a running transaction nobody's turn is told too: the one who acted before must
        not sign what comes after.
        """
        acting = current()
        if acting is None and not inside:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # what failed is to be heard, and no write can follow
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(TELL, acting.as_settings() if acting else NOBODY)

    def _write_in_transaction(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,  # noqa: FBT001  (Django's signature)
        context: dict[str, Any],
    ) -> Any:
        """Give a lone write (outside atomic()) a transaction, so that its context is told.

        A copy of the connection is left alone: atomic() knows the alias and would open the
        transaction on the connection that was copied.
        """
        lone = self.autocommit and not self.in_atomic_block
        if lone and isinstance(sql, str) and WRITE.match(sql) and connections[self.alias] is self:
            with transaction.atomic(using=self.alias):
                return execute(sql, params, many, context)
        return execute(sql, params, many, context)
