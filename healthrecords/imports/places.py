"""Which facilities may a sender speak for, and which commune and station does a code mean?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone

from portal.database.periods import not_over
from portal.places.models import (
    Area,
    AreaSuccession,
    Catchment,
    Organisation,
    OrganisationIdentifier,
)


class Places:
    """Facilities below a sender by code, communes by new and old code, stations by commune."""

    def __init__(self, sender: Organisation, on: date) -> None:
        self.sender, self.on = sender, on
        codes = OrganisationIdentifier.objects.filter(
            scheme="insurance", organisation__path__startswith=self.sender.path
        )
        named = codes.values_list("value", "organisation_id", "organisation__name")
        self.facilities: dict[str, UUID] = {}
        self.names: dict[UUID, str] = {self.sender.pk: self.sender.name}
        for code, place, name in named:
            self.facilities[code], self.names[place] = place, name
        self.own_codes = sorted(
            code for code, place in self.facilities.items() if place == self.sender.pk
        )
        self.communes: dict[str, UUID] = dict(Area.objects.communes().values_list("code", "id"))
        self.former: dict[str, list[UUID]] = defaultdict(list)
        for code, area in AreaSuccession.objects.values_list("former__code", "area_id"):
            self.former[code].append(area)
        catchments = Catchment.objects.filter(valid_from__lte=self.on).exclude(
            valid_until__lt=self.on
        )
        pairs = catchments.order_by("-valid_from", "-id").values_list("area_id", "organisation_id")
        self.stations: dict[UUID, UUID] = dict(pairs)

    def facility(self, code: str) -> UUID | None:
        """Return the facility of MA_CSKCB; the sender itself where none is named."""
        return self.facilities.get(code) if code else self.sender.pk

    def name_of(self, values: Mapping[str, Any]) -> str:
        """Return how the facility is called that a row names; of one that is unknown nothing."""
        place = self.facility(str(values.get("MA_CSKCB") or ""))
        return self.names[place] if place is not None else ""

    @cached_property
    def everywhere(self) -> dict[str, tuple[UUID, str]]:
        """Every facility that is open, by its code, with its name: where a person may be sent."""
        is_open = not_over(timezone.localdate(), "organisation__")
        codes = OrganisationIdentifier.objects.current().filter(is_open, scheme="insurance")
        rows = codes.values_list("value", "organisation_id", "organisation__name")
        return {code: (place, name) for code, place, name in rows}

    def areas_of(self, code: str, *, is_new: bool) -> list[UUID]:
        """Return today's communes of a code; one of before July 2025 is read as an old one first."""
        new = [self.communes[code]] if code in self.communes else []
        if new and is_new:
            return new
        return self.former.get(code) or new
