"""Where does a value come from, how sure is it, how old?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from django_stubs_ext import StrOrPromise


class Sureness(StrEnum):
    """How far a value may be relied on."""

    VERIFIED = "verified"
    VALID = "valid"
    DECLARED = "declared"
    RECEIVED = "received"
    STALE = "stale"
    DIFFERS = "differs"
    # It held on the day in question, and was recorded after it.
    LATER = "later"


@dataclass(frozen=True)
class Provenance:
    """What stands beside a value: a mark, its source in words, and a day."""

    sureness: Sureness
    text: StrOrPromise
    on: date | None = None

    @property
    def icon(self) -> str:
        return {
            Sureness.VERIFIED: "shield",
            Sureness.VALID: "ok",
            Sureness.DECLARED: "pen",
            Sureness.RECEIVED: "hosp",
            Sureness.STALE: "clock",
            Sureness.DIFFERS: "bad",
            Sureness.LATER: "hist",
        }[self.sureness]

    @property
    def kind(self) -> str:
        return {
            Sureness.VERIFIED: "ok",
            Sureness.VALID: "ok",
            Sureness.STALE: "stale",
            Sureness.DIFFERS: "bad",
        }.get(self.sureness, "")
