"""Which format is this file, by what it holds and not by what it is called?"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import IO

from portal.intake.readers.archive import Archive
from portal.intake.readers.unreadable import UnreadableError

WORKBOOK, OLDER_WORKBOOK, TEXT, XML, BUNDLE = "workbook", "older", "text", "xml", "bundle"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What other files begin with, and the word for them that a sender knows.
OTHERS = (
    (b"%PDF", "PDF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "GZIP"),
    (b"SQLite format 3", "SQLite"),
    (b"\x00\x01\x00\x00Standard", "Access"),
    (b"MZ", "EXE"),
)
# Parts by which a zip gives itself away.
PARTS = (("word/", "Word"), ("ppt/", "PowerPoint"), ("AndroidManifest.xml", "APK"))
# Streams of the container that Office used before 2007, in the order they are looked for.
STREAMS = (
    ("EncryptedPackage", "file_has_password", ""),
    ("WordDocument", "file_of_other_format", "Word"),
    ("PowerPoint Document", "file_of_other_format", "PowerPoint"),
    ("__properties_version1.0", "file_of_other_format", "Outlook"),
)
BIFF_STREAMS = ("Workbook", "Book")
# The record that names the cipher follows the first record of the workbook's stream.
BIFF_LOCKED = re.compile(
    rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL
)
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
BLANK = b"\x00 \r\n\t\xef\xbb\xbf\xff\xfe"


def format_of(path: Path) -> str:
    """Return the format of a file, or say why nobody can read it."""
    with path.open("rb") as file:
        return format_of_file(file)


def format_of_file(file: IO[bytes]) -> str:
    """Return the format of an open file; it is left at its beginning."""
    file.seek(0)
    head = file.read(4096)
    if not head.strip(BLANK):
        raise UnreadableError("file_empty")
    if head.startswith(b"PK"):
        found = _zip_format(Archive(file))
    elif head.startswith(OLE):
        found = _ole_format(file)
    else:
        found = _other_format(head)
    file.seek(0)
    return found


def _zip_format(archive: Archive) -> str:
    if archive.name("xl/workbook.xml"):
        return WORKBOOK
    if archive.name("xl/workbook.bin"):
        return OLDER_WORKBOOK
    if archive.name("mimetype"):
        return _open_document(archive)
    for begin, name in PARTS:
        if any(part.startswith(begin) for part in archive.parts):
            raise UnreadableError("file_of_other_format", format=name)
    return BUNDLE


def _open_document(archive: Archive) -> str:
    if not archive.read("mimetype").startswith(ODS):
        raise UnreadableError("file_of_other_format", format="OpenDocument")
    manifest = archive.name("META-INF/manifest.xml")
    if manifest and b"encryption-data" in archive.read(manifest):
        raise UnreadableError("file_has_password")
    return OLDER_WORKBOOK


def _ole_format(file: IO[bytes]) -> str:
    file.seek(0)
    content = file.read()
    for stream, code, name in STREAMS:
        if stream.encode("utf-16-le") in content:
            raise UnreadableError(code, **({"format": name} if name else {}))
    if BIFF_LOCKED.search(content):
        raise UnreadableError("file_has_password")
    if any(stream.encode("utf-16-le") in content for stream in BIFF_STREAMS):
        return OLDER_WORKBOOK
    raise UnreadableError("file_torn")


def _other_format(head: bytes) -> str:
    for magic, name in OTHERS:
        if head.startswith(magic):
            raise UnreadableError("file_of_other_format", format=name)
    text = head.replace(b"\x00", b"").lstrip(BLANK).lower()
    if text.startswith(b"<") and b"urn:schemas-microsoft-com:office:spreadsheet" in text:
        raise UnreadableError("file_is_old_excel")
    if text.startswith((b"<!doctype html", b"<html")) or b"<table" in text:
        raise UnreadableError("file_is_web_page")
    if text.startswith(b"mime-version:") and b"multipart/related" in text:
        raise UnreadableError("file_is_web_page")
    if text.startswith(b"<"):
        return XML
    if _is_binary(head):
        raise UnreadableError("file_of_other_format", format="")
    return TEXT


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    # No text has these; a few may be a slip of the program that wrote it.
    strange = len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head))
    if strange > max(4, len(head) // 50):
        return True
    # UTF-16 without a mark has a NUL in every other place of plain letters, and only there.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if not even + odd:
        return False
    return max(even, odd) > 8 and (min(even, odd) > 0 or max(even, odd) < len(head) // 8)


def older_workbook(file: IO[bytes]) -> io.BytesIO:
    """Return an older workbook as its reader may safely have it: zips are packed anew."""
    file.seek(0)
    content = file.read(2)
    file.seek(0)
    return Archive(file).again() if content == b"PK" else io.BytesIO(file.read())
