"""Where does this deployment keep what it made up itself: data, logs, passwords, its secret key?"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parent.parent


def state_directory() -> Path:
    """Return the state directory (MACH_STATE, or var/ in the project), made when missing."""
    path = Path(os.environ.get("MACH_STATE") or PROJECT / "var").absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` against every other process of this machine."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file that only its owner can read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def passwords(state: Path, *names: str) -> dict[str, str]:
    """Return one lasting random password per name, made on the first asking."""
    path = state / "passwords.json"
    with locked(state / "passwords.lock"):
        known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        fresh = {name: secrets.token_urlsafe(32) for name in names if name not in known}
        if fresh:
            known |= fresh
            write_private(path, json.dumps(known, indent=1))
    return {name: known[name] for name in names}


def secret_key(state: Path) -> str:
    """Return the lasting secret key of this deployment, made on the first asking."""
    return passwords(state, "secret_key")["secret_key"]
