"""Among whom is somebody looked for: the people of a small scope, of a birthday, or the register?

A station looks after a few thousand people and a day has a few hundred birthdays: they are gone
through by name. For a hospital, a province or the country the names are found first, and each is
asked who bears it there; so are those of whom only the month or the year of birth is known, for in
some districts they are half of the old people.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, KnownName
from healthrecords.querysets import FEW_ORGANISATIONS
from portal.dates import PartialDate
from portal.scope import Scope

# The people of a scope up to this size are gone through.
SMALL = 20_000
ORDER = ("name_norm", "birth_date", "id")


class Reach:
    """The current people of a scope, born as was said.

    ``roughly`` leaves of them those whose birth is known less exactly than it was said.
    """

    def __init__(self, birth: PartialDate | None, scope: Scope, *, roughly: bool = False) -> None:
        self.birth, self.scope = birth, scope
        # One day of birth was said, and the people of that day are meant.
        self.is_birthday = birth is not None and birth.is_full and not roughly
        self.born = Q()
        if birth is not None:
            self.born = known_roughly(birth) if roughly else born_as(birth)

    def people(self) -> Any:
        """Return all of them, for what is found by an index of names."""
        return Citizen.objects.current().among(self.scope).filter(self.born)

    def first(self, condition: Q, most: int) -> list[Citizen]:
        """Return the first who meet a condition on their names, in the order of names."""
        parts = self._of_the_scope or [Citizen.objects.all()]
        found: dict[UUID, Citizen] = {}
        for part in parts:
            rows = part.current().filter(condition, self.born)
            if self._of_the_scope is None:
                rows = rows.among(self.scope)
            rows = rows.order_by(*ORDER).select_related("area")[:most]
            found |= {row.pk: row for row in rows}
        return sorted(found.values(), key=place_of)[:most]

    def bearers(self, chunk: Sequence[str], behind: Q, most: int) -> dict[str, list[Citizen]]:
        """Return who is called so, the eldest first, up to ``most`` of each name."""
        found: dict[str, dict[UUID, Citizen]] = {}
        for part in [self._of_names(chunk, behind, most)] if self.few is None else self.few:
            mine = part.current().among(self.scope).filter(self.born, behind, name_norm__in=chunk)
            for citizen in mine.select_related("area"):
                found.setdefault(citizen.name_norm, {})[citizen.pk] = citizen
        return {name: sorted(them.values(), key=place_of)[:most] for name, them in found.items()}

    def _of_names(self, chunk: Sequence[str], behind: Q, most: int) -> Any:
        """Find the first bearers of each name by the index of names, however many bear it."""
        rows = self.people().filter(behind, name_norm=OuterRef("name_norm"))
        keys = ArraySubquery(rows.order_by("birth_date", "id").values("pk")[:most])
        asked = KnownName.objects.filter(name_norm__in=chunk).annotate(keys=keys)
        found = {key for keys in asked.values_list("keys", flat=True) for key in keys}
        return Citizen.objects.order_by().filter(pk__in=found)

    @cached_property
    def few(self) -> list[Any] | None:
        """The people to go through, as rows that an index of its own finds each; None for many."""
        if self.is_birthday:
            return [Citizen.objects.order_by().filter(self.born)]
        return self._of_the_scope

    @property
    def roughly_borne(self) -> Q:
        """Names of the dictionary that somebody bears whose birth is known less exactly than said."""
        if self.birth is None:
            return Q(pk__in=())
        people = Citizen.objects.current().order_by().filter(known_roughly(self.birth))
        return Q(Exists(people.filter(name_norm=OuterRef("name_norm"))))

    @cached_property
    def _of_the_scope(self) -> list[Any] | None:
        if self.scope.everything or len(self.scope.ids) > FEW_ORGANISATIONS:
            return None
        relations = CareRelation.objects.holding(timezone.localdate())
        relations = relations.filter(organisation__in=self.scope.ids)
        people = Citizen.objects.order_by()
        at_home = people.filter(home_station__in=self.scope.ids)
        if _is_many(relations) or _is_many(at_home):
            return None
        return [at_home, people.filter(pk__in=relations.order_by().values("citizen"))]

    def names(self) -> Iterator[str]:
        """Yield the names of the few: an index alone answers, no row is read."""
        parts = self.few or ()
        if self.is_birthday and self.birth is not None:
            # Those known by the year are many: the dictionary says how they may be called.
            parts = [Citizen.objects.order_by().filter(birth_date=self.birth.earliest)]
        for part in parts:
            yield from part.values_list("name_norm", flat=True)


def _is_many(rows: Any) -> bool:
    return bool(rows.order_by().values("pk")[: SMALL + 1].count() > SMALL)


def place_of(citizen: Citizen) -> tuple[str, date, UUID]:
    """Return the citizen's place in the order of names."""
    return (citizen.name_norm, citizen.birth_date, citizen.pk)


def behind(last: Citizen) -> Q:
    """People after the last one of the page before, in the order of names."""
    later = Q(birth_date__gt=last.birth_date) | Q(birth_date=last.birth_date, pk__gt=last.pk)
    return Q(name_norm__gte=last.name_norm) & (
        Q(name_norm__gt=last.name_norm) | (Q(name_norm=last.name_norm) & later)
    )


def born_as(birth: PartialDate) -> Q:
    """People born in the days a date leaves open, or of whom less is known that agrees."""
    within = Q(birth_date__range=(birth.earliest, birth.latest))
    # A year holds its first day too; one plain range lets the planner weigh both indexes.
    return within | known_roughly(birth) if birth.month else within


def known_roughly(birth: PartialDate) -> Q:
    """People of whom only the year or the month of a fuller date is known."""
    found = Q(birth_date=date(birth.year, 1, 1), birth_precision="year")
    if birth.is_full and birth.month:
        found |= Q(birth_date=date(birth.year, birth.month, 1), birth_precision="month")
    return found


def chunks(found: Sequence[str], sizes: Iterable[int]) -> Iterator[Sequence[str]]:
    """Part names into runs of growing size."""
    begin = 0
    for size in sizes:
        if begin < len(found):
            yield found[begin : begin + size]
        begin += size
