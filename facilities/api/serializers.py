"""The shape of facilities, devices and lots as other systems read them."""

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from facilities.models import Equipment, Facility, OperatingLicense, Readiness, StockLot
from portal.api.views import ScopedSerializer
from portal.places.models import OrganisationIdentifier


class OrganisationIdentifierSerializer(ScopedSerializer):
    """A code a facility is known by, in the days it holds."""

    class Meta:
        model = OrganisationIdentifier
        fields: ClassVar[list[str]] = ["scheme", "value", "valid_from", "valid_until"]


class FacilitySerializer(ScopedSerializer):
    """A facility with its codes, the state of its licence, its beds and its level today."""

    organisation_id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(source="organisation.name", read_only=True)
    kind = serializers.CharField(source="organisation.kind", read_only=True)
    parent_id = serializers.UUIDField(source="organisation.parent_id", read_only=True)
    commune_code = serializers.CharField(source="organisation.area.code", default=None)
    valid_from = serializers.DateField(source="organisation.valid_from", read_only=True)
    valid_until = serializers.DateField(source="organisation.valid_until", read_only=True)
    identifiers = OrganisationIdentifierSerializer(
        source="organisation.identifiers", many=True, read_only=True
    )
    governing_body = serializers.SerializerMethodField()
    operating_license = serializers.SerializerMethodField()
    beds = serializers.SerializerMethodField()
    readiness = serializers.SerializerMethodField()

    class Meta:
        model = Facility
        fields: ClassVar[list[str]] = [
            "id",
            "organisation_id",
            "name",
            "kind",
            "form",
            "ownership",
            "level",
            "specialty",
            "address",
            "phone",
            "website",
            "commune_code",
            "latitude",
            "longitude",
            "founded_in",
            "has_insurance_contract",
            "trains_practitioners",
            "confirmed_on",
            "parent_id",
            "governing_body",
            "valid_from",
            "valid_until",
            "identifiers",
            "operating_license",
            "beds",
            "readiness",
        ]

    def get_governing_body(self, facility: Facility) -> str | None:
        rows = facility.organisation.governing_bodies.all()
        return next((row.name for row in rows if _holds(row)), None)

    def get_operating_license(self, facility: Facility) -> dict[str, Any] | None:
        current: list[OperatingLicense] = [
            row
            for row in facility.organisation.operatinglicense_rows.all()
            if row.superseded_on is None
        ]
        if not current:
            return None
        license = current[0]
        return {
            "number": license.number_raw,
            "issued_on": license.issued_on,
            "valid_until": license.valid_until,
            "state": license.state_on(timezone.localdate()).value,
        }

    def get_beds(self, facility: Facility) -> dict[str, int]:
        rows = facility.organisation.bedcount_rows.all()
        return {row.kind: row.count for row in rows if _holds(row) and row.department_id is None}

    def get_readiness(self, facility: Facility) -> dict[str, str]:
        rows: list[Readiness] = list(facility.organisation.readiness_rows.all())
        return {row.topic: row.answer for row in rows if _holds(row)}


def _holds(row: Any) -> bool:
    today = timezone.localdate()
    return bool(row.valid_from <= today and (row.valid_until or today) >= today)


class EquipmentSerializer(ScopedSerializer):
    """A device of the caller's facilities."""

    facility_id = serializers.UUIDField(read_only=True)
    next_due_on = serializers.DateField(source="due", read_only=True)

    class Meta:
        model = Equipment
        fields: ClassVar[list[str]] = [
            "id",
            "facility_id",
            "asset_code",
            "name",
            "risk_class",
            "circulation_number",
            "model",
            "serial",
            "maker",
            "country",
            "made_in_year",
            "used_since",
            "is_radiating",
            "state",
            "next_due_on",
        ]


class StockLotSerializer(ScopedSerializer):
    """A lot of the caller's facilities with what is there of it."""

    facility_id = serializers.UUIDField(read_only=True)
    code = serializers.CharField(source="medicine.code", read_only=True)
    list_code = serializers.CharField(source="medicine.list_code", read_only=True)
    name = serializers.CharField(source="medicine.name", read_only=True)
    unit = serializers.CharField(source="medicine.unit", read_only=True)
    registration_number = serializers.CharField(
        source="medicine.registration_number", read_only=True
    )

    class Meta:
        model = StockLot
        fields: ClassVar[list[str]] = [
            "id",
            "facility_id",
            "code",
            "list_code",
            "name",
            "registration_number",
            "unit",
            "lot_number",
            "expires_on",
            "on_hand",
            "blocked_because",
        ]
