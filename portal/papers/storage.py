"""Where is a signed paper kept: under its hash, private, never changed?"""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from django.conf import settings

FOLDER = "papers"


class Kept(TypedDict):
    """A paper in the storage."""

    sha256: str
    path: str
    size: int


class PaperDamagedError(Exception):
    """The file of a signed paper is missing or was changed."""


def keep(content: bytes) -> Kept:
    """Write a paper under its hash; one that is there already is left as it is."""
    digest = sha256(content).hexdigest()
    name = f"{FOLDER}/{digest[:2]}/{digest}.pdf"
    final = Path(settings.MEDIA_ROOT) / name
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not final.exists():
        arriving = final.with_name(f"{secrets.token_hex(8)}.part")
        descriptor = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        arriving.replace(final)
    return {"sha256": digest, "path": name, "size": len(content)}


def read(path: str, digest: str) -> bytes:
    """Return a kept paper, byte for byte what was signed, or fail loudly."""
    try:
        content = (Path(settings.MEDIA_ROOT) / path).read_bytes()
    except OSError as error:
        raise PaperDamagedError(path) from error
    if sha256(content).hexdigest() != digest:
        raise PaperDamagedError(path)
    return content
