"""Practitioners, licences, registrations, and the profiles that facilities send in."""

from practitioners.models.account import PractitionerAccount
from practitioners.models.license import RESPONSIBLE, LicenseEvent, PracticeLicense, Registration
from practitioners.models.practitioner import (
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)
from practitioners.models.submission import (
    CheckStatus,
    Evidence,
    ProfileSubmission,
    ReturnReason,
    SubmissionCheck,
    SubmissionItem,
    Verification,
)
from practitioners.models.training import TrainingActivity

__all__ = [
    "RESPONSIBLE",
    "CheckStatus",
    "Evidence",
    "LicenseEvent",
    "PracticeLicense",
    "Practitioner",
    "PractitionerAccount",
    "PractitionerIdentifier",
    "ProfileSubmission",
    "Qualification",
    "Registration",
    "ReturnReason",
    "SubmissionCheck",
    "SubmissionItem",
    "TrainingActivity",
    "Verification",
]
