"""The shape of citizens and visits as other systems read them."""

from typing import Any, ClassVar

from rest_framework import serializers

from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    Medication,
    Visit,
    VitalSigns,
)
from portal.api.views import ScopedSerializer


class IdentifierSerializer(ScopedSerializer):
    """A number a citizen is known by."""

    class Meta:
        model = CitizenIdentifier
        fields: ClassVar[list[str]] = ["kind", "value", "issued_on", "is_verified", "origin"]


class CitizenSerializer(ScopedSerializer):
    """A citizen of the caller's scope.

    ``processing_restricted`` and ``consents`` (the purposes the person agrees to today) say what the
    page says: nothing that rests on consent is done beyond them (Law 91/2025/QH15).
    """

    identifiers = serializers.SerializerMethodField()
    processing_restricted = serializers.BooleanField(source="is_restricted", read_only=True)
    consents = serializers.SerializerMethodField()
    commune_code = serializers.CharField(source="area.code", default=None)

    class Meta:
        model = Citizen
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "birth_date",
            "birth_precision",
            "sex",
            "ethnic_group",
            "occupation",
            "nationality",
            "phone",
            "address",
            "commune_code",
            "home_station",
            "died_on",
            "identifiers",
            "processing_restricted",
            "consents",
        ]

    def get_consents(self, citizen: Any) -> list[str]:
        return [consent.purpose for consent in citizen.allowing]

    def get_identifiers(self, citizen: Citizen) -> list[dict[str, Any]]:
        held = [row for row in citizen.identifiers.all() if row.ended_on is None]
        return list(IdentifierSerializer(held, many=True).data)


class DiagnosisSerializer(ScopedSerializer):
    """One diagnosis of a visit."""

    class Meta:
        model = Diagnosis
        fields: ClassVar[list[str]] = ["rank", "position", "code", "title"]


class MedicationSerializer(ScopedSerializer):
    """One medicine of a visit."""

    class Meta:
        model = Medication
        fields: ClassVar[list[str]] = ["code", "name", "unit", "quantity", "days", "instruction"]


class VitalSignsSerializer(ScopedSerializer):
    """What was measured at a visit."""

    class Meta:
        model = VitalSigns
        fields: ClassVar[list[str]] = [
            "measured_at",
            "pulse",
            "temperature",
            "systolic",
            "diastolic",
            "respiratory_rate",
            "oxygen_saturation",
            "weight",
            "height",
            "waist",
            "glucose",
            "glucose_timing",
        ]


class VisitSerializer(ScopedSerializer):
    """A visit at one of the caller's facilities, with its parts."""

    diagnoses = DiagnosisSerializer(source="diagnosis_rows", many=True, read_only=True)
    medicines = MedicationSerializer(source="medication_rows", many=True, read_only=True)
    vital_signs = VitalSignsSerializer(source="vitalsigns_rows", many=True, read_only=True)

    class Meta:
        model = Visit
        fields: ClassVar[list[str]] = [
            "id",
            "citizen_id",
            "facility_id",
            "status",
            "origin",
            "episode_key",
            "kind",
            "coverage",
            "identified_by",
            "started_at",
            "ended_at",
            "reason",
            "symptoms",
            "outcome",
            "discharge",
            "advice",
            "next_visit_on",
            "diagnoses",
            "medicines",
            "vital_signs",
        ]
