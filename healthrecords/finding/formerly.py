"""Who bore a name before: it was changed, or a record that was joined with theirs says so."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from healthrecords.finding import names
from healthrecords.finding.reach import Reach, place_of
from healthrecords.finding.words import Typed
from healthrecords.models import Citizen, FormerName

MOST = 200


def bore(folded: str, typed: Sequence[Typed], reach: Reach, most: int) -> list[Citizen]:
    """Return the people of the reach who bore a name before, in the order of their names.

    A changed name is found as it begins, that of a joined record by its words in any order. The
    record that stays answers for both: it is the one that must be in the scope, and the birth that
    either of them says will do.
    """
    changed = FormerName.objects.filter(name_norm__startswith=folded).order_by("name_norm", "id")
    renamed = list(changed.values_list("citizen", flat=True)[:MOST])
    joined, agreeing = _joined(typed, reach)
    if not (renamed or joined):
        return []
    people = Citizen.objects.current().among(reach.scope)
    people = people.filter(Q(pk__in=agreeing) | Q(reach.born, pk__in=[*renamed, *joined]))
    # Sorted here: asked for in order, the database walks the names of all instead of these few keys.
    return sorted(people.order_by().select_related("area"), key=place_of)[:most]


def _joined(typed: Sequence[Typed], reach: Reach) -> tuple[list[UUID], list[UUID]]:
    """Return who answers for joined records with these words, and for whose birth agrees by itself."""
    records = Citizen.objects.order_by().joined()
    called = records.filter(name_norm=OuterRef("name_norm"))
    found = names.with_words(typed, Q(Exists(called)))
    if not found:
        return [], []
    rows = records.filter(name_norm__in=[name for name, _words, _people in found])
    roots: dict[UUID, Any] = dict(
        rows.order_by("name_norm", "pk").values_list("pk", "merged_into")[:MOST]
    )
    alike = records.filter(reach.born, pk__in=list(roots)) if reach.born else records.none()
    return list(roots.values()), [roots[key] for key in alike.values_list("pk", flat=True)]
