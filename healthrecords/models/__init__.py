"""Citizens, their identifiers, who cares for them, and their visits."""

from healthrecords.models.access import CareAccess, CareRelation
from healthrecords.models.citizen import Citizen, CitizenIdentifier
from healthrecords.models.documents import Appointment, Document, NumberSeries, Referral
from healthrecords.models.naming import Naming
from healthrecords.models.parts import Diagnosis, Medication, VitalSigns
from healthrecords.models.queue import QueueStep
from healthrecords.models.twins import TwinCase
from healthrecords.models.visit import Visit

__all__ = [
    "Appointment",
    "CareAccess",
    "CareRelation",
    "Citizen",
    "CitizenIdentifier",
    "Diagnosis",
    "Document",
    "Medication",
    "Naming",
    "NumberSeries",
    "QueueStep",
    "Referral",
    "TwinCase",
    "Visit",
    "VitalSigns",
]
