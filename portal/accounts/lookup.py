"""Which people may an administrator name, and who had access to a place on a day?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.models import Assignment, User
from portal.accounts.roles import CAPABILITIES_OF, Role
from portal.names import name_norm
from portal.places.models import Organisation
from portal.scope import Scope

FETCHED = 500


def users_within(scope: Scope) -> QuerySet[User]:
    """Return the accounts with an assignment, past or present, in a scope."""
    users = User.objects.all()
    if scope.everything:
        return users
    return users.filter(pk__in=Assignment.objects.within(scope).values_list("user", flat=True))


def find_users(text: str, scope: Scope, *, limit: int = 20) -> list[User]:
    """Return people of a scope by words of their name; anyone by their exact user name."""
    username = text.rpartition("(")[2].rstrip(")").strip()
    exact = list(User.objects.filter(username=username))
    if exact:
        return exact
    words = name_norm(text).split()
    if not words:
        return []
    # Account names are few beside citizens: the words are compared here.
    return [
        user
        for user in users_within(scope).order_by("full_name", "username")
        if all(f" {word}" in f" {name_norm(user.full_name)} " for word in words)
    ][:limit]


def user_label(user: User) -> str:
    """Write a person so that no namesake is written alike."""
    return f"{user.full_name} ({user.username})"


@dataclass(frozen=True)
class Held:
    """An assignment that held on a day, as it is recorded now or as it was recorded then."""

    user_id: UUID
    role: str
    organisation_id: UUID
    valid_from: date
    valid_until: date | None
    recorded_then: bool
    recorded_now: bool
    withdrawn_at: datetime | None

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)

    @property
    def capabilities(self) -> frozenset[str]:
        return CAPABILITIES_OF[self.role]


def who_had_access(organisation: Organisation, on: date) -> list[Held]:
    """Return the assignments at ``organisation`` or above it that held on a day.

    What the record says now and what it said at the end of that day stand side by side: an
    assignment mended afterwards shows in both lights, and one withdrawn says so.
    """
    above = Organisation.objects.filter(path__in=_paths_above(organisation.path))
    places = set(above.values_list("pk", flat=True))
    now = {_key(row): row for row in Assignment.objects.holding(on).filter(organisation__in=places)}
    then = {_key(row): row for row in _recorded_during(on, places)}
    withdrawn = dict(
        Assignment.objects.filter(pk__in=[row.pgh_obj_id for row in then.values()])
        .exclude(withdrawn_at=None)
        .values_list("pk", "withdrawn_at")
    )
    return [
        Held(
            *key,
            recorded_then=key in then,
            recorded_now=key in now,
            withdrawn_at=withdrawn.get(then[key].pgh_obj_id) if key in then else None,
        )
        for key in sorted(now.keys() | then.keys(), key=str)
    ]


def _paths_above(path: str) -> list[str]:
    steps = path.rstrip(".").split(".")
    return [".".join(steps[: n + 1]) + "." for n in range(len(steps))]


def _key(row: Any) -> tuple[UUID, str, UUID, date, date | None]:
    return (row.user_id, row.role, row.organisation_id, row.valid_from, row.valid_until)


def _recorded_during(on: date, places: set[UUID]) -> Iterator[Any]:
    """Yield each assignment as its last history row up to the end of the day has it.

    One withdrawn in the course of the day held until then.
    """
    history: Any = apps.get_model("accounts", "AssignmentHistory").objects
    begin = timezone.make_aware(datetime.combine(on, time.min))
    midnight = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    last = (
        history.filter(pgh_created_at__lt=midnight)
        .order_by("pgh_obj_id", "-pgh_created_at", "-pgh_id")
        .distinct("pgh_obj_id")
    )
    holding = Q(valid_until=None) | Q(valid_until__gte=on)
    rows = history.filter(pk__in=last.values("pk")).exclude(pgh_label="delete")
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gte=begin))
    yield from rows.filter(holding, valid_from__lte=on, organisation__in=places)
