"""What optional columns of a staff list say cannot all stand: what is taken out, and what is asked?

The other facilities where somebody works, the last day, techniques with their papers: a bad value is
said and left out, and the row is taken all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.intake.declaration import kind_of
from portal.intake.models import StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem, of_refusal
from practitioners.assigned import assigned, papers_in, techniques_in, transfer_in

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from practitioners.imports.handler import PractitionerHandler
    from practitioners.imports.profiles import Fields

# Each other facility a row names: its own, one of this register without the person, or none of it.
OTHERS = """
WITH said AS (
  SELECT row.id, row.subject_id, (row."values" -> '@' ->> 'facility')::uuid AS facility,
    row."values" -> '@' -> 'profile' ->> 'name' AS name, code
  FROM intake_stagedrow row, LATERAL regexp_split_to_table(
    row."values" -> '@' -> 'profile' ->> 'other_facilities', ';') code
  WHERE row.batch_id = %(batch)s AND row.decision <> 'wrong' AND row."values" -> '@' ->> 'stays' = ''
)
SELECT said.id, CASE WHEN place.id = said.facility THEN 'other_facility_is_own'
    WHEN place.id IS NULL THEN 'works_in_other_deployment' ELSE 'works_there_unregistered' END,
  jsonb_build_object('name', said.name, 'value', said.code, 'place', place.name)
FROM said
LEFT JOIN places_organisationidentifier known ON known.scheme = 'insurance'
  AND known.value = said.code AND known.valid_from <= %(on)s
  AND (known.valid_until IS NULL OR known.valid_until >= %(on)s)
LEFT JOIN places_organisation place ON place.id = known.organisation_id
WHERE NOT EXISTS (
  SELECT FROM practitioners_registration registration
  WHERE registration.practitioner_id = said.subject_id AND registration.facility_id = place.id
    AND place.id <> said.facility
    AND (registration.valid_until IS NULL OR registration.valid_until >= %(on)s))
ORDER BY said.id, said.code
"""
SAID: Mapping[str, tuple[StrOrPromise, StrOrPromise]] = {
    "other_facility_is_own": (
        _("The code %(value)s is of this facility itself, not of another one."),
        _("Name only the other facilities where the person works."),
    ),
    "works_there_unregistered": (
        _("%(name)s is said to work at %(place)s too, which has not registered them."),
        _("Settle it with the other side; the review will see it too."),
    ),
    "works_in_other_deployment": (
        _("%(name)s is said to work at the facility %(value)s too, which this register lacks."),
        _("Nothing to do where the code is right: the department hears both sides."),
    ),
}


def take_out_what_cannot_stand(profile: Fields, on: date) -> Iterator[Problem]:
    """Leave a last day before the first and techniques without a paper out of a profile, and say so."""
    begins, until = profile.get("registered_from", ""), profile.get("registered_until", "")
    if until and until < begins:
        yield Problem(
            "until_before_from",
            _("The last day %(until)s comes before the first, %(begins)s, and was left out."),
            _("Correct one of both days; blank is right where no last day is set."),
            {"until": _day(until), "begins": _day(begins)},
            WARNING,
            "DEN_NGAY",
            value=until,
        )
        del profile["registered_until"]
    codes, _strange = techniques_in(profile.get("techniques", ""))
    papers, _unread = papers_in(profile.get("assignment", ""))
    problem = _of_papers(codes, papers, on)
    if problem is not None:
        yield problem
    if problem is not None or not codes:
        profile.pop("techniques", None)
        profile.pop("assignment", None)
    yield from _take_out_transfer(profile, on)


def _take_out_transfer(profile: Fields, on: date) -> Iterator[Problem]:
    """Leave out who handed techniques over where no technique stands, or not told of which."""
    problem = _of_transfer(profile, on) if any(transfer_in(profile)) else None
    if problem is not None:
        yield problem
        profile.pop("transferred_by", None)
        profile.pop("transfer", None)


def _of_transfer(profile: Fields, on: date) -> Problem | None:
    givers, transfers = transfer_in(profile)
    if "techniques" not in profile:
        return Problem(
            "transfer_without_technique",
            _("Who handed techniques over is named, but no technique with its paper; left out."),
            _("Name the techniques in DVKT_KHAC and their paper in VB_PHANCONG."),
            severity=WARNING,
            column="QD_CGKT",
        )
    if any(paper.on > on for one in transfers for paper in papers_in(one)[0]):
        return Problem(
            "transfer_to_come",
            _("The decision that hands techniques over is of a day that has not come; left out."),
            _("Check the day of the paper."),
            severity=WARNING,
            column="QD_CGKT",
        )
    codes, _strange = techniques_in(profile["techniques"])
    papers, _unread = papers_in(profile["assignment"])
    try:
        assigned(codes, papers, givers, transfers)
    except ValidationError as refused:
        return of_refusal(refused, WARNING).in_column("QD_CGKT")
    return None


def _of_papers(codes: list[str], papers: list[Any], on: date) -> Problem | None:
    if not codes:
        return None
    if not papers:
        return Problem(
            "assignment_missing",
            _("Techniques are named without the paper that assigns them; they were left out."),
            _("Write day and number of the assignment, like 20260901_07/QĐ-BV."),
            severity=WARNING,
            column="VB_PHANCONG",
        )
    if any(paper.on > on for paper in papers):
        return Problem(
            "assignment_to_come",
            _("The assignment is of a day that has not come; its techniques were left out."),
            _("Check the day of the paper."),
            severity=WARNING,
            column="VB_PHANCONG",
        )
    try:
        assigned(codes, papers)
    except ValidationError as refused:
        return of_refusal(refused, WARNING).in_column("VB_PHANCONG")
    return None


def check_other_places(handler: PractitionerHandler) -> None:
    """Say of each other facility a row names what the register knows of it; one query."""
    if "CSKCB_KHAC" not in kind_of(handler.batch.kind).main.by_name:
        return
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, {"batch": handler.batch.pk, "on": handler.on})
        found = cursor.fetchall()
    rows = StagedRow.objects.in_bulk(list({row for row, *_rest in found}))
    note_all(
        handler.batch,
        [(rows[row], _said(code, orjson.loads(params))) for row, code, params in found],
    )


def _said(code: str, params: dict[str, Any]) -> Problem:
    message, remedy = SAID[code]
    return Problem(
        code, message, remedy, params, WARNING, "CSKCB_KHAC", value=params["value"], by_value=True
    )


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"
