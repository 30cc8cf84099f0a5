"""How do many rows get into a table at once: by COPY, history and all?"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, models


def copied_fields(model: type[models.Model]) -> list[models.Field[object, object]]:
    """Return the fields a COPY fills: all that the database does not compute."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def copy_rows(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Insert unsaved rows by one COPY; constraints and history triggers see them, save() does not.

    Must run inside ``atomic()``: COPY is seen by the history only with the transaction's context.
    """
    fields = copied_fields(model)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    count = 0
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [
                    field.get_db_prep_save(field.pre_save(row, add=True), connection)
                    for field in fields
                ]
            )
            count += 1
    return count
