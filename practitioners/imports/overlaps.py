"""Who of a list is registered elsewhere in the same days, and who is responsible twice? In SQL, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from portal.intake.models import Batch, StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem

CODE = F("identifiers__value")
FIND = """
WITH said AS (
  SELECT id, number, subject_id, (at ->> 'facility')::uuid AS facility,
    at -> 'profile' ->> 'name' AS name,
    daterange((at -> 'profile' ->> 'registered_from')::date, ("values" ->> 'DEN_NGAY')::date, '[]')
      AS days,
    at -> 'profile' ->> 'position' IN ('1', '3') AS is_responsible,
    coalesce(at -> 'profile' ->> 'full_time', '') = '1' AS is_full
  FROM intake_stagedrow, LATERAL (SELECT "values" -> '@' AS at) profile
  WHERE batch_id = %s AND decision NOT IN ('wrong', 'unchanged') AND at ->> 'stays' = ''
), held AS (
  SELECT registration.*, daterange(registration.valid_from, registration.valid_until, '[]') AS days, place.name AS place,
    person.name AS holder, registration.position IN ('1', '3') AS is_responsible
  FROM practitioners_registration registration
  JOIN places_organisation place ON place.id = facility_id
  JOIN practitioners_practitioner person ON person.id = practitioner_id
)
SELECT said.id, CASE WHEN said.is_full AND held.is_full_time THEN 'full_time_elsewhere'
    ELSE 'works_elsewhere' END, jsonb_build_object('name', said.name, 'place', held.place,
    'day', to_char(held.valid_from, 'DD/MM/YYYY'), 'hours', coalesce(nullif(held.hours, ''), '–'))
FROM said JOIN held ON held.practitioner_id = said.subject_id AND held.facility_id <> said.facility
  AND held.days && said.days
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
    rows = StagedRow.objects.in_bulk([row for row, _code, _params in found])
    note_all(
        batch,
        [
            (rows[row], replace(SAID[code], params=orjson.loads(params)))
            for row, code, params in found
        ],
    )
