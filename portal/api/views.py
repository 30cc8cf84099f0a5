"""The base viewset: rows of the user's organisations, logged."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.relations import PrimaryKeyRelatedField
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from portal.audit.reads import note
from portal.scope import ScopedQuerySet, scope_of


class ScopedRelatedField(PrimaryKeyRelatedField[Any]):
    """A related row must lie in the user's scope, or it does not exist."""

    @override
    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        if isinstance(queryset, ScopedQuerySet):
            view = self.context["view"]
            return queryset.within(scope_of(self.context["request"].user, view.capability_for()))
        return queryset


class ScopedSerializer(serializers.ModelSerializer[Any]):
    """Shape only; fields are listed one by one, writes go through services."""

    serializer_related_field = ScopedRelatedField


class ScopedViewSet(viewsets.GenericViewSet[Any]):
    """Rows of the user's organisations; each action names its capability.

    ``is_reference`` marks tables that belong to no organisation (code lists, areas).
    """

    capabilities: ClassVar[Mapping[str, str]] = {}
    shows_people: ClassVar[str] = ""  # the field that names the person, "" when rows are no people
    is_reference: ClassVar[bool] = False

    def capability_for(self) -> str | None:
        if self.request.method == "OPTIONS":
            return self.capabilities.get("list") or self.capabilities.get("retrieve")
        return self.capabilities.get(self.action or "")

    @override
    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if self.is_reference:
            return queryset
        capability = self.capability_for()
        if capability is None or not isinstance(queryset, ScopedQuerySet):
            return queryset.none()
        return queryset.within(scope_of(self.request.user, capability))

    def note_people(self, rows: Iterable[Model], *, action: str) -> None:
        """Write into the read log whom this answer shows."""
        if self.shows_people:
            people: list[UUID] = [getattr(row, self.shows_people) for row in rows]
            note(self.request._request, people, action=action, ground="scope")


class ReadOnlyScopedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """List and read, logged."""

    @override
    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self.note_people(page or [], action="listed")
        return page

    @override
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        self.note_people([row], action="opened")
        return Response(self.get_serializer(row).data)
