"""Where does one record of an envelope begin and end, in a file of any size and encoding? No Django.

The file is cut at the tags of its records, so that one that is broken spoils no other and a file that
was cut off still gives the records before the tear. No more than one record is held at a time.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Literal, Protocol

from portal.intake.readers.unreadable import UnreadableError

CHUNK = 1024 * 1024
HEADER_AT_MOST = 4 * CHUNK  # characters before the first record
RECORD_AT_MOST = 32 * CHUNK  # characters of one record
DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
FIRST_TAG = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
UNKNOWN_LETTER = "\ufffd"


class Source(Protocol):
    """A file that can be read from its beginning more than once: of the storage, or of a zip."""

    def open(self, mode: Literal["rb"], /) -> IO[bytes]: ...


def encoding_of(path: Source) -> str:
    """Say how the letters are written: by the mark, by where the zeros lie, by what decodes.

    What the declaration says counts only where the file is no UTF-8: senders declare anything.
    """
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\x00" in head[:64]:
            return "utf-16-le" if head[1:64:2].count(0) else "utf-16-be"
        declared = DECLARED.match(head.lstrip())
        file.seek(0)
        return "utf-8" if _is_utf8(iter(lambda: file.read(CHUNK), b"")) else _single_byte(declared)


def _is_utf8(chunks: Iterator[bytes]) -> bool:
    """Say whether more of the letters beyond ASCII decode than do not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for chunk in chunks:
        if chunk.isascii():
            continue
        text = decoder.decode(chunk)
        lost = text.count(UNKNOWN_LETTER)
        bad += lost
        good += sum(not letter.isascii() for letter in text) - lost if lost else 1
    return good >= bad


def _single_byte(declared: re.Match[bytes] | None) -> str:
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else ""
    except LookupError:
        name = ""
    return name if name.startswith(("cp", "iso8859", "windows")) else "cp1258"


@dataclass(slots=True)
class Cut:
    """One record as it stands in the file, or the piece that is left of one."""

    number: int
    line: int
    text: str
    fault: str = ""  # record_unclosed, record_torn, record_too_large


@dataclass(slots=True)
class Scan:
    """Cuts a file into its header, its records and what follows them."""

    path: Source
    element: str
    encoding: str = "utf-8"
    header: str = ""
    trailer: str = ""
    number: int = 0
    _buffer: str = ""
    _line: int = 1
    _tag: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._look_for(self.element)

    def _look_for(self, element: str) -> None:
        self.element = element
        self._tag = re.compile(rf"<(/?)(?:[\w.-]+:)?{element}(?:\s[^<>]*)?>", re.IGNORECASE)

    def chunks(self) -> Iterator[str]:
        """Yield the text of the file; letters that cannot be read become a mark."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

    def cuts(self, elements: Mapping[str, str]) -> Iterator[Cut]:
        """Yield the records; ``elements`` names the element of a record by the file's first one."""
        chunks = self.chunks()
        if not self._read_header(chunks, elements):
            return
        yield from self._whole()
        for chunk in chunks:
            self._buffer += chunk
            yield from self._whole()
            if len(self._buffer) > RECORD_AT_MOST:
                yield self._cut(0, len(self._buffer), "record_too_large")
                self._buffer = ""
        opening = self._tag.search(self._buffer)
        if opening is not None and not opening[1]:
            yield self._cut(opening.start(), len(self._buffer), "record_torn")
            self._buffer = ""
        self.trailer = self._buffer

    def _read_header(self, chunks: Iterator[str], elements: Mapping[str, str]) -> bool:
        """Read up to the first record; False when the file has none."""
        for chunk in chunks:
            self._buffer += chunk
            first = FIRST_TAG.search(self._buffer)
            opening = None
            if first is not None:
                self._look_for(self._element_of(first[1], elements))
                opening = self._tag.search(self._buffer)
            upto = opening.start() if opening else len(self._buffer)
            if FORBIDDEN.search(self._buffer, 0, upto):
                raise UnreadableError("xml_forbidden")
            if opening is not None:
                self.header, self._buffer = self._buffer[:upto], self._buffer[upto:]
                self._line += self.header.count("\n")
                return True
            if len(self._buffer) > HEADER_AT_MOST:
                break
        self.header, self._buffer = self._buffer[:HEADER_AT_MOST], ""
        if FIRST_TAG.search(self.header) is None:
            raise UnreadableError("file_is_no_envelope", found="?")
        return False

    @staticmethod
    def _element_of(root: str, elements: Mapping[str, str]) -> str:
        element = elements.get(root.upper())
        if element is None:
            raise UnreadableError("file_is_no_envelope", found=root[:60])
        return element

    def _cut(self, start: int, end: int, fault: str = "") -> Cut:
        self.number += 1
        most = CHUNK if fault else RECORD_AT_MOST  # of a broken one only a look at its tables
        cut = Cut(self.number, self._line, self._buffer[start : min(end, start + most)], fault)
        self._line += self._buffer.count("\n", start, end)
        return cut

    def _whole(self) -> Iterator[Cut]:
        """Yield the records that the buffer holds to their end."""
        at = 0
        opening = self._tag.search(self._buffer)
        while opening is not None:
            self._line += self._buffer.count("\n", at, opening.start())
            at = opening.start()
            if opening[1]:  # the end of a record that was given up
                at, opening = opening.end(), self._tag.search(self._buffer, opening.end())
                continue
            other = self._tag.search(self._buffer, opening.end())
            if other is None:
                break
            if other[1]:
                yield self._cut(at, other.end())
                at, opening = other.end(), self._tag.search(self._buffer, other.end())
            else:
                yield self._cut(at, other.start(), "record_unclosed")
                at, opening = other.start(), other
        if opening is None:  # nothing begins here: keep what a tag may be cut in
            rest = max(len(self._buffer) - HEADER_AT_MOST, at)
            self._line += self._buffer.count("\n", at, rest)
            at = rest
        self._buffer = self._buffer[at:]
