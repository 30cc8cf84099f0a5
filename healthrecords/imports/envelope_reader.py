"""What stands in a GIAMDINHHS envelope, record by record? Runs in the reading child: no Django.

Takes what hospital software really sends (Decision 3176/QĐ-BYT): parts in base64, as nested XML or
in CDATA; with or without declaration and mark; any encoding, whatever is declared; prefixes; roots of
older exports, for only the names of the items are looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from healthrecords.imports.envelope_plain import plain
from healthrecords.imports.envelope_scan import (
    FORBIDDEN,
    UNKNOWN_LETTER,
    Cut,
    Scan,
    Source,
    encoding_of,
)
from healthrecords.imports.envelope_signature import signature_note
from healthrecords.imports.envelope_zip import read_zip
from healthrecords.imports.tables import CHECK_IN, MAIN, tables
from portal.intake.readers.formats import BUNDLE, XML
from portal.intake.readers.unreadable import UnreadableError

# The first element of a file, and the element that holds one record of it.
ENVELOPES = {
    "GIAMDINHHS": "HOSO",
    "THONGTINHOSO": "HOSO",
    "DANHSACHHOSO": "HOSO",
    "HOSO": "HOSO",
}
CHECK_INS = dict.fromkeys(
    ("CHI_TIEU_TRANG_THAI_KCB", "DSACH_TRANG_THAI_KCB", "TRANG_THAI_KCB"), "TRANG_THAI_KCB"
)
ITEMS = {table.item: table.name for table in tables().values()}
SENT_AS = {table.sent_as: table.name for table in tables().values() if table.sent_as}
WANTED = {table.name: table.item for table in tables().values()}
NEEDED = {
    name: tuple(field.name for field in tables()[name].fields if field.need and not field.when)
    for name in (MAIN, CHECK_IN)
}
ELEMENTS_AT_MOST = 500_000  # of one record
DEPTH_AT_MOST = 20
ROWS_SAID_AT_MOST = 10_000_000
PREFIX = re.compile(r"""xmlns:([\w.-]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
TAGS = re.compile(r"<[^<>]*>")
PREFIXES = re.compile(r"(?<=[<\s/])[A-Za-z_][\w.-]*:(?=[A-Za-z_])")
BARE_AMPERSAND = re.compile(r"&(?!(?:#\d+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);)")
BARE_SIGNS = re.compile(r"CSST\s*<([^<>]*)>", re.IGNORECASE)
NAMED = re.compile(r"LOAIHOSO\s*>\s*([A-Za-z0-9]{1,10})\s*<", re.IGNORECASE)
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
Tables = dict[str, list[dict[str, str]]]
Faults = list[dict[str, Any]]


class ForbiddenError(ValueError):
    """A part that declares what no envelope needs, or is deeper than any."""


class _Names(dict[str, str]):
    """The plain name of a tag, in capitals and without its namespace, remembered."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = str(tag).rpartition("}")[2].upper()
        return name


NAMES = _Names()


def read(path: Path, found: str) -> Iterator[tuple[Any, ...]]:
    """Yield ``("expect", n)``, ``("record", number, {table: rows}, faults)`` and ``("note", …)``.

    Of a zip of envelopes each record is followed by the name of its file.
    """
    yield from _read(path, found, MAIN)


def read_check_ins(path: Path, found: str) -> Iterator[tuple[Any, ...]]:
    """Yield the same of a file of check-ins, which are sent alone or in an envelope (XML0)."""
    yield from _read(path, found, CHECK_IN)


def _read(path: Path, found: str, main: str) -> Iterator[tuple[Any, ...]]:
    if found == BUNDLE:
        yield from read_zip(path, lambda source: _Reading(source, main).events())
    elif found == XML:
        yield from _Reading(path, main).events()
    else:
        raise UnreadableError("file_is_not_xml")


class _Reading:
    """One file while it is being read."""

    def __init__(self, path: Source, main: str) -> None:
        self.path, self.main = path, main
        self.scan = Scan(path, "HOSO", encoding_of(path))
        self.lines: Counter[str] = Counter()
        self.facility = ""
        self.said = 0
        self.torn = 0

    def events(self) -> Iterator[tuple[Any, ...]]:
        for cut in self.scan.cuts(ENVELOPES | CHECK_INS):
            if cut.number == 1:
                yield from self._header()
            yield self._event(cut)
        yield from self._notes()

    def _header(self) -> Iterator[tuple[Any, ...]]:
        header = self.scan.header
        self.facility = _said(header, "MACSKCB")[:5]
        said = _said(header, "SOLUONGHOSO")
        if said.isascii() and said.isdigit():
            self.said = min(int(said[:12]), ROWS_SAID_AT_MOST)
            yield "expect", self.said

    def _event(self, cut: Cut) -> tuple[Any, ...]:
        tables_read: Tables = {}
        faults: Faults = []
        if cut.fault:
            self.torn = cut.number if cut.fault == "record_torn" else self.torn
            faults.append({"code": cut.fault, "params": {"line": cut.line}})
            tables_read = _named_in(cut.text)
        elif not self._take_plain(cut.text, tables_read, faults):
            try:
                root = _parsed(self._wrapped(cut.text))
            except (ParseError, ForbiddenError, RecursionError):
                faults.append({"code": "record_broken", "params": {"line": cut.line}})
                tables_read = _named_in(cut.text)
            else:
                self._take(root, tables_read, faults)
        if not tables_read.get(self.main) and not faults:
            alone = self.main == MAIN and tables_read.get(CHECK_IN)
            code = "check_in_alone" if alone else "part_missing"
            faults.append({"code": code, "params": {"table": self.main}})
        self._complete(tables_read)
        self.lines.update({name: len(rows) for name, rows in tables_read.items()})
        return "record", cut.number, tables_read, faults

    def _wrapped(self, text: str) -> str:
        """Put a record under what the file's first element declares."""
        declared = dict.fromkeys(PREFIX.findall(self.scan.header))
        said = "".join(f' xmlns:{prefix}="urn:x"' for prefix in declared if prefix != "xml")
        return f"<R{said}>{text}</R>"

    def _take_plain(self, text: str, tables_read: Tables, faults: Faults) -> bool:
        """Take a record that is written plainly; False where only the parser knows."""
        found = plain(text, "FILEHOSO")
        if found is None or found.around != ("HOSO",):
            return False
        for part in found.items:
            said, content = part.get("LOAIHOSO", ""), part.get("NOIDUNGFILE")
            _take_part(said, content, tables_read, faults)
        return True

    def _take(self, root: Element, tables_read: Tables, faults: Faults) -> None:
        if self.scan.element == CHECK_INS["TRANG_THAI_KCB"]:
            tables_read[CHECK_IN] = [_leaves(root[0])]
            return
        for part in root[0]:
            if NAMES[part.tag] == "FILEHOSO":
                by_name = {NAMES[child.tag]: child for child in part}
                said = by_name["LOAIHOSO"].text if "LOAIHOSO" in by_name else ""
                _take_part(said or "", by_name.get("NOIDUNGFILE"), tables_read, faults)

    def _complete(self, tables_read: Tables) -> None:
        """Fill in what a missing element means: the facility of the envelope, or a blank."""
        for summary in tables_read.get(self.main, ())[:1]:
            for name in NEEDED[self.main]:
                summary.setdefault(name, "")
            if self.facility and not summary.get("MA_CSKCB"):
                summary["MA_CSKCB"] = self.facility

    def _notes(self) -> Iterator[tuple[Any, ...]]:
        read_ = self.scan.number
        if read_ and self.said and self.said != read_:
            yield "note", "records_counted_otherwise", {"said": self.said, "read": read_}
        if self.torn:
            yield "note", "file_torn_at_record", {"record": self.torn}
        elif read_ and self.scan.trailer.strip() == "" and self.scan.header.strip():
            yield "note", "file_ends_early", {"read": read_}
        kept = [
            f"{table.name} {table.title} ({self.lines[table.name]})"
            for table in tables().values()
            if self.lines[table.name] and not table.becomes_records and not table.protected
        ]
        if kept:
            yield "note", "tables_kept", {"tables": kept}
        if read_:
            yield "note", *signature_note(self.path, self.scan)


def _take_part(
    said: str, content: Element | str | None, tables_read: Tables, faults: Faults
) -> None:
    """Read one part of a record: which table it says it is, and what it holds."""
    name = _table_name(said)
    rows = tables_read.setdefault(name, [])  # named even if unreadable: its class must be known
    try:
        table, lines, mended = _lines(content, name)
    except (ParseError, ForbiddenError, binascii.Error, ValueError):
        faults.append({"code": "part_unreadable", "table": name, "params": {"table": name}})
        return
    if lines is None:
        return
    if table != name:
        if not rows:
            del tables_read[name]
        rows = tables_read.setdefault(table, [])
    rows += lines if table in NEEDED else map(_said_alone, lines)
    if mended:
        warning = {"severity": "warning", "params": {"table": table}}
        faults.append({"code": "part_mended", "table": table, **warning})
    if any(UNKNOWN_LETTER in "".join(row.values()) for row in rows):
        faults.append({"code": "letters_lost", "table": table, "params": {"table": table}})


def _table_name(said: str) -> str:
    name = said.strip().upper()[:10]
    if name.isdigit():
        name = f"XML{int(name)}"
    elif name.startswith("XML0") and name[3:].isdigit():
        name = f"XML{int(name[3:])}"
    return SENT_AS.get(name, name) or "?"


def _lines(
    content: Element | str | None, name: str
) -> tuple[str, list[dict[str, str]] | None, bool]:
    """Return the table that a part holds, its lines, and whether it had to be mended to be read."""
    if content is None:
        return name, None, False
    if not isinstance(content, str) and len(content):
        return *_lines_under(content[0], name), False
    text = _text(content if isinstance(content, str) else content.text or "")
    return (name, None, False) if text is None else _lines_of(text, name)


def _lines_of(text: str, name: str) -> tuple[str, list[dict[str, str]], bool]:
    found = plain(text, WANTED[name]) if name in WANTED else None
    if found is not None:
        return name, found.items, False
    try:
        return *_lines_under(_parsed(text), name), False
    except ParseError:
        return *_lines_under(_parsed(_mended(text)), name), True


def _lines_under(root: Element, name: str) -> tuple[str, list[dict[str, str]]]:
    table, found = _items(root, name)
    return table, [_leaves(item) for item in found]


def _text(content: str) -> str | None:
    """Return the text of a part without its declaration; None where there is none."""
    text = content.strip()
    if not text:
        return None
    if not text.startswith("<"):
        text = _decoded(base64.b64decode("".join(text.split()), validate=True))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return DECLARATION.sub("", text.lstrip("\ufeff \r\n\t"), count=1)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\x00" in content[:8]:
        return content.decode("utf-16-be" if content[:1] == b"\x00" else "utf-16-le")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
        lost = text.count(UNKNOWN_LETTER)
        good = sum(not letter.isascii() for letter in text) - lost
        return text if good >= lost else content.decode("cp1258", "replace")


def _mended(text: str) -> str:
    """Mend what programs that glue XML together get wrong: bare & and CSST<...>, lost prefixes."""
    text = BARE_AMPERSAND.sub("&amp;", BARE_SIGNS.sub(r"CSST&lt;\1&gt;", text))
    return TAGS.sub(lambda tag: PREFIXES.sub("", tag[0]), text)


def _parsed(text: str) -> Element:
    if "<!" in text and FORBIDDEN.search(text):
        raise ForbiddenError
    if text.count("<") > ELEMENTS_AT_MOST:
        raise ForbiddenError
    parser = XMLParser()  # noqa: S314  (without a document type there are no entities to unfold)
    parser.feed(text)
    root: Element = parser.close()
    return root


def _items(root: Element, name: str) -> tuple[str, list[Element]]:
    """Return the elements that hold plain fields: those of the table, of any table, or likely ones."""
    wanted, level = WANTED.get(name, ""), [root]
    others: dict[str, list[Element]] = {}
    for _depth in range(DEPTH_AT_MOST):
        found = [element for element in level if NAMES[element.tag] == wanted]
        if found:
            return name, found
        for element in level:
            if (table := ITEMS.get(NAMES[element.tag])) is not None:
                others.setdefault(table, []).append(element)
        level = [child for element in level for child in element]
        if not level:
            break
    if others:
        return next(iter(others.items()))
    return name, _likely_items(root, 0)


def _likely_items(root: Element, depth: int) -> list[Element]:
    """Return the elements that hold plain fields, where the item bears an unknown name."""
    if depth > DEPTH_AT_MOST:
        raise ForbiddenError
    if not len(root) or any(not len(child) for child in root):
        return [root]
    return [item for child in root for item in _likely_items(child, depth + 1)]


def _leaves(item: Element) -> dict[str, str]:
    names = NAMES
    return {names[child.tag]: (child.text or "").strip() for child in item if not len(child)}


def _said_alone(line: dict[str, str]) -> dict[str, str]:
    """Return what a line says: its fields that are not blank."""
    return line if all(line.values()) else {name: value for name, value in line.items() if value}


def _said(header: str, name: str) -> str:
    found = re.search(rf"<(?:[\w.-]+:)?{name}(?:\s[^<>]*)?>([^<]{{0,200}})<", header, re.IGNORECASE)
    return found[1].strip() if found else ""


def _named_in(text: str) -> Tables:
    """Return the tables that a record which cannot be read names, without lines: for its class."""
    return {_table_name(name): [] for name in NAMED.findall(text)}
