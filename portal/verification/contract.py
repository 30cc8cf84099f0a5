"""What is said to the national population database and what it may answer (docs/population-database.md)?

Pure words: nothing here opens a connection or a table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PATH = "/v1/verifications"
FIELDS = ("name", "birth", "sex", "personal_number", "death")
RESULTS = ("match", "mismatch", "not_found")
MOST_BYTES = 64 * 1024


class UnreadableError(ValueError):
    """The register answered what the contract does not know."""


class TroubleError(Exception):
    """No answer this time; ``code`` says why, ``wait`` for how many seconds to leave it alone.

    ``is_final`` means that asking the same again can never be answered.
    """

    def __init__(self, code: str, *, wait: float | None = None, is_final: bool = False) -> None:
        super().__init__(code)
        self.code, self.wait, self.is_final = code, wait, is_final


@dataclass(frozen=True, slots=True)
class Question:
    """One person, as the papers or the person say."""

    request_id: str
    personal_number: str
    name: str
    birth: str
    sex: str = ""
    purpose: str = ""
    organisation: str = ""

    def body(self, callback_url: str = "") -> dict[str, str]:
        """Return the request as it is sent; what is not known is left out."""
        said = {
            "request_id": self.request_id,
            "personal_number": self.personal_number,
            "name": self.name,
            "birth": self.birth,
            "sex": self.sex,
            "purpose": self.purpose,
            "organisation": self.organisation,
            "callback_url": callback_url,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the register holds otherwise; a cancelled number's successor is one."""

    field: str
    held: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The register's word; ``is_pending`` says that it is still to come."""

    request_id: str
    transaction: str = ""
    result: str = ""
    differences: tuple[Difference, ...] = field(default=())
    is_simulated: bool = False
    is_pending: bool = False
    wait: float | None = None


def read_answer(raw: bytes, *, request_id: str = "", is_pending: bool = False) -> Answer:
    """Read an answer; what does not fit the contract is refused whole."""
    if len(raw) > MOST_BYTES:
        raise UnreadableError("too_long")
    try:
        said = json.loads(raw)
    except ValueError:
        raise UnreadableError("not_json") from None
    if not isinstance(said, dict) or not isinstance(said.get("request_id"), str):
        raise UnreadableError("no_request_id")
    if request_id and said["request_id"] != request_id:
        raise UnreadableError("other_request")
    simulated, transaction = said.get("simulator") is True, str(said.get("transaction_id", ""))[:64]
    if is_pending:
        return Answer(said["request_id"], transaction, is_simulated=simulated, is_pending=True)
    result, differences = said.get("result"), _differences(said)
    if result not in RESULTS or (result == "mismatch") != bool(differences):
        raise UnreadableError("no_result")
    return Answer(said["request_id"], transaction, result, differences, simulated)


def _differences(said: Mapping[str, Any]) -> tuple[Difference, ...]:
    rows = said.get("differences") or []
    if not isinstance(rows, list):
        raise UnreadableError("differences")
    found = {}
    for row in rows:
        if not isinstance(row, dict) or row.get("field") not in FIELDS:
            raise UnreadableError("differences")
        held = row.get("held", "")
        if not isinstance(held, str) or len(held) > 255:
            raise UnreadableError("differences")
        found[row["field"]] = Difference(row["field"], held)
    return tuple(found.values())
