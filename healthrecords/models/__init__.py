"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.merges import CitizenMerge, MergedRow
from healthrecords.models.naming import Naming
from healthrecords.models.twins import TwinCase, TwinSweep
from healthrecords.models.visit import Diagnosis, Medication, Visit, VitalSigns

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "CitizenMerge",
    "Diagnosis",
    "Medication",
    "MergedRow",
    "Naming",
    "TwinCase",
    "TwinSweep",
    "Visit",
    "VitalSigns",
]
