"""How many bear each name and each word, and which names nobody bears any more?

Triggers learn names at once (``healthrecords.models.names``); counting them there would make
everybody who registers an An wait for everybody else who does. They are counted at night.
"""

from django.db import connection, transaction

from healthrecords.models.names import NAMES_LOCK

# Names of a population that was written without triggers; otherwise there are none.
LEARN_NAMES = """
INSERT INTO healthrecords_knownname (id, name_norm, people)
SELECT public.mach_uuid7(), borne.name_norm, 0
FROM (SELECT DISTINCT name_norm FROM healthrecords_citizen) AS borne
WHERE NOT EXISTS (
  SELECT FROM healthrecords_knownname AS known WHERE known.name_norm = borne.name_norm)
"""
# Counted once and kept: a planner that knows nothing of the tables yet would count again for each name.
COUNT_NAMES = """
WITH borne AS MATERIALIZED (
  SELECT name_norm, count(*) AS people FROM healthrecords_citizen
  WHERE merged_into_id IS NULL AND withdrawn_at IS NULL GROUP BY name_norm
), now AS MATERIALIZED (
  SELECT known.id, coalesce(borne.people, 0) AS people
  FROM healthrecords_knownname AS known LEFT JOIN borne ON borne.name_norm = known.name_norm
)
UPDATE healthrecords_knownname AS known SET people = now.people
FROM now WHERE now.id = known.id AND now.people <> known.people
"""
# Two writers may have learnt the same name side by side; the older row stays.
DROP_SECOND_NAMES = """
DELETE FROM healthrecords_knownname AS second USING healthrecords_knownname AS first
WHERE first.name_norm = second.name_norm AND first.id < second.id
"""
FIND_UNBORNE = """
SELECT known.id FROM healthrecords_knownname AS known
WHERE NOT EXISTS (SELECT FROM healthrecords_citizen AS c WHERE c.name_norm = known.name_norm)
"""
# Somebody may have been given the name since it was looked for.
DROP_UNBORNE = """
DELETE FROM healthrecords_knownname AS known
WHERE known.id = ANY(%s)
  AND NOT EXISTS (SELECT FROM healthrecords_citizen AS c WHERE c.name_norm = known.name_norm)
"""
LEARN_WORDS = """
INSERT INTO healthrecords_nameword (id, word, people)
SELECT public.mach_uuid7(), said.word, 0
FROM (SELECT DISTINCT pg_catalog.unnest(words) AS word FROM healthrecords_knownname) AS said
WHERE NOT EXISTS (SELECT FROM healthrecords_nameword AS known WHERE known.word = said.word)
"""
COUNT_WORDS = """
WITH now AS MATERIALIZED (
  SELECT word, sum(people) AS people
  FROM (SELECT DISTINCT id, people, pg_catalog.unnest(words) AS word
        FROM healthrecords_knownname) AS said
  GROUP BY word
)
UPDATE healthrecords_nameword AS known SET people = now.people
FROM now WHERE now.word = known.word AND now.people <> known.people
"""
DROP_WORDS = """
DELETE FROM healthrecords_nameword AS known
WHERE NOT EXISTS (SELECT FROM healthrecords_knownname AS k WHERE k.words @> ARRAY[known.word])
   OR EXISTS (SELECT FROM healthrecords_nameword AS first
              WHERE first.word = known.word AND first.id < known.id)
"""


def count_names() -> int:
    """Count names and words, take out what nobody bears; return how many names there are."""
    for statement in (LEARN_NAMES, DROP_SECOND_NAMES, COUNT_NAMES):
        _run(statement)
    _drop_unborne()
    for statement in (LEARN_WORDS, COUNT_WORDS):
        _run(statement)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM healthrecords_knownname")
        return int(cursor.fetchone()[0])


def _run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _drop_unborne() -> None:
    """Take names out while nobody is writing any; with a long import under way, another night."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_UNBORNE)
        unborne = [row[0] for row in cursor.fetchall()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_try_advisory_xact_lock(%s)", [NAMES_LOCK])
        if not cursor.fetchone()[0]:
            return
        if unborne:
            cursor.execute(DROP_UNBORNE, [unborne])
        cursor.execute(DROP_WORDS)
