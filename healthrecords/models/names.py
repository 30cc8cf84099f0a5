"""The dictionary of names: what the people of the register are called, each name once.

A name stands here from the moment that somebody bears it: triggers of the citizens' table see to
it, whatever wrote the row. They look before they write and hold no key that two writers could wait
for, so a name may for a while stand twice, and how many bear it is counted at night
(``healthrecords.services.known_names``). It says who may be called so, never who is there: people
are read from their own table, within the reader's scope.
"""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from typing_extensions import override

from portal.database.keys import Keyed
from portal.database.names import words_in
from portal.database.triggers import after_insert, after_update

# Writers of names hold this lock together; whoever takes names out holds it alone.
NAMES_LOCK = 7_201_980


class KnownName(Keyed):
    """A folded name, its words, and how many people bore it when they were last counted."""

    name_norm = models.TextField(db_collation="C", editable=False)
    words = words_in("name_norm")
    people = models.IntegerField(default=0, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["name_norm"], name="knownname_name"),
            GinIndex(fields=["words"], name="knownname_words", fastupdate=False),
        ]

    @override
    def __str__(self) -> str:
        return self.name_norm


class NameWord(Keyed):
    """A word of names, and how many people bore it when they were last counted."""

    word = models.TextField(db_collation="C", editable=False)
    people = models.IntegerField(default=0, editable=False)

    class Meta:
        indexes = [models.Index(fields=["word"], name="nameword_word")]

    @override
    def __str__(self) -> str:
        return self.word


LEARN = """
PERFORM pg_catalog.pg_advisory_xact_lock_shared({lock});
WITH learnt AS (
  INSERT INTO public.healthrecords_knownname (id, name_norm, people)
  SELECT public.mach_uuid7(), borne.name_norm, 0
  FROM (SELECT DISTINCT new_rows.name_norm FROM {rows}) AS borne
  WHERE NOT EXISTS (
    SELECT FROM public.healthrecords_knownname AS known WHERE known.name_norm = borne.name_norm)
  RETURNING words)
INSERT INTO public.healthrecords_nameword (id, word, people)
SELECT public.mach_uuid7(), said.word, 0
FROM (SELECT DISTINCT pg_catalog.unnest(words) AS word FROM learnt) AS said
WHERE NOT EXISTS (SELECT FROM public.healthrecords_nameword AS known WHERE known.word = said.word);
RETURN NULL;
"""
RENAMED = "new_rows JOIN old_rows ON old_rows.id = new_rows.id AND old_rows.name_norm <> new_rows.name_norm"


def learning_names() -> list[Any]:
    """Return the triggers that keep the dictionary complete."""
    return [
        after_insert("learn_names", LEARN.format(lock=NAMES_LOCK, rows="new_rows")),
        after_update("learn_changed_names", LEARN.format(lock=NAMES_LOCK, rows=RENAMED)),
    ]
