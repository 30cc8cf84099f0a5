"""Whom does the simulator know, and what does it say when it is asked about somebody?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.names import name_norm


@dataclass(slots=True)
class Known:
    """One person of the stand-in; ``faults`` are what goes wrong with the next requests, in order."""

    personal_number: str
    name: str
    birth: str
    sex: str
    successor: str = ""
    died_on: str = ""
    faults: list[str] = field(default_factory=list)


def read_people(path: Path) -> dict[str, Known]:
    """Read people from lines of JSON."""
    people = {}
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            person = Known(**json.loads(line))
            people[person.personal_number] = person
    return people


def compare(said: Mapping[str, Any], known: Known | None) -> dict[str, Any]:
    """Say whether a request matches, and name what is held otherwise."""
    if known is None:
        return {"result": "not_found"}
    held = {
        "personal_number": known.successor,
        "name": known.name if name_norm(str(said.get("name", ""))) != name_norm(known.name) else "",
        "birth": "" if said.get("birth") == known.birth else known.birth,
        "sex": "" if said.get("sex", known.sex) == known.sex else known.sex,
        "death": known.died_on,
    }
    differences = [{"field": name, "held": value} for name, value in held.items() if value]
    if differences:
        return {"result": "mismatch", "differences": differences}
    return {"result": "match"}
