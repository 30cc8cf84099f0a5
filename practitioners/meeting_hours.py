"""Whose hours at one facility meet those at another? Set-based, over weekdays and written weeks alike.

The database refuses it among hours given by weekday; of a post without them the text of the list is
read, each text once, and compared as minutes of the week. What cannot be read is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from practitioners.hours import DAY, WEEK, read_hours

# The posts of whoever is registered at several facilities, and which have hours by weekday.
POSTS = """
post AS MATERIALIZED (
  SELECT held.*, EXISTS (SELECT FROM practitioners_workingslot given
      WHERE given.registration_id = held.id AND given.kind = 'hours'
        AND given.valid_from <= %(on)s
        AND (given.valid_until IS NULL OR given.valid_until >= %(on)s)) AS has_weekdays
  FROM (
    SELECT id, practitioner_id, facility_id, hours,
      min(facility_id::text) OVER person <> max(facility_id::text) OVER person AS has_several
    FROM practitioners_registration
    WHERE valid_from <= %(on)s AND (valid_until IS NULL OR valid_until >= %(on)s)
      AND practitioner_id NOT IN (SELECT id FROM practitioners_practitioner WHERE replaced_by_id IS NOT NULL)
      AND (%(keepers)s::uuid[] IS NULL OR practitioner_id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
    WINDOW person AS (PARTITION BY practitioner_id)
  ) held WHERE has_several
)"""
# What the text alone tells, each once.
WRITTEN = f"""
WITH {POSTS} SELECT DISTINCT hours FROM post WHERE hours <> '' AND NOT has_weekdays
"""
# Each stretch of their weeks in minutes since Monday 00:00, cut at midnight.
HOURS = f"""{POSTS}, hour AS MATERIALIZED (
  SELECT slot.practitioner_id, slot.facility_id, slot.registration_id AS post_id,
    (slot.weekday - {WEEK[0]}) * {DAY} + slot.starts AS starts,
    (slot.weekday - {WEEK[0]}) * {DAY} + slot.ends AS ends
  FROM practitioners_workingslot slot
  WHERE slot.kind = 'hours' AND slot.valid_from <= %(on)s
    AND (slot.valid_until IS NULL OR slot.valid_until >= %(on)s)
    AND slot.practitioner_id IN (SELECT practitioner_id FROM post)
  UNION ALL
  SELECT post.practitioner_id, post.facility_id, post.id, said.starts, said.ends
  FROM post JOIN unnest(%(week_texts)s::text[], %(week_starts)s::int[], %(week_ends)s::int[])
    AS said (text, starts, ends) ON said.text = post.hours
  WHERE NOT post.has_weekdays
)"""
# Posts that can be compared with another facility's, and those whose hours meet some there.
COMPARED = f"""{HOURS}, compared AS MATERIALIZED (
  SELECT one.post_id, bool_or(one.starts < other.ends AND other.starts < one.ends) AS meets
  FROM hour one JOIN hour other ON other.practitioner_id = one.practitioner_id
    AND other.facility_id <> one.facility_id
  WHERE one.post_id IS NOT NULL GROUP BY 1
)"""
MEETING = f"""
WITH {HOURS}
SELECT DISTINCT one.practitioner_id, one.facility_id, other.facility_id
FROM hour one JOIN hour other ON other.practitioner_id = one.practitioner_id
  AND other.facility_id > one.facility_id
  AND one.starts < other.ends AND other.starts < one.ends
ORDER BY 1, 2, 3
"""


@lru_cache(maxsize=20_000)
def minutes_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return a written week as minutes since Monday 00:00; nothing where it cannot be read."""
    return tuple(
        (
            (piece.weekday - WEEK[0]) * DAY + piece.starts,
            (piece.weekday - WEEK[0]) * DAY + piece.ends,
        )
        for span in read_hours(text) or ()
        for piece in span.pieces
    )


def weeks_read(on: date, keepers: Sequence[UUID] | None = None) -> Mapping[str, Any]:
    """Return what the statements ask: the day, whose people, every written week as three columns."""
    asked = {"on": on, "keepers": None if keepers is None else list(keepers)}
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, asked)
        texts = [text for (text,) in cursor.fetchall()]
    said = [(text, *minutes) for text in texts for minutes in minutes_of(text)]
    return {
        **asked,
        "week_texts": [text for text, _starts, _ends in said],
        "week_starts": [starts for _text, starts, _ends in said],
        "week_ends": [ends for _text, _starts, ends in said],
    }


def meetings(on: date, keepers: Sequence[UUID] | None = None) -> list[tuple[UUID, UUID, UUID]]:
    """Return who is at which two facilities in the same hours."""
    with connection.cursor() as cursor:
        cursor.execute(MEETING, weeks_read(on, keepers))
        return list(cursor.fetchall())
