"""Whom does the register know of a list, and what does a profile of the others still lack?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.intake.models import StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem
from practitioners.imports.profiles import (
    COLUMN_OF,
    LACKING,
    Fields,
    in_columns,
    is_person,
    joined,
)
from practitioners.imports.profiles import known_beside as beside
from practitioners.models import Practitioner, ProfileSubmission
from practitioners.profile import read

if TYPE_CHECKING:
    from practitioners.imports.handler import PractitionerHandler

CHUNK = 500


def check_against_register(handler: PractitionerHandler) -> None:
    """Set who is known, and hold back what the review could not take."""
    rows = StagedRow.objects.filter(batch=handler.batch, decision=StagedRow.Decision.NEW)
    ids = list(rows.order_by("number", "id").values_list("id", flat=True))
    met: dict[tuple[str, str], StagedRow] = {}
    for start in range(0, len(ids), CHUNK):
        part = rows.filter(pk__in=ids[start : start + CHUNK]).order_by("number", "id")
        _check(handler, list(part), met)


def _check(
    handler: PractitionerHandler, rows: list[StagedRow], met: dict[tuple[str, str], StagedRow]
) -> None:
    people = handler.register.people(row.values["@"]["license"] for row in rows)
    known: list[StagedRow] = []
    said: list[tuple[StagedRow, Problem]] = []
    for row in rows:
        if row.values["@"]["stays"]:
            continue
        person = people.get(row.values["@"]["license"])
        if is_person(person, row.values["@"]["profile"]) and person is not None:
            row.subject_id = person.pk
            known.append(row)
        said += [(row, problem) for problem in _problems(handler, row, person, met)]
    StagedRow.objects.bulk_update(known, ["subject_id"])
    note_all(handler.batch, said)


def _problems(
    handler: PractitionerHandler,
    row: StagedRow,
    holder: Practitioner | None,
    met: dict[tuple[str, str], StagedRow],
) -> Iterator[Problem]:
    at = row.values["@"]
    said, number, facility = at["profile"], at["license"], handler.by_id[at["facility"]]
    first = met.setdefault((at["facility"], number), row)
    if first is not row:
        yield Problem(
            "license_twice",
            _("Row %(number)s already names the licence %(value)s."),
            _("Keep one row for each licence: that of the practice that holds now."),
            {"number": first.number, "value": number},
            column="MACCHN",
            value=number,
        )
        return
    person = holder if row.subject_id else None
    if holder is not None and person is None:
        yield Problem(
            "license_of_another",
            _("The register says that %(value)s is the licence of %(name)s."),
            _("Compare with the licence; the review will ask for it."),
            {"value": number, "name": holder.name},
            WARNING,
            "MACCHN",
            value=number,
        )
    base = handler.register.base(person, facility, number)
    last = handler.register.sent(facility.pk, number)
    if last is not None and last.state == ProfileSubmission.State.SUBMITTED:
        if _differs(said, base):
            yield _waits(last)
        return
    yield from _lacking(handler, said, joined(said, base))


def _differs(said: Fields, base: Fields) -> bool:
    return beside(said, base) != said


def _waits(last: ProfileSubmission) -> Problem:
    return Problem(
        "profile_waiting",
        _("A profile of this person waits for review since %(day)s and says something else."),
        _("Send the row again when that profile is decided, or undo the list it came with."),
        {"day": f"{last.submitted_at:%d/%m/%Y}"},
        column="MACCHN",
        value=last.license_number,
    )


def _lacking(
    handler: PractitionerHandler, said: Mapping[str, str], whole: Fields
) -> Iterator[Problem]:
    """Yield what keeps a profile from being sent, at the columns that could mend it."""
    try:
        read(whole, on=handler.on, lacking=LACKING, countries=handler.countries)
    except ValidationError as refused:
        for name, errors in refused.error_dict.items():
            column = _column(name, handler.columns)
            error = errors[0]
            yield Problem(
                error.code or "invalid",
                error.message,
                _("Add the column %(column)s where your list lacks it."),
                {**(error.params or {}), "column": column},
                column=column,
                value=said.get(name, ""),
            )
    if not whole.get("qualification_level"):
        yield Problem(
            "level_missing",
            _("The level of the diploma is not said; the review will ask for it."),
            _("Add the column TRINH_DO, or complete the profile when it comes back."),
            severity=WARNING,
            column="TRINH_DO",
        )


def _column(name: str, columns: Iterable[str]) -> str:
    return next(iter(in_columns({name: "?"}, columns)), (COLUMN_OF.get(name) or ("HO_TEN",))[0])
