"""Who of a list works elsewhere in the same hours, and who is responsible twice? In SQL, at once."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from portal.intake.declaration import kind_of
from portal.intake.models import Batch, StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem
from practitioners.hours import Span, written

CODE = F("identifiers__value")
FIND = """
WITH said AS (
  SELECT id, number, subject_id, (at ->> 'facility')::uuid AS facility,
    at -> 'profile' ->> 'name' AS name,
    daterange((at -> 'profile' ->> 'registered_from')::date, (at -> 'profile' ->> 'registered_until')::date, '[]')
      AS days,
    at -> 'profile' ->> 'position' IN ('1', '3') AS is_responsible,
    coalesce(at -> 'profile' ->> 'full_time', '') = '1' AS is_full, at ->> 'license' AS license,
    CASE jsonb_typeof(at -> 'slots') WHEN 'array' THEN at -> 'slots' END AS slots
  FROM intake_stagedrow, LATERAL (SELECT "values" -> '@' AS at) profile
  WHERE batch_id = %s AND decision NOT IN ('wrong', 'unchanged') AND at ->> 'stays' = ''
), held AS NOT MATERIALIZED (
  SELECT registration.*, daterange(registration.valid_from, registration.valid_until, '[]') AS days, place.name AS place,
    person.name AS holder, registration.position IN ('1', '3') AS is_responsible,
    EXISTS (SELECT FROM practitioners_workingslot slot WHERE slot.registration_id = registration.id) AS is_told
  FROM practitioners_registration registration
  JOIN places_organisation place ON place.id = facility_id
  JOIN practitioners_practitioner person ON person.id = practitioner_id
), piece AS (
  SELECT said.id, (cut ->> 0)::int AS weekday, (cut ->> 1)::int AS starts, (cut ->> 2)::int AS ends
  FROM said CROSS JOIN LATERAL jsonb_array_elements(said.slots) cut
), works AS MATERIALIZED (
  SELECT said.id, said.name, slot.weekday, slot.starts, slot.ends, slot.facility_id
  FROM said JOIN practitioners_workingslot slot ON slot.practitioner_id = said.subject_id
    AND slot.facility_id <> said.facility
    AND daterange(slot.valid_from, slot.valid_until, '[]') && said.days
  WHERE said.slots IS NOT NULL
)
SELECT said.id, CASE WHEN said.is_full AND held.is_full_time THEN 'full_time_elsewhere'
    ELSE 'works_elsewhere' END, jsonb_build_object('name', said.name, 'place', held.place,
    'day', to_char(held.valid_from, 'DD/MM/YYYY'), 'hours', coalesce(nullif(held.hours, ''), '–'))
FROM said JOIN held ON held.practitioner_id = said.subject_id AND held.facility_id <> said.facility
  AND held.days && said.days
WHERE (said.is_full AND held.is_full_time) OR said.slots IS NULL OR NOT held.is_told
UNION ALL
(SELECT DISTINCT ON (works.id, works.facility_id) works.id, 'hours_meet', jsonb_build_object('name', works.name,
    'place', place.name, 'weekday', works.weekday, 'starts', works.starts, 'ends', works.ends,
    'wanted_starts', piece.starts, 'wanted_ends', piece.ends)
FROM works JOIN piece ON piece.id = works.id AND piece.weekday = works.weekday
    AND int4range(works.starts, works.ends) && int4range(piece.starts, piece.ends)
  JOIN places_organisation place ON place.id = works.facility_id
ORDER BY works.id, works.facility_id, works.weekday, works.starts)
UNION ALL
(SELECT DISTINCT ON (said.id, other.id) said.id, 'hours_meet_row', jsonb_build_object('name', said.name,
    'number', other.number, 'place', place.name, 'weekday', theirs.weekday, 'starts', theirs.starts,
    'ends', theirs.ends, 'wanted_starts', piece.starts, 'wanted_ends', piece.ends)
FROM said JOIN piece ON piece.id = said.id
  JOIN said other ON other.license = said.license AND other.number < said.number
    AND other.facility <> said.facility AND other.days && said.days
  JOIN piece theirs ON theirs.id = other.id AND theirs.weekday = piece.weekday
    AND int4range(theirs.starts, theirs.ends) && int4range(piece.starts, piece.ends)
  JOIN places_organisation place ON place.id = other.facility
WHERE said.license <> ''
ORDER BY said.id, other.id, theirs.weekday, theirs.starts)
UNION ALL
SELECT said.id, 'responsible_twice', jsonb_build_object('name', said.name, 'place', held.place,
    'day', to_char(held.valid_from, 'DD/MM/YYYY'))
FROM said JOIN held ON held.practitioner_id = said.subject_id AND held.facility_id <> said.facility
  AND held.days && said.days AND said.is_responsible AND held.is_responsible
UNION ALL
SELECT said.id, 'responsible_taken', jsonb_build_object('name', said.name, 'holder', held.holder,
    'place', held.place, 'day', to_char(held.valid_from, 'DD/MM/YYYY'))
FROM said JOIN held ON held.facility_id = said.facility AND held.days && said.days
  AND held.practitioner_id IS DISTINCT FROM said.subject_id
  AND said.is_responsible AND held.is_responsible
UNION ALL
SELECT said.id, 'two_responsible', jsonb_build_object('name', said.name, 'other', other.name,
    'number', other.number)
FROM said JOIN said other ON other.facility = said.facility AND other.number < said.number
  AND other.days && said.days AND said.is_responsible AND other.is_responsible
"""
REMEDY = _("Settle it with the other side; the review will see it too.")
SAID: Mapping[str, Problem] = {
    "full_time_elsewhere": Problem(
        "full_time_elsewhere",
        _("%(name)s is full time here and, since %(day)s, full time at %(place)s."),
        REMEDY,
        severity=WARNING,
        column="THOIGIAN_DK",
    ),
    "works_elsewhere": Problem(
        "works_elsewhere",
        _("%(name)s is also registered at %(place)s since %(day)s: %(hours)s."),
        _("Compare the hours of both places; they may not overlap."),
        severity=WARNING,
        column="TU_NGAY",
    ),
    "hours_meet": Problem(
        "hours_meet",
        _("%(name)s already works at %(place)s on %(hours)s; these hours meet it (%(wanted)s)."),
        REMEDY,
        severity=WARNING,
        column="THOIGIAN_NGAY",
    ),
    "hours_meet_row": Problem(
        "hours_meet_row",
        _(
            "Row %(number)s puts %(name)s at %(place)s on %(hours)s; these hours meet it (%(wanted)s)."
        ),
        _("Correct the hours of one of both rows; they may not overlap."),
        severity=WARNING,
        column="THOIGIAN_NGAY",
    ),
    "responsible_twice": Problem(
        "responsible_twice",
        _("%(name)s is responsible for the profession of %(place)s since %(day)s; one place only."),
        REMEDY,
        severity=WARNING,
        column="VI_TRI",
    ),
    "responsible_taken": Problem(
        "responsible_taken",
        _("%(holder)s is responsible for the profession of %(place)s since %(day)s, not %(name)s."),
        _("Report first that the other one is responsible no more."),
        severity=WARNING,
        column="VI_TRI",
    ),
    "two_responsible": Problem(
        "two_responsible",
        _("%(name)s and, in row %(number)s, %(other)s are both responsible for one facility."),
        _("Name one person who is responsible for the profession."),
        severity=WARNING,
        column="VI_TRI",
    ),
}


def find(batch: Batch) -> None:
    """Say of each row what it clashes with, both sides by name."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [batch.pk])
        found = cursor.fetchall()
    told = StagedRow.objects.only("sheet", "number", "sensitivity", "decision")
    rows = told.in_bulk(list({row for row, _code, _params in found}))
    columns = kind_of(batch.kind).main.by_name
    note_all(
        batch,
        [
            (rows[row], _problem(SAID[code], orjson.loads(params), columns))
            for row, code, params in found
        ],
    )


def _problem(said: Problem, params: dict[str, Any], columns: Container[str]) -> Problem:
    column = said.column if said.column in columns else "HO_TEN"
    return replace(said, column=column, params=_in_words(params))


def _in_words(params: dict[str, Any]) -> dict[str, Any]:
    """Write minutes as hours: T3 08:00–15:00."""
    if "weekday" not in params:
        return params
    held, wanted = (
        written([Span(params["weekday"], params[f"{side}starts"], params[f"{side}ends"])])
        for side in ("", "wanted_")
    )
    said = {"name", "place", "number"}
    kept = {name: value for name, value in params.items() if name in said}
    return {**kept, "hours": held, "wanted": wanted}
