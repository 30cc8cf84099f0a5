"""Are the message catalogues compiled? No gettext tools are needed on the machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polib

from config.state import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


def is_stale(source: Path) -> bool:
    """Say whether a catalogue was changed after it was compiled, or never compiled."""
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def compile_all(root: Path = PROJECT / "locale") -> list[Path]:
    """Compile every changed catalogue under `root`; return those that were compiled."""
    changed = [source for source in sorted(root.rglob("*.po")) if is_stale(source)]
    for source in changed:
        draft = source.with_name(f".{source.stem}.{os.getpid()}.mo")
        polib.pofile(str(source), encoding="utf-8").save_as_mofile(str(draft))
        draft.replace(source.with_suffix(".mo"))
    return changed


if __name__ == "__main__":
    compile_all()
