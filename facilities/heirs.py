"""Who continues for a place of care on a day, and whose figures it reports with?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from facilities.models import FacilitySuccession
from portal.places.models import Organisation


def heirs_on(day: date) -> dict[UUID, UUID]:
    """Return every organisation that others had followed by a day, with the last in its line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, heir_id FROM public.mach_heirs(%s)", [day])
        return dict(cursor.fetchall())


def heir_of(organisation: UUID, day: date) -> UUID:
    """Return who continues for an organisation on a day: itself where nobody followed it."""
    return heirs_on(day).get(organisation, organisation)


def taken_over_on(day: date) -> dict[UUID, UUID]:
    """Return every place that had closed for another by a day, with the last that took its people over.

    Unlike with figures (:func:`heirs_on`) a point of a station works on and keeps its people.
    """
    steps = FacilitySuccession.objects.standing().filter(is_main=True, on__lte=day)
    steps = steps.exclude(kind=FacilitySuccession.Kind.DOWNGRADE)
    new = dict(steps.values_list("old", "new"))
    found = {}
    for old in new:
        line = [old]
        while line[-1] in new and new[line[-1]] not in line:
            line.append(new[line[-1]])
        found[old] = line[-1]
    return found


def units_on(day: date, organisations: Iterable[UUID] | None = None) -> dict[UUID, UUID]:
    """Return with whose figures organisations report on a day: heirs, and stations for their points.

    Reports join the function itself: ``JOIN mach_reporting_units(day) u ON u.organisation_id = ...``.
    """
    sql = "SELECT organisation_id, unit_id FROM public.mach_reporting_units(%s)"
    asked: list[Any] = [day]
    if organisations is not None:
        sql += " WHERE organisation_id = ANY(%s)"
        asked.append(list(organisations))
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Kinds:
    """What kind places were on a day: one that became a point of a station was none before."""

    until: Mapping[UUID, tuple[date, str]]

    @classmethod
    def read(cls, organisations: Iterable[Organisation] | None = None) -> Kinds:
        """Read what places were before they became points; in SQL it is ``mach_kind_on``."""
        steps = FacilitySuccession.objects.standing()
        steps = steps.filter(is_main=True, kind=FacilitySuccession.Kind.DOWNGRADE)
        if organisations is not None:
            steps = steps.filter(old__in=[one.pk for one in organisations])
        rows = steps.values_list("old", "on", "before__kind")
        return cls({old: (on, kind) for old, on, kind in rows})

    def of(self, organisation: Organisation, day: date) -> str:
        """Return the kind a place was on a day."""
        since, before = self.until.get(organisation.pk, (date.min, ""))
        return before if day < since and organisation.kind == "point" else organisation.kind
