"""Is a matter of the register somebody's own, so that a colleague has to decide on it?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from practitioners.practising import practitioner_of


def is_own(
    actor: Any, *, people: Iterable[UUID | None], senders: Iterable[UUID | None], on: date
) -> bool:
    """Say whether a matter is about somebody, or was sent by them."""
    if actor.pk in set(senders):
        return True
    who = practitioner_of(actor, on)
    return who is not None and who.pk in set(people)
