"""Which numbers and which care does a file add to people who are known already? In SQL, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any
from uuid import UUID

from healthrecords.models import CitizenIdentifier
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.models import Batch, StagedRow

GOOD = """
  FROM intake_stagedrow staged, LATERAL (SELECT "values" -> '@' AS at) person
  WHERE batch_id = %(batch)s AND written_at IS NULL AND decision IN ('new', 'changed')
    AND subject_id IS NOT NULL
"""
# A blank cell of cards is a JSON null, which has no elements.
CARDS = """ person, LATERAL jsonb_array_elements_text(
    CASE jsonb_typeof("values" -> 'MA_THE_BHYT') WHEN 'array' THEN "values" -> 'MA_THE_BHYT'
    ELSE '[]' END
  ) AS card"""
GOOD_CARDS = GOOD.replace(" person", CARDS)
CLAIM = f"""
INSERT INTO healthrecords_citizenidentifier
  (id, citizen_id, kind, value, is_verified, origin, batch_id, ending, ending_note)
SELECT public.mach_uuid7(), citizen_id, kind, value, false, 'file', %(batch)s, '', '' FROM (
  SELECT subject_id AS citizen_id, at ->> 'number_kind' AS kind, at ->> 'number' AS value {GOOD}
    AND at ->> 'number' <> ''
  UNION
  SELECT subject_id, 'insurance_number', at ->> 'tail' {GOOD} AND at ->> 'tail' <> ''
  UNION
  SELECT subject_id, 'insurance_card', card {GOOD_CARDS} AND length(card) = 15
) claimed
WHERE NOT EXISTS (
  SELECT FROM healthrecords_citizenidentifier known
  WHERE known.citizen_id = claimed.citizen_id AND known.kind = claimed.kind
    AND known.value = claimed.value AND known.ended_on IS NULL
)
ON CONFLICT DO NOTHING
"""
# The few words that are wanted are taken out before they are sorted: whole rows do not fit in memory.
CARE = f"""
INSERT INTO healthrecords_carerelation (id, citizen_id, organisation_id, ground, since)
SELECT public.mach_uuid7(), citizen_id, organisation_id, 'visit', since FROM (
  SELECT citizen_id, organisation_id, min(day)::date AS since FROM (
    SELECT subject_id AS citizen_id, (at ->> 'facility')::uuid AS organisation_id,
      left("values" ->> 'NGAY_VAO', 10) AS day {GOOD} OFFSET 0
  ) came GROUP BY citizen_id, organisation_id
) cared
WHERE NOT EXISTS (
  SELECT FROM healthrecords_carerelation known
  WHERE known.citizen_id = cared.citizen_id AND known.organisation_id = cared.organisation_id
    AND known.ground = 'visit' AND known.until IS NULL
)
ON CONFLICT (citizen_id, organisation_id, ground) DO UPDATE SET until = NULL
"""


def claims(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and value of each number a row claims for its person."""
    at = values["@"]
    if at["number_kind"] and at["number"]:
        yield at["number_kind"], at["number"]
    if at["tail"]:
        yield "insurance_number", at["tail"]
    for card in values.get("MA_THE_BHYT") or ():
        if len(card) == 15:
            yield "insurance_card", card


Claims = Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]]


def shared_numbers(rows: Iterable[Staged], claims: Claims) -> dict[tuple[UUID, str], str]:
    """Return the number that a row of somebody else shares with each person who was offered for it."""
    others = [row for row in rows if row.ruling == StagedRow.Ruling.OTHER]
    claimed = {row.pk: list(claims(row.values)) for row in others}
    offered = [(row.pk, one["id"]) for row in others for one in row.candidates]
    if not offered:
        return {}
    values = {value for numbers in claimed.values() for _kind, value in numbers}
    held = CitizenIdentifier.objects.filter(
        citizen__in={person for _row, person in offered}, value__in=values, ended_on=None
    )
    known = {(str(who), *said) for who, *said in held.values_list("citizen", "kind", "value")}
    return {
        (row, person): value
        for row, person in offered
        for kind, value in sorted(claimed[row], key=itemgetter(1), reverse=True)
        if (person, kind, value) in known
    }


def link(batch: Batch, pipe: Pipe) -> None:
    """Give known people the numbers their rows claim, and the care of the facilities they went to.

    Nothing that is written of the rows themselves asks for either: it is done while those are made.
    """
    for statement in (CLAIM, CARE):
        pipe.tell(statement, {"batch": batch.pk})
