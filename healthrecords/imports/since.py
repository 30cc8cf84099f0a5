"""What happened since to what a batch wrote: joinings that carried it, people who confirmed it?"""


def with_joined(subjects: str) -> str:
    """Return a query for the records of ``subjects`` and those they were joined with or parted from."""
    return f"""
WITH met AS (SELECT DISTINCT met.id FROM ({subjects}) met (id))
SELECT id FROM met
UNION SELECT citizen.merged_into_id FROM met JOIN healthrecords_citizen citizen USING (id)
UNION SELECT joining.merged_id FROM met
  JOIN healthrecords_citizenmerge joining ON joining.survivor_id = met.id
UNION SELECT joining.survivor_id FROM met
  JOIN healthrecords_citizenmerge joining ON joining.merged_id = met.id
"""


def confirmed(row: str, *, since: str = "'-infinity'") -> str:
    """Return a condition: a named person confirmed what a row around a standing record says."""
    return f"""EXISTS (
  SELECT FROM healthrecords_fieldsource word
  JOIN healthrecords_citizen person ON person.id = word.citizen_id
  WHERE word.citizen_id = {row}.citizen_id AND word.row_id = {row}.id
    AND word.confirmed_at >= {since} AND person.withdrawn_at IS NULL
)"""
