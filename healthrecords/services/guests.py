"""Of the rows around a person, which does the record that speaks say itself, and which are guests?

A row whose home is a joined record is a guest and goes home once they are parted. Where the record
that speaks says the like itself (the same relative, an address of the same kind), the guest stands
behind, and what is written then is written there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import (
    BooleanField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Model,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import TruncDate

from healthrecords.models import CitizenAddress, MergedRow, RelatedPerson

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Like:
    """Which rows of a person say the like, and in which column one ends.

    ``last`` is how long before the day it is told somebody's row ends.
    """

    same: tuple[str, ...]
    end: str
    last: timedelta = timedelta()


LIKE: Mapping[type[Any], Like] = {
    CitizenAddress: Like(("kind",), "valid_until", timedelta(days=1)),
    RelatedPerson: Like(("relation", "name"), "until"),
}


def with_homes(rows: Any) -> Any:
    """Say of rows around a person by which joining they came, and whether they stand behind another.

    Behind what a record says that spoke later: a row in force, or ended since the guest came.
    """
    like = LIKE[rows.model]
    said = rows.model._base_manager.filter(
        citizen=OuterRef("citizen"), **{name: OuterRef(name) for name in like.same}
    )
    said = said.annotate(came_by=_ledger(rows.model, F("merge")))
    came_on = ExpressionWrapper(
        TruncDate("merge__merged_at") - Value(like.last), output_field=DateField()
    )
    later = said.filter(
        Q(came_by=None) | Q(came_by__gt=OuterRef("came_by")),
        Q(**{like.end: None}) | Q(**{f"{like.end}__gte": OuterRef("came_on")}),
    )
    behind = Q(came_by__isnull=False) & Exists(later)
    return rows.annotate(
        came_by=_ledger(rows.model, F("merge")), came_on=_ledger(rows.model, came_on)
    ).annotate(is_behind=ExpressionWrapper(behind, output_field=BooleanField()))


def _ledger(model: type[Model], said: Any) -> Subquery:
    away = MergedRow.objects.filter(table=model._meta.db_table, row_id=OuterRef("pk"))
    return Subquery(away.order_by().annotate(said=said).values("said")[:1])


def in_front(rows: Any) -> Any:
    """Leave out the guests that stand behind what the record that speaks says itself.

    Its own row comes before any guest, a guest of later before one of earlier.
    """
    shown = with_homes(rows).filter(is_behind=False)
    return shown.order_by(F("came_by").desc(nulls_first=True), *rows.model._meta.ordering)


def is_guest(row: Model) -> bool:
    """Say whether a row was written for another record than the one it stands with."""
    return MergedRow.objects.filter(table=row._meta.db_table, row_id=row.pk).exists()


def own(row: M) -> M:
    """Return the row to end: a guest stays as it came, and is said anew by who speaks."""
    if not is_guest(row):
        return row
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{field.attname: getattr(row, field.attname) for field in fields})
