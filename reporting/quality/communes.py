"""What is asked of communes: has everybody who lives there a record, and nobody else?

How many live there is told by the list that the department loads; a commune that it does not name, or
that has no station, is not judged. The records are those of the living who say they live there, or
whom its station looks after and who say no commune.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from portal.codelists.population import residents_on
from reporting.limits import limits_on
from reporting.quality.check import Check, Source, listed, source, when

SAID = """places_area o
  JOIN unnest(%(commune_codes)s::text[], %(residents)s::int[]) AS said (code, residents)
    ON said.code = o.code
  JOIN LATERAL (
    SELECT place.id FROM places_organisation place
    WHERE place.kind = 'station'
      AND (place.valid_until IS NULL OR place.valid_until >= %(today)s::date)
      AND (place.area_id = o.id OR EXISTS (SELECT FROM places_catchment looks
        WHERE looks.organisation_id = place.id AND looks.area_id = o.id
          AND looks.valid_from <= %(today)s::date
          AND (looks.valid_until IS NULL OR looks.valid_until >= %(today)s::date)))
    ORDER BY place.area_id = o.id DESC NULLS LAST, place.path LIMIT 1) station ON true"""
LIVING = "died_on IS NULL AND merged_into_id IS NULL AND withdrawn_at IS NULL"
HELD = f"""CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM healthrecords_citizen WHERE area_id = o.id AND {LIVING})
      + (SELECT count(*) FROM healthrecords_citizen
        WHERE home_station_id = station.id AND area_id IS NULL AND {LIVING}) AS records) held"""
IS_COMMUNE = "o.kind = 'commune' AND o.valid_until IS NULL"


def _words(on: date) -> Mapping[str, Any]:
    said, limits = residents_on(on), limits_on(on)
    return {
        "today": on,
        "commune_codes": list(said),
        "residents": list(said.values()),
        "least_share": limits.number("F07.low"),
        "most_share": limits.number("F07.high"),
    }


COMMUNES = source(
    Source(
        label="places.area",
        rows=f"{SAID} {HELD}",
        counted=SAID,
        where=IS_COMMUNE,
        facility="station.id",
        words=_words,
        changed="SELECT NULL::uuid WHERE @since IS NULL",
        checks=(
            Check(
                "F07",
                listed(
                    when("held.records < said.residents * %(least_share)s::numeric", "coverage"),
                    when("held.records > said.residents * %(most_share)s::numeric", "surplus"),
                ),
                ["coverage", "surplus"],
                judged="%(least_share)s::numeric IS NOT NULL AND %(most_share)s::numeric IS NOT NULL",
                is_daily=True,
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Inhabited:
    """How many records a commune has, and how many people live there."""

    name: str
    records: int
    residents: int

    @property
    def percent(self) -> float:
        return 100 * self.records / self.residents


def inhabited(areas: Sequence[UUID], on: date) -> dict[UUID, Inhabited]:
    """Return what rule F07 compares in some communes; nothing of one that it does not judge."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.id, o.name, held.records, said.residents FROM {SAID} {HELD}
            WHERE {IS_COMMUNE} AND o.id = ANY (%(areas)s)""",
            {**_words(on), "areas": list(areas)},
        )
        return {area: Inhabited(*said) for area, *said in cursor.fetchall()}
