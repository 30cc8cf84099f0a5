"""Which signing service does the demo sign at? A simulator of its own process, labelled so."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING

from config.children import Child
from config.wording import gettext as _

if TYPE_CHECKING:
    from pathlib import Path

CONFIRMS_AFTER = (
    "6"  # seconds, unless the page of the simulator that stands for the phone is quicker
)


def how_to_reach(port: int, state: Path) -> dict[str, str]:
    """Return how the programs reach the simulator, unless a service is set up already."""
    if os.environ.get("SIGNING_SERVICE"):
        return {}
    address = f"http://127.0.0.1:{port}"
    return {
        "SIGNING_SERVICE": address,
        "SIGNING_SERVICE_TOKEN": secrets.token_urlsafe(24),
        "SIGNING_TIMESTAMP": f"{address}/timestamp",
        "SIGNING_TRUST": str(state / "trust"),
    }


def simulator(state: Path, words: dict[str, str]) -> Child:
    """Describe the simulator; it has no business with the database or the secrets of the house."""
    port = words["SIGNING_SERVICE"].rpartition(":")[2]
    argv = [
        sys.executable, "-m", "portal.signing.simulator", "--port", port,
        "--state", str(state / "signing-simulator"), "--trust", words["SIGNING_TRUST"],
        "--after", CONFIRMS_AFTER,
    ]  # fmt: skip
    own = {k: v for k, v in words.items() if not k.startswith(("DATABASE_", "SECRET_"))}
    name = _("The simulator of the signing service")
    return Child(name, argv, own, state / "log" / "signing-simulator.log")
