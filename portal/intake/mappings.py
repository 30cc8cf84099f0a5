"""How are a sender's headings remembered: say, apply, forget?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.intake.declaration import Table, kind_of
from portal.intake.headings import Choice, Heading, How, doubts_of, missing_from
from portal.intake.heads import heads_of, keep_heads
from portal.intake.models import Batch, ColumnMapping
from portal.intake.sheets import Head, HeadingSearch, Remembered

NAMED_AT_MOST = 20
# Nothing of the batch was written yet, so it can be read anew.
READ_AGAIN = (Batch.State.CHECKED, Batch.State.REFUSED)


def remembered(batch: Batch) -> Remembered:
    """Return what is remembered for the files of a batch's sender, for the reading of this one."""
    return Remembered(
        choices={row.signature: row.choices for row in mappings_of(batch)},
        keep=lambda heads: keep_heads(batch, heads),
    )


def mappings_of(batch: Batch) -> list[ColumnMapping]:
    """Return what the sender of a batch said about files of this kind, the latest first."""
    rows = ColumnMapping.objects.filter(organisation=batch.organisation_id, kind=batch.kind)
    return list(rows.select_related("said_by"))


def remarks_on(batch: Batch, headings: Iterable[Heading]) -> list[dict[str, Any]]:
    """Return what the sender should know about the columns: by whose word, and what is unclear."""
    said = {row.signature: row for row in mappings_of(batch)}
    notes: list[dict[str, Any]] = []
    for heading in headings:
        row = said.get(heading.signature)
        if row is not None and heading.is_remembered:
            day = timezone.localtime(row.said_at).strftime("%d/%m/%Y")
            who = str(row.said_by or "Mạch")
            params: dict[str, Any] = {"sheet": heading.sheet, "who": who, "day": day}
            notes.append({"code": "columns_remembered", "params": params})
        for code, columns in doubts_of(heading):
            params = {"sheet": heading.sheet, "columns": columns[:NAMED_AT_MOST]}
            notes.append({"code": code, "params": params})
    return notes


def headings_of(batch: Batch, choices: Mapping[str, Choice]) -> list[tuple[Head, Heading]]:
    """Return the headings of a batch's file as they would be read now, each with its sheet's head.

    Without a heading anywhere the fullest row of the first sheet is offered.
    """
    table = kind_of(batch.kind).main
    heads = heads_of(batch)
    found = [
        (head, heading)
        for head in heads
        if (heading := find_heading(table, head, choices)) is not None
    ]
    if found or not heads:
        return found
    fullest = _fullest(heads[0])
    heading = heading_at(table, heads[0], fullest, choices)
    return [(heads[0], heading)] if heading is not None else []


def find_heading(table: Table, head: Head, choices: Mapping[str, Choice]) -> Heading | None:
    """Return the heading of a sheet as the reading finds it."""
    search = HeadingSearch(table, head, choices)
    for number, cells in head.rows:
        if not search.offer(number, cells):
            break
    return search.settled()


def heading_at(
    table: Table, head: Head, number: int, choices: Mapping[str, Choice]
) -> Heading | None:
    """Take a row of a sheet for its heading, because a person says so."""
    found = find_heading(table, head, choices)
    if found is not None and found.number == number:
        return found
    return HeadingSearch(table, head, choices).at(number)


def _fullest(head: Head) -> int:
    def texts(row: tuple[int, list[Any]]) -> int:
        return sum(isinstance(cell, str) and bool(cell.strip()) for cell in row[1])

    return max(head.rows[:15], key=texts)[0] if head.rows else 0  # of equals the first


@transaction.atomic
def settle_columns(
    *,
    actor: User | None,
    batch: Batch,
    head: Head,
    number: int,
    meant: Mapping[int, str],
    at: datetime,
) -> bool:
    """Remember what the columns under a heading mean; True says that the batch waits to be reread.

    ``meant`` gives the official name by place in the file, empty for a column to leave out. What
    the reading finds by itself is not remembered, so that later aliases still count.
    """
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    table = kind_of(batch.kind).main
    alone = heading_at(table, head, number, {})
    if alone is None:
        raise ValidationError(
            _("Row %(number)d is not among the first rows of the sheet. Choose one of the list."),
            code="no_such_row",
            params={"number": number},
        )
    _refuse_doubles(table, alone, meant)
    missing = missing_from(table, meant.values())
    if missing:
        raise ValidationError(
            _("These columns are needed and not chosen yet: %(columns)s."),
            code="columns_missing",
            params={"columns": ", ".join(column.label for column in missing)},
        )
    found = find_heading(table, head, {})
    rows = ColumnMapping.objects.filter(
        organisation=batch.organisation_id, kind=batch.kind, signature=alone.signature
    )
    choices = _against_the_reading(alone, meant)
    if not choices and found is not None and found.number == number:
        rows.delete()
    else:
        row = rows.first() or ColumnMapping(
            organisation=batch.organisation, kind=batch.kind, signature=alone.signature
        )
        row.headings = [column.text for column in alone.columns if column.text]
        row.choices, row.said_by, row.said_at = choices, actor, at
        row.save()
    return _give_back(locked)


def _refuse_doubles(table: Table, heading: Heading, meant: Mapping[int, str]) -> None:
    met: dict[str, int] = {}
    for place, name in meant.items():
        if not name:
            continue
        if name in met:
            raise ValidationError(
                _("Columns %(first)s and %(second)s are both chosen as “%(column)s”. Keep one."),
                code="column_chosen_twice",
                params={
                    "first": heading.letters_at(met[name]),
                    "second": heading.letters_at(place),
                    "column": table.by_name[name].label,
                },
            )
        met[name] = place


def _against_the_reading(heading: Heading, meant: Mapping[int, str]) -> dict[str, str]:
    """Return what differs from the heading as it would be read without anybody's word."""
    alone = {column.at: column for column in heading.columns}
    choices = {}
    for place, name in meant.items():
        column = alone.get(place)
        if column is None:
            continue
        is_silent = column.how in {How.UNKNOWN, How.NAMELESS, How.REPEATED} and not name
        if not is_silent and (column.column or "") != name:
            choices[column.key] = name
    return choices


def _give_back(batch: Batch) -> bool:
    if batch.state not in READ_AGAIN or batch.written_at is not None:
        return False
    batch.state, batch.ended_at = Batch.State.RECEIVED, None
    batch.save(update_fields=["state", "ended_at"])
    return True


@transaction.atomic
def forget_columns(*, actor: User | None, batch: Batch, mapping: ColumnMapping) -> bool:
    """Forget what was said about headings; True says that the batch waits to be read anew."""
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    mapping.delete()
    return _give_back(locked)
