"""From assignments to grants, and from grants to a scope."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models.assignment import Assignment, OrganisationGrant
from portal.accounts.roles import CAPABILITIES_OF
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, NOWHERE, Scope, without_covered

if TYPE_CHECKING:
    from portal.accounts.models.user import User


def capability_permissions() -> dict[str, int]:
    """Return the permission row of each capability."""
    return dict(
        Permission.objects.filter(
            content_type__app_label="places", content_type__model="organisation"
        ).values_list("codename", "pk")
    )


@transaction.atomic
def write_out(users: Iterable[UUID], *, on: date) -> None:
    """Replace the grants of ``users`` by what their assignments give on a day.

    One at a time for each user: else a writing-out that has not seen an ending gives the ended
    rights back.
    """
    users = sorted(users)
    locked = get_user_model().objects.filter(pk__in=users).order_by("pk")
    list(locked.select_for_update(no_key=True).values_list("pk"))
    permissions = capability_permissions()
    wanted: dict[tuple[UUID, int, UUID], date] = {}
    for assignment in Assignment.objects.holding(on).filter(user__in=users):
        until = assignment.valid_until or date.max
        for capability in CAPABILITIES_OF[assignment.role]:
            key = (assignment.user_id, permissions[capability], assignment.organisation_id)
            wanted[key] = max(wanted.get(key, until), until)
    OrganisationGrant.objects.filter(user__in=users).delete()
    OrganisationGrant.objects.bulk_create(
        OrganisationGrant(
            user_id=user,
            permission_id=permission,
            content_object_id=organisation,
            valid_until=None if until == date.max else until,
        )
        for (user, permission, organisation), until in wanted.items()
    )


def lacking_grants(on: date) -> set[UUID]:
    """Return who holds a role on a day without all that the role gives by now.

    A release may give a role more than it gave when its assignments were written out.
    """
    permissions = capability_permissions()
    written: set[tuple[UUID, int, UUID]] = set(
        OrganisationGrant.objects.values_list("user_id", "permission_id", "content_object_id")
    )
    held = Assignment.objects.holding(on).values_list("user_id", "role", "organisation_id")
    return {
        user
        for user, role, organisation in held
        if any(
            (user, permissions[capability], organisation) not in written
            for capability in CAPABILITIES_OF[role]
        )
    }


def find_scope(user: "User", capability: str) -> Scope:
    """Return the organisations under the user's grants of ``capability``.

    Two queries for all capabilities of a request, not two for each: the grants are read once, and
    organisations once for each set of places. A grant on the root answers "everything".
    """
    places = _places_of(user).get(capability)
    if not places:
        return NOWHERE
    if any(parent is None for _path, parent in places):
        return EVERYWHERE
    tops = tuple(without_covered(path for path, _parent in places))
    known: dict[tuple[str, ...], frozenset[UUID]] = user.__dict__.setdefault("_organisations", {})
    if tops not in known:
        below = Q()
        for path in tops:
            below |= Q(path__startswith=path)
        rows = Organisation.objects.filter(below).order_by()
        known[tops] = frozenset(rows.values_list("id", flat=True))
    return Scope(ids=known[tops])


def _places_of(user: "User") -> dict[str, set[tuple[str, UUID | None]]]:
    """Return the (path, parent) of each capability's organisations, remembered on the user."""
    if "_places_of_capability" not in user.__dict__:
        today = timezone.localdate()
        grants = OrganisationGrant.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=today),
            user_id=user.pk,
            permission__content_type__app_label="places",
        )
        places: dict[str, set[tuple[str, UUID | None]]] = {}
        for name, path, parent in grants.values_list(
            "permission__codename", "content_object__path", "content_object__parent_id"
        ):
            places.setdefault(name, set()).add((path, parent))
        user.__dict__["_places_of_capability"] = places
    found: dict[str, set[tuple[str, UUID | None]]] = user.__dict__["_places_of_capability"]
    return found
