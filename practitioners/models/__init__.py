"""Practitioners, licences, registrations, and the profiles that facilities send in."""

from practitioners.models.account import PractitionerAccount
from practitioners.models.answer import ProfileAnswer
from practitioners.models.case_side import CasePaper, CaseSide, CaseStep
from practitioners.models.conduct import PracticeBan, Sanction
from practitioners.models.discrepancy import DiscrepancyCase, Outcome
from practitioners.models.evidence import Evidence, Verification
from practitioners.models.joining import JoinedRow, PractitionerJoining
from practitioners.models.license import Act, LicenseEvent, LicenseVersion, PracticeLicense
from practitioners.models.override import EmergencyOverride
from practitioners.models.practical_training import PracticalTraining, TrainingRotation
from practitioners.models.practitioner import (
    Practitioner,
    PractitionerIdentifier,
)
from practitioners.models.proposals import BanProposal, DutyProof
from practitioners.models.public import (
    RegisterChange,
    RegisterEntry,
    RegisterName,
    RegisterSnapshot,
    RegisterStale,
)
from practitioners.models.qualification import (
    ExaminationResult,
    PracticeLanguage,
    Qualification,
    Speciality,
)
from practitioners.models.registration import RESPONSIBLE, ExtraTechnique, Registration
from practitioners.models.slot import WorkingSlot
from practitioners.models.source import PracticePeriod, ProfileSource
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
    "Act",
    "BanProposal",
    "CasePaper",
    "CaseSide",
    "CaseStep",
    "CheckStatus",
    "DiscrepancyCase",
    "DutyProof",
    "EmergencyOverride",
    "Evidence",
    "ExaminationResult",
    "ExtraTechnique",
    "JoinedRow",
    "LicenseEvent",
    "LicenseVersion",
    "Outcome",
    "PracticalTraining",
    "PracticeBan",
    "PracticeLanguage",
    "PracticeLicense",
    "PracticePeriod",
    "Practitioner",
    "PractitionerAccount",
    "PractitionerIdentifier",
    "PractitionerJoining",
    "ProfileAnswer",
    "ProfileSource",
    "ProfileSubmission",
    "Qualification",
    "RegisterChange",
    "RegisterEntry",
    "RegisterName",
    "RegisterSnapshot",
    "RegisterStale",
    "Registration",
    "ReturnReason",
    "Sanction",
    "Speciality",
    "SubmissionCheck",
    "SubmissionItem",
    "TrainingActivity",
    "TrainingRotation",
    "Verification",
    "WorkingSlot",
]
