"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.naming import Naming
from healthrecords.models.twins import TwinCase
from healthrecords.models.version import SignedPaper, VisitAmendment, VisitSeal, VisitVersion
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Diagnosis",
    "Medication",
    "Naming",
    "SignedPaper",
    "TwinCase",
    "Visit",
    "VisitAmendment",
    "VisitSeal",
    "VisitVersion",
    "VitalSigns",
]
