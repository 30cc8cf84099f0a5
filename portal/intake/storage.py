"""Where is a file kept as it was received: once under its hash, private, never changed?"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

FOLDER, ARRIVING = "intake", "arriving"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the storage."""

    sha256: str
    size: int
    path: str


def place_of(path: str) -> Path:
    """Return the full path of a stored file."""
    return Path(settings.MEDIA_ROOT) / path


def keep(chunks: Iterable[bytes]) -> Kept:
    """Write the chunks under their hash; a file that is already there is left as it is."""
    arriving = _folder(FOLDER, ARRIVING) / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        name = digest.hexdigest()
        final = _folder(FOLDER, name[:2]) / name
        if final.exists() and final.stat().st_size == size:
            arriving.unlink()
        else:
            arriving.replace(final)
    except BaseException:
        arriving.unlink(missing_ok=True)
        raise
    return Kept(name, size, f"{FOLDER}/{name[:2]}/{name}")


def _folder(*parts: str) -> Path:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in parts:
        folder /= part
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
