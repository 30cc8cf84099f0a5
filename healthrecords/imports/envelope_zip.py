"""Which envelopes lie in a zip, and what came of each? Runs in the reading child: no Django.

The records of all files are one sending, numbered on from file to file and each told with the name of
its file. A file that is no envelope keeps no other one out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from healthrecords.imports.envelope_scan import Source
from portal.intake.readers.bundle import NAMED_AT_MOST, Member, members
from portal.intake.readers.formats import XML
from portal.intake.readers.unreadable import UnreadableError

Event = tuple[Any, ...]
NOTES_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Held:
    """The content of one file of the zip, which can be read more than once."""

    content: bytes

    def open(self, _mode: str, /) -> IO[bytes]:
        return io.BytesIO(self.content)


@dataclass(slots=True)
class _Told:
    """What was read of the files so far."""

    records: int = 0
    read: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[Event] = field(default_factory=list)
    notes: dict[bytes, tuple[str, Mapping[str, Any], list[str]]] = field(default_factory=dict)

    def note(self, code: str, params: Mapping[str, Any], name: str) -> None:
        """Keep a remark; files of which the same is remarked share it."""
        key = orjson.dumps([code, params])
        self.notes.setdefault(key, (code, params, []))[2].append(name)

    def refuse(self, error: UnreadableError, name: str) -> None:
        params = {**error.params, "file": name}
        self.refused.append(("note", "member_refused", {"code": error.code, **params}))


def read_zip(path: Path, read: Callable[[Source], Iterator[Event]]) -> Iterator[Event]:
    """Yield the events of all envelopes of a zip; refused when none of its files has a record."""
    told = _Told()
    with path.open("rb") as file:
        for member in members(file):
            if member.format == XML:
                yield from _member(member, read, told)
            else:
                told.ignored.append(member.name)
    if not told.records:
        if not told.refused:
            raise UnreadableError("bundle_without_files", files=told.ignored[:NAMED_AT_MOST])
        _note, _code, params = told.refused[0]
        raise UnreadableError(params["code"], **{k: v for k, v in params.items() if k != "code"})
    yield "note", "members_read", {"files": told.read[:NOTES_AT_MOST]}
    yield from told.refused[:NOTES_AT_MOST]
    for code, params, names in list(told.notes.values())[:NOTES_AT_MOST]:
        yield "note", code, {**params, "file": ", ".join(names[:NAMED_AT_MOST])}
    if told.ignored:
        yield "note", "members_ignored", {"files": told.ignored[:NAMED_AT_MOST]}


def _member(
    member: Member, read: Callable[[Source], Iterator[Event]], told: _Told
) -> Iterator[Event]:
    before = told.records
    try:
        for event in read(Held(member.file.read())):
            if event[0] == "record":
                _record, number, tables, faults = event
                told.records = before + number
                yield "record", told.records, tables, faults, member.name
            elif event[0] == "note":
                told.note(event[1], _numbered_on(event[2], before), member.name)
            else:
                yield event[0], before + event[1]
    except UnreadableError as error:
        told.refuse(error, member.name)
    else:
        if told.records == before:
            told.refuse(UnreadableError("no_rows"), member.name)
    if told.records > before:
        told.read.append(f"{member.name} (HOSO {before + 1}–{told.records})")


def _numbered_on(params: Mapping[str, Any], before: int) -> dict[str, Any]:
    at = params.get("record")
    return {**params, "record": at + before} if isinstance(at, int) else dict(params)
