"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.names import KnownName, NameWord
from healthrecords.models.naming import Naming
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Diagnosis",
    "KnownName",
    "Medication",
    "NameWord",
    "Naming",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
