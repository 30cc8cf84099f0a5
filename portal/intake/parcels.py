"""Which files are in this one: itself, or what a .zip brings?"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from portal.intake.readers.archive import is_file

CHUNK = 1024 * 1024
PARTS_AT_MOST = 200
BYTES_AT_MOST = 1_000_000_000
WORKBOOK_PARTS = {"xl/workbook.xml", "xl/workbook.bin"}
# What the machines of senders put into archives beside the files.
NOT_SENT = ("__MACOSX/", ".", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Part:
    """One file to be read, or why it is not."""

    name: str
    open: Callable[[], IO[bytes]]
    error: str = ""

    def chunks(self) -> Iterator[bytes]:
        """Yield the content; of an archive no more than its directory says."""
        with self.open() as file:
            while chunk := file.read(CHUNK):
                yield chunk


def whole(path: Path) -> Part:
    """Return a file as it is."""
    return Part(path.name, lambda: path.open("rb"))


def parts_of(path: Path) -> list[Part]:
    """Return the files in a file: a workbook is a .zip too, and is one file."""
    if not zipfile.is_zipfile(path):
        return [whole(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return [whole(path)]  # its reading says in words what is wrong
    if WORKBOOK_PARTS & {member.filename for member in members}:
        return [whole(path)]
    found = [member for member in members if is_file(member) and _is_sent(member.filename)]
    said = _refusal(found)
    if said:
        return [Part(path.name, whole(path).open, said)]
    return [_part(path, member) for member in found]


def _is_sent(name: str) -> bool:
    return not (name.startswith(NOT_SENT[0]) or Path(name).name.startswith(NOT_SENT[1:]))


def _refusal(members: list[zipfile.ZipInfo]) -> str:
    if not members:
        return _("The archive is empty. Put the files to be sent into it.")
    if len(members) > PARTS_AT_MOST:
        return _("The archive holds more than %(count)s files. Split it into several.") % {
            "count": PARTS_AT_MOST
        }
    if sum(member.file_size for member in members) > BYTES_AT_MOST:
        return _("Unpacked, the archive would take more than %(size)s MB. Split it.") % {
            "size": BYTES_AT_MOST // 1_000_000
        }
    if any(member.flag_bits & 1 for member in members):
        return _("The archive is locked with a password. Send it without the password.")
    return ""


def _part(path: Path, member: zipfile.ZipInfo) -> Part:
    return Part(member.filename, lambda: zipfile.ZipFile(path).open(member))
