"""Which files lie in a zip that a sender made of several, and what is in each?"""

from __future__ import annotations

import io
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from portal.intake.readers import formats
from portal.intake.readers.archive import Archive
from portal.intake.readers.unreadable import UnreadableError

Event = tuple[Any, ...]
MEMBERS_AT_MOST = 500
MEMBER_AT_MOST = 300 * 1024 * 1024
NAME_AT_MOST = 60
NAMED_AT_MOST = 20
BETWEEN = " › "
# What other systems put beside a sender's files.
LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the zip, held in memory: nothing is ever written under a name from a zip."""

    name: str
    file: IO[bytes]
    format: str


def each(
    file: IO[bytes], wanted: Container[str], read: Callable[[Member], Iterator[Event]]
) -> Iterator[Event]:
    """Read every member of a wanted format, one after the other.

    Sheets bear the name of their file in front: ``thang10.xlsx › KhamBenh``. What cannot be read is
    refused with the name of the member; members of other formats are told as a remark.
    """
    ignored: list[str] = []
    count = 0
    for member in members(file):
        if member.format not in wanted:
            ignored.append(member.name)
            continue
        count += 1
        try:
            for event in read(member):
                yield _of(member, event)
        except UnreadableError as error:
            raise UnreadableError(error.code, **{**error.params, "file": member.name}) from error
    if not count:
        raise UnreadableError("bundle_without_files", files=ignored[:NAMED_AT_MOST])
    if ignored:
        yield "remark", "members_ignored", {"files": ignored[:NAMED_AT_MOST]}


def _of(member: Member, event: Event) -> Event:
    if event[0] in {"sheet", "hidden"}:
        return (event[0], f"{member.name}{BETWEEN}{event[1]}", *event[2:])
    if event[0] == "remark" and "sheet" in event[2]:
        sheet = f"{member.name}{BETWEEN}{event[2]['sheet']}"
        return "remark", event[1], {**event[2], "sheet": sheet}
    return event


def members(file: IO[bytes]) -> Iterator[Member]:
    """Yield the files of a zip in their order; a zip within the zip is refused."""
    archive = Archive(file)
    names = [name for name in archive.parts if not _is_litter(name)]
    if len(names) > MEMBERS_AT_MOST:
        raise UnreadableError("bundle_too_many_files", count=len(names), most=MEMBERS_AT_MOST)
    shown = _shown(archive, names)
    for name in names:
        if archive.parts[name].file_size > MEMBER_AT_MOST:
            megabytes = archive.parts[name].file_size // 1_000_000
            raise UnreadableError("file_unfolds_too_far", megabytes=megabytes, file=shown[name])
        content = io.BytesIO(archive.read(name))
        yield Member(shown[name], content, _format(content, shown[name]))


def _format(content: IO[bytes], name: str) -> str:
    try:
        found = formats.format_of_file(content)
    except UnreadableError as error:
        if error.code in {"file_of_other_format", "file_empty"}:
            return ""  # a covering letter beside the tables stops nobody
        raise UnreadableError(error.code, **{**error.params, "file": name}) from error
    if found == formats.BUNDLE:
        raise UnreadableError("bundle_nested", file=name)
    return found


def _is_litter(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.name.startswith((".", "~$")) or any(part in LITTER for part in path.parts)


def _shown(archive: Archive, names: list[str]) -> dict[str, str]:
    """Give each member the name a person reads: without folders where that leaves it clear."""
    found: dict[str, str] = {}
    for name in names:
        path = _readable(archive, name).replace("\\", "/")
        short = PurePosixPath(path).name
        further = (f"{short} ({at})" for at in range(2, len(names) + 2))
        choices = (name_at_most(choice) for choice in (short, path, *further))
        found[name] = next(choice for choice in choices if choice not in found.values())
    return found


def name_at_most(name: str) -> str:
    """Shorten a name from the front: its end tells files apart."""
    return name if len(name) <= NAME_AT_MOST else f"…{name[1 - NAME_AT_MOST :]}"


def _readable(archive: Archive, name: str) -> str:
    """Undo the reading as code page 437 of a name that was written in UTF-8 without saying so."""
    if archive.parts[name].flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name
