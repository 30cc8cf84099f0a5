"""Who answers for a place of care and who practises there? The practitioners' app tells.

A person's registration lives a storey above; what a facility's page and conditions need of it is
asked through here, so that nothing below knows practitioners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Staffing:
    """What the register says of the people of one place on a day."""

    responsible: str = ""
    responsible_since: date | None = None
    responsible_months: int | None = None  # of practice since the first licence
    responsible_doubt: str = ""  # why this person may not practise now, in words
    responsible_full_time: bool | None = None
    responsible_title: str = ""  # code of the professional title on the licence
    responsible_scope: tuple[str, ...] = ()  # codes of the scope, as far as they were understood
    practitioners: int = 0
    doubtful: int = 0  # registered, and yet without a licence in force, or barred
    changes: tuple[date, ...] = ()  # the days on which somebody came or was gone, in order
    url: str = ""

    @property
    def changed_on(self) -> date | None:
        """Return the last day on which somebody came or was gone."""
        return self.changes[-1] if self.changes else None


Teller = Callable[["Organisation", date], Staffing]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Let an app tell of people; the last one registered is asked."""
    if teller not in _tellers:
        _tellers.append(teller)


def staffing_of(facility: Organisation, on: date) -> Staffing | None:
    """Return who works at a place on a day, None where no register can tell."""
    return _tellers[-1](facility, on) if _tellers else None
