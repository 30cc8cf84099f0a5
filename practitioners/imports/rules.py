"""How are the cells of a staff list read that have a form of their own?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.identifiers import OldIdCard, Passport, PersonalNumber, PracticeLicenseNumber
from portal.identifiers.identifier import Identifier
from portal.intake.declaration import Read
from portal.intake.problems import WARNING, Problem, of_doubt, of_refusal
from portal.names import name_norm
from practitioners.assigned import (
    NONE,
    facilities_in,
    givers_in,
    papers_in,
    techniques_in,
    transfers_in,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEVELS: Mapping[str, tuple[str, ...]] = {
    "intermediate": ("trung cấp", "TC"),
    "college": ("cao đẳng", "CĐ"),
    "university": ("đại học", "ĐH", "cử nhân", "bác sĩ", "bác sỹ"),
    "resident": ("bác sĩ nội trú", "bác sỹ nội trú", "BSNT", "nội trú"),
    "specialist_1": ("chuyên khoa I", "CKI", "chuyên khoa 1", "CK1"),
    "specialist_2": ("chuyên khoa II", "CKII", "chuyên khoa 2", "CK2"),
    "master": ("thạc sĩ", "thạc sỹ", "ThS"),
    "doctorate": ("tiến sĩ", "tiến sỹ", "TS"),
    "other": ("khác", "chứng chỉ"),
}
LEVEL_OF = {name_norm(word): level for level, words in LEVELS.items() for word in words}


def license_number(text: str) -> Read:
    """Read MACCHN: one that cannot be read stays as written, for the review to judge."""
    try:
        return PracticeLicenseNumber.parse(text).value, ()
    except ValidationError as error:
        return " ".join(text.split())[:60], [of_refusal(error, WARNING)]


def paper(text: str) -> Read:
    """Read SO_DINH_DANH: twelve digits, nine, or a passport; another is left out with a warning."""
    squeezed = re.sub(r"[\s.\-]", "", text)
    kind: type[Identifier] = PersonalNumber
    if re.fullmatch(r"\d{9}", squeezed):
        kind = OldIdCard
    elif re.fullmatch(r"[A-Za-z]\d{7,8}", squeezed):
        kind = Passport
    try:
        value = kind.parse(text)
    except ValidationError as error:
        problem = of_refusal(error)
        spoilt = error.code in {"spreadsheet_rounded", "leading_zero_lost"}
        return None, [problem if spoilt else replace(problem, severity=WARNING)]
    return value.value, [of_doubt(doubt) for doubt in value.doubts()]


def level(text: str) -> Read:
    """Read TRINH_DO, the level of the diploma, in words or as hospitals shorten it."""
    found = text if text in LEVELS else LEVEL_OF.get(name_norm(text))
    if found is None:
        return None, [
            Problem(
                "level_unknown",
                _("“%(value)s” is no level of a diploma."),
                _("Write one like trung cấp, cao đẳng, đại học, CKI, CKII, ThS, TS."),
                {"value": text[:60]},
                WARNING,
            )
        ]
    return found, ()


FACILITY_UNREAD = (
    "facility_code_unread",
    _("“%(value)s” is no code of a facility and was left out."),
    _("Write the five characters of the insurer's list, like 11001; apart by ;"),
)
TECHNIQUE_UNREAD = (
    "technique_unread",
    _("“%(value)s” is no code of a technique and was left out."),
    _("Write codes like 02.0085, apart by ;"),
)
PAPER_UNREAD = (
    "assignment_unread",
    _("“%(value)s” names no paper and its day, and was left out."),
    _("Write day and number like 20260901_07/QĐ-BV, apart by ;"),
)


def other_facilities(text: str) -> Read:
    """Read CSKCB_KHAC: codes of facilities; what is none is named and left out."""
    return _listed(*facilities_in(text), FACILITY_UNREAD)


def techniques(text: str) -> Read:
    """Read DVKT_KHAC: codes of techniques, their first seven characters."""
    return _listed(*techniques_in(text), TECHNIQUE_UNREAD)


def papers(text: str) -> Read:
    """Read VB_PHANCONG: the written assignments with their days.

    Where one cannot be read nobody knows which technique the others assign: none is taken.
    """
    found, strange = papers_in(text)
    return _listed([] if strange else map(str, found), strange, PAPER_UNREAD)


def givers(text: str) -> Read:
    """Read CSKCB_CGKT: the facilities that handed the techniques over."""
    return _listed(*givers_in(text), FACILITY_UNREAD)


def transfers(text: str) -> Read:
    """Read QD_CGKT: the decisions that handed the techniques over, with their days."""
    return _listed(*transfers_in(text), PAPER_UNREAD)


def _listed(
    said: Iterable[str], strange: Iterable[str], unread: tuple[str, StrOrPromise, StrOrPromise]
) -> Read:
    """Return what a cell says one by one, a dash where a place is blank, and name what is unread."""
    problems = [_left_out(*unread, piece) for piece in strange]
    return ";".join(one or NONE for one in said) or None, problems


def _left_out(code: str, message: StrOrPromise, remedy: StrOrPromise, piece: str) -> Problem:
    return Problem(code, message, remedy, {"value": piece[:60]}, WARNING, value=piece[:60])
