"""Rules of data quality and their weights: read by all who see figures, kept by who keeps lists."""

from typing import ClassVar

from portal.admin import PortalAdmin, register
from reporting.models import QualityPolicy, QualityRule

KEPT: dict[str, str] = {"view": "manage_lists", "change": "manage_lists"}


@register(QualityRule)
class QualityRuleAdmin(PortalAdmin[QualityRule]):
    """A rule: its weight, its term, its validity; what it asks is the product's own."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = KEPT
    list_display = ("code", "title", "criterion", "weight", "is_gate", "due_days", "is_verified")
    list_filter = ("criterion", "is_gate", "is_verified")
    search_fields = ("code", "title")
    ordering = ("code", "-valid_from", "id")
    fields = (
        "code",
        "criterion",
        "title",
        "remedy",
        "weight",
        "is_gate",
        "due_days",
        "minimum",
        "not_measured_because",
        "valid_from",
        "valid_until",
        "legal_basis",
        "is_verified",
    )
    readonly_fields = ("code", "criterion")


@register(QualityPolicy)
class QualityPolicyAdmin(PortalAdmin[QualityPolicy]):
    """The weights of the five criteria, and from which score a place is good or poor."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {**KEPT, "add": "manage_lists"}
    list_display = ("valid_from", "valid_until", "green_from", "amber_from", "is_verified")
    ordering = ("-valid_from", "id")
    fields = (
        "accuracy",
        "completeness",
        "cleanness",
        "currency",
        "consistency",
        "green_from",
        "amber_from",
        "valid_from",
        "valid_until",
        "legal_basis",
        "is_verified",
    )
