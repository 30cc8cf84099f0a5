"""Which format is this file, by what it holds and not by what it is called?"""

from __future__ import annotations

import zipfile
from pathlib import Path

from portal.intake.readers.unreadable import UnreadableError

WORKBOOK, TEXT, XML = "workbook", "text", "xml"
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
)
# A zip directory is trusted to say how large its parts are; a part that lies is stopped by the
# child's memory limit. Real workbooks unfold about nine times.
UNFOLDED_AT_MOST = 1024 * 1024 * 1024
RATIO_AT_MOST = 50
SMALL_ENOUGH = 20 * 1024 * 1024
PARTS_AT_MOST = 2_000


def format_of(path: Path) -> str:
    """Return the format of a file, or say why nobody can read it."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError("file_empty")
    if head.startswith(b"PK"):
        guard_zip(path)
        return WORKBOOK
    if head.startswith(OLE):
        raise UnreadableError("file_has_password" if is_encrypted(path) else "file_is_old_excel")
    for magic, name in OTHERS:
        if head.startswith(magic):
            raise UnreadableError("file_of_other_format", format=name)
    return _written_format(head)


def _written_format(head: bytes) -> str:
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if text.startswith((b"<!doctype html", b"<html")) or b"<table" in text:
        raise UnreadableError("file_is_web_page")
    if text.startswith(b"<"):
        return XML
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _is_binary(head):
        raise UnreadableError("file_of_other_format", format="")
    return TEXT


def _is_binary(head: bytes) -> bool:
    # UTF-16 without a mark has a NUL in every other place of plain letters, and only there.
    even, odd = head[::2].count(0), head[1::2].count(0)
    return min(even, odd) > 0 or max(even, odd) < len(head) // 8


def is_encrypted(path: Path) -> bool:
    """Say whether an OLE container holds a workbook behind a password."""
    with path.open("rb") as file:
        head = file.read(4 * 1024 * 1024)
    return "EncryptedPackage".encode("utf-16-le") in head


def guard_zip(path: Path) -> None:
    """Refuse a zip that is torn, no workbook, encrypted, or would unfold beyond measure."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableError("file_torn") from error
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
        kind = next(
            (k for p, k in (("word/", "Word"), ("ppt/", "PowerPoint")) if _any(names, p)), "ZIP"
        )
        raise UnreadableError("file_of_other_format", format=kind)
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableError("file_has_password")
    unfolded, packed = sum(part.file_size for part in parts), path.stat().st_size
    if len(parts) > PARTS_AT_MOST or unfolded > UNFOLDED_AT_MOST:
        raise UnreadableError("file_unfolds_too_far", megabytes=unfolded // 1_000_000)
    if unfolded > SMALL_ENOUGH and unfolded > RATIO_AT_MOST * packed:
        raise UnreadableError("file_unfolds_too_far", megabytes=unfolded // 1_000_000)


def _any(names: set[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)
