"""Which looks would tell the desk of protected data, and so are left out of its report?

A look tells by its place (a name, or nothing but protected rows there), by its reason, and by its
ground, where a higher storey knows what that ground means for a person: it registers, once, when the
process starts. Such looks are left out and not masked: a mask tells that there is something (ADR 0046).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Case, ForeignKey, Model, Q, QuerySet, When
from django.utils import timezone

from healthrecords.models import CareAccess, Citizen, Result
from healthrecords.models.visit import HeldByVisit
from healthrecords.services.access import sees_sensitive
from healthrecords.services.betraying import Words, words_on
from portal.places.models import Organisation
from portal.sensitivity import Sensitivity

# Parts of a visit or a report: their facility is the whole's own, by one key.
PARTS = (HeldByVisit, Result)
Tells = Callable[[Citizen], bool]
_telling: dict[str, Tells] = {}


def register_ground(ground: str, tells: Tells) -> None:
    """Leave out the looks on a ground of those of whom they would tell protected data alone."""
    _telling[ground] = tells


@dataclass(frozen=True, slots=True)
class Veil:
    """What a reader without the right to protected rows is not told of looks."""

    places: frozenset[UUID] = frozenset()
    grounds: frozenset[str] = frozenset()
    words: Words | None = None

    def narrow(self, rows: Any) -> Any:
        """Leave the looks out that would tell."""
        for column, hidden in (("organisation_id", self.places), ("ground", self.grounds)):
            if hidden:
                rows = rows.exclude(**{f"{column}__in": hidden})
        return rows

    def reason(self, text: str) -> str:
        """Return the reason of a read as far as its words betray nothing."""
        return text if self.words is None else self.words.openly(text)


WHOLE = Veil()


def veil_over(access: CareAccess, looks: QuerySet[Any], *, at: datetime) -> Veil:
    """Return what of the looks at a record is not told to whoever has opened it.

    The place the reader works at and the person's home station tell nothing that is not known anyway.
    """
    if sees_sensitive(access):
        return WHOLE
    citizen, words = access.citizen, words_on(timezone.localdate(at))
    protected: set[Any] = set()
    openly: set[Any] = {citizen.home_station_id}
    for place, is_open in _places_of(citizen):
        (openly if is_open else protected).add(place)
    named = Organisation.objects.filter(pk__in=looks.order_by().values("organisation_id"))
    telling = {pk for pk, name in named.values_list("pk", "name") if words.class_of(name)}
    hidden = (protected - openly | telling) - {None, access.organisation_id}
    grounds = frozenset(ground for ground, tells in _telling.items() if tells(citizen))
    return Veil(frozenset(hidden), grounds, words)


@cache
def stood_at() -> tuple[tuple[type[Model], str], ...]:
    """Return every column that says where a row of a person stands, of every table that has a class."""
    return tuple(
        (model, field.attname)
        for model in apps.get_models()
        if not hasattr(model, "pgh_tracked_model") and {"citizen", "sensitivity"} <= _names(model)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
        and field.related_model is Organisation
        and not (issubclass(model, PARTS) and field.name == "facility")
    )


def _names(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def _places_of(citizen: Citizen) -> Iterator[tuple[UUID | None, bool]]:
    """Tell where rows of a person stand, and whether openly: nothing is more open than its visit."""
    branches = [
        model._default_manager.filter(citizen=citizen.pk)
        .order_by()
        .annotate(stood_openly=Case(When(_openly(model), then=True), default=False))
        .values_list(column, "stood_openly")
        for model, column in stood_at()
    ]
    first, *rest = branches
    yield from first.union(*rest)


def _openly(model: type[Model]) -> Q:
    openly = Q(sensitivity=Sensitivity.NONE)
    if "visit" in _names(model):
        openly &= Q(visit=None) | Q(visit__sensitivity=Sensitivity.NONE)
    return openly
