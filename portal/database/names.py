"""The folded name as a stored column: no marks, no capitals, single spaces."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class NameNorm(models.Func):
    """``portal.names.name_norm`` inside the database."""

    function = "public.mach_name_norm"
    arity = 1


def folded(field: "str | models.Func") -> "models.GeneratedField":
    """Return a stored column with the folded value of a field or text, in code-point order.

    After ``save()`` of a changed name it is stale in memory: refresh it.
    """
    return models.GeneratedField(
        expression=NameNorm(field),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )


class NameWords(models.Func):
    """``portal.name_words.words_of`` inside the database."""

    function = "public.mach_name_words"
    arity = 1


def words_in(field: str) -> "models.GeneratedField":
    """Return a stored column with the words of a folded name."""
    return models.GeneratedField(
        expression=NameWords(field),
        output_field=ArrayField(models.TextField(db_collation="C")),
        db_persist=True,
        editable=False,
    )
