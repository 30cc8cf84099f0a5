"""Run the stand-in: `python -m portal.verification.simulator --people FILE`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from portal.verification.simulator.people import read_people
from portal.verification.simulator.server import Behaviour, Simulator


def main() -> int:
    """Listen on this machine alone until stopped; the first line says where."""
    words = argparse.ArgumentParser(prog="portal.verification.simulator", description=__doc__)
    words.add_argument("--people", type=Path, required=True, help="people, one JSON object a line")
    words.add_argument("--port", type=int, default=0, help="a free one unless said")
    words.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    words.add_argument("--error-every", type=int, default=0, help="each n-th request fails (503)")
    words.add_argument(
        "--later-every", type=int, default=0, help="each n-th is answered later (202)"
    )
    words.add_argument("--later-after", type=float, default=1.0, help="seconds until that answer")
    words.add_argument("--per-minute", type=int, default=0, help="more requests get 429")
    words.add_argument("--twice", action="store_true", help="send each later answer twice")
    said = words.parse_args()
    behaviour = Behaviour(
        delay=said.delay,
        error_every=said.error_every,
        later_every=said.later_every,
        later_after=said.later_after,
        per_minute=said.per_minute,
        twice=said.twice,
        key=os.environ.get("POPULATION_KEY", ""),
        callback_secret=os.environ.get("POPULATION_CALLBACK_SECRET", ""),
    )
    people = read_people(said.people) if said.people.exists() else {}
    with Simulator(said.port, people, behaviour) as server:
        sys.stdout.write(f"SIMULATOR http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(0) from None
