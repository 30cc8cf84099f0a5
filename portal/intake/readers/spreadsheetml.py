"""What do the small parts of an .xlsx say: its sheets, its strings, which formats are dates?"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from portal.intake.readers.archive import Archive
from portal.intake.readers.unreadable import UnreadableError

CHUNK = 1024 * 1024
PIECE_AT_MOST = 16 * 1024 * 1024
CELL_AT_MOST = 100_000  # characters; a spreadsheet itself keeps 32,767
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
PLAIN_STRING = re.compile(r'<si><t(?: xml:space="preserve")?>([^<&]*)</t>\Z')
DAY, SPAN = "day", "span"
# The formats every spreadsheet knows by number.
BUILT_IN = {
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], DAY),
    46: SPAN,
}
UNSAID = re.compile(r'"[^"]*"|\\.|_.|\*.')
ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
BRACKETS = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name, where it lies in the zip, whether a person sees it."""

    name: str
    part: str
    is_hidden: bool


@dataclass(slots=True)
class Book:
    """What the sheets of a workbook share."""

    archive: Archive
    sheets: list[SheetPart] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)  # by style: "", DAY or SPAN
    since_1904: bool = False
    has_macros: bool = False


def open_book(archive: Archive) -> Book:
    """Read everything of a workbook but the rows."""
    book = Book(archive)
    targets = _relations(archive)
    for tag, attributes in _elements(archive, "xl/workbook.xml"):
        if tag == "workbookPr":
            book.since_1904 = attributes.get("date1904", "0") in {"1", "true", "on"}
        elif tag == "sheet":
            kind, part = targets.get(_own(attributes, "id"), ("worksheet", ""))
            if kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                book.sheets.append(SheetPart(attributes.get("name", ""), part, hidden))
    book.has_macros = archive.name("xl/vbaProject.bin") is not None
    if any(kind == "styles" for kind, _part in targets.values()):
        book.formats = _formats(archive, _target(targets, "styles"))
    if any(kind == "sharedStrings" for kind, _part in targets.values()):
        book.strings = list(_strings(archive, _target(targets, "sharedStrings")))
    return book


def _target(targets: dict[str, tuple[str, str]], wanted: str) -> str:
    return next(part for kind, part in targets.values() if kind == wanted)


def _relations(archive: Archive) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for tag, attributes in _elements(archive, "xl/_rels/workbook.xml.rels"):
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            found[attributes.get("Id", "")] = (kind, part)
    return found


def _own(attributes: dict[str, str], name: str) -> str:
    """Return an attribute whatever its prefix: r:id."""
    ending = f":{name}"
    return next((value for key, value in attributes.items() if key.endswith(ending)), "")


def forbid_dtd(parser: Any) -> None:
    """Have a parser refuse a document type: entities and external files begin there."""

    def refuse(*_given: Any) -> None:
        raise UnreadableError("xml_forbidden")

    parser.StartDoctypeDeclHandler = refuse


def _elements(archive: Archive, wanted: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the elements of a part without their prefixes."""
    name = archive.name(wanted)
    if name is None:
        raise UnreadableError("file_torn")
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    forbid_dtd(parser)
    parser.StartElementHandler = lambda tag, attributes: found.append(
        (tag.rpartition(":")[2], attributes)
    )
    with archive.open(name) as part:
        while True:
            chunk = part.read(CHUNK)
            _parse(parser, chunk, final=not chunk)
            yield from found
            found.clear()
            if not chunk:
                return


def _parse(parser: Any, chunk: bytes | str, *, final: bool) -> None:
    try:
        parser.Parse(chunk, final)
    except (expat.ExpatError, LookupError, ValueError) as error:  # also: an encoding that is none
        raise UnreadableError("file_torn") from error


def _formats(archive: Archive, wanted: str) -> list[str]:
    """Say of each style whether its number is shown as a day, as a span of time, or as itself."""
    named = dict(BUILT_IN)
    styles: list[str] = []
    inside = False
    for tag, attributes in _elements(archive, wanted):
        if tag == "numFmt" and attributes.get("numFmtId", "").isdecimal():
            named[int(attributes["numFmtId"])] = format_says(attributes.get("formatCode", ""))
        elif tag in {"cellXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            styles.append(named.get(int(number), "") if number.isdecimal() else "")
    return styles


def format_says(code: str) -> str:
    """Read a number format: "dd/mm/yyyy hh:mm" shows a day, "[h]:mm" a span, "0.0" neither."""
    said = UNSAID.sub("", code).partition(";")[0]
    if ELAPSED.search(said):
        return SPAN
    said = BRACKETS.sub("", said).lower()
    if "general" in said or "standard" in said:
        return ""
    return DAY if set(said) & set("dmyhs") else ""


def pieces(part: Any, root: str, end: str, stop: str = "") -> Iterator[tuple[list[str], bool]]:
    """Cut the text of a part behind every ``end``; the last is what is left over, marked True.

    Where the document gives its elements a prefix (``<x:row>``), it is taken off. Behind ``stop``
    nothing more is read.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, prefix = "", None
    while True:
        chunk = part.read(CHUNK)
        try:
            text = rest + decoder.decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            raise UnreadableError("file_torn") from error
        if prefix is None:
            named = re.search(rf"<(\w+:)?{root}(?=[\s/>])", text)
            prefix = (named and named[1]) or ""
        if prefix:
            text = text.replace(f"<{prefix}", "<").replace(f"</{prefix}", "</")
        found = text.split(end)
        rest = found.pop()
        if len(rest) > PIECE_AT_MOST:
            raise UnreadableError("file_too_heavy")
        yield found, False
        if not chunk or (stop and stop in rest):
            yield [rest], True
            return


def _strings(archive: Archive, wanted: str) -> Iterator[str]:
    name = archive.name(wanted)
    if name is None:
        return
    with archive.open(name) as part:
        begun = False
        for found, is_last in pieces(part, "sst", "</si>"):
            for piece in found:
                item = piece
                if not begun:
                    item, begun = after(piece, "sst")[1], True
                plain = PLAIN_STRING.match(item)
                if plain and not is_last and "_x" not in item:
                    yield plain[1][:CELL_AT_MOST]
                elif "<si" in item:
                    yield from _rich(item.partition("</sst>")[0], "" if is_last else "</si>")


def after(text: str, tag: str) -> tuple[str, str]:
    """Part a text at the opening tag of this name; a document type before it is refused."""
    found = re.search(rf"<{tag}(?=[\s/>])[^>]*>", text)
    if "<!DOCTYPE" in text[: found.start() if found else None]:
        raise UnreadableError("xml_forbidden")
    return (found[0], text[found.end() :]) if found else ("", "")


def _rich(item: str, closing: str) -> Iterator[str]:
    """Read items whose text is in several runs, or empty, or escaped; readings aloud are left out."""
    texts: list[list[str]] = []
    state = {"in_text": False, "aloud": False}

    def start(tag: str, _attributes: Any) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            texts.append([])
        state["aloud"] |= tag == "rPh"
        state["in_text"] = tag == "t" and not state["aloud"]

    def end(tag: str) -> None:
        state["in_text"] = False
        state["aloud"] &= tag.rpartition(":")[2] != "rPh"

    def text(said: str) -> None:
        if state["in_text"] and texts:
            texts[-1].append(said)

    parse_fragment(item + closing, start, end, text)
    for runs in texts:
        yield unescaped("".join(runs))[:CELL_AT_MOST]


def parse_fragment(fragment: str, start: Any, end: Any, text: Any) -> None:
    """Have a piece cut out of a document parsed."""
    parser = expat.ParserCreate()
    forbid_dtd(parser)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    _parse(parser, f"<all>{fragment}</all>", final=True)


def unescaped(text: str) -> str:
    """Undo _x000D_, as spreadsheets write what XML cannot hold; a surrogate is left as it is."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(
        lambda m: m[0] if 0xD800 <= int(m[1], 16) < 0xE000 else chr(int(m[1], 16)), text
    )
