"""What is counted of a place of care itself: its beds on the last day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection
from django.urls import reverse

from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS

# Beds that hold on the last day. What a place says of itself is its whole; the departments are added
# up only where it says nothing, so that no bed counts twice.
# A place that is closed has none: who continues counts them with its own.
COUNTED = """beds.valid_from <= %(last)s
  AND NOT EXISTS (SELECT FROM places_organisation closed
    WHERE closed.id = beds.facility_id AND closed.valid_until < %(last)s)
  AND (beds.valid_until IS NULL OR beds.valid_until >= %(last)s)
  AND (beds.department_id IS NULL OR NOT EXISTS (SELECT FROM facilities_bedcount own
    WHERE own.facility_id = beds.facility_id AND own.kind = beds.kind
      AND own.department_id IS NULL AND own.valid_from <= %(last)s
      AND (own.valid_until IS NULL OR own.valid_until >= %(last)s)))"""
KINDS: Mapping[str, str] = {"beds_planned": "planned", "beds_actual": "actual"}


class Places:
    """Counts beds; a place that has told of none has no known number, which is not 0."""

    name = "facility"
    measures = tuple(KINDS)
    knows_nought = False

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Add up the beds of the places that report together."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, beds.facility_id), beds.kind, sum(beds.count)
                FROM facilities_bedcount beds LEFT JOIN {SENDERS} ON place = beds.facility_id
                WHERE beds.kind IN ('planned', 'actual') AND {COUNTED}
                  AND (%(everywhere)s OR beds.facility_id = ANY(%(places)s)) GROUP BY 1, 2""",
                asked.params,
            )
            told = cursor.fetchall()
        for sender, kind, count in told:
            for name, cells in asked.wanted.items():
                for row, column in cells if KINDS[name] == kind else ():
                    yield Value(sender, row or OWN, column, int(count))

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return what is added up: the number of the place, or those of its departments."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT beds.facility_id, coalesce(room.name, place.name), beds.count,
                  beds.valid_from, about.id
                FROM facilities_bedcount beds
                JOIN places_organisation place ON place.id = beds.facility_id
                JOIN facilities_facility about ON about.organisation_id = place.id
                LEFT JOIN facilities_department room ON room.id = beds.department_id
                WHERE beds.kind = %(kind)s AND {COUNTED}
                  AND beds.facility_id = ANY(%(places)s) ORDER BY 2, 4""",
                asked.params | {"kind": KINDS[measure]},
            )
            found = cursor.fetchall()
        lines = [
            Line(
                None, None, since, str(count), "", place, name=name,
                address=reverse("admin:facilities_facility_change", args=[facility]),
                needs="view_facilities",
            )
            for place, name, count, since, facility in found[:limit]
        ]  # fmt: skip
        return Lines(len(found), lines)
