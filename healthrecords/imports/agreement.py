"""Do the tables of one envelope record agree with its summary and with each other?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.tables import MAIN, Decision, tables
from portal.intake.handler import Row
from portal.intake.problems import ERROR, WARNING, Problem

OF_OTHER_VISIT = "MA_LK"
NO_DAYS = frozenset({"01", "07", "09"})  # kinds of visit that last no day
WHOLE_DAYS = frozenset({"02", "03", "04", "06"})  # kinds whose days are counted from first to last
SUMMARIZED = frozenset({"03", "04", "06"})  # kinds that have a summary of the record (XML8)
TRANSFERRED = frozenset({"2", "5"})  # discharges that have a transfer paper (XML13)
LEAVE = ("SO_NGAY_NGHI", "NGOAITRU_TUNGAY", "NGOAITRU_DENNGAY")
NOT_DIGITS = re.compile(r"\D")


@cache
def _repeated(table: str, decision: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the fields of a table that repeat one of the summary: name, its name there, is a time."""
    return tuple(
        (field.name, field.same, field.kind in {"birth", "moment", "day", "days"})
        for field in tables()[table].fields
        if field.same and field.holds_in(decision)
    )


def check_agreement(row: Row, decision: Decision) -> Iterator[Problem]:
    """Check what is said twice, the days of treatment, and which tables there should be."""
    values = row.values
    for name, lines in row.tables.items():
        if name not in tables() or name == MAIN:
            continue
        repeated = _repeated(name, decision.id)
        for at, line in enumerate(lines, start=1):
            for field, there, is_time in repeated:
                said = line.get(field)
                # What the summary could not say legibly agrees with everything.
                if not said or there not in values or said == (known := values[there]):
                    continue
                if not _is_same(said, known, is_time=is_time):
                    yield _differs(name, field, said, known).in_table(name, at)
            if name == "XML7":
                yield from (problem.in_table(name, at) for problem in _leave(line))
    yield from _days_of_treatment(values)
    yield from _tables_present(row)


def _is_same(said: str, known: Any, *, is_time: bool) -> bool:
    if not known:
        return False
    text = ";".join(map(str, known)) if isinstance(known, list) else str(known)
    if is_time:
        mine, theirs = NOT_DIGITS.sub("", said), NOT_DIGITS.sub("", text)
        size = min(len(mine), len(theirs))
        return mine[:size] == theirs[:size]
    return _folded(said) == _folded(text)


def _folded(text: str) -> str:
    squeezed = " ".join(unicodedata.normalize("NFC", text).split()).casefold()
    parts = (part.strip().lstrip("0") for part in squeezed.split(";"))
    return ";".join(part for part in parts if part)


def _differs(table: str, field: str, said: str, known: Any) -> Problem:
    if field == OF_OTHER_VISIT:
        becomes = tables()[table].becomes_records
        return Problem(
            "line_of_other_visit",
            _("This line bears the visit number %(value)s, but the record is of %(known)s."),
            _("Export the record again; one line of another visit may not enter this one."),
            {"value": said[:80], "known": str(known)[:80]},
            ERROR if becomes else WARNING,
            column=field,
            value=said,
        )
    shown = ";".join(map(str, known)) if isinstance(known, list) else str(known or "")
    return Problem(
        "differs_from_summary",
        _("%(field)s of %(table)s is “%(value)s”, but XML1 says “%(known)s”."),
        _("Correct the one that is wrong in the hospital software; XML1 is what is taken."),
        {"field": field, "table": table, "value": said[:120], "known": shown[:120] or "–"},
        WARNING,
        column=field,
        value=said,
    )


def _leave(line: Mapping[str, str]) -> Iterator[Problem]:
    said = [name for name in LEAVE if line.get(name)]
    if said and len(said) < len(LEAVE):
        missing = next(name for name in LEAVE if not line.get(name))
        yield Problem(
            "given_together",
            _("%(fields)s are given together or not at all."),
            _("Fill in the missing one, or leave all blank."),
            {"fields": ", ".join(LEAVE)},
            WARNING,
            column=missing,
        )


def _days_of_treatment(values: Mapping[str, Any]) -> Iterator[Problem]:
    kind, said = str(values.get("MA_LOAI_KCB") or ""), str(values.get("SO_NGAY_DTRI") or "")
    first, last = str(values.get("NGAY_VAO") or ""), str(values.get("NGAY_RA") or "")
    if not said.isdigit():
        return
    if kind in NO_DAYS:
        wanted = 0
    elif kind in WHOLE_DAYS and first and last:
        wanted = (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days + 1
    else:
        return
    if int(said) != wanted:
        yield Problem(
            "days_disagree",
            _(
                "SO_NGAY_DTRI is %(stated)s, but for this kind of visit (%(kind)s) it is %(wanted)s."
            ),
            _("Check both days and the kind of visit in the hospital software."),
            {"stated": said, "wanted": wanted, "kind": kind},
            WARNING,
            column="SO_NGAY_DTRI",
            value=said,
        )


def _tables_present(row: Row) -> Iterator[Problem]:
    kind, discharge = row.values.get("MA_LOAI_KCB"), str(row.values.get("MA_LOAI_RV") or "")
    if row.tables.get("XML8") and kind and kind not in SUMMARIZED:
        yield Problem(
            "table_unexpected",
            _("There is a table %(table)s, which a visit of this kind (%(value)s) does not have."),
            _("Check MA_LOAI_KCB; the table is kept all the same."),
            {"table": "XML8", "value": str(kind)},
            WARNING,
            column="MA_LOAI_KCB",
            value=str(kind),
        )
    if discharge in TRANSFERRED and not row.tables.get("XML13"):
        yield Problem(
            "table_missing",
            _("The patient was transferred (MA_LOAI_RV %(value)s), but there is no %(table)s."),
            _("Export the record again with its transfer paper."),
            {"table": "XML13", "value": discharge},
            WARNING,
            column="MA_LOAI_RV",
            value=discharge,
        )
