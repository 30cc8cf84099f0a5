"""What lies in a zip, opened without trusting what its directory says?"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from portal.intake.readers.unreadable import UnreadableError

# Real workbooks unfold about nine times. Below the size that does no harm nobody counts.
UNFOLDED_AT_MOST = 1024 * 1024 * 1024
RATIO_AT_MOST = 60
HARMLESS = 20 * 1024 * 1024
PARTS_AT_MOST = 5_000
MANIFEST_AT_MOST = 1024 * 1024
TORN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)


def is_file(part: zipfile.ZipInfo) -> bool:
    """Say whether a part is a file: no folder, and not one that a torn directory left without a name."""
    return bool(part.filename) and not part.filename.endswith("/")


class Archive:
    """A zip whose every part is read under the size its directory promised."""

    def __init__(self, file: IO[bytes], *, unfolded_at_most: int = UNFOLDED_AT_MOST) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
            parts = self.zip.infolist()
            file.seek(0, io.SEEK_END)
            packed = file.tell()
        except TORN as error:
            raise UnreadableError("file_torn") from error
        self.parts = {part.filename.lstrip("/"): part for part in parts if is_file(part)}
        self._guard(parts, packed, unfolded_at_most)

    @staticmethod
    def _guard(parts: list[zipfile.ZipInfo], packed: int, unfolded_at_most: int) -> None:
        unfolded = sum(part.file_size for part in parts)
        # Parts that share their bytes make a small file say that it unfolds without end.
        overlapping = sum(part.compress_size for part in parts) > packed
        folded_too_well = unfolded > HARMLESS and unfolded > RATIO_AT_MOST * packed
        if len(parts) > PARTS_AT_MOST or unfolded > unfolded_at_most or folded_too_well:
            raise UnreadableError("file_unfolds_too_far", megabytes=unfolded // 1_000_000)
        if overlapping:
            raise UnreadableError("file_torn")
        if any(part.flag_bits & 1 for part in parts):
            raise UnreadableError("file_has_password")

    def name(self, wanted: str) -> str | None:
        """Return the name of a part as it is written in this zip, whatever its capitals."""
        wanted = wanted.lstrip("/")
        if wanted in self.parts:
            return wanted
        folded = wanted.replace("\\", "/").lower()
        return next((n for n in self.parts if n.replace("\\", "/").lower() == folded), None)

    @contextmanager
    def open(self, name: str) -> Iterator[Part]:
        """Open one part; whatever is torn in it is said as one refusal."""
        if name not in self.parts:
            raise UnreadableError("file_torn")
        try:
            with self.zip.open(self.parts[name]) as file:
                yield Part(file)
        except TORN as error:
            raise UnreadableError("file_torn") from error

    def read(self, name: str) -> bytes:
        """Return the whole of one part."""
        with self.open(name) as part:
            return part.read()

    def again(self) -> io.BytesIO:
        """Return the same parts as a zip of our own making, for a reader that trusts directories."""
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for name in self.parts:
                out.writestr(name, self.read(name))
        copy.seek(0)
        return copy


class Part:
    """One part of a zip while it is being read: ends where the directory said it would."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
