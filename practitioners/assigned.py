"""Which techniques were assigned in writing, and where else does somebody work, as lists say it?

Lists of the insurer write techniques as ``18.0001;18.0002`` and their papers as ``20260901_07/QĐ-BV``:
one paper for all techniques, or one for each in their order. Other facilities are named by their
codes of five characters. A technique may have been handed over by another facility, by a decision;
where that is so of some only, a dash stands for the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.names import name_norm
from practitioners.scopes import technique_code

APART = re.compile(r"[;,|\s]+")
FACILITY = re.compile(r"[0-9A-Z]{2}[0-9]{3}")
SHORT = re.compile(r"[0-9]{3,4}")  # the spreadsheet dropped the zeros in front
COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})[_ ](?P<no>\S.*)")
SPOKEN = re.compile(
    r"(?:số\s+)?(?P<no>\S.*?),?\s+(?:ngày\s+)?(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})",
    re.IGNORECASE,
)
# What people write where there is nothing to say.
NOTHING = frozenset({"khong", "khong co", "ko", "k", "x", "0", "none", "null", "na", "n/a"})
LONGEST_NUMBER = 60
# What stands for a technique that nobody handed over, among others that were.
NONE = "-"


@dataclass(frozen=True, slots=True, order=True)
class Paper:
    """A written assignment: its number and its day."""

    number: str
    on: date

    @override
    def __str__(self) -> str:
        return f"{self.on:%Y%m%d}_{self.number}"


@dataclass(frozen=True, slots=True, order=True)
class Assigned:
    """A technique with the paper that assigns it, and by which facility and decision it was handed over."""

    code: str
    paper: Paper
    transferred_by: str = ""
    transfer: str = ""

    def is_told_by(self, other: Assigned) -> bool:
        """Say whether another word names this technique and paper, and no other handing over."""
        said = (other.transferred_by or self.transferred_by, other.transfer or self.transfer)
        return (self.code, self.paper) == (other.code, other.paper) and said == (
            self.transferred_by,
            self.transfer,
        )


def is_nothing(text: str) -> bool:
    """Say whether a cell says that there is nothing to say."""
    return name_norm(text) in NOTHING or not re.search(r"\w", text)


def facilities_in(text: str) -> tuple[list[str], list[str]]:
    """Return the codes of facilities in a text, and the pieces that are none."""
    return _sorted_out(text, _facility)


def techniques_in(text: str) -> tuple[list[str], list[str]]:
    """Return the codes of techniques in a text, seven characters each, and what is none."""
    return _sorted_out(text, technique_code)


def _facility(text: str) -> str | None:
    code = text.upper().zfill(5) if SHORT.fullmatch(text) else text.upper()
    return code if FACILITY.fullmatch(code) else None


def _sorted_out(text: str, read: Callable[[str], str | None]) -> tuple[list[str], list[str]]:
    codes: dict[str, None] = {}
    strange = []
    if is_nothing(text):
        return [], []
    for piece in filter(None, APART.split(text.strip())):
        code = read(piece)
        if code is None:
            strange.append(piece)
        else:
            codes[code] = None
    return list(codes), strange


def papers_in(text: str) -> tuple[list[Paper], list[str]]:
    """Return the papers in a text, and the pieces in which number or day cannot be read."""
    found, strange = [], []
    for piece in () if is_nothing(text) else filter(None, map(str.strip, text.split(";"))):
        match = COMPACT.fullmatch(piece) or SPOKEN.fullmatch(piece)
        try:
            day = date(*(int(match[part]) for part in ("year", "month", "day"))) if match else None
        except ValueError:
            day = None
        if match is None or day is None or len(match["no"].strip()) > LONGEST_NUMBER:
            strange.append(piece)
        else:
            found.append(Paper(match["no"].strip(), day))
    return found, strange


def givers_in(text: str) -> tuple[list[str], list[str]]:
    """Return the codes of the facilities that handed techniques over, blank where a dash stands."""
    return _one_by_one(text, lambda piece: _facility(piece) or "")


def transfers_in(text: str) -> tuple[list[str], list[str]]:
    """Return the decisions that handed techniques over, blank where a dash stands."""

    def read(piece: str) -> str:
        found, strange = papers_in(piece)
        return "" if strange else "".join(map(str, found))

    return _one_by_one(text, read)


def _one_by_one(text: str, read: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """Read a text piece by piece; what is blank or cannot be read keeps its place, the others theirs."""
    said, strange = [], []
    pieces = [] if is_nothing(text) else [piece.strip() for piece in text.split(";")]
    if pieces and not pieces[-1]:
        pieces.pop()  # a semicolon at the end stands before nothing
    for piece in pieces:
        found = "" if is_nothing(piece) else read(piece)
        if not found and not is_nothing(piece):
            strange.append(piece)
        said.append(found)
    return said if any(said) else [], strange


def transfer_in(values: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return who handed over and by which decisions, of values that were read before."""
    givers, _strange = givers_in(values.get("transferred_by", ""))
    transfers, _unread = transfers_in(values.get("transfer", ""))
    return givers, transfers


def assigned(
    codes: Sequence[str],
    papers: Sequence[Paper],
    givers: Sequence[str] = (),
    transfers: Sequence[str] = (),
) -> list[Assigned]:
    """Put techniques and papers together; refuses where it is not said which paper is whose."""
    if not codes:
        return []
    if len(papers) not in {1, len(codes)}:
        raise ValidationError(
            _(
                "%(techniques)d techniques and %(papers)d papers; name one paper for all techniques,"
                " or one for each in their order."
            ),
            code="assignment_of_which",
            params={"techniques": len(codes), "papers": len(papers)},
        )
    if not {len(givers), len(transfers)} <= {0, 1, len(codes)}:
        raise ValidationError(
            _(
                "%(techniques)d techniques, handed over by %(givers)d facilities and %(papers)d"
                " decisions; name one for all techniques, or one for each in their order."
            ),
            code="transfer_of_which",
            params={
                "techniques": len(codes),
                "givers": len(givers),
                "papers": len(transfers),
            },
        )
    each = (_each(said, len(codes)) for said in (papers, givers or [""], transfers or [""]))
    return sorted(Assigned(*one) for one in zip(codes, *each, strict=True))


def _each(said: Sequence[Any], number: int) -> list[Any]:
    return list(said) * number if len(said) == 1 else list(said)


def assigned_of(values: Mapping[str, str]) -> list[Assigned]:
    """Return the techniques of a profile's values, which were read before."""
    codes, _strange = techniques_in(values.get("techniques", ""))
    papers, _unread = papers_in(values.get("assignment", ""))
    return assigned(codes, papers, *transfer_in(values))


def values_of(rows: Iterable[Assigned]) -> dict[str, str]:
    """Write techniques and papers as the fields of a profile."""
    known = sorted(set(rows))
    if not known:
        return {}
    found = {
        "techniques": ";".join(row.code for row in known),
        "assignment": _joined([str(row.paper) for row in known]),
        "transferred_by": _joined([row.transferred_by for row in known]),
        "transfer": _joined([row.transfer for row in known]),
    }
    return {name: value for name, value in found.items() if value}


def _joined(pieces: Sequence[str]) -> str:
    if len(set(pieces)) == 1:
        return pieces[0]
    return ";".join(piece or NONE for piece in pieces)


def written_paper(text: str) -> str:
    """Write papers as people read them: 07/QĐ-BV of 01/09/2026."""
    papers, strange = papers_in(text)
    return "; ".join([*(f"{p.number} ({p.on:%d/%m/%Y})" for p in papers), *strange])
