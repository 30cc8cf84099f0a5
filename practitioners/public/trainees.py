"""Who is in practical training at a facility, and who completed it there: published by law.

The facility publishes trainees and those who completed on the information system (Decree
96/2023/NĐ-CP, article 7(1)(b) and (6)(b)). They hold no licence and are said to be what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from practitioners.models import PracticalTraining
from practitioners.querysets import COUNTS, holding_on

# How long who completed stays on the page; the law names no time.
REMEMBERED = timedelta(days=365)
MOST = 500


@dataclass(frozen=True, slots=True)
class Trainee:
    """A trainee as anybody may read it: the name, for which title, in which days."""

    name: str
    title: str
    valid_from: date
    valid_until: date | None
    completed_on: date | None

    def public(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "name": self.name,
            "title": self.title,
            "from": self.valid_from.isoformat(),
            "until": self.valid_until.isoformat() if self.valid_until else None,
            "completed_on": self.completed_on.isoformat() if self.completed_on else None,
        }


def trainees_at(facility: UUID, on: date, titles: Mapping[str, str]) -> Sequence[Trainee]:
    """Return who trains at a facility on a day and who completed there in the year before; one query."""
    in_training = holding_on(on) & (Q(completed_on=None) | Q(completed_on__gt=on))
    completed = Q(completed_on__range=(on - REMEMBERED, on))
    rows = PracticalTraining.objects.filter(in_training | completed, COUNTS, facility=facility)
    named = rows.order_by("practitioner__name_sort", "valid_from", "id").values_list(
        "practitioner__name", "title", "valid_from", "valid_until", "completed_on"
    )
    return [
        Trainee(
            name,
            titles.get(title, title),
            begins,
            until,
            done if done is not None and done <= on else None,
        )
        for name, title, begins, until, done in named[:MOST]
    ]
