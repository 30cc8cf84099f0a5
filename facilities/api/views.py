"""Read facilities, devices and lots within the caller's scope, page by key."""

from typing import Any, ClassVar

from django.utils import timezone
from django_filters import rest_framework as filters
from typing_extensions import override

from facilities.api.serializers import (
    EquipmentSerializer,
    FacilitySerializer,
    StockLotSerializer,
)
from facilities.models import Equipment, Facility, StockLot
from facilities.querysets import with_first_due
from facilities.rules import inspected_kinds
from portal.api.pagination import KeysetPagination
from portal.api.views import ReadOnlyScopedViewSet
from portal.database.periods import holds_on


class FacilityFilter(filters.FilterSet):  # type: ignore[misc]
    """By a code, form, ownership or level."""

    identifier = filters.CharFilter(method="by_code")
    commune_code = filters.CharFilter(field_name="organisation__area__code")
    kind = filters.CharFilter(field_name="organisation__kind")

    class Meta:
        model = Facility
        fields: ClassVar[list[str]] = ["form", "ownership", "level"]

    def by_code(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(
            holds_on(timezone.localdate(), "organisation__identifiers__"),
            organisation__identifiers__value=value.strip().upper(),
        ).distinct()


class FacilityViewSet(ReadOnlyScopedViewSet):
    """Facilities of the caller's organisations as they stand today."""

    queryset = Facility.objects.select_related("organisation__area").prefetch_related(
        "organisation__identifiers",
        "organisation__governing_bodies",
        "organisation__operatinglicense_rows__events",
        "organisation__bedcount_rows",
        "organisation__readiness_rows",
    )
    serializer_class = FacilitySerializer
    filterset_class = FacilityFilter
    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = {
        "list": "view_facilities",
        "retrieve": "view_facilities",
    }


class EquipmentFilter(filters.FilterSet):  # type: ignore[misc]
    """By facility, state, class and the day something is due."""

    due_until = filters.DateFilter(field_name="due", lookup_expr="lte")

    class Meta:
        model = Equipment
        fields: ClassVar[list[str]] = ["facility", "state", "risk_class", "is_radiating"]


class EquipmentViewSet(ReadOnlyScopedViewSet):
    """Devices of the caller's facilities."""

    queryset = Equipment.objects.all()
    serializer_class = EquipmentSerializer
    filterset_class = EquipmentFilter
    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = {"list": "view_supplies", "retrieve": "view_supplies"}

    @override
    def get_queryset(self) -> Any:
        return with_first_due(super().get_queryset(), inspected_kinds(timezone.localdate()))


class StockLotFilter(filters.FilterSet):  # type: ignore[misc]
    """By facility, product and expiry; lots that are used up only when asked for."""

    code = filters.CharFilter(field_name="medicine__code")
    list_code = filters.CharFilter(field_name="medicine__list_code")
    expires_until = filters.DateFilter(field_name="expires_on", lookup_expr="lte")
    in_stock = filters.BooleanFilter(method="only_in_stock")

    class Meta:
        model = StockLot
        fields: ClassVar[list[str]] = ["facility"]

    def only_in_stock(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001
        return rows.on_hand() if value else rows


class StockLotViewSet(ReadOnlyScopedViewSet):
    """Lots in the stock of the caller's facilities."""

    queryset = StockLot.objects.select_related("medicine")
    serializer_class = StockLotSerializer
    filterset_class = StockLotFilter
    pagination_class = KeysetPagination
    capabilities: ClassVar[dict[str, str]] = {"list": "view_supplies", "retrieve": "view_supplies"}
