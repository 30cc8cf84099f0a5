"""Ask a malware scanner what it thinks of a file: clamd's INSTREAM over TCP, no library between.

``MALWARE_SCANNER`` names it (tcp://127.0.0.1:3310); without one files stay "not scanned", and say so.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from portal.attachments.models import StoredFile

CHUNK = 64 * 1024
LONGEST_ANSWER = 4_096
ANSWER = re.compile(r"stream: (?:(?P<clean>OK)|(?P<threat>.+) FOUND)")


class ScannerUnavailableError(Exception):
    """The scanner did not answer, or not with a verdict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner said: clean, or the name of what it found."""

    threat: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.threat


def scanner_address() -> tuple[str, int] | None:
    """Return where the scanner listens, or None where no scanner is set up."""
    said = urlsplit(settings.MALWARE_SCANNER)
    return (said.hostname, said.port or 3310) if said.hostname else None


def scan(content: IO[bytes], address: tuple[str, int], *, timeout: float = 30) -> Verdict:
    """Send a file to the scanner and return its verdict."""
    try:
        with socket.create_connection(address, timeout=timeout) as line:
            line.sendall(b"zINSTREAM\0")
            with suppress(BrokenPipeError, ConnectionResetError):
                # A scanner that has had enough says why before it hangs up.
                for part in _parts(content):
                    line.sendall(part)
            answer = _answer(line)
    except OSError as error:
        message = f"the scanner at {address[0]}:{address[1]} cannot be reached: {error}"
        raise ScannerUnavailableError(message) from error
    found = ANSWER.fullmatch(answer)
    if found is None:
        message = f"the scanner gave no verdict: {answer[:200]!r}"
        raise ScannerUnavailableError(message)
    return Verdict(found["threat"] or "")


def _parts(content: IO[bytes]) -> Iterable[bytes]:
    while chunk := content.read(CHUNK):
        yield struct.pack("!I", len(chunk)) + chunk
    yield struct.pack("!I", 0)


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        chunk = line.recv(LONGEST_ANSWER)
        if not chunk:
            break
        said += chunk
    return said.rstrip(b"\0\r\n").decode("utf-8", "replace").strip()


def scan_stored(stored: StoredFile, *, at: datetime) -> StoredFile:
    """Scan a stored file and keep the verdict; an infected one goes into quarantine.

    Safe to run twice. Raises where no verdict came, after saying so in the file's state.
    """
    address = scanner_address()
    if address is None or stored.is_quarantined:
        return stored
    try:
        with default_storage.open(stored.path) as content:
            verdict = scan(content, address)
    except ScannerUnavailableError:
        StoredFile.objects.filter(pk=stored.pk, state=StoredFile.State.NOT_SCANNED).update(
            state=StoredFile.State.UNAVAILABLE
        )
        raise
    return _keep_verdict(stored, verdict, at)


@transaction.atomic
def _keep_verdict(stored: StoredFile, verdict: Verdict, at: datetime) -> StoredFile:
    stored = StoredFile.objects.select_for_update(no_key=True).get(pk=stored.pk)
    if stored.is_quarantined:
        return stored
    before = stored.path
    stored.scanned_at, stored.threat = at, verdict.threat[:200]
    stored.state = StoredFile.State.CLEAN if verdict.is_clean else StoredFile.State.INFECTED
    stored.save(update_fields=["state", "scanned_at", "threat"])
    if not verdict.is_clean:
        # The state speaks first: should the move fail, the file is refused all the same.
        _move(before, stored.path)
    return stored


def _move(before: str, after: str) -> None:
    if default_storage.exists(before):
        if not default_storage.exists(after):
            with default_storage.open(before) as content:
                default_storage.save(after, content)
        default_storage.delete(before)
