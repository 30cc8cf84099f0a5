"""What in the register contradicts itself? Found set-based, whatever its size.

A finding accuses nobody: twins may be two people, and a list may be late. Each names the rows and
the facts, so that both sides can be heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.codelists.lookup import codes_on
from portal.database.planning import by_hashing
from portal.scope import Scope
from practitioners.meeting_hours import meetings
from practitioners.models import PracticeLicense
from practitioners.rules import rules_on

AT_ONCE = 5_000
GROUNDS = "contradiction_grounds"
# The departments whose people are looked at; None for everybody.
Keepers = list[UUID] | None
LABELS = {
    "two_licenses": _("One person holds two licences"),
    "same_number": _("Two people have the same identity number"),
    "twin": _("Two people have the same name, sex and birthday"),
    "full_time_twice": _("Full time at two facilities at once"),
    "hours_overlap": _("The same hours at two facilities"),
    "license_unusable": _("Registered, but the licence does not allow to practise"),
    "license_none": _("Registered, but without a licence"),
    "scope_of_other_title": _("The scope belongs to another professional title"),
}


@dataclass(frozen=True, slots=True)
class Defect:
    """One finding: its code, the practitioners it is about, and the facts."""

    code: str
    people: tuple[UUID, ...]
    facts: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """By which law a kind of contradiction is one; and where a rule measures it, by which, in how many days."""

    legal_basis: str
    rule: str = ""
    due_days: int | None = None


Teller = Callable[[str, date], "Ground | None"]
_tellers: list[Teller] = []


def register_grounds(teller: Teller) -> None:
    """Let an app that keeps the rules tell of them; the last one registered is asked."""
    if teller not in _tellers:
        _tellers.append(teller)


def ground_of(code: str, on: date) -> Ground | None:
    """Return the ground of a kind of contradiction on a day, None where nobody keeps one.

    What goes against the law on practising itself has its articles in the list; of the others the
    rule of data quality tells that measures them.
    """
    said = next((entry for entry in codes_on(GROUNDS, on) if entry.code == code), None)
    if said is not None:
        return Ground(str(said.attributes.get("article", "")))
    return _tellers[-1](code, on) if _tellers else None


def find_defects(on: date) -> Iterator[Defect]:
    """Go through the whole register as it stands on a day."""
    for find in dict.fromkeys(FINDERS.values()):
        yield from find(on, None)


def defects_of(code: str, on: date, scope: Scope) -> list[Defect]:
    """Return the defects of one kind that people kept by the organisations of a scope have part in."""
    keepers = None if scope.everything else list(scope.ids)
    return [one for one in FINDERS[code](on, keepers) if one.code == code]


PAIRS = """
WITH numbered AS (
  SELECT DISTINCT least(one.practitioner_id, other.practitioner_id) AS a,
    greatest(one.practitioner_id, other.practitioner_id) AS b, one.value
  FROM practitioners_practitioneridentifier one
  JOIN practitioners_practitioneridentifier other
    ON other.value = one.value AND other.practitioner_id <> one.practitioner_id
    AND (other.kind = one.kind OR (one.kind IN ('personal', 'old_card') AND other.kind IN ('personal', 'old_card')))
  WHERE one.kind <> 'prescriber' AND other.kind <> 'prescriber'
    AND (%(keepers)s::uuid[] IS NULL OR one.practitioner_id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
), alike AS (
  SELECT DISTINCT least(one.id, other.id) AS a, greatest(one.id, other.id) AS b
  FROM practitioners_practitioner one
  JOIN practitioners_practitioner other
    ON other.name_norm = one.name_norm AND other.birth_date = one.birth_date AND other.id <> one.id
  WHERE one.birth_precision = 'day' AND other.birth_precision = 'day'
    AND one.replaced_by_id IS NULL AND other.replaced_by_id IS NULL
    AND (one.sex = other.sex OR 'unknown' IN (one.sex, other.sex))
    AND (%(keepers)s::uuid[] IS NULL OR one.id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
), settled AS (
  SELECT least(one, other) AS a, greatest(one, other) AS b
  FROM (
    SELECT DISTINCT ON (key) outcome,
      (facts->'people'->>0)::uuid AS one, (facts->'people'->>1)::uuid AS other
    FROM practitioners_discrepancycase
    WHERE kind = 'twin' AND state <> 'dropped' ORDER BY key, opened_at DESC, id DESC
  ) latest
  WHERE outcome = 'other_person'
), holders AS (
  SELECT DISTINCT practitioner_id FROM practitioners_practicelicense
  WHERE issued_on <= %(on)s AND (superseded_on IS NULL OR superseded_on > %(on)s)
)
SELECT CASE WHEN EXISTS (SELECT FROM holders WHERE practitioner_id = a)
         AND EXISTS (SELECT FROM holders WHERE practitioner_id = b)
    THEN 'two_licenses' ELSE 'same_number' END, a, b, jsonb_build_object('number_ends', right(min(value), 3))
FROM numbered GROUP BY a, b
UNION ALL
SELECT 'twin', a, b, '{}'::jsonb FROM alike
WHERE NOT EXISTS (SELECT FROM numbered WHERE numbered.a = alike.a AND numbered.b = alike.b)
  AND NOT EXISTS (SELECT FROM settled WHERE settled.a = alike.a AND settled.b = alike.b)
"""


def same_people(on: date, keepers: Keepers = None) -> Iterator[Defect]:
    """Return pairs of rows that are, or may be, one person; not those found to be two people."""
    for code, one, other, facts in _rows(PAIRS, {"on": on, "keepers": keepers}):
        yield Defect(code, (one, other), orjson.loads(facts))


FULL_TIME = """
SELECT one.practitioner_id, jsonb_build_object('places', jsonb_build_array(one.facility_id, other.facility_id))
FROM practitioners_registration one
JOIN practitioners_registration other ON other.practitioner_id = one.practitioner_id
  AND other.facility_id > one.facility_id AND other.is_full_time
  AND other.valid_from <= %(on)s AND (other.valid_until IS NULL OR other.valid_until >= %(on)s)
WHERE one.practitioner_id NOT IN (SELECT id FROM practitioners_practitioner WHERE replaced_by_id IS NOT NULL)
  AND one.is_full_time AND one.valid_from <= %(on)s AND (one.valid_until IS NULL OR one.valid_until >= %(on)s)
  AND (%(keepers)s::uuid[] IS NULL OR one.practitioner_id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
"""


def full_time_twice(on: date, keepers: Keepers = None) -> Iterator[Defect]:
    """Return whom two facilities list as full time on one day."""
    for person, facts in _rows(FULL_TIME, {"on": on, "keepers": keepers}):
        yield Defect("full_time_twice", (person,), orjson.loads(facts))


def hours_overlap(on: date, keepers: Keepers = None) -> Iterator[Defect]:
    """Return who is at two places in the same hours, by the weekdays given or by the text of the list."""
    for person, facility, other in meetings(on, keepers):
        yield Defect("hours_overlap", (person,), {"places": [str(facility), str(other)]})


HELD = """
SELECT registration.practitioner_id, min(license.id::text)::uuid
FROM practitioners_registration registration
LEFT JOIN practitioners_practicelicense license ON license.practitioner_id = registration.practitioner_id
  AND license.issued_on <= %(on)s AND (license.superseded_on IS NULL OR license.superseded_on > %(on)s)
WHERE registration.practitioner_id NOT IN (SELECT id FROM practitioners_practitioner WHERE replaced_by_id IS NOT NULL)
  AND registration.valid_from <= %(on)s AND (registration.valid_until IS NULL OR registration.valid_until >= %(on)s)
  AND (license.id IS NULL OR license.valid_until < %(on)s OR license.kind = 'cchn' AND %(legacy)s
    OR EXISTS (SELECT FROM practitioners_licenseevent event WHERE event.license_id = license.id
      AND event.kind IN ('suspended', 'revoked') AND event.valid_from <= %(on)s))
  AND (%(keepers)s::uuid[] IS NULL OR registration.practitioner_id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
GROUP BY registration.practitioner_id
"""


def licenses_of_registered(on: date, keepers: Keepers = None) -> Iterator[Defect]:
    """Return who is registered on a day without a licence that allows it; the state decides."""
    rules = rules_on(on)
    year = rules.number("legacy_expiry_year")
    legacy = year is not None and on.year >= year
    suspects = dict(_rows(HELD, {"on": on, "legacy": legacy, "keepers": keepers}))
    yield from (Defect("license_none", (who,)) for who, held in suspects.items() if held is None)
    rows = PracticeLicense.objects.filter(pk__in=[key for key in suspects.values() if key])
    for license in rows.prefetch_related("events", "versions").iterator(chunk_size=AT_ONCE):
        standing = license.standing_on(on, rules)
        if not standing.is_usable:
            facts = {"state": str(standing.state), "since": standing.since.isoformat()}
            yield Defect("license_unusable", (license.practitioner_id,), facts)


SCOPES = """
SELECT license.practitioner_id, jsonb_build_object('title', license.title, 'scope', code)
FROM practitioners_licenseversion paper
JOIN practitioners_practicelicense license ON license.id = paper.license_id AND license.superseded_on IS NULL
CROSS JOIN unnest(paper.scope_codes) AS code
JOIN unnest(%(codes)s::text[], %(titles)s::text[]) AS known(scope, title) ON known.scope = code
WHERE paper.valid_from <= %(on)s AND (paper.valid_until IS NULL OR paper.valid_until >= %(on)s)
  AND known.title <> paper.title
  AND (%(keepers)s::uuid[] IS NULL OR license.practitioner_id IN (SELECT id FROM practitioners_practitioner WHERE keeper_id = ANY(%(keepers)s::uuid[])))
"""


def scope_titles(on: date) -> dict[str, list[str]]:
    """Return each scope of the list of a day beside the title it belongs to, as two columns."""
    known = [
        (entry.code, str(title))
        for entry in codes_on("practice_scopes", on)
        if (title := entry.attributes.get("professional_title"))
    ]
    return {"codes": [code for code, _title in known], "titles": [title for _code, title in known]}


def scopes_of_other_titles(on: date, keepers: Keepers = None) -> Iterator[Defect]:
    """Return licences whose scope is one of another title, as the list of scopes says."""
    seen: set[UUID] = set()
    for person, facts in _rows(SCOPES, {"on": on, "keepers": keepers, **scope_titles(on)}):
        if person not in seen:
            seen.add(person)
            yield Defect("scope_of_other_title", (person,), orjson.loads(facts))


FINDERS: Mapping[str, Callable[[date, Keepers], Iterator[Defect]]] = {
    "two_licenses": same_people,
    "same_number": same_people,
    "twin": same_people,
    "full_time_twice": full_time_twice,
    "hours_overlap": hours_overlap,
    "license_unusable": licenses_of_registered,
    "license_none": licenses_of_registered,
    "scope_of_other_title": scopes_of_other_titles,
}


def _rows(statement: str, params: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a statement; of the whole register, whose size nobody told yet, by hashing."""
    is_whole = params["keepers"] is None
    with connection.cursor() as cursor, by_hashing(cursor) if is_whole else nullcontext():
        cursor.execute(statement, params)
        return list(cursor.fetchall())
