"""The shape of what happened to people and is known of them, as other systems read and send it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from typing_extensions import override

from healthrecords.models import (
    Allergy,
    Appointment,
    DiagnosticReport,
    Document,
    Immunization,
    Medication,
    Problem,
    Procedure,
    Referral,
    Result,
)
from healthrecords.services.hushing import Hush
from portal.api.views import ScopedSerializer
from portal.scope import Scope, scope_of

KNOWN = ["id", "citizen_id", "facility_id", "recorded_at", "status", "source", "note"]
HELD = ["id", "citizen_id", "facility_id", "visit_id"]


class BesideSerializer(ScopedSerializer):
    """A row whose words beside the matter are left blank for a caller they may not be told to."""

    @cached_property
    def _seen(self) -> Scope:
        return scope_of(self.context["request"].user, "see_sensitive")

    @cached_property
    def _hush(self) -> Hush:
        return Hush(sees_sensitive=False)

    @override
    def to_representation(self, instance: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().to_representation(instance)
        if instance.facility_id in self._seen:
            return said
        return self._hush.values(type(instance), said)


class AllergySerializer(BesideSerializer):
    """An allergy; ``code`` is of the list of allergens."""

    class Meta:
        model = Allergy
        fields: ClassVar[list[str]] = [
            *KNOWN,
            *("category", "code", "substance", "reaction", "severity", "certainty"),
            *("since", "ended"),
        ]


class ProblemSerializer(BesideSerializer):
    """A problem with its ICD-10 code."""

    class Meta:
        model = Problem
        fields: ClassVar[list[str]] = [*KNOWN, "code", "title", "since", "ended"]


class ImmunizationSerializer(BesideSerializer):
    """A dose of vaccine."""

    class Meta:
        model = Immunization
        fields: ClassVar[list[str]] = [
            *KNOWN,
            *("code", "vaccine", "given", "dose_number", "lot", "place"),
        ]


class ResultSerializer(ScopedSerializer):
    """One value of a report."""

    class Meta:
        model = Result
        fields: ClassVar[list[str]] = [
            *("position", "test", "code", "name", "value", "number", "unit"),
            *("low", "high", "limits_from", "flag", "said_at"),
        ]


class ReportSerializer(BesideSerializer):
    """A report with its values; one that was corrected names the report in its place.

    What AI read is final by a named person alone: ``reviewed_by`` is the name of who confirmed or
    rejected the reading, null while nobody has.
    """

    reviewed_by = serializers.CharField(
        source="reviewed_by.full_name", read_only=True, allow_null=True
    )
    results = ResultSerializer(many=True, read_only=True)

    class Meta:
        model = DiagnosticReport
        fields: ClassVar[list[str]] = [
            *HELD,
            *("status", "origin", "kind", "code", "title", "specimen", "collected_at"),
            *("performed_at", "reported_at", "performer", "description", "conclusion", "machine"),
            "machine_doubt",
            *("is_ai", "device", "device_version", "confidence"),
            *("review", "reviewed_by", "reviewed_at"),
            *("superseded_by_id", "amend_reason", "withdrawn_at", "void_reason", "results"),
        ]


class ProcedureSerializer(BesideSerializer):
    """An operation or intervention."""

    class Meta:
        model = Procedure
        fields: ClassVar[list[str]] = [
            *HELD,
            *("status", "origin", "kind", "code", "icd9", "title", "performed_at", "performer"),
            *("anaesthesia", "reason", "outcome", "withdrawn_at", "void_reason"),
        ]


class PrescriptionSerializer(ScopedSerializer):
    """One medicine of a visit; ``stopped_on`` says since when it is not taken any more."""

    stopped_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Medication
        fields: ClassVar[list[str]] = [
            *HELD,
            *("position", "code", "name", "strength", "unit", "quantity", "morning", "noon"),
            *("afternoon", "evening", "each", "every_hours", "as_needed", "at_most", "days"),
            *("route", "ingredients", "atc", "note", "instruction", "stopped_on"),
        ]


class AppointmentSerializer(ScopedSerializer):
    """An appointment; its state follows from its day."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Appointment
        fields: ClassVar[list[str]] = [*HELD, "on", "reason", "made_at", "kept_by_id", "state"]

    def get_state(self, row: Appointment) -> str:
        return row.state_on(timezone.localdate())


class ReferralSerializer(ScopedSerializer):
    """A referral with its way and its answer."""

    number = serializers.CharField(source="document.label", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields: ClassVar[list[str]] = [
            *HELD,
            *("number", "to_facility_id", "to_name", "reason", "is_urgent", "sent_at"),
            *("valid_until", "arrived_at", "answered_at", "answer", "state"),
        ]

    def get_state(self, row: Referral) -> str:
        return row.state_on(timezone.localdate())


class DocumentSerializer(BesideSerializer):
    """A paper with its number and its fields."""

    number = serializers.CharField(source="label", read_only=True)

    class Meta:
        model = Document
        fields: ClassVar[list[str]] = [
            *HELD,
            *("kind", "origin", "number", "content", "issued_at", "replaces_id"),
            *("cancelled_at", "cancel_reason"),
        ]


class Told(serializers.Serializer[Any]):
    """What every row that is sent says: whose it is, and the key that makes a second send harmless."""

    citizen = serializers.UUIDField()
    client_key = serializers.UUIDField()


class ToldAllergy(Told):
    """An allergy as another system sends it; the substance is read as a nurse's would be."""

    substance = serializers.CharField(max_length=200)
    reaction = serializers.CharField(max_length=300, required=False)
    severity = serializers.ChoiceField(Allergy.Severity.choices, required=False)
    certainty = serializers.ChoiceField(Allergy.Certainty.choices, required=False)
    note = serializers.CharField(max_length=300, required=False)


class ToldResult(serializers.Serializer[Any]):
    """One value; limits only where the laboratory printed some.

    A value that is unlikely is refused as ``confirm_unlikely`` until ``is_confirmed`` says that
    somebody looked again.
    """

    name = serializers.CharField(max_length=255)
    value = serializers.CharField(max_length=255, allow_blank=True)
    unit = serializers.CharField(max_length=50, required=False, allow_blank=True)
    code = serializers.CharField(max_length=50, required=False, allow_blank=True)
    low = serializers.DecimalField(16, 5, required=False, allow_null=True)
    high = serializers.DecimalField(16, 5, required=False, allow_null=True)
    is_confirmed = serializers.BooleanField(required=False)


class ToldReading(serializers.Serializer[Any]):
    """Which device read it, and how sure it was."""

    device = serializers.CharField(max_length=120)
    version = serializers.CharField(max_length=40)
    confidence = serializers.DecimalField(4, 3, min_value=0, max_value=1)


class ToldReport(Told):
    """A report as another system sends it."""

    visit = serializers.UUIDField(required=False, allow_null=True)
    kind = serializers.ChoiceField(DiagnosticReport.Kind.choices)
    title = serializers.CharField(max_length=300)
    performed_at = serializers.DateTimeField()
    collected_at = serializers.DateTimeField(required=False, allow_null=True)
    reported_at = serializers.DateTimeField(required=False, allow_null=True)
    code = serializers.CharField(max_length=50, required=False, allow_blank=True)
    specimen = serializers.CharField(max_length=100, required=False, allow_blank=True)
    performer = serializers.CharField(max_length=255, required=False, allow_blank=True)
    machine = serializers.CharField(max_length=255, required=False, allow_blank=True)
    machine_reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    conclusion = serializers.CharField(required=False, allow_blank=True)
    is_preliminary = serializers.BooleanField(required=False)
    results = ToldResult(many=True, required=False, default=list)
    ai = ToldReading(required=False, allow_null=True)
