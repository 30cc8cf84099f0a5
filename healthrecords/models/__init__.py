"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.consent import Consent
from healthrecords.models.glass import GlassReview
from healthrecords.models.naming import Naming
from healthrecords.models.request import DataRequest, DataRequestStep
from healthrecords.models.retention import DisposalItem, DisposalList, LegalHold
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Consent",
    "DataRequest",
    "DataRequestStep",
    "Diagnosis",
    "DisposalItem",
    "DisposalList",
    "GlassReview",
    "LegalHold",
    "Medication",
    "Naming",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
