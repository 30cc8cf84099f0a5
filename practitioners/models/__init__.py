"""Practitioners, licences, registrations, and the profiles that facilities send in."""

from practitioners.models.account import PractitionerAccount
from practitioners.models.discrepancy import (
    CasePaper,
    CaseSide,
    CaseStep,
    DiscrepancyCase,
    Outcome,
)
from practitioners.models.evidence import Evidence, Verification
from practitioners.models.license import RESPONSIBLE, LicenseEvent, PracticeLicense, Registration
from practitioners.models.practitioner import (
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)
from practitioners.models.submission import (
    CheckStatus,
    ProfileSubmission,
    ReturnReason,
    SubmissionCheck,
    SubmissionItem,
)
from practitioners.models.training import TrainingActivity

__all__ = [
    "RESPONSIBLE",
    "CasePaper",
    "CaseSide",
    "CaseStep",
    "CheckStatus",
    "DiscrepancyCase",
    "Evidence",
    "LicenseEvent",
    "Outcome",
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
