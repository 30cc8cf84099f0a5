"""Which organisations a user may act for: one capability in, one scope out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """Organisations a capability holds for; ``everything`` spares the list for the root."""

    ids: frozenset[UUID] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.ids)

    def __contains__(self, organisation_id: object) -> bool:
        return self.everything or organisation_id in self.ids


NOWHERE = Scope()
EVERYWHERE = Scope(everything=True)


def without_covered(paths: Iterable[str]) -> list[str]:
    """Drop each path that lies under another one of ``paths``."""
    tops: list[str] = []
    for path in sorted(paths):
        if not (tops and path.startswith(tops[-1])):
            tops.append(path)
    return tops


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to an organisation; ``within`` is the one verb for lists."""

    place: ClassVar[str] = "organisation"

    def within(self, scope: Scope) -> Self:
        """Return the rows of the scope's organisations."""
        if scope.everything:
            return self
        if not scope.ids:
            return self.none()
        return self.filter(self.in_scope(scope))

    def rows_of(self, relation: str) -> Any:
        """Return all rows of a related table; querysets stand below models and import none."""
        related: Any = self.model._meta.get_field(relation).related_model
        return related._default_manager.all()

    def in_scope(self, scope: Scope) -> Q:
        """Return the condition of a scope that is a list."""
        return Q(**{f"{self.place}__in": scope.ids})


def scope_of(user: Any, capability: str) -> Scope:
    """Return where ``user`` holds ``capability`` today: two queries, then none per request.

    Cached on the user object, which lives for one request.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOWHERE
    user = getattr(user, "_wrapped", user)  # request.user is a lazy wrapper with a dict of its own
    cache: dict[str, Scope] = user.__dict__.setdefault("_scopes", {})
    if capability not in cache:
        cache[capability] = user.find_scope(capability)
    return cache[capability]
