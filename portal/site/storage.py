"""How do style sheets written by subject leave the house as one?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from typing_extensions import override
from whitenoise.storage import CompressedManifestStaticFilesStorage

if TYPE_CHECKING:
    from django.core.files.storage import Storage

    Found = dict[str, tuple[Storage, str]]

SHEET = "portal/portal.css"
IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Write imported sheets into the sheet that imports them, then hash and compress."""

    @override
    def post_process(
        self, paths: Found, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        if not dry_run:
            paths = {**paths, SHEET: self._write(SHEET, bundled(SHEET, paths))}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _write(self, name: str, text: str) -> tuple[Storage, str]:
        self.delete(name)
        self._save(name, ContentFile(text.encode()))
        return self, name


def bundled(name: str, paths: Found) -> str:
    """Return a sheet with its imports in place and its comments left out."""

    def read(match: re.Match[str]) -> str:
        return bundled(posixpath.join(posixpath.dirname(name), match[1]), paths)

    storage, path = paths[name]
    with storage.open(path) as file:
        text = file.read().decode()
    return COMMENT.sub("", IMPORT.sub(read, text))
