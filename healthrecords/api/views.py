"""Read citizens and visits within the caller's scope, page by key."""

from typing import Any, ClassVar

from django.db.models import Prefetch, Q
from django.utils import timezone
from django_filters import rest_framework as filters
from typing_extensions import override

from healthrecords.api.serializers import CitizenSerializer, VisitSerializer
from healthrecords.models import Citizen, Consent, Visit
from portal.api.pagination import KeysetPagination
from portal.api.views import ReadOnlyScopedViewSet
from portal.scope import scope_of


class CitizenFilter(filters.FilterSet):  # type: ignore[misc]
    """By an exact number, or by what changed hands: nothing that searches names at large."""

    identifier = filters.CharFilter(method="by_number")

    class Meta:
        model = Citizen
        fields: ClassVar[list[str]] = ["home_station", "birth_date", "sex"]

    def by_number(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(identifiers__value=value.strip(), identifiers__ended_on=None).distinct()


class CitizenViewSet(ReadOnlyScopedViewSet):
    """Citizens who live in the catchment of the caller's organisations or are in their care."""

    queryset = Citizen.objects.current().select_related("area").prefetch_related("identifiers")
    serializer_class = CitizenSerializer
    filterset_class = CitizenFilter
    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = {"list": "view_records", "retrieve": "view_records"}
    shows_people = "id"

    @override
    def get_queryset(self) -> Any:
        on = timezone.localdate()
        allowing = Consent.objects.allowing(on).order_by("purpose")
        rows: Any = super().get_queryset()
        return rows.with_restriction(on).prefetch_related(
            Prefetch("consents", queryset=allowing, to_attr="allowing")
        )


class VisitFilter(filters.FilterSet):  # type: ignore[misc]
    """By citizen, facility, state and time."""

    started = filters.IsoDateTimeFromToRangeFilter(field_name="started_at")

    class Meta:
        model = Visit
        fields: ClassVar[list[str]] = ["citizen", "facility", "status", "origin"]


class VisitViewSet(ReadOnlyScopedViewSet):
    """Visits at the caller's facilities; rows of a protected class only where the right is held."""

    queryset = Visit.objects.prefetch_related(
        "diagnosis_rows", "medication_rows", "vitalsigns_rows"
    )
    serializer_class = VisitSerializer
    filterset_class = VisitFilter
    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = {"list": "view_records", "retrieve": "view_records"}
    shows_people = "citizen_id"

    @override
    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        seen = scope_of(self.request.user, "see_sensitive")
        return (
            rows if seen.everything else rows.filter(Q(sensitivity="") | Q(facility__in=seen.ids))
        )
