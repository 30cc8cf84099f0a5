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


def find_scope(user: "User", capability: str) -> Scope:
    """Return the organisations under the user's grants of ``capability``, in two queries.

    A grant on the root answers "everything" without a list.
    """
    today = timezone.localdate()
    grants = OrganisationGrant.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=today),
        user_id=user.pk,
        permission__codename=capability,
        permission__content_type__app_label="places",
    )
    rows = dict(grants.values_list("content_object__path", "content_object__parent_id"))
    if not rows:
        return NOWHERE
    if None in rows.values():
        return EVERYWHERE
    below = Q()
    for path in without_covered(rows):
        below |= Q(path__startswith=path)
    return Scope(ids=frozenset(Organisation.objects.filter(below).values_list("id", flat=True)))
