"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.naming import Naming
from healthrecords.models.parts import Diagnosis, Medication, VitalSigns
from healthrecords.models.queue import QueueStep
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Visit

__all__ = [
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Diagnosis",
    "Medication",
    "Naming",
    "QueueStep",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
