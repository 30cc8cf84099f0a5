"""What stands in a GIAMDINHHS envelope, record by record? Runs in the reading child: no Django.

Takes what hospital software really sends (Decision 3176/QĐ-BYT): parts in base64, as nested XML or
in CDATA; with or without declaration and mark; roots of older exports, for only the names of the
items are looked at.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from portal.intake.readers.formats import XML
from portal.intake.readers.unreadable import UnreadableError

ROOT = "GIAMDINHHS"
ITEMS = {
    "XML1": "TONG_HOP",
    "XML2": "CHI_TIET_THUOC",
    "XML3": "CHI_TIET_DVKT",
    "XML4": "CHI_TIET_CLS",
    "XML5": "CHI_TIET_DIEN_BIEN_BENH",
    "XML6": "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
    "XML9": "DU_LIEU_GIAY_CHUNG_SINH",
    "XML15": "CHITIET_DIEUTRI_BENHLAO",
}
DEPTH_AT_MOST = 20


class _Trimmed:
    """A file whose blank beginning is skipped: expat wants the declaration first."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.begun = file, False

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        while not self.begun and chunk:
            chunk = chunk.lstrip(b" \r\n\t")
            if chunk:
                self.begun = True
            else:
                chunk = self.file.read(size)
        return chunk


def read(path: Path, found: str) -> Iterator[tuple[Any, ...]]:
    """Yield ``("expect", n)`` and ``("record", number, {table: rows}, faults)``."""
    if found != XML:
        raise UnreadableError("file_is_not_xml")
    with path.open("rb") as file:
        try:
            yield from _records(_Trimmed(file))
        except DefusedXmlException as error:
            raise UnreadableError("xml_forbidden") from error
        except ParseError as error:
            raise UnreadableError("xml_broken", line=error.position[0]) from error
        except LookupError as error:  # an encoding that does not exist is declared
            raise UnreadableError("xml_broken", line=1) from error


def _records(file: Any) -> Iterator[tuple[Any, ...]]:
    number, facility = 0, ""
    stack: list[Element] = []
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        tag = _tag(element)
        if event == "start":
            if not stack and tag != ROOT:
                raise UnreadableError("file_is_no_envelope", found=tag[:60])
            stack.append(element)
            if len(stack) > DEPTH_AT_MOST:
                raise UnreadableError("xml_forbidden")
            continue
        stack.pop()
        if tag == "MACSKCB":
            facility = (element.text or "").strip()
        elif tag == "SOLUONGHOSO" and (element.text or "").strip().isdigit():
            yield "expect", min(int((element.text or "0").strip()), 10_000_000)
        elif tag == "HOSO":
            number += 1
            yield ("record", number, *_record(element, facility))
            stack[-1].remove(element)  # what was read is let go of, or a large file would pile up


def _record(record: Element, facility: str) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    tables: dict[str, list[Any]] = {}
    faults: list[dict[str, Any]] = []
    for part in record:
        if _tag(part) != "FILEHOSO":
            continue
        table, content = _named(part)
        try:
            rows = _rows(table, content)
        except (ParseError, DefusedXmlException, binascii.Error, ValueError):
            faults.append({"code": "part_unreadable", "table": table, "params": {"table": table}})
            continue
        tables.setdefault(table, []).extend(rows)
    if not tables.get("XML1"):
        faults.append({"code": "part_missing", "table": "XML1"})
    elif facility and not tables["XML1"][0].get("MA_CSKCB"):
        tables["XML1"][0]["MA_CSKCB"] = facility
    return tables, faults


def _named(part: Element) -> tuple[str, Element | None]:
    by_tag = {_tag(child): child for child in part}
    name = by_tag["LOAIHOSO"].text if "LOAIHOSO" in by_tag else ""
    return (name or "").strip().upper()[:10] or "?", by_tag.get("NOIDUNGFILE")


def _rows(table: str, content: Element | None) -> list[dict[str, str]]:
    if content is None:
        return []
    nested = list(content)
    text = "".join((content.text or "").split()) if not nested else ""
    if nested:
        root = nested[0]
    elif not text:
        return []
    else:
        root = fromstring(_decoded(content.text or "", text), forbid_dtd=True)
    wanted = ITEMS.get(table)
    items = [element for element in root.iter() if _tag(element) == wanted] if wanted else []
    return [_leaves(item) for item in items or _likely_items(root)]


def _decoded(text: str, squeezed: str) -> bytes:
    if squeezed.startswith("<"):
        return text.strip().encode()
    content = base64.b64decode(squeezed, validate=True)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()


def _likely_items(root: Element) -> list[Element]:
    """Return the elements that hold plain fields, where the item bears an unknown name."""
    fields = [child for child in root if not len(child)]
    if fields or not len(root):
        return [root]
    return [item for child in root for item in _likely_items(child)]


def _leaves(item: Element) -> dict[str, str]:
    return {_tag(child): (child.text or "").strip() for child in item if not len(child)}


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].upper()
