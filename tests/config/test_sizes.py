"""No file grows past what a reader can hold: 500 lines."""

from __future__ import annotations

from config.state import PROJECT

MOST = 500
SUFFIXES = {".py", ".html", ".css", ".js"}
# Made by a tool, or a table and no program; and what running leaves in the folder.
LEFT_OUT = {"migrations", "data", "var", "staticfiles"}


def source_files():
    tops = [path for path in PROJECT.iterdir() if not path.name.startswith(".")]
    for top in tops:
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.suffix in SUFFIXES and not LEFT_OUT & set(path.relative_to(PROJECT).parts):
                yield path


def test_no_file_is_too_long():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in source_files()}
    assert len(lengths) > 20
    assert {
        str(path.relative_to(PROJECT)): lines for path, lines in lengths.items() if lines > MOST
    } == {}
