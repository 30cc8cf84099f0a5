"""What does a row of a code list's file say, and what does the list say already?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from portal.codelists.models import Code, CodeListVersion
from portal.codelists.properties import PARTED, REMEDY, UNREADABLE, properties_of, text_of
from portal.codelists.tables import Row
from portal.intake.declaration import Read
from portal.intake.problems import Problem

SYNONYMS = "synonyms"
ONE_DAY = timedelta(days=1)


def attributes(text: str) -> Read:
    """Read THUOC_TINH: name=value, parted by strokes."""
    found = properties_of(text)
    if found is None:
        return None, [Problem("attribute_unreadable", UNREADABLE, REMEDY, {"value": text[:80]})]
    return text_of(found), ()


def said_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says of its code; a file is the whole list, so a blank says that there is none."""
    names = ("TEN", "MA_CHA", "TU_NGAY", "DEN_NGAY", "TU_KHOA", "THUOC_TINH")
    said = {name: values.get(name) or "" for name in names}
    if said["TU_NGAY"] == values.get("HIEU_LUC_TU"):
        said["TU_NGAY"] = ""  # as long as the version holds
    return said


def known_of(code: Code) -> dict[str, Any]:
    """Return a code of the list as a file would say it."""
    more = dict(code.attributes)
    return {
        "TEN": code.title,
        "MA_CHA": code.parent_code,
        "TU_NGAY": code.valid_from.isoformat() if code.valid_from else "",
        "DEN_NGAY": code.valid_until.isoformat() if code.valid_until else "",
        "TU_KHOA": more.pop(SYNONYMS, ""),
        "THUOC_TINH": text_of(more),
    }


def row_of(values: Mapping[str, Any]) -> Row:
    """Return a row as the service of the lists takes it."""
    said = said_of(values)
    pairs = (part.partition("=") for part in said["THUOC_TINH"].split(PARTED) if part)
    more = {name: value for name, _sign, value in pairs}
    if said["TU_KHOA"]:
        more[SYNONYMS] = said["TU_KHOA"]
    return Row(
        code=values["MA"],
        title=said["TEN"],
        parent=said["MA_CHA"],
        valid_from=day_of(said["TU_NGAY"]),
        valid_until=day_of(said["DEN_NGAY"]),
        attributes=more,
    )


def day_of(text: str) -> date | None:
    """Return a day of a row."""
    return date.fromisoformat(text) if text else None


def version_before(key: str, on: date) -> CodeListVersion | None:
    """Return the version a new one of a day is compared with: that of the day, or of the day before."""
    versions = CodeListVersion.objects.filter(code_list__key=key)
    same = versions.filter(valid_from=on).first()
    return same or versions.holding(on - ONE_DAY).first() or versions.holding(on).first()
