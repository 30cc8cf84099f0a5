"""Could one person have lived as two joined records say: born before the care, dead after it?

What somebody may not see does not stand in the way of their joining: any refusal, however it is
worded, would tell that something protected is there. Who may see it is refused with its day, and a
joining is taken back at any time. What one record alone contradicted already, before anybody
joined it, is no fault of the joining and refuses none: otherwise it could never be set right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen
from healthrecords.services.access import find_access, sees_sensitive
from healthrecords.services.births import treated_before
from healthrecords.services.deaths import treated_after
from portal.dates import PartialDate

# Of each record whether the reader may see its rows of a sensitive class.
Sight = Mapping[UUID, bool]


def require_possible(
    survivor: Citizen, as_they_were: Sequence[Citizen], *, actor: Any, at: datetime
) -> None:
    """Refuse a life that the rows of the two records, not yet moved, contradict."""
    sees = {}
    for one in as_they_were:
        access = find_access(user=actor, citizen_id=one.pk, at=at)
        sees[one.pk] = access is not None and sees_sensitive(access)
    seen = after_death(survivor.died_on, as_they_were, sees=sees)
    if seen is not None:
        raise ValidationError(
            _(
                "The joined record would say that the person died on %(day)s, and was treated on"
                " %(seen)s. Choose the other day of death, or set the wrong day right first."
            ),
            code="treated_after_death",
            params={"day": f"{survivor.died_on:%d/%m/%Y}", "seen": f"{seen:%d/%m/%Y}"},
        )
    seen = before_birth(survivor.birth, as_they_were, sees=sees)
    if seen is not None:
        raise ValidationError(
            _(
                "The joined record would say that the person was born on %(day)s, and was treated"
                " on %(seen)s. Choose the other birth, or set the wrong day right first."
            ),
            code="treated_before_birth",
            params={"day": str(survivor.birth), "seen": f"{seen:%d/%m/%Y}"},
        )


def after_death(died_on: date | None, records: Iterable[Citizen], *, sees: Sight) -> date | None:
    """Return the last day on which the two were treated after a death, of what may be seen."""
    if died_on is None:
        return None
    days = [
        treated_after(one, died_on, sees_sensitive=sees.get(one.pk, False), until=one.died_on)
        for one in records
        if one.died_on is None or one.died_on > died_on
    ]
    return max((day for day in days if day is not None), default=None)


def before_birth(birth: PartialDate, records: Iterable[Citizen], *, sees: Sight) -> date | None:
    """Return the first day on which the two were treated before a birth, of what may be seen."""
    days = [
        treated_before(one, birth, sees_sensitive=sees.get(one.pk, False), since=one.birth.earliest)
        for one in records
        if one.birth.earliest < birth.earliest
    ]
    return min((day for day in days if day is not None), default=None)
