"""Reads of facilities and of the names they were given."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q

from portal.names import name_norm
from portal.scope import ScopedQuerySet

if TYPE_CHECKING:
    from facilities.models import Facility  # noqa: F401  (named in the strings below)

M = TypeVar("M", bound=models.Model)


class FacilityQuerySet(ScopedQuerySet["Facility"]):
    """Facilities belong to their own organisation."""

    def found_by(self, text: str) -> Self:
        """Return those with this insurance code or location number, or with all words in a name."""
        words = name_norm(text).split()
        named = Q()
        for word in words[:8]:
            named &= Q(organisation__name_norm__contains=word)
        code = Q(
            organisation__identifiers__value=text.strip().upper(),
            organisation__identifiers__valid_until=None,
        )
        return self.filter(code | named).distinct() if words else self


class OfFacilityQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a facility."""

    place = "facility__organisation"
