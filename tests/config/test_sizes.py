"""No file grows past what a reader can hold: 500 lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

from config.state import PROJECT

MOST = 500
SUFFIXES = {".py", ".html", ".css", ".js"}
DATA = {"migrations", "data"}  # made by a tool, or a table and no program


def source_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = Path(name)
        if path.suffix in SUFFIXES and not DATA & set(path.parts) and (PROJECT / path).exists():
            yield path


def test_no_file_is_too_long():
    lengths = {
        path: len((PROJECT / path).read_text("utf-8").splitlines()) for path in source_files()
    }
    assert len(lengths) > 20
    assert {str(path): lines for path, lines in lengths.items() if lines > MOST} == {}
