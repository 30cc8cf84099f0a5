"""Does a row about a person agree with itself, and do the rows of a file agree with one another?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext_lazy as _

from healthrecords.imports.record import SEXES
from portal.dates import PartialDate
from portal.identifiers import PersonalNumber
from portal.intake.handler import Row
from portal.intake.models import Batch
from portal.intake.noting import take_repetitions_once
from portal.intake.problems import WARNING, Problem, msgid, of_doubt

OLDEST = 130


def check_person(row: Row, on: date) -> Iterator[Problem]:
    """The birth is past and possible, the number agrees with it, cards come with their dates."""
    values = row.values
    yield from _check_name(values)
    born = PartialDate.parse(values["NGAY_SINH"]) if values.get("NGAY_SINH") else None
    if born is not None:
        yield from _check_birth(born, on)
    number = str(values.get("SO_CCCD") or "")
    if len(number) == 12 and number.isdigit():
        personal = PersonalNumber(number)
        own = {doubt.code for doubt in personal.doubts()}  # said when the cell was read
        sex = SEXES.get(str(values.get("GIOI_TINH")), "")
        for doubt in personal.warnings(sex=sex, born=born, on=on):
            if doubt.code not in own:
                yield of_doubt(doubt).in_column("SO_CCCD", number)
    yield from _check_cards(values)


def _check_name(values: Mapping[str, Any]) -> Iterator[Problem]:
    name = str(values.get("HO_TEN") or "")
    if name and not any(character.isalpha() for character in name):
        yield Problem(
            "name_without_letters",
            _("The name “%(value)s” has no letters."),
            _("Write the name as on the card, or a description."),
            {"value": name[:80]},
            column="HO_TEN",
            value=name[:80],
        )


def _check_birth(born: PartialDate, on: date) -> Iterator[Problem]:
    if born.is_after(on):
        yield Problem(
            "born_later",
            _("The birth on %(birth)s is still to come."),
            _("Check day, month and year: dates are read day first."),
            {"birth": str(born)},
            column="NGAY_SINH",
            value=str(born),
        )
    elif on.year - born.year > OLDEST:
        yield Problem(
            "born_too_early",
            _("Born in %(year)d would make %(age)d years of age."),
            _("Check the year of birth."),
            {"year": born.year, "age": on.year - born.year},
            column="NGAY_SINH",
            value=str(born),
        )


def _check_cards(values: Mapping[str, Any]) -> Iterator[Problem]:
    columns = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
    counts = {name: len(values[name]) for name in columns if values.get(name)}
    if len(set(counts.values())) > 1:
        yield Problem(
            "cards_unpaired",
            _("Cards and their places and dates differ in number: %(counts)s."),
            _("Give each card its place and its two dates in the same order, with semicolons."),
            {"counts": ", ".join(f"{name} {count}" for name, count in counts.items())},
            WARNING,
            column="MA_THE_BHYT",
        )
    for first, last in zip(
        values.get("GT_THE_TU") or (), values.get("GT_THE_DEN") or (), strict=False
    ):
        if last < first:
            yield Problem(
                "card_reversed",
                _("The card ends on %(last)s, before it begins (%(first)s)."),
                _("Check both days; perhaps they were exchanged."),
                {"first": _shown(first), "last": _shown(last)},
                WARNING,
                column="GT_THE_DEN",
                value=_shown(last),
            )


def _shown(day: str) -> str:
    return f"{day[8:10]}/{day[5:7]}/{day[:4]}"


KEY = """
UPDATE intake_stagedrow SET key = left("values" -> '@' ->> 'key', 200)
WHERE batch_id = %s AND decision <> 'wrong' AND "values" -> '@' ->> 'key' <> ''
"""
# One number under two patient codes: the first row is taken, the later ones wait.
TWICE = """
WITH said AS (
  SELECT id, sheet, number, sensitivity, "values" -> '@' ->> 'number' AS paper,
    first_value(number) OVER same AS first_number, first_value(id) OVER same AS first_id
  FROM intake_stagedrow
  WHERE batch_id = %(batch)s AND decision NOT IN ('wrong', 'unchanged')
    AND "values" -> '@' ->> 'number' <> ''
  WINDOW same AS (PARTITION BY "values" -> '@' ->> 'number' ORDER BY number, id)
), later AS (SELECT * FROM said WHERE id <> first_id)
{held}
"""
# Two rows that turn out to speak of one known person: likewise.
SAME = """
WITH said AS (
  SELECT id, sheet, number, sensitivity, '' AS paper,
    first_value(number) OVER same AS first_number, first_value(id) OVER same AS first_id
  FROM intake_stagedrow
  WHERE batch_id = %(batch)s AND decision <> 'wrong' AND key !~ '^=' AND subject_id IS NOT NULL
  WINDOW same AS (PARTITION BY subject_id ORDER BY written_at, number, id)
), later AS (SELECT * FROM said WHERE id <> first_id)
{held}
"""
HELD = """, held AS (
  UPDATE intake_stagedrow staged SET decision = 'wrong' FROM later
  WHERE staged.id = later.id AND staged.written_at IS NULL
  RETURNING staged.id
)
INSERT INTO intake_finding (id, batch_id, row_id, sheet, number, sensitivity, cell, "column", value,
  code, severity, message, remedy, params, cause)
SELECT public.mach_uuid7(), %(batch)s, later.id, sheet, number, sensitivity,
  left(sheet || '!' || coalesce(%(letters)s::jsonb ->> sheet, '') || number, 140), %(column)s,
  paper, 'person_twice', 'error', %(message)s, %(remedy)s,
  jsonb_build_object('number', first_number), 'person_twice'
FROM later JOIN held ON held.id = later.id
"""
MESSAGE = Problem(
    "person_twice",
    _("Row %(number)d already speaks of this person; a list has one row for each."),
    _("Keep one row with what is right and delete the other; or correct the number."),
)


def check_rows(batch: Batch) -> None:
    """Give the rows the keys of their people; hold back whoever stands there twice."""
    with connection.cursor() as cursor:
        cursor.execute(KEY, [batch.pk])
    take_repetitions_once(batch, ("HO_TEN",))  # the column every file has
    hold_back(batch, TWICE)


def hold_back(batch: Batch, found: str) -> None:
    """Make the later rows about one person wait, with the first row named."""
    letters = {
        heading["sheet"]: heading["columns"]["SO_CCCD"]
        for heading in batch.headings
        if "SO_CCCD" in heading["columns"]
    }
    params: dict[str, Any] = {
        "batch": batch.pk,
        "letters": orjson.dumps(letters).decode(),
        "column": "SO_CCCD",
        "message": msgid(MESSAGE.message),
        "remedy": msgid(MESSAGE.remedy),
    }
    with connection.cursor() as cursor:
        cursor.execute(found.format(held=HELD), params)
