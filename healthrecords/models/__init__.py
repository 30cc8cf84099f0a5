"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.attachment import Attachment
from healthrecords.models.background import (
    Allergy,
    FamilyIllness,
    Immunization,
    Inquiry,
    LongTermMedicine,
    Problem,
)
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.naming import Naming
from healthrecords.models.results import DiagnosticReport, Procedure, Result
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "Allergy",
    "Attachment",
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Diagnosis",
    "DiagnosticReport",
    "FamilyIllness",
    "Immunization",
    "Inquiry",
    "LongTermMedicine",
    "Medication",
    "Naming",
    "Problem",
    "Procedure",
    "Result",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
